//! What is checked of one partition: everything of a store is in one, so that most rules need no other.

use std::collections::HashSet;

use crate::codec::command::DeadLetterCode;
use crate::codec::headers::{ERROR_CODE, FORWARDED_FROM, is_of_unknown_schema};
use crate::codec::keys;
use crate::codec::record::{InputRecord, Position, Topic};
use crate::codec::value::Unreadable;
use crate::domain::command::LocationType;
use crate::domain::decision::AnswerKey;
use crate::domain::document::{Document, DocumentKey};
use crate::domain::hash::FastMap;
use crate::domain::ids::StoreId;
use crate::domain::leg::Leg;
use crate::domain::stock::{StockKey, StockRow};
use crate::domain::time::Timestamp;
use crate::engine::record_time;

use super::announced::{Announced, Orders};
use super::closed::Closed;
use super::journal::{Expected, Journal};
use super::law::Law;
use super::ledger::Ledger;
use super::sequences::Sequences;
use super::terms::{Spans, Terms};
use super::transit::Transit;
use super::violation::{Rule, Violations};
use super::whole::Whole;
use super::{accounts, effects, figures, holds, sums, tracking};

/// What a partition is looked at with.
pub struct Sight<'a> {
    pub terms: &'a Terms,
    pub whole: &'a mut Whole,
    pub found: &'a mut Violations,
}

impl Sight<'_> {
    fn of_key(&mut self, record: &InputRecord, store: &StoreId, key: impl AsRef<[u8]>) {
        self.whole.of_key(record, store, key, self.found);
    }
}

/// What is known of a partition so far.
pub struct Part {
    stock: FastMap<StockKey, StockRow>,
    documents: FastMap<DocumentKey, Document>,
    /// Where transfer orders take their units from, also those that are forgotten.
    orders: Orders,
    /// Legs that did not take effect yet.
    legs: FastMap<Position, Leg>,
    legs_seen: u64,
    ledger: Ledger,
    sequences: Sequences,
    journal: Journal,
    announced: Announced,
    transit: Transit,
    closed: Closed,
    law: Law,
    spans: Spans,
}

impl Part {
    pub fn new(terms: &Terms) -> Self {
        Self {
            stock: FastMap::default(),
            documents: FastMap::default(),
            orders: Orders::default(),
            legs: FastMap::default(),
            legs_seen: 0,
            ledger: Ledger::default(),
            sequences: Sequences::default(),
            journal: Journal::new(terms.command_ids_ms),
            announced: Announced::new(terms.damaged.clone()),
            transit: Transit::default(),
            closed: Closed::default(),
            law: Law::default(),
            spans: Spans::default(),
        }
    }

    /// Takes the next record; those of the tables come first.
    pub fn observe(&mut self, record: &InputRecord, sight: &mut Sight<'_>) {
        let is_usable = record_time::is_usable(record.timestamp);
        if is_usable {
            self.spans.observe(record);
        }
        if let Topic::Commands | Topic::Legs = record.topic {
            if is_usable {
                self.input(record, sight);
            } else {
                // Without a time to go by it is a dead letter, whatever it says.
                self.journal.asked(&record.position, Expected::DeadLetter, record.timestamp, sight.found);
            }
            return;
        }
        sight.found.checked(Rule::Readable, 1);
        let read = match record.topic {
            Topic::Commands | Topic::Legs => Ok(()),
            Topic::Events => self.event(record, sight),
            Topic::Ledger => self.movement(record, sight),
            Topic::Stock => self.stock_row(record, sight),
            Topic::Documents => self.document(record, sight),
            Topic::Results => self.result(record, sight),
            Topic::DeadLetters => {
                match record.cause() {
                    Some(from) => self.journal.dead_letter(&from, is_given(record), sight.found),
                    None => unreadable(record, "says not where it comes from", sight.found),
                }
                Ok(())
            }
        };
        if let Err(error) = read {
            unreadable(record, &error.to_string(), sight.found);
        }
    }

