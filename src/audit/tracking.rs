//! What the origin of a transfer shows is what its destination reported: the shipment follows its ASN, and the
//! transfer order is the sum of its shipments (domain contract §6.2).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::domain::command::Quantity;
use crate::domain::document::{
    Asn, AsnFigures, AsnStatus, Document, DocumentKey, Shipment, ShipmentStatus, TransferOrder,
};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, ProductId, StoreId};
use crate::domain::time::Timestamp;

use super::terms::FORGOTTEN;
use super::violation::{Rule, Violations};

type Figures = BTreeMap<ProductId, [Quantity; 3]>;

/// Compares the transfer orders of a partition with their shipments, which stand at the same store.
pub fn audit_orders(documents: &FastMap<DocumentKey, Document>, violations: &mut Violations) {
    let mut sums: FastMap<(StoreId, DocumentId), Figures> = FastMap::default();
    for (key, document) in documents {
        let Document::Shipment(shipment) = document else { continue };
        let sum = sums.entry((key.store_id.clone(), shipment.transfer_order_id.clone())).or_default();
        for (product, figures) in figures_of_shipment(shipment) {
            let sum = sum.entry(product).or_default();
            sum.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        }
    }
    for (key, document) in documents {
        let Document::TransferOrder(order) = document else { continue };
        let sum = sums.remove(&(key.store_id.clone(), order.transfer_order_id.clone())).unwrap_or_default();
        order_faults(key, order, &sum, violations);
    }
}

/// Both ends of transfers, which may stand in different partitions.
#[derive(Default, Debug)]
pub struct Ends {
    asns: FastMap<(StoreId, DocumentId), Asn>,
    shipments: Vec<(StoreId, Shipment)>,
}

impl Ends {
    /// Takes a document as it is now.
    pub fn observe(&mut self, store: &StoreId, document: Document) {
        if let Document::Asn(asn) = document {
            if asn.transfer.is_some() {
                let cartons = Vec::new();
                self.asns.insert((store.clone(), asn.asn_id.clone()), Asn { cartons, ..asn });
            }
        } else if let Document::Shipment(shipment) = document
            && shipment.status == ShipmentStatus::Shipped
        {
            self.shipments.push((store.clone(), shipment));
        }
    }

    /// Compares. `reports`: ASNs of which a report has not arrived yet; `openings`: those that have not themselves;
    /// `forgotten_since`: what was shipped earlier may be received, closed and forgotten.
    pub fn finish(
        &self,
        reports: &BTreeSet<DocumentId>,
        openings: &BTreeSet<DocumentId>,
        forgotten_since: Timestamp,
        violations: &mut Violations,
    ) {
        for (store, shipment) in &self.shipments {
            violations.checked(Rule::References, 1);
            let name = format!("shipment {} and its ASN {}", shipment.shipment_id, shipment.asn_id);
            match self.asns.get(&(shipment.destination_id.clone(), shipment.asn_id.clone())) {
                Some(asn) if !reports.contains(&shipment.asn_id) => {
                    if let Some(fault) = shipment_fault(shipment, asn) {
                        violations.of_store(Rule::Conservation, store, format!("{name}: {fault}"));
                    }
                }
                Some(_) => {}
                // A closed one may be forgotten before its shipment is.
                None if openings.contains(&shipment.asn_id) => {}
                None if shipment.asn_status == Some(AsnStatus::Closed)
                    && shipment.shipment_date.is_none_or(|shipped_at| shipped_at <= forgotten_since) =>
                {
                    violations.left_out(Rule::References, 1, FORGOTTEN);
                }
                None => {
                    let text = format!("{name}: {} has no such ASN of a transfer", shipment.destination_id);
                    violations.of_store(Rule::References, store, text);
                }
            }
        }
        let sent: HashSet<(&StoreId, &DocumentId)> =
            self.shipments.iter().map(|(store, shipment)| (store, &shipment.asn_id)).collect();
        for ((store, id), asn) in &self.asns {
            violations.checked(Rule::References, 1);
            if asn.status == AsnStatus::Open && !sent.contains(&(&asn.from_location, id)) {
                let text = format!("ASN {id}: {} has no shipment of it", asn.from_location);
                violations.of_store(Rule::References, store, text);
            }
        }
    }
}

