//! One pass over every topic: each record goes to the audits it matters to, and at its end they compare.

use std::collections::{BTreeMap, HashSet};

use crate::codec::command::DeadLetterCode;
use crate::codec::headers::{ERROR_CODE, FORWARDED_FROM, is_of_unknown_schema};
use crate::codec::record::{InputRecord, Position, Topic};
use crate::codec::value::Unreadable;
use crate::codec::{Codec, keys};
use crate::domain::command::LocationType;
use crate::domain::decision::AnswerKey;
use crate::domain::document::{Document, DocumentKey};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, StockLocation, StoreId};
use crate::domain::leg::Leg;
use crate::domain::settings::Settings;
use crate::domain::stock::{StockKey, StockRow};
use crate::domain::time::Timestamp;
use crate::engine::record_time;

use super::announced::Announced;
use super::closed::Closed;
use super::journal::{Expected, Journal, Partitions, Scope};
use super::ledger::Ledger;
use super::sequences::Sequences;
use super::transit::Transit;
use super::violation::{Rule, Violations};
use super::{holds, report::Report, tracking};

/// Every audit.
pub struct Audit {
    codec: Codec,
    /// Whether a topic still has its beginning.
    complete: BTreeMap<Topic, bool>,
    stock: FastMap<StockKey, StockRow>,
    documents: FastMap<DocumentKey, Document>,
    /// Where transfer orders took their units from that are no documents any more.
    forgotten_orders: FastMap<(StoreId, DocumentId), StockLocation>,
    /// How long closed documents are kept, ms.
    documents_ms: i64,
    legs: Vec<(Position, Leg)>,
    ledger: Ledger,
    sequences: Sequences,
    journal: Journal,
    announced: Announced,
    transit: Transit,
    closed: Closed,
    partitions: Partitions,
    violations: Violations,
}

impl Audit {
    /// Of a deployment with these settings. `starts`: the oldest offset of each partition of each topic.
    pub fn new(codec: Codec, settings: &Settings, starts: impl Iterator<Item = (Topic, i64)>) -> Self {
        let mut complete = BTreeMap::new();
        for (topic, from) in starts {
            *complete.entry(topic).or_insert(true) &= from == 0;
        }
        Self {
            codec,
            complete,
            stock: FastMap::default(),
            documents: FastMap::default(),
            forgotten_orders: FastMap::default(),
            documents_ms: settings.documents_ms,
            legs: Vec::new(),
            ledger: Ledger::default(),
            sequences: Sequences::default(),
            journal: Journal::new(settings.command_ids_ms),
            announced: Announced::new(settings.damaged_stock_location.clone()),
            transit: Transit::default(),
            closed: Closed::default(),
            partitions: Partitions::default(),
            violations: Violations::default(),
        }
    }

    /// Whether every topic still has its beginning.
    pub fn is_whole(&self) -> bool {
        self.complete.values().all(|complete| *complete)
    }

    fn is_complete(&self, topic: Topic) -> bool {
        self.complete.get(&topic).copied().unwrap_or(true)
    }

    /// Takes the next record of any topic.
    pub fn observe(&mut self, record: &InputRecord) {
        let read = match record.topic {
            Topic::Commands => {
                self.command(record);
                Ok(())
            }
            Topic::Legs => {
                self.leg(record);
                Ok(())
            }
            Topic::Events => self.event(record),
            Topic::Ledger => self.movement(record),
            Topic::Stock => self.stock_row(record),
            Topic::Documents => self.document(record),
            Topic::Results => self.result(record),
            Topic::DeadLetters => {
                match record.cause() {
                    Some(from) => self.journal.dead_letter(from, is_given(record)),
                    None => self.unreadable(record, "says not where it comes from"),
                }
                Ok(())
            }
        };
        if let Err(error) = read {
            self.unreadable(record, &error.to_string());
        }
    }

    fn unreadable(&mut self, record: &InputRecord, text: &str) {
        self.violations.note(Rule::Readable, format!("{}: {text}", record.position));
    }

    fn of_key(&mut self, record: &InputRecord, store: &StoreId, key: &[u8]) {
        if record.key.as_deref() != Some(key) {
            let found = record.key.as_deref().map(String::from_utf8_lossy);
            let wanted = String::from_utf8_lossy(key);
            let text = format!("{}: has the key {found:?}, its content is that of {wanted:?}", record.position);
            self.violations.of_store(Rule::Readable, store, text);
        }
        self.partitions.observe(store, &record.position, &mut self.violations);
    }

    /// Whether a record has a time to go by. Without one it is a dead letter, whatever it says.
    fn has_time(&mut self, record: &InputRecord) -> bool {
        let is_usable = record_time::is_usable(record.timestamp);
        if !is_usable {
            self.journal.asked(&record.position, Expected::DeadLetter);
        }
        is_usable
    }