    fn input(&mut self, record: &InputRecord, sight: &mut Sight<'_>) {
        let from = record.header(FORWARDED_FROM).filter(|_| record.topic == Topic::Legs);
        if record.topic == Topic::Commands || from.is_some() {
            if let Some(Ok(from)) = from.map(|from| String::from_utf8_lossy(from).parse()) {
                self.journal.handed_over(&from, sight.found);
            }
            let asked = match sight.terms.codec.decode_command(record) {
                Ok(command) => {
                    Expected::Command(AnswerKey { store_id: command.store_id, command_id: command.command_id })
                }
                Err(_) => Expected::DeadLetter,
            };
            return self.journal.asked(&record.position, asked, record.timestamp, sight.found);
        }
        let Ok(leg) = sight.terms.codec.decode_leg(record.value.as_deref().unwrap_or_default()) else {
            // Nobody but the processor should write here; what others write becomes a dead letter.
            return self.journal.asked(&record.position, Expected::DeadLetter, record.timestamp, sight.found);
        };
        self.legs_seen += 1;
        sight.of_key(record, &leg.store_id, keys::store(&leg.store_id));
        self.journal.asked(&record.position, Expected::Leg(leg.leg_id), record.timestamp, sight.found);
        if !self.journal.is_settled(&record.position) {
            self.legs.insert(record.position.clone(), leg);
        }
    }

    fn event(&mut self, record: &InputRecord, sight: &mut Sight<'_>) -> Result<(), Unreadable> {
        let event = sight.terms.codec.decode_event(record.value.as_deref().unwrap_or_default())?;
        sight.of_key(record, &event.store_id, keys::store(&event.store_id));
        time_of(record, &event.store_id, "recorded_at", event.recorded_at, sight.found);
        self.sequences.observe(&event, sight.terms.is_complete(Topic::Events), sight.found);
        self.journal.published(event.event_id, record.timestamp);
        self.announced.observe_event(&event, &self.orders, sight.found);
        self.closed.observe_event(&event, sight.found);
        let stock = &self.stock;
        self.law.observe_event(&event, |key| is_shown(sight.terms, stock, key, event.recorded_at), sight.found);
        Ok(())
    }

    fn movement(&mut self, record: &InputRecord, sight: &mut Sight<'_>) -> Result<(), Unreadable> {
        let movement = sight.terms.codec.decode_movement(record.value.as_deref().unwrap_or_default())?;
        let key = StockKey { store_id: movement.store_id.clone(), product_id: movement.product_id.clone() };
        sight.of_key(record, &movement.store_id, keys::stock(&key));
        time_of(record, &movement.store_id, "recorded_at", movement.recorded_at, sight.found);
        accounts::audit(&movement, sight.found);
        let is_shown = is_shown(sight.terms, &self.stock, &key, movement.recorded_at);
        self.ledger.observe(&movement, sight.terms.is_complete(Topic::Ledger), is_shown, sight.found);
        self.announced.observe_movement(&movement, sight.found);
        self.transit.observe(&movement);
        if is_shown {
            self.law.observe_movement(&movement);
        }
        Ok(())
    }

    fn stock_row(&mut self, record: &InputRecord, sight: &mut Sight<'_>) -> Result<(), Unreadable> {
        let value = record.value.as_deref().unwrap_or_default();
        let ((key, row), shown) = sight.terms.codec.decode_stock_shown(value)?;
        sight.of_key(record, &key.store_id, keys::stock(&key));
        time_of(record, &key.store_id, "updated_at", row.updated_at, sight.found);
        figures::audit(&key, &row, &shown, sight.terms.codec.salable_stock_location(), sight.found);
        self.law.observe_row(&key, &row);
        self.stock.insert(key, row);
        Ok(())
    }

    fn document(&mut self, record: &InputRecord, sight: &mut Sight<'_>) -> Result<(), Unreadable> {
        let Some(value) = &record.value else {
            match record.key.as_deref().and_then(keys::parse_document) {
                Some(key) => self.deletion(&key, record.timestamp, sight),
                None => unreadable(record, "is a tombstone of no document", sight.found),
            }
            return Ok(());
        };
        let (key, document) = sight.terms.codec.decode_document(value)?;
        sight.of_key(record, &key.store_id, keys::document(&key));
        if self.closed.is_of_a_forgotten_id(&key, &document, record.timestamp, sight.terms.documents_ms) {
            self.deletion(&key, record.timestamp, sight);
        }
        self.closed.observe(&key, &document, sight.found);
        if let Document::TransferOrder(order) = &document {
            let of = (key.store_id.clone(), order.transfer_order_id.clone());
            self.orders.insert(of, order.stock_location_name.clone());
        }
        self.documents.insert(key, document);
        Ok(())
    }

    fn deletion(&mut self, key: &DocumentKey, at: Timestamp, sight: &mut Sight<'_>) {
        let before = self.documents.remove(key);
        self.closed.observe_deletion(key, before.as_ref(), at, sight.terms.documents_ms, sight.found);
        if let Some(Document::Asn(asn)) = &before {
            self.transit.expect(asn);
        }
    }

