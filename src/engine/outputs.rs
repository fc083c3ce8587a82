//! What a batch writes: to the topics and to the store.

use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;

use bytes::Bytes;

use super::dead_letters::{self, RECORD_BYTES_MAX};
use super::{Context, Tally, routing};
use crate::codec::arena::Arena;
use crate::codec::command::Undecodable;
use crate::codec::headers::{FORWARDED_FROM, Lineage};
use crate::codec::keys;
use crate::codec::record::{Header, InputRecord, OutputRecord, Topic};
use crate::domain::decision::{Answer, Decision};
use crate::domain::document::{Document, DocumentKey, Kind, Range};
use crate::domain::hash::FastMap;
use crate::domain::ids::{ProductId, StockLocation, StoreId};
use crate::domain::rows::{Moved, Rows};
use crate::domain::stock::{StockKey, StockRow};
use crate::domain::time::Timestamp;
use crate::store::{Changes, HistoryEntry, Row, Table};

/// What a batch of records comes to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Batch {
    /// To be written in one transaction with the input offsets, in this order.
    pub outputs: Vec<OutputRecord>,
    /// To be written to the store after the transaction's commit, with the positions added to it.
    pub changes: Changes,
    /// For metrics, after the commit.
    pub tally: Tally,
}

/// About what a stock row takes, key and value.
const STOCK_ROW_BYTES: usize = 200;

/// What a batch writes, growing record by record.
pub(super) struct Outputs<'a> {
    context: &'a Context,
    partition: i32,
    arena: Arena,
    pub(super) batch: Batch,
    stock: LastStates<StockKey, Arc<StockRow>>,
    documents: LastStates<DocumentKey, Option<Arc<Document>>>,
    /// Bytes of rows that were not at hand before.
    new_bytes: usize,
}

/// The rows of a table that a batch changes, each with its last state, in the order of their first change.
struct LastStates<K, T> {
    indexes: FastMap<K, usize>,
    states: Vec<(K, T, Caused)>,
}

/// What an output takes over from the record that caused it.
#[derive(Clone)]
struct Caused {
    timestamp: Timestamp,
    headers: Vec<Header>,
}

impl<K: Clone + Eq + Hash, T> LastStates<K, T> {
    fn put(&mut self, key: &K, state: T, caused: Caused) {
        match self.indexes.get(key) {
            Some(index) => {
                let (_, last, by) = &mut self.states[*index];
                (*last, *by) = (state, caused);
            }
            None => {
                self.indexes.insert(key.clone(), self.states.len());
                self.states.push((key.clone(), state, caused));
            }
        }
    }
}

impl<K, T> Default for LastStates<K, T> {
    fn default() -> Self {
        Self { indexes: FastMap::default(), states: Vec::new() }
    }
}

impl<'a> Outputs<'a> {
    /// Nothing yet.
    pub(super) fn new(context: &'a Context, partition: i32, records: usize) -> Self {
        let mut batch = Batch::default();
        // A sale makes an event, a ledger row, a result and a stock row; its store's own row is one of a batch.
        batch.outputs.reserve(5 * records);
        batch.changes.rows.reserve(3 * records);
        batch.changes.history.reserve(records);
        let (stock, documents) = (LastStates::default(), LastStates::default());
        Self { context, partition, arena: Arena::default(), batch, stock, documents, new_bytes: 0 }
    }

    /// Adds what a record was decided to cause. `rows` are as they were before.
    pub(super) fn add(&mut self, record: &InputRecord, rows: &Rows, decision: &Decision) {
        self.batch.tally.add(rows, decision);
        let lineage = Lineage::of(record, &mut self.arena);
        let at = record.timestamp;
        let codec = &self.context.codec;
        for leg in &decision.legs {
            let partition = routing::partition_of(leg.store_id.as_str().as_bytes(), self.context.partitions);
            let (key, value) = (self.arena.keep(keys::store(&leg.store_id)), self.arena.keep(codec.encode_leg(leg)));
            self.push(Topic::Legs, partition, at, key, value, lineage.headers());
        }
        for event in &decision.events {
            let (key, value) =
                (self.arena.keep(keys::store(&event.store_id)), self.arena.keep(codec.encode_event(event)));
            let headers = codec.event_headers(event, &lineage, &mut self.arena);
            self.push(Topic::Events, self.partition, at, key, value, headers);
        }
        for movement in &decision.movements {
            let key = StockKey { store_id: movement.store_id.clone(), product_id: movement.product_id.clone() };
            let (key, value) = (self.arena.keep(keys::stock(&key)), self.arena.keep(codec.encode_movement(movement)));
            self.push(Topic::Ledger, self.partition, at, key, value, lineage.trace());
            self.batch.changes.history.extend(HistoryEntry::of(movement, at));
        }
        for answer in &decision.answers {
            self.answer(answer, at, lineage.headers());
        }
        for (key, row) in &decision.stock {
            if !matches!(rows.stock(key), Ok(Some(_))) {
                self.new_bytes += STOCK_ROW_BYTES;
            }
            self.stock.put(key, Arc::clone(row), Caused { timestamp: at, headers: lineage.trace() });
        }
        for (key, document) in &decision.documents {
            self.documents.put(key, document.clone(), Caused { timestamp: at, headers: lineage.trace() });
        }
    }

