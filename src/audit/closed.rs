//! A closed document never re-opens, and what it announced when it closed never changes again (invariant 4). The
//! documents topic shows every state that a batch ended with; the events show what was announced.

use std::collections::{BTreeMap, HashSet};

use crate::domain::command::Quantity;
use crate::domain::document::{
    Asn, AsnStatus, Count, CountStatus, Document, DocumentKey, Kind, Shipment, ShipmentStatus, TransferOrder,
    TransferOrderStatus,
};
use crate::domain::event::{Event, EventName};
use crate::domain::hash::FastMap;
use crate::domain::ids::{ProductId, StoreId, Text};
use crate::domain::time::Timestamp;

use super::terms::{AGED, FORGOTTEN};
use super::violation::{Rule, Violations};

/// The figures a document announced for each product when it closed.
type Announced = BTreeMap<ProductId, [Quantity; 2]>;

/// Documents that are kept until they are closed, and for good.
const KEPT: [Kind; 7] =
    [Kind::TransferOrder, Kind::Asn, Kind::Shipment, Kind::Count, Kind::Configuration, Kind::Reason, Kind::StoreState];

/// Closed documents, as they were when they closed. Documents are taken before events.
#[derive(Default, Debug)]
pub struct Closed {
    last: FastMap<DocumentKey, Document>,
    forgotten: HashSet<DocumentKey>,
    /// What was announced so far of documents whose last chunk is still to come, and how often the others were.
    announced: FastMap<DocumentKey, (Announced, u64)>,
    /// Announced as closed, but no document is; when.
    unknown: BTreeMap<DocumentKey, Timestamp>,
    /// Each store's clock, as far as its document tells.
    clocks: FastMap<StoreId, Timestamp>,
    /// Deleted too early, unless the store's clock is further than is known yet.
    early: Vec<(DocumentKey, Timestamp)>,
}

impl Closed {
    /// Takes the next state of a document.
    pub fn observe(&mut self, key: &DocumentKey, document: &Document, violations: &mut Violations) {
        if let Document::StoreState(state) = document {
            self.observe_clock(&key.store_id, state.clock, violations);
        }
        let fault = match (self.last.get(key), document) {
            (None, _) => None,
            (Some(Document::TransferOrder(before)), Document::TransferOrder(now)) => order_fault(before, now),
            (Some(Document::Asn(before)), Document::Asn(now)) => asn_fault(before, now),
            (Some(Document::Shipment(before)), Document::Shipment(now)) => shipment_fault(before, now),
            (Some(Document::Count(before)), Document::Count(now)) => count_fault(before, now),
            (Some(_), _) => Some("became a document of another kind"),
        };
        if let Some(fault) = fault {
            violations.of_store(Rule::Closed, &key.store_id, format!("{} {} {fault}", key.kind.as_str(), key.id));
        }
        if is_closed(document) {
            self.last.insert(key.clone(), document.clone());
        }
        self.forgotten.remove(key);
    }

    /// Whether a record at `at` made another document of the id of one that is closed. It forgot that one, whose tombstone
    /// is not to be seen then: a batch writes the last state only.
    pub fn is_of_a_forgotten_id(&self, key: &DocumentKey, document: &Document, at: Timestamp, kept_ms: i64) -> bool {
        let Some(closed) = self.last.get(key).and_then(closed_at) else { return false };
        let clock = self.clocks.get(&key.store_id).copied().unwrap_or_default().max(at);
        closed.plus_millis(kept_ms) < clock && closed_at(document) != Some(closed)
    }

    /// Takes the deletion of a document by a record at `at`, which was `before`: closed ones are forgotten, but not before
    /// their time.
    pub fn observe_deletion(
        &mut self,
        key: &DocumentKey,
        before: Option<&Document>,
        at: Timestamp,
        kept_ms: i64,
        violations: &mut Violations,
    ) {
        self.forgotten.insert(key.clone());
        if !KEPT.contains(&key.kind) {
            return;
        }
        let Some(document) = self.last.remove(key) else {
            match before {
                Some(_) => {
                    violations.checked(Rule::Open, 1);
                    let text = format!("{} {} was deleted, and was not closed", key.kind.as_str(), key.id);
                    violations.of_store(Rule::Open, &key.store_id, text);
                }
                None => violations.left_out(Rule::Open, 1, FORGOTTEN),
            }
            return;
        };
        violations.checked(Rule::Open, 1);
        // A shipment goes with its order.
        let Some(kept_until) = closed_at(&document).map(|closed_at| closed_at.plus_millis(kept_ms)) else { return };
        let clock = self.clocks.get(&key.store_id).copied().unwrap_or_default().max(at);
        if clock <= kept_until {
            self.early.push((key.clone(), kept_until));
        }
    }