    fn result(&mut self, record: &InputRecord, sight: &mut Sight<'_>) -> Result<(), Unreadable> {
        // Compaction leaves tombstones to nobody here: a result is never deleted by us.
        let answer = sight.terms.codec.decode_answer(record.value.as_deref().unwrap_or_default())?;
        sight.of_key(record, &answer.store_id, keys::answer(&answer));
        let Some(cause) = record.cause() else {
            unreadable(record, "has no header `cause`, or one that is no position", sight.found);
            return Ok(());
        };
        let is_first = self.journal.answered(&answer, &cause, record.timestamp, sight.found);
        if is_first {
            time_of(record, &answer.store_id, "recorded_at", answer.recorded_at, sight.found);
            effects::audit(&answer, sight.found);
        }
        if self.journal.is_settled(&cause) {
            self.legs.remove(&cause);
        }
        Ok(())
    }

    /// Compares what the partition's topics say with each other, and hands on what others are needed for.
    pub fn finish(mut self, sight: Sight<'_>) {
        let Sight { terms, whole, found } = sight;
        let since = |topics: &[Topic]| self.spans.whole_since(terms, topics);
        let (events, ledger) = (since(&[Topic::Events]), since(&[Topic::Ledger]));
        // What was closed before may be forgotten, and its tombstone is gone too.
        let forgotten = self.spans.newest().plus_millis(-terms.documents_ms);
        let unmastered = self.unmastered();
        let (is_of_all_events, is_of_all_rows) = (terms.is_complete(Topic::Events), terms.is_complete(Topic::Ledger));
        let remembered = self.documents.iter().filter_map(|(key, document)| {
            let Document::StoreState(state) = document else { return None };
            Some((key.store_id.clone(), state.sequence))
        });
        self.sequences.finish(&remembered.collect(), is_of_all_events, found);
        self.ledger.finish(&self.stock, &unmastered, is_of_all_rows, found);
        self.law.finish(&self.ledger, [events, ledger], found);
        self.closed.finish([events, forgotten], found);
        tracking::audit_orders(&self.documents, found);
        holds::audit(&self.documents, &self.stock, &unmastered, found);
        sums::audit(&self.documents, found);
        self.announced.finish(&unmastered, [events.max(ledger), forgotten], found);
        for leg in self.legs.values() {
            self.transit.under_way(leg);
        }
        for document in self.documents.values() {
            if let Document::Asn(asn) = document {
                self.transit.expect(asn);
            }
        }
        whole.figures.add([
            self.journal.inputs,
            self.journal.results,
            self.journal.dead_letters,
            self.sequences.events,
            self.ledger.rows,
            self.legs_seen,
            u64::try_from(self.stock.len()).unwrap_or(u64::MAX),
            u64::try_from(self.documents.len()).unwrap_or(u64::MAX),
        ]);
        self.journal.finish(terms, &self.spans, &mut whole.unsettled, found);
        whole.transit.merge(self.transit);
        whole.spans.merge(&self.spans);
        self.documents.into_iter().for_each(|(key, document)| whole.ends.observe(&key.store_id, document));
    }

    fn unmastered(&self) -> HashSet<StoreId> {
        let stores = self.documents.iter().filter(|(_, document)| {
            let Document::Configuration(configuration) = document else { return false };
            !configuration.inventory_master || configuration.location_type == LocationType::Dc
        });
        stores.map(|(key, _)| key.store_id.clone()).collect()
    }
}

/// Whether a row of the table was written with what was recorded at this time, or later. While the processor works more is
/// recorded after the table was read: it is for the next audit.
fn is_shown(terms: &Terms, stock: &FastMap<StockKey, StockRow>, key: &StockKey, recorded_at: Timestamp) -> bool {
    !terms.running || stock.get(key).is_some_and(|row| recorded_at <= row.updated_at)
}

fn unreadable(record: &InputRecord, text: &str, found: &mut Violations) {
    found.note(Rule::Readable, format!("{}: {text}", record.position));
}

/// What a record says of when it was written is the time it was written with.
fn time_of(record: &InputRecord, store: &StoreId, field: &str, says: Timestamp, found: &mut Violations) {
    found.checked(Rule::Times, 1);
    if says != record.timestamp {
        let text = format!("{}: says {field} {says}, its time is {}", record.position, record.timestamp);
        found.of_store(Rule::Times, store, text);
    }
}

/// Whether a dead letter may stand for a command that could be answered: its schema was not known then, or it was too
/// large to be handed over, which only a replay decides again.
fn is_given(letter: &InputRecord) -> bool {
    let is_too_large = letter.header(ERROR_CODE) == Some(DeadLetterCode::TooLarge.as_str().as_bytes());
    is_too_large || is_of_unknown_schema(&letter.headers)
}