    fn command(&mut self, record: &InputRecord) {
        if !self.has_time(record) {
            return;
        }
        let asked = match self.codec.decode_command(record) {
            Ok(command) => Expected::Command(AnswerKey { store_id: command.store_id, command_id: command.command_id }),
            Err(_) => Expected::DeadLetter,
        };
        self.journal.asked(&record.position, asked);
    }

    fn leg(&mut self, record: &InputRecord) {
        if let Some(from) = record.header(FORWARDED_FROM) {
            if let Ok(from) = String::from_utf8_lossy(from).parse() {
                self.journal.handed_over(from);
            }
            self.command(record);
            return;
        }
        if !self.has_time(record) {
            return;
        }
        let Ok(leg) = self.codec.decode_leg(record.value.as_deref().unwrap_or_default()) else {
            // Nobody but the processor should write here; what others write becomes a dead letter.
            self.journal.asked(&record.position, Expected::DeadLetter);
            return;
        };
        self.of_key(record, &leg.store_id, keys::store(&leg.store_id));
        self.journal.asked(&record.position, Expected::Leg(leg.leg_id));
        self.legs.push((record.position.clone(), leg));
    }

    fn event(&mut self, record: &InputRecord) -> Result<(), Unreadable> {
        let event = self.codec.decode_event(record.value.as_deref().unwrap_or_default())?;
        self.of_key(record, &event.store_id, keys::store(&event.store_id));
        let complete = self.is_complete(Topic::Events);
        self.sequences.observe(&event, complete, &mut self.violations);
        self.journal.published(event.event_id);
        self.announced.observe_event(&event);
        self.closed.observe_event(&event);
        Ok(())
    }

    fn movement(&mut self, record: &InputRecord) -> Result<(), Unreadable> {
        let movement = self.codec.decode_movement(record.value.as_deref().unwrap_or_default())?;
        let key = StockKey { store_id: movement.store_id.clone(), product_id: movement.product_id.clone() };
        self.of_key(record, &movement.store_id, &keys::stock(&key));
        let complete = self.is_complete(Topic::Ledger);
        self.ledger.observe(&movement, complete, &mut self.violations);
        self.announced.observe_movement(&movement);
        self.transit.observe(&movement);
        Ok(())
    }

    fn stock_row(&mut self, record: &InputRecord) -> Result<(), Unreadable> {
        let (key, row) = self.codec.decode_stock(record.value.as_deref().unwrap_or_default())?;
        self.of_key(record, &key.store_id, &keys::stock(&key));
        self.stock.insert(key, row);
        Ok(())
    }

    fn document(&mut self, record: &InputRecord) -> Result<(), Unreadable> {
        let Some(value) = &record.value else {
            match record.key.as_deref().and_then(keys::parse_document) {
                Some(key) => self.deleted(&key, record.timestamp),
                None => self.unreadable(record, "is a tombstone of no document"),
            }
            return Ok(());
        };
        let (key, document) = self.codec.decode_document(value)?;
        self.of_key(record, &key.store_id, &keys::document(&key));
        self.closed.observe(&key, &document, &mut self.violations);
        self.documents.insert(key, document);
        Ok(())
    }

    fn deleted(&mut self, key: &DocumentKey, at: Timestamp) {
        self.closed.observe_deletion(key, at, self.documents_ms, &mut self.violations);
        match self.documents.remove(key) {
            Some(Document::Asn(asn)) => self.transit.expect(&asn),
            Some(Document::TransferOrder(order)) => {
                let order_key = (key.store_id.clone(), order.transfer_order_id.clone());
                self.forgotten_orders.insert(order_key, order.stock_location_name.clone());
            }
            Some(_) | None => {}
        }
    }

    fn result(&mut self, record: &InputRecord) -> Result<(), Unreadable> {
        // Compaction leaves tombstones to nobody here: a result is never deleted by us.
        let answer = self.codec.decode_answer(record.value.as_deref().unwrap_or_default())?;
        self.of_key(record, &answer.store_id, &keys::answer(&answer));
        match record.cause() {
            Some(cause) => self.journal.answered(&answer, cause, record.timestamp, &mut self.violations),
            None => self.unreadable(record, "has no header `cause`, or one that is no position"),
        }
        Ok(())
    }

    /// Compares what the topics say with each other.
    pub fn finish(mut self, running: bool) -> Report {
        let scope = Scope {
            running,
            inputs_complete: self.is_complete(Topic::Commands) && self.is_complete(Topic::Legs),
            events_complete: self.is_complete(Topic::Events),
            results_complete: self.is_complete(Topic::Results),
        };
        let mut violations = std::mem::take(&mut self.violations);
        self.journal.finish(scope, &mut violations);
        let figures = self.figures();
        // While the processor is at work the ends of topics do not belong together, and can't be compared.
        if !running {
            self.compare(&mut violations);
        }
        Report { figures, violations: violations.sorted() }
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        vec![
            ("inputs", self.journal.inputs),
            ("results", self.journal.results),
            ("dead letters", self.journal.dead_letters),
            ("events", self.sequences.events),
            ("movements", self.ledger.rows),
            ("legs", count(self.legs.len())),
            ("stock rows", count(self.stock.len())),
            ("documents", count(self.documents.len())),
        ]
    }

