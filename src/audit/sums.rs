//! The figures of a document are those of what belongs to it: a count is the sum of its lines, an order has the shipments
//! that name it.

use crate::domain::document::{Count, Document, DocumentKey};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, StoreId};

use super::violation::{Rule, Violations};

/// Compares the documents of a partition, which has everything of its stores.
pub fn audit(documents: &FastMap<DocumentKey, Document>, found: &mut Violations) {
    let mut lines: FastMap<(&StoreId, &DocumentId), [u64; 3]> = FastMap::default();
    let mut shipments: FastMap<(&StoreId, &DocumentId), u64> = FastMap::default();
    for (key, document) in documents {
        if let Document::CountedLine(line) = document {
            let sums = lines.entry((&key.store_id, &line.count_id)).or_default();
            let line = [1, u64::from(line.count.is_some()), u64::from(line.outside_tolerance == Some(true))];
            sums.iter_mut().zip(line).for_each(|(sum, one)| *sum += one);
        } else if let Document::Shipment(shipment) = document {
            *shipments.entry((&key.store_id, &shipment.transfer_order_id)).or_default() += 1;
        }
    }
    for (key, document) in documents {
        if let Document::Count(count) = document {
            // With its lines in it, as the first release left it, it shows no figures.
            if count.lines.is_empty() {
                let sums = lines.get(&(&key.store_id, &count.count_id)).copied().unwrap_or_default();
                count_faults(key, count, sums, found);
            }
        } else if let Document::TransferOrder(order) = document {
            found.checked(Rule::Documents, 1);
            let there = shipments.get(&(&key.store_id, &order.transfer_order_id)).copied().unwrap_or(0);
            if u64::from(order.shipments) != there {
                let text = format!(
                    "transfer order {}: shows {} shipments, {there} are there",
                    order.transfer_order_id, order.shipments
                );
                found.of_store(Rule::Documents, &key.store_id, text);
            }
        }
    }
}

fn count_faults(key: &DocumentKey, count: &Count, sums: [u64; 3], found: &mut Violations) {
    found.checked(Rule::Documents, 1);
    let shown = [count.products, count.products_counted, count.products_outside_tolerance];
    let names = ["products", "products counted", "products outside tolerance"];
    for ((name, shown), sum) in names.into_iter().zip(shown).zip(sums) {
        if shown != sum {
            let text = format!("count {}: shows {shown} {name}, its lines come to {sum}", count.count_id);
            found.of_store(Rule::Documents, &key.store_id, text);
        }
    }
}
