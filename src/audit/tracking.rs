//! What the origin of a transfer shows is what its destination reported: the shipment follows its ASN, and the
//! transfer order is the sum of its shipments (domain contract §6.2).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::command::Quantity;
use crate::domain::document::{Asn, AsnFigures, Document, DocumentKey, Shipment, TransferOrder};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, ProductId, StoreId};

use super::violation::{Rule, Violations};

type Figures = BTreeMap<ProductId, [Quantity; 3]>;

/// Compares the documents of both ends. `under_way`: ASNs of which a report has not arrived yet.
pub fn audit(
    documents: &FastMap<DocumentKey, Document>,
    under_way: &BTreeSet<DocumentId>,
    violations: &mut Violations,
) {
    let mut asns: FastMap<(StoreId, DocumentId), &Asn> = FastMap::default();
    let mut sums: FastMap<(StoreId, DocumentId), Figures> = FastMap::default();
    for (key, document) in documents {
        if let Document::Asn(asn) = document {
            asns.insert((key.store_id.clone(), asn.asn_id.clone()), asn);
        } else if let Document::Shipment(shipment) = document {
            let sum = sums.entry((key.store_id.clone(), shipment.transfer_order_id.clone())).or_default();
            for (product, figures) in figures_of_shipment(shipment) {
                let sum = sum.entry(product).or_default();
                sum.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
            }
        }
    }
    for (key, document) in documents {
        if let Document::Shipment(shipment) = document
            && !under_way.contains(&shipment.asn_id)
            && let Some(asn) = asns.get(&(shipment.destination_id.clone(), shipment.asn_id.clone()))
            && let Some(fault) = shipment_fault(shipment, asn)
        {
            let text = format!("shipment {} and its ASN {}: {fault}", shipment.shipment_id, shipment.asn_id);
            violations.of_store(Rule::Conservation, &key.store_id, text);
        } else if let Document::TransferOrder(order) = document {
            let sum = sums.remove(&(key.store_id.clone(), order.transfer_order_id.clone())).unwrap_or_default();
            order_faults(key, order, &sum, violations);
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
    use crate::domain::document::{AsnStatus, Kind};

    /// Of an ASN of 9 with 7 received and 2 lost.
    fn audit_of(revision: u64, reported: [Quantity; 3], shown: [Quantity; 3], under_way: bool) -> Vec<Rule> {
        let mut expected = asn(AsnStatus::Closed, 9, 7, 2, 0);
        expected.revision = 2;
        let mut sent = shipment(9);
        sent.asn_revision = revision;
        let [received, lost, returned] = reported;
        sent.asn_lines = Some(vec![("p".into(), AsnFigures { received, lost, returned })]);
        let key = |store: &str, kind, id: &str| DocumentKey::new(store.into(), kind, id);
        let documents = FastMap::from_iter([
            (key("d", Kind::Asn, "a"), expected.into()),
            (key(STORE, Kind::Shipment, "1"), sent.into()),
            (key(STORE, Kind::TransferOrder, "o"), order(9, shown).into()),
        ]);
        let mut violations = Violations::default();
        let under_way = under_way.then(|| "a".into()).into_iter().collect();
        audit(&documents, &under_way, &mut violations);
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