    fn compare(mut self, violations: &mut Violations) {
        let (events, ledger) = (self.is_complete(Topic::Events), self.is_complete(Topic::Ledger));
        let mut unmastered = HashSet::new();
        let mut remembered = FastMap::default();
        let mut orders = std::mem::take(&mut self.forgotten_orders);
        for (key, document) in &self.documents {
            match document {
                Document::Configuration(configuration) => {
                    if !configuration.inventory_master || configuration.location_type == LocationType::Dc {
                        unmastered.insert(key.store_id.clone());
                    }
                }
                Document::StoreState(state) => {
                    remembered.insert(key.store_id.clone(), state.sequence);
                }
                Document::TransferOrder(order) => {
                    let order_key = (key.store_id.clone(), order.transfer_order_id.clone());
                    orders.insert(order_key, order.stock_location_name.clone());
                }
                Document::Asn(asn) => self.transit.expect(asn),
                Document::Shipment(_)
                | Document::Count(_)
                | Document::Reason(_)
                | Document::Allocation(_)
                | Document::Reservation(_)
                | Document::Parked(_)
                | Document::OutgoingAsn(_)
                | Document::CountedLine(_)
                | Document::Waiting(_)
                | Document::OrderShipment(_)
                | Document::Closed(_) => {}
            }
        }
        for (position, leg) in &self.legs {
            if !self.journal.was_applied(position) {
                self.transit.under_way(leg);
            }
        }
        self.ledger.finish(&self.stock, &unmastered, ledger, violations);
        self.sequences.finish(&remembered, events, violations);
        self.closed.finish(events, violations);
        tracking::audit(&self.documents, self.transit.reports_under_way(), violations);
        holds::audit(&self.documents, &self.stock, &unmastered, violations);
        // Sums over a topic that has lost its beginning say nothing.
        if events && ledger {
            self.announced.finish(&orders, &unmastered, violations);
        }
        if ledger {
            self.transit.finish(violations);
        }
    }
}

/// Whether a dead letter may stand for a command that could be answered: its schema was not known then, or it was too
/// large to be handed over, which only a replay decides again.
fn is_given(letter: &InputRecord) -> bool {
    let is_too_large = letter.header(ERROR_CODE) == Some(DeadLetterCode::TooLarge.as_str().as_bytes());
    is_too_large || is_of_unknown_schema(&letter.headers)
}

#[cfg(test)]
mod tests {
    use super::super::replay::tests::day;
    use super::*;
    use crate::codec::format::Formats;

    fn audit(records: &[InputRecord]) -> Vec<Rule> {
        let codec = Codec::new("acme".into(), Formats::default(), "main".into());
        let mut audit = Audit::new(codec, &Settings::default(), std::iter::empty());
        records.iter().for_each(|record| audit.observe(record));
        let mut rules: Vec<Rule> = audit.finish(false).violations.iter().map(|violation| violation.rule).collect();
        rules.dedup();
        rules
    }

    #[test]
    fn a_sound_history_has_no_violation() {
        assert_eq!(audit(&day()), []);
    }

    #[test]
    fn any_record_that_is_missing_is_found() {
        let records = day();
        for topic in Topic::ALL {
            // Of a store's own document only a replay knows the clock.
            let of_store = |record: &InputRecord| {
                topic == Topic::Documents && record.key.as_deref().is_some_and(|key| key.ends_with(b"|store|leeds"))
            };
            let last = records.iter().rposition(|record| record.topic == topic && !of_store(record));
            let index = last.unwrap();
            let mut missing = records.clone();
            missing.remove(index);
            assert_ne!(audit(&missing), [], "the last of {topic:?}");
        }
    }

    #[test]
    fn records_that_are_not_what_their_key_or_place_says_are_found() {
        for topic in [Topic::Events, Topic::Ledger, Topic::Stock, Topic::Documents, Topic::Results] {
            let broken = |change: fn(&mut InputRecord)| {
                let mut records = day();
                change(records.iter_mut().rfind(|record| record.topic == topic).unwrap());
                audit(&records)
            };
            assert!(broken(|record| record.key = Some("other".into())).contains(&Rule::Readable), "{topic:?}");
            assert!(broken(|record| record.value = Some(vec![0; 9].into())).contains(&Rule::Readable), "{topic:?}");
            assert!(broken(|record| record.position.partition += 1).contains(&Rule::OnePartition), "{topic:?}");
        }
    }
}