    fn answer(&mut self, answer: &Answer, at: Timestamp, headers: Vec<Header>) {
        let key = self.arena.keep(keys::answer(answer));
        let value = self.arena.keep(self.context.codec.encode_answer(answer));
        if answer.is_remembered() {
            let (key, value) = (key.clone(), Some(value.clone()));
            self.batch.changes.rows.push(Row { table: Table::Answers, key, value, recorded_at: at });
        }
        self.push(Topic::Results, self.partition, at, key, value, headers);
    }

    /// Hands a record over to the partition of its store, as it is: a command with the position it had, so that it is
    /// told from a leg. One that would be too large with that is put aside.
    pub(super) fn forward(&mut self, record: &InputRecord, partition: i32) {
        let mut headers = record.headers.clone();
        if record.topic != Topic::Legs {
            let position = record.position.to_string();
            headers.push(Header { key: FORWARDED_FROM.into(), value: Some(position.into()) });
        }
        let bytes = dead_letters::bytes_of(record.key.as_ref(), record.value.as_ref(), &headers);
        if bytes > RECORD_BYTES_MAX {
            return self.dead_letter(record, &dead_letters::too_large(bytes));
        }
        self.batch.tally.forwarded += 1;
        self.batch.outputs.push(OutputRecord {
            topic: Topic::Legs,
            partition,
            timestamp: record.timestamp,
            key: record.key.clone(),
            value: record.value.clone(),
            headers,
        });
    }

    /// Puts a record aside that nobody could answer.
    pub(super) fn dead_letter(&mut self, record: &InputRecord, why: &Undecodable) {
        *self.batch.tally.dead_letters.entry(why.code.as_str()).or_default() += 1;
        self.batch.outputs.push(dead_letters::of(record, why, self.partition));
    }

    /// Products of a store whose stock row this batch changes.
    pub(super) fn products(&self, store: &StoreId) -> impl Iterator<Item = ProductId> {
        let of_store = self.stock.states.iter().filter(move |(key, ..)| key.store_id == *store);
        of_store.map(|(key, ..)| key.product_id.clone())
    }

    /// Changes the keys of stored documents in a range as this batch does.
    pub(super) fn change_range(&self, range: &Range, keys: &mut BTreeSet<DocumentKey>) {
        for (key, document, _) in self.documents.states.iter().filter(|(key, ..)| range.contains(key)) {
            if document.is_some() {
                keys.insert(key.clone())
            } else {
                keys.remove(key)
            };
        }
    }

    /// Adds the movements of this batch to stored histories.
    pub(super) fn extend(&self, histories: &mut FastMap<(StockKey, StockLocation), Vec<Moved>>) {
        if histories.is_empty() {
            return;
        }
        for entry in &self.batch.changes.history {
            if let Some(moved) = histories.get_mut(&(entry.key.clone(), entry.location.clone())) {
                moved.push(entry.moved);
            }
        }
    }

    /// The batch, and how many bytes are at hand now that were not before.
    pub(super) fn finish(mut self) -> (Batch, usize) {
        let codec = &self.context.codec;
        for (key, row, caused) in std::mem::take(&mut self.stock.states) {
            let value = self.arena.keep(codec.encode_stock(&key, &row));
            let key = self.arena.keep(keys::stock(&key));
            self.row(Topic::Stock, Table::Stock, key, Some(value), caused);
        }
        for (key, document, caused) in std::mem::take(&mut self.documents.states) {
            let value = document.map(|document| self.arena.keep(codec.encode_document(&key, &document)));
            if key.kind != Kind::StoreState {
                self.new_bytes += value.as_ref().map_or(0, Bytes::len);
            }
            let key = self.arena.keep(keys::document(&key));
            self.row(Topic::Documents, Table::Documents, key, value, caused);
        }
        (self.batch, self.new_bytes)
    }

    /// A row of a public table: the same bytes for the topic and for the store.
    fn row(&mut self, topic: Topic, table: Table, key: Bytes, value: Option<Bytes>, caused: Caused) {
        let Caused { timestamp, headers } = caused;
        let recorded_at = timestamp;
        self.batch.changes.rows.push(Row { table, key: key.clone(), value: value.clone(), recorded_at });
        let partition = self.partition;
        self.batch.outputs.push(OutputRecord { topic, partition, timestamp, key: Some(key), value, headers });
    }

    fn push(
        &mut self,
        topic: Topic,
        partition: i32,
        timestamp: Timestamp,
        key: Bytes,
        value: Bytes,
        headers: Vec<Header>,
    ) {
        self.batch.outputs.push(OutputRecord {
            topic,
            partition,
            timestamp,
            key: Some(key),
            value: Some(value),
            headers,
        });
    }
}