    /// Takes a store's clock, which is written with what a record of that time deletes.
    pub fn observe_clock(&mut self, store: &StoreId, clock: Timestamp, violations: &mut Violations) {
        self.clocks.insert(store.clone(), clock);
        let early = std::mem::take(&mut self.early);
        let (own, others): (Vec<_>, _) = early.into_iter().partition(|(key, _)| key.store_id == *store);
        self.early = others;
        own.iter().filter(|(_, kept_until)| clock <= *kept_until).for_each(|(key, _)| deleted_early(key, violations));
    }

    /// Takes an event: a closing is compared with the document when its last chunk is there.
    pub fn observe_event(&mut self, event: &Event, violations: &mut Violations) {
        let key = |kind, id: &Text| DocumentKey::new(event.store_id.clone(), kind, id.clone());
        let payload = &event.payload;
        let (key, figures): (_, fn(&crate::domain::event::Item) -> [Quantity; 2]) = match event.name {
            EventName::AsnClosed => (key(Kind::Asn, &payload.id), |item| {
                [item.expected_quantity.unwrap_or(0), item.received_quantity.unwrap_or(0)]
            }),
            EventName::TransferOrderClosed => (key(Kind::TransferOrder, &payload.id), |item| {
                [item.ordered_quantity.unwrap_or(0), item.transferred_quantity.unwrap_or(0)]
            }),
            EventName::ItemsReceived
            | EventName::TransferOrderCreated
            | EventName::ItemsReadyForHandover
            | EventName::AsnCreated
            | EventName::AdjustmentCreated
            | EventName::ItemsCounted
            | EventName::ItemsShipped
            | EventName::ShipmentCancelled
            | EventName::RemainderReturned
            | EventName::VarianceCorrected
            | EventName::ItemsSold
            | EventName::ItemsReturned
            | EventName::ItemsReserved
            | EventName::ReservationReleased => return,
        };
        let (announced, times) = self.announced.entry(key.clone()).or_default();
        *times += u64::from(payload.chunk_number <= 1);
        announced.extend(payload.items.iter().map(|item| (item.product_id.clone(), figures(item))));
        if payload.chunk_number < payload.total_chunks {
            return;
        }
        let (announced, times) = (std::mem::take(announced), *times);
        let Some(shown) = self.last.get(&key).and_then(figures_of) else {
            self.announced.remove(&key);
            if !self.forgotten.contains(&key) {
                self.unknown.insert(key, event.recorded_at);
            }
            return;
        };
        violations.checked(Rule::Closed, 1);
        let name = format!("{} {}", key.kind.as_str(), key.id);
        if times > 1 {
            let text = format!("{name} was announced as closed {times} times");
            violations.of_store(Rule::Closed, &key.store_id, text);
        }
        differences(&key.store_id, &name, &announced, &shown, violations);
    }

    /// Tells of closings without their other half. `announced_since`: earlier events may be deleted by age;
    /// `forgotten_since`: earlier documents may be forgotten.
    pub fn finish(&self, [announced_since, forgotten_since]: [Timestamp; 2], violations: &mut Violations) {
        self.early.iter().for_each(|(key, _)| deleted_early(key, violations));
        for (key, document) in &self.last {
            if figures_of(document).is_none() || self.announced.contains_key(key) {
                continue;
            }
            if closed_at(document).is_some_and(|closed_at| closed_at <= announced_since) {
                violations.left_out(Rule::Closed, 1, AGED);
                continue;
            }
            let text = format!("{} {} is closed, no event says so", key.kind.as_str(), key.id);
            violations.of_store(Rule::Closed, &key.store_id, text);
        }
        for (key, at) in &self.unknown {
            if *at <= forgotten_since {
                violations.left_out(Rule::Closed, 1, FORGOTTEN);
                continue;
            }
            let text = format!("{} {} was announced as closed and is not", key.kind.as_str(), key.id);
            violations.of_store(Rule::Closed, &key.store_id, text);
        }
    }
}

