//! `define_reason`: a reason of adjustments, at one store (domain contract §6.5).

use super::Ids;
use crate::domain::command::DefineReason;
use crate::domain::document::Reason;
use crate::domain::draft::{Draft, Step};
use crate::domain::rejection::{Code, Rejection, Violation};

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &DefineReason) -> Step<Ids> {
    let sides = [&operation.origin_stock_location, &operation.destination_stock_location];
    if sides.iter().all(|side| side.is_none()) {
        return Err(Rejection::new(Code::StockLocationUnknown, vec![Violation::default()]).into());
    }
    draft.check_stock_locations(sides.into_iter().flatten())?;

    let reason = Reason {
        reason_code: operation.reason_code.clone(),
        kind: operation.kind.clone(),
        subtype: operation.subtype.clone(),
        origin_stock_location: operation.origin_stock_location.clone(),
        destination_stock_location: operation.destination_stock_location.clone(),
        is_activated: operation.is_activated,
    };
    draft.put(&operation.reason_code.text().into(), reason);
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use crate::domain::command::{DefineReason, Operation};
    use crate::domain::document::Reason;
    use crate::domain::testing::Shop;

    #[test]
    fn a_reason_has_at_least_one_side_and_both_exist() {
        for (origin, destination, answer) in [
            (Some("main"), None, "accepted"),
            (None, Some("main"), "accepted"),
            (Some("main"), Some("damaged"), "accepted"),
            (None, None, "stock_location_unknown"),
            (Some("attic"), Some("cellar"), "stock_location_unknown attic, cellar"),
            (Some("main"), Some("_customer_reservations"), "stock_location_reserved _customer_reservations"),
        ] {
            let mut shop = Shop::default();
            let reason = DefineReason {
                reason_code: "R".into(),
                kind: "Stock correction".into(),
                subtype: "damaged".into(),
                origin_stock_location: origin.map(Into::into),
                destination_stock_location: destination.map(Into::into),
                is_activated: true,
            };
            assert_eq!(shop.tell("10:00", "S1", Operation::DefineReason(reason)), answer);
            assert_eq!(shop.document::<Reason>("S1", "R").is_some(), answer == "accepted");
            assert!(shop.document::<Reason>("S2", "R").is_none(), "reasons belong to a store");
        }
    }
}
