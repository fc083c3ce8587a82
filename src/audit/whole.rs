//! What is checked of all partitions together: goods on their way between stores, and inputs that were handed over.

use crate::codec::record::{InputRecord, Position, Topic};
use crate::domain::hash::FastMap;
use crate::domain::ids::StoreId;
use crate::domain::time::Timestamp;

use super::journal::Unsettled;
use super::terms::{Spans, Terms};
use super::tracking::Ends;
use super::transit::Transit;
use super::violation::{Rule, Violations};

/// What partitions leave to be compared with each other.
#[derive(Default)]
pub struct Whole {
    pub spans: Spans,
    pub unsettled: Unsettled,
    pub transit: Transit,
    pub ends: Ends,
    pub figures: Figures,
    partitions: Partitions,
}

impl Whole {
    /// Takes where a record of a store stands, and under which key.
    pub fn of_key(&mut self, record: &InputRecord, store: &StoreId, key: impl AsRef<[u8]>, found: &mut Violations) {
        if record.key.as_deref() != Some(key.as_ref()) {
            let shown = record.key.as_deref().map(String::from_utf8_lossy);
            let wanted = String::from_utf8_lossy(key.as_ref());
            let text = format!("{}: has the key {shown:?}, its content is that of {wanted:?}", record.position);
            found.of_store(Rule::Readable, store, text);
        }
        self.partitions.observe(store, &record.position, found);
    }

    /// Compares, when all partitions were read.
    pub fn finish(self, terms: &Terms, found: &mut Violations) {
        self.unsettled.finish(terms, found);
        let ledger = self.spans.whole_since(terms, &[Topic::Ledger]);
        let forgotten: Timestamp = self.spans.newest().plus_millis(-terms.documents_ms);
        self.ends.finish(self.transit.reports_under_way(), self.transit.openings_under_way(), forgotten, found);
        self.transit.finish([ledger, forgotten], found);
    }
}

/// Everything of a store is in the partition with one number.
#[derive(Default)]
pub struct Partitions(FastMap<StoreId, i32>);

impl Partitions {
    /// Takes where something of a store stands.
    pub fn observe(&mut self, store: &StoreId, position: &Position, found: &mut Violations) {
        found.checked(Rule::OnePartition, 1);
        let known = *self.0.entry(store.clone()).or_insert(position.partition);
        if known != position.partition {
            let text = format!("{position}: the rest of the store is in partition {known}");
            found.of_store(Rule::OnePartition, store, text);
        }
    }
}

/// How much there was.
#[derive(Clone, Copy, Default, Debug)]
pub struct Figures([u64; 8]);

impl Figures {
    const NAMES: [&str; 8] =
        ["inputs", "results", "dead letters", "events", "movements", "legs", "stock rows", "documents"];

    /// Adds what a partition had, in the order of the names.
    pub fn add(&mut self, more: [u64; 8]) {
        self.0.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }

    /// By their names.
    pub fn named(&self) -> Vec<(&'static str, u64)> {
        Self::NAMES.into_iter().zip(self.0).collect()
    }
}
