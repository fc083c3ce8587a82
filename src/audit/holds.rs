//! Packed, allocated and reserved units of a stock row are those of the documents that hold them.

use std::collections::{BTreeMap, HashSet};

use crate::domain::command::Quantity;
use crate::domain::document::{Document, DocumentKey, ShipmentStatus};
use crate::domain::hash::FastMap;
use crate::domain::ids::{ProductId, RESERVATIONS, StockLocation, StoreId};
use crate::domain::stock::{StockKey, StockRow};

use super::violation::{Rule, Violations};

#[derive(Default)]
struct Held {
    packed: BTreeMap<StockLocation, Quantity>,
    allocated: Quantity,
    reserved: Quantity,
}

/// Compares the stock table with the documents as they are now.
pub fn audit(
    documents: &FastMap<DocumentKey, Document>,
    stock: &FastMap<StockKey, StockRow>,
    unmastered: &HashSet<StoreId>,
    violations: &mut Violations,
) {
    let mut held: BTreeMap<StockKey, Held> = BTreeMap::new();
    for (key, document) in documents.iter().filter(|(key, _)| !unmastered.contains(&key.store_id)) {
        let at = |product: &ProductId| StockKey { store_id: key.store_id.clone(), product_id: product.clone() };
        match document {
            Document::Shipment(shipment) if shipment.status == ShipmentStatus::Packed => {
                for line in &shipment.lines {
                    let packed = &mut held.entry(at(&line.product_id)).or_default().packed;
                    *packed.entry(shipment.stock_location_name.clone()).or_default() += line.quantity;
                }
            }
            Document::Allocation(allocation) => {
                for (product, quantity) in &allocation.lines {
                    held.entry(at(product)).or_default().allocated += quantity;
                }
            }
            Document::Reservation(reservation) => {
                for (product, quantity) in &reservation.lines {
                    held.entry(at(product)).or_default().reserved += quantity;
                }
            }
            Document::Shipment(_)
            | Document::TransferOrder(_)
            | Document::Asn(_)
            | Document::Count(_)
            | Document::Configuration(_)
            | Document::Reason(_)
            | Document::StoreState(_)
            | Document::Parked(_)
            | Document::OutgoingAsn(_)
            | Document::CountedLine(_)
            | Document::Waiting(_)
            | Document::OrderShipment(_)
            | Document::Closed(_) => {}
        }
    }
    let nothing = (StockRow::default(), Held::default());
    let keys: HashSet<&StockKey> = held.keys().chain(stock.keys()).collect();
    for key in keys {
        compare(key, stock.get(key).unwrap_or(&nothing.0), held.get(key).unwrap_or(&nothing.1), violations);
    }
}

fn compare(key: &StockKey, row: &StockRow, held: &Held, violations: &mut Violations) {
    let mut differ = |what: &str, shown: Quantity, held: Quantity| {
        if shown != held {
            let text = format!("product {}: {shown} {what}, the documents hold {held}", key.product_id);
            violations.of_store(Rule::Holds, &key.store_id, text);
        }
    };
    differ("allocated", row.allocated, held.allocated);
    // A count of the reservation bucket is refused, so it holds what the reservations hold.
    differ(&format!("in {RESERVATIONS}"), row.reserved(), held.reserved);
    let locations: HashSet<&StockLocation> =
        held.packed.keys().chain(row.locations.iter().map(|entry| &entry.stock_location)).collect();
    for location in locations {
        let packed = held.packed.get(location).copied().unwrap_or(0);
        differ(&format!("packed in {location}"), row.packed(location), packed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{STORE, shipment, stock_row};
    use super::*;
    use crate::domain::document::{Allocation, Kind, Reservation};

    fn documents(packed: Quantity, allocated: Quantity, reserved: Quantity) -> FastMap<DocumentKey, Document> {
        let key = |kind: Kind| DocumentKey::new(STORE.into(), kind, "1");
        let shipment = shipment(packed);
        let allocation = Allocation { allocation_id: "1".into(), lines: vec![("p".into(), allocated)] };
        let reservation =
            Reservation { reservation_id: "1".into(), expires_at: None, lines: vec![("p".into(), reserved)] };
        FastMap::from_iter([
            (key(Kind::Shipment), shipment.into()),
            (key(Kind::Allocation), allocation.into()),
            (key(Kind::Reservation), reservation.into()),
        ])
    }

    #[test]
    fn each_difference_is_found() {
        let (key, mut row) = stock_row(&[("main", 9), (RESERVATIONS, 2)]);
        row.location_mut(&"main".into()).packed = 4;
        row.allocated = 3;
        let stock = FastMap::from_iter([(key, row)]);
        for (packed, allocated, reserved, sound) in
            [(4, 3, 2, true), (5, 3, 2, false), (4, 2, 2, false), (4, 3, 0, false)]
        {
            let mut violations = Violations::default();
            audit(&documents(packed, allocated, reserved), &stock, &HashSet::new(), &mut violations);
            let expected: &[Rule] = if sound { &[] } else { &[Rule::Holds] };
            assert_eq!(violations.rules(), expected, "{packed} {allocated} {reserved}");
        }
        let mut violations = Violations::default();
        audit(&documents(1, 0, 0), &FastMap::default(), &HashSet::new(), &mut violations);
        assert_eq!(violations.rules(), [Rule::Holds]);
    }
}
