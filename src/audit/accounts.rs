//! From which kind of account to which an operation moves units (domain contract §3, §6). A sale does not bring units from
//! the supplier, whatever the sums say.

use crate::domain::command::OperationName;
use crate::domain::ids::RESERVATIONS;
use crate::domain::movement::{Account, DocumentKind, Movement};

use super::violation::{Rule, Violations};

/// What an account is, as far as operations care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    /// A stock location, or a store whose stock is not kept here.
    Here,
    Reserved,
    Supplier,
    Customer,
    InTransit,
    Lost,
    Adjustment,
    /// A count's variance, or opening stock.
    Counted,
}

use DocumentKind as Kind;
use OperationName as By;
use Side::{Adjustment, Counted, Customer, Here, InTransit, Lost, Reserved, Supplier};

fn side(account: &Account) -> Side {
    match account {
        Account::StockLocation(location) if location.as_str() == RESERVATIONS => Reserved,
        Account::StockLocation(_) | Account::External => Here,
        Account::Supplier => Supplier,
        Account::Customer => Customer,
        Account::InTransit(_) => InTransit,
        Account::LostInTransit(_) => Lost,
        Account::Adjustment(_) => Adjustment,
        Account::CountVariance(_) | Account::Opening => Counted,
    }
}

/// Takes a row of the ledger.
pub fn audit(movement: &Movement, violations: &mut Violations) {
    violations.checked(Rule::Accounts, 1);
    let (from, to) = (side(&movement.from_account), side(&movement.to_account));
    let is_right =
        if movement.corrects.is_some() { is_counted(movement, from, to) } else { is_of_operation(movement, from, to) };
    if !is_right {
        let text = format!(
            "movement {} of product {}: {} as a {} moves nothing from {} to {}",
            movement.movement_id,
            movement.product_id,
            movement.cause.as_str(),
            movement.document_kind.as_str(),
            movement.from_account,
            movement.to_account
        );
        violations.of_store(Rule::Accounts, &movement.store_id, text);
    }
}

/// A count's variance, or the correction of one: between the count and a stock location, and the row names it.
fn is_counted(movement: &Movement, from: Side, to: Side) -> bool {
    let account = if from == Counted { &movement.from_account } else { &movement.to_account };
    let is_named = if let Account::CountVariance(id) = account { *id == movement.document_id } else { true };
    let is_between = matches!((from, to), (Counted, Here | Reserved) | (Here | Reserved, Counted));
    is_between
        && is_named
        && movement.document_kind == Kind::Count
        && movement.count_id.as_ref() == Some(&movement.document_id)
}

fn is_of_operation(movement: &Movement, from: Side, to: Side) -> bool {
    let kind = movement.document_kind;
    match movement.cause {
        By::ReceiveItems => kind == Kind::Receipt && matches!((from, to), (Supplier | InTransit | Lost, Here)),
        By::CreateAsn => kind == Kind::Asn && (from, to) == (Supplier, InTransit),
        By::CloseAsn => kind == Kind::Asn && matches!((from, to), (InTransit, Lost | Supplier | Here)),
        // A leg takes back what the ERP announced too, and tells of what the ERP sent back.
        By::ShipItems if kind == Kind::Shipment => (from, to) == (Here, InTransit),
        By::ShipItems => kind == Kind::Asn && matches!((from, to), (InTransit, Supplier | Here)),
        By::AdjustStock => {
            kind == Kind::Adjustment && matches!((from, to), (Here, Adjustment | Here) | (Adjustment, Here))
        }
        By::SubmitCount | By::ReviewCount | By::ImportStock => is_counted(movement, from, to),
        By::RecordSale => kind == Kind::Sale && matches!((from, to), (Here | Reserved, Customer)),
        By::RecordReturn => kind == Kind::Return && (from, to) == (Customer, Here),
        By::Reserve => kind == Kind::Reservation && (from, to) == (Here, Reserved),
        By::ReleaseReservation => kind == Kind::Reservation && (from, to) == (Reserved, Here),
        // Nobody here knows what a later release does.
        By::Later(_) => true,
        By::CreateTransferOrder
        | By::PackShipment
        | By::CancelShipment
        | By::CloseTransferOrder
        | By::CreateCount
        | By::CancelCount
        | By::Allocate
        | By::ReleaseAllocation
        | By::ConfigureStore
        | By::DefineReason => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::movement_for;
    use super::*;

    #[test]
    fn accounts_that_are_swapped_or_of_another_operation_are_found() {
        for (cause, kind, from, to, is_right) in [
            (By::RecordSale, Kind::Sale, "main", "customer", true),
            (By::RecordSale, Kind::Sale, "_customer_reservations", "customer", true),
            (By::RecordSale, Kind::Sale, "main", "supplier", false),
            (By::RecordSale, Kind::Sale, "customer", "main", false),
            (By::RecordReturn, Kind::Return, "customer", "damaged", true),
            (By::RecordReturn, Kind::Return, "supplier", "main", false),
            (By::ReceiveItems, Kind::Receipt, "supplier", "main", true),
            (By::ReceiveItems, Kind::Receipt, "customer", "main", false),
            (By::ReceiveItems, Kind::Receipt, "in_transit/a", "external", true),
            (By::CloseAsn, Kind::Asn, "in_transit/a", "lost_in_transit/a", true),
            (By::CloseAsn, Kind::Asn, "lost_in_transit/a", "in_transit/a", false),
            (By::ShipItems, Kind::Shipment, "main", "in_transit/a", true),
            (By::ShipItems, Kind::Shipment, "in_transit/a", "main", false),
            (By::AdjustStock, Kind::Adjustment, "main", "adjustment/r", true),
            (By::AdjustStock, Kind::Adjustment, "main", "customer", false),
            (By::Reserve, Kind::Reservation, "main", "_customer_reservations", true),
            (By::Reserve, Kind::Reservation, "_customer_reservations", "main", false),
            (By::Allocate, Kind::Sale, "main", "customer", false),
            (By::ImportStock, Kind::Count, "opening", "main", false),
        ] {
            let mut movement = movement_for(cause, from, to, 1);
            movement.document_kind = kind;
            let mut violations = Violations::default();
            audit(&movement, &mut violations);
            let expected: &[Rule] = if is_right { &[] } else { &[Rule::Accounts] };
            assert_eq!(violations.rules(), expected, "{cause:?} {from} {to}");
        }
    }
}