fn deleted_early(key: &DocumentKey, violations: &mut Violations) {
    let text = format!("{} {} was closed and then deleted", key.kind.as_str(), key.id);
    violations.of_store(Rule::Closed, &key.store_id, text);
}

/// What a document announces when it closes, of those kinds that do.
fn figures_of(document: &Document) -> Option<Announced> {
    match document {
        Document::TransferOrder(order) => Some(figures_of_order(order)),
        Document::Asn(asn) => Some(figures_of_asn(asn)),
        Document::Shipment(_)
        | Document::Count(_)
        | Document::Configuration(_)
        | Document::Reason(_)
        | Document::Allocation(_)
        | Document::Reservation(_)
        | Document::StoreState(_)
        | Document::Parked(_)
        | Document::OutgoingAsn(_)
        | Document::CountedLine(_)
        | Document::Waiting(_)
        | Document::OrderShipment(_)
        | Document::Closed(_) => None,
    }
}

fn differences(store: &StoreId, name: &str, announced: &Announced, shown: &Announced, violations: &mut Violations) {
    // A product that only came late is no part of what was announced: it shows zeros.
    for (product, figures) in
        shown.iter().filter(|(product, figures)| announced.contains_key(product) || **figures != [0, 0])
    {
        let said = announced.get(product).copied().unwrap_or_default();
        if said != *figures {
            let text = format!(
                "{name}, product {product}: announced {} of {}, the document shows {} of {}",
                said[1], said[0], figures[1], figures[0]
            );
            violations.of_store(Rule::Closed, store, text);
        }
    }
}

fn figures_of_order(order: &TransferOrder) -> Announced {
    let figures =
        |line: &crate::domain::document::TransferOrderLine| [line.ordered_quantity, line.transferred_quantity];
    order.lines.iter().map(|line| (line.product_id.clone(), figures(line))).collect()
}

fn figures_of_asn(asn: &Asn) -> Announced {
    asn.lines.iter().map(|line| (line.product_id.clone(), [line.expected_quantity, line.received_quantity])).collect()
}

fn is_closed(document: &Document) -> bool {
    match document {
        Document::TransferOrder(order) => order.status == TransferOrderStatus::Closed,
        Document::Asn(asn) => asn.status == AsnStatus::Closed,
        Document::Shipment(shipment) => shipment.status != ShipmentStatus::Packed,
        Document::Count(count) => matches!(count.status, CountStatus::Completed | CountStatus::Cancelled),
        Document::Configuration(_)
        | Document::Reason(_)
        | Document::Allocation(_)
        | Document::Reservation(_)
        | Document::StoreState(_)
        | Document::Parked(_)
        | Document::OutgoingAsn(_)
        | Document::CountedLine(_)
        | Document::Waiting(_)
        | Document::OrderShipment(_)
        | Document::Closed(_) => false,
    }
}

fn closed_at(document: &Document) -> Option<Timestamp> {
    match document {
        Document::TransferOrder(order) => order.closing.as_ref().map(|closing| closing.closed_at),
        Document::Asn(asn) => asn.closing.as_ref().map(|closing| closing.closed_at),
        Document::Count(count) => count.completed_at.or(count.cancelled_at),
        Document::Shipment(_)
        | Document::Configuration(_)
        | Document::Reason(_)
        | Document::Allocation(_)
        | Document::Reservation(_)
        | Document::StoreState(_)
        | Document::Parked(_)
        | Document::OutgoingAsn(_)
        | Document::CountedLine(_)
        | Document::Waiting(_)
        | Document::OrderShipment(_)
        | Document::Closed(_) => None,
    }
}

fn order_fault(before: &TransferOrder, now: &TransferOrder) -> Option<&'static str> {
    if now.status != TransferOrderStatus::Closed {
        return Some("was closed and is open again");
    }
    let changed = before.closing != now.closing || figures_of_order(before) != figures_of_order(now);
    changed.then_some("changed what it announced when it closed")
}