fn figures_of_shipment(shipment: &Shipment) -> Figures {
    let figures = |figures: &AsnFigures| [figures.received, figures.lost, figures.returned];
    let lines = shipment.asn_lines.iter().flatten();
    lines.map(|(product, line)| (product.clone(), figures(line))).collect()
}

fn shipment_fault(shipment: &Shipment, asn: &Asn) -> Option<String> {
    let reported = shipment.asn_revision;
    if reported != asn.revision && (asn.revision, reported) != (1, 0) {
        return Some(format!("revision {reported} was reported, {} is there", asn.revision));
    }
    if reported == 0 {
        return None;
    }
    let shown = figures_of_shipment(shipment);
    let differs = asn.lines.iter().find(|line| {
        let figures = [line.received_quantity + line.late_quantity, line.lost_quantity, line.returned_quantity];
        shown.get(&line.product_id).is_some_and(|shown| *shown != figures)
    });
    differs.map(|line| format!("another figure of product {} was reported", line.product_id))
}

fn order_faults(key: &DocumentKey, order: &TransferOrder, sum: &Figures, violations: &mut Violations) {
    for line in &order.lines {
        let shown = [line.received_quantity, line.lost_quantity, line.returned_quantity];
        let reported = sum.get(&line.product_id).copied().unwrap_or_default();
        if shown != reported {
            let text = format!(
                "transfer order {}, product {}: shows received, lost, returned {shown:?}, its shipments add up to \
                 {reported:?}",
                order.transfer_order_id, line.product_id
            );
            violations.of_store(Rule::Conservation, &key.store_id, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{STORE, asn, order, shipment};
    use super::*;
    use crate::domain::document::{AsnTransfer, Kind};

    /// Of an ASN of 9 with 7 received and 2 lost.
    fn audit_of(revision: u64, reported: [Quantity; 3], shown: [Quantity; 3], under_way: bool) -> Vec<Rule> {
        let mut expected = asn(AsnStatus::Closed, 9, 7, 2, 0);
        expected.revision = 2;
        let mut sent = shipment(9);
        sent.asn_revision = revision;
        let [received, lost, returned] = reported;
        sent.asn_lines = Some(vec![("p".into(), AsnFigures { received, lost, returned })]);
        let key = |store: &str, kind, id: &str| DocumentKey::new(store.into(), kind, id);
        (sent.status, expected.from_location) = (ShipmentStatus::Shipped, STORE.into());
        expected.transfer = Some(AsnTransfer {
            shipment_id: "1".into(),
            transfer_order_id: "o".into(),
            transfer_order_ref: "o".into(),
        });
        let documents: FastMap<DocumentKey, Document> = FastMap::from_iter([
            (key("d", Kind::Asn, "a"), expected.into()),
            (key(STORE, Kind::Shipment, "1"), sent.into()),
            (key(STORE, Kind::TransferOrder, "o"), order(9, shown).into()),
        ]);
        let (mut ends, mut violations) = (Ends::default(), Violations::default());
        audit_orders(&documents, &mut violations);
        documents.into_iter().for_each(|(key, document)| ends.observe(&key.store_id, document));
        let under_way = under_way.then(|| "a".into()).into_iter().collect();
        ends.finish(&under_way, &BTreeSet::new(), Timestamp::from_millis(i64::MIN), &mut violations);
        violations.rules()
    }

    #[test]
    fn both_ends_show_the_same() {
        assert_eq!(audit_of(2, [7, 2, 0], [7, 2, 0], false), []);
        assert_eq!(audit_of(1, [4, 0, 0], [4, 0, 0], true), []);
    }

    #[test]
    fn each_break_is_found() {
        for (revision, reported, shown) in
            [(1, [7, 2, 0], [7, 2, 0]), (2, [6, 2, 0], [6, 2, 0]), (2, [7, 2, 0], [7, 1, 0]), (2, [7, 2, 0], [0, 0, 0])]
        {
            let found = audit_of(revision, reported, shown, false);
            assert_eq!(found, [Rule::Conservation], "{revision} {reported:?} {shown:?}");
        }
    }
}