fn asn_fault(before: &Asn, now: &Asn) -> Option<&'static str> {
    if now.status != AsnStatus::Closed {
        return Some("was closed and is open again");
    }
    if now.revision < before.revision {
        return Some("went back to an earlier revision");
    }
    let (before_figures, mut figures) = (figures_of_asn(before), figures_of_asn(now));
    figures.retain(|product, figures| before_figures.contains_key(product) || *figures != [0, 0]);
    let changed = before.closing != now.closing || before_figures != figures;
    changed.then_some("changed what it announced when it closed")
}

fn shipment_fault(before: &Shipment, now: &Shipment) -> Option<&'static str> {
    if before.status != now.status {
        return Some("was shipped or cancelled and changed its status again");
    }
    let changed = before.lines != now.lines || before.shipment_date != now.shipment_date;
    if changed || (before.status == ShipmentStatus::Cancelled && before != now) {
        return Some("changed after it was shipped or cancelled");
    }
    (now.asn_revision < before.asn_revision).then_some("went back to an earlier report of its ASN")
}

fn count_fault(before: &Count, now: &Count) -> Option<&'static str> {
    (before != now).then_some("changed after it was completed or cancelled")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{STORE, asn, event_of};
    use super::*;
    use crate::domain::event::Item;

    fn key() -> DocumentKey {
        DocumentKey::new(STORE.into(), Kind::Asn, "a")
    }

    fn closed_event(expected: Quantity, received: Quantity) -> Event {
        let figures =
            Item { expected_quantity: Some(expected), received_quantity: Some(received), ..Item::of("p".into()) };
        let mut event = event_of(EventName::AsnClosed, figures);
        event.payload.id = "a".into();
        event.payload.chunk_number = 1;
        event
    }

    fn audit(states: &[Option<Asn>], events: &[Event]) -> Vec<Rule> {
        let (mut audit, mut violations) = (Closed::default(), Violations::default());
        for state in states {
            match state.clone().map(Document::Asn) {
                Some(document) => audit.observe(&key(), &document, &mut violations),
                None => audit.observe_deletion(&key(), None, Timestamp::default(), 1_000, &mut violations),
            }
        }
        events.iter().for_each(|event| audit.observe_event(event, &mut violations));
        let ever = Timestamp::from_millis(i64::MIN);
        audit.finish([ever, ever], &mut violations);
        violations.rules()
    }

    #[test]
    fn a_closed_asn_goes_on_with_late_units_only() {
        let open = asn(AsnStatus::Open, 10, 7, 0, 0);
        let closed = asn(AsnStatus::Closed, 10, 7, 3, 0);
        let mut late = closed.clone();
        late.lines[0].late_quantity = 2;
        late.lines[0].lost_quantity = 1;
        assert_eq!(audit(&[Some(open), Some(closed), Some(late)], &[closed_event(10, 7)]), []);
    }

    #[test]
    fn each_break_is_found() {
        let closed = asn(AsnStatus::Closed, 10, 7, 3, 0);
        let mut older = closed.clone();
        older.revision = 0;
        let mut other = closed.clone();
        other.closing = None;
        let event = closed_event(10, 7);
        let table = [
            ("open again", vec![Some(closed.clone()), Some(asn(AsnStatus::Open, 10, 7, 0, 0))], vec![event.clone()]),
            (
                "another figure",
                vec![Some(closed.clone()), Some(asn(AsnStatus::Closed, 10, 8, 2, 0))],
                vec![event.clone()],
            ),
            ("deleted", vec![Some(closed.clone()), None], vec![event.clone()]),
            ("older revision", vec![Some(closed.clone()), Some(older)], vec![event.clone()]),
            ("another closing", vec![Some(closed.clone()), Some(other)], vec![event.clone()]),
            ("not announced", vec![Some(closed.clone())], vec![]),
            ("announced twice", vec![Some(closed.clone())], vec![event.clone(), event.clone()]),
            ("announced otherwise", vec![Some(closed)], vec![closed_event(10, 6)]),
            ("announced, but open", vec![Some(asn(AsnStatus::Open, 10, 7, 0, 0))], vec![event]),
        ];
        for (name, states, events) in table {
            assert_eq!(audit(&states, &events), [Rule::Closed], "{name}");
        }
    }
}
