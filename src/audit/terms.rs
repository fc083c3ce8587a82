//! What is right depends on the deployment's settings, and how much of it can be seen on what its topics still hold.

use std::collections::BTreeMap;

use crate::codec::Codec;
use crate::codec::record::{InputRecord, Topic};
use crate::domain::ids::StockLocation;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;

/// Why something old can't be compared.
pub const AGED: &str = "the other half was deleted by age";
/// Why something can't be compared that only the ledger could tell.
pub const LEDGER_AGED: &str = "movements were deleted by age";
/// Why something of a running deployment is for the next audit.
pub const WAITING: &str = "inputs wait to be processed";
/// A moment may have several counts of one id, and a row remembers the newest.
pub const COUNT_FORGOTTEN: &str = "a count of the same id and moment was forgotten";
/// Why something forgotten can't be compared.
pub const FORGOTTEN: &str = "the document was forgotten, and its tombstone is gone";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Segments are deleted by their newest record, and records of two inputs mix: what is so much younger than the oldest
/// record there is was not deleted.
const SLACK_MS: i64 = DAY_MS;
/// How long the results topic keeps answers of one key apart: then only the last one is left.
pub const COMPACTED_AFTER_MS: i64 = 14 * DAY_MS;

/// What is right in this deployment.
#[derive(Debug)]
pub struct Terms {
    pub codec: Codec,
    pub damaged: StockLocation,
    /// How long closed documents are kept, ms.
    pub documents_ms: i64,
    /// How long command ids are remembered, ms.
    pub command_ids_ms: i64,
    /// Inputs may be waiting or under way.
    pub running: bool,
    /// Whether a topic still has its beginning.
    complete: BTreeMap<Topic, bool>,
}

impl Terms {
    /// Of a deployment with these settings. `starts`: the oldest offset of each partition of each topic.
    pub fn new(codec: Codec, settings: &Settings, starts: impl Iterator<Item = (Topic, i64)>, running: bool) -> Self {
        let mut complete = BTreeMap::new();
        for (topic, from) in starts {
            *complete.entry(topic).or_insert(true) &= from == 0;
        }
        Self {
            codec,
            damaged: settings.damaged_stock_location.clone(),
            documents_ms: settings.documents_ms,
            command_ids_ms: settings.command_ids_ms,
            running,
            complete,
        }
    }

    /// Whether every topic still has its beginning.
    pub fn is_whole(&self) -> bool {
        self.complete.values().all(|complete| *complete)
    }

    /// Whether a topic still has its beginning.
    pub fn is_complete(&self, topic: Topic) -> bool {
        self.complete.get(&topic).copied().unwrap_or(true)
    }
}

/// From when to when the records of each topic are.
#[derive(Clone, Default, Debug)]
pub struct Spans(BTreeMap<Topic, Span>);

/// From when to when records are, and how many.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The earliest time.
    pub from: Timestamp,
    /// The latest time.
    pub to: Timestamp,
    /// How many.
    pub records: u64,
}

impl Span {
    /// Both.
    pub fn with(self, other: Span) -> Span {
        Span { from: self.from.min(other.from), to: self.to.max(other.to), records: self.records + other.records }
    }
}

impl Spans {
    /// Takes the next record.
    pub fn observe(&mut self, record: &InputRecord) {
        self.add(record.topic, Span { from: record.timestamp, to: record.timestamp, records: 1 });
    }

    fn add(&mut self, topic: Topic, other: Span) {
        let span = self.0.entry(topic).or_insert(Span { records: 0, ..other });
        *span = span.with(other);
    }

    /// Adds those of another partition.
    pub fn merge(&mut self, other: &Spans) {
        other.0.iter().for_each(|(topic, span)| self.add(*topic, *span));
    }

    /// The span of a topic, when it has any record.
    pub fn of(&self, topic: Topic) -> Option<Span> {
        self.0.get(&topic).copied()
    }

    /// The time of the newest record of any topic.
    pub fn newest(&self) -> Timestamp {
        self.0.values().map(|span| span.to).max().unwrap_or_default()
    }

    /// What was recorded later than this is on each of these topics to its full extent.
    pub fn whole_since(&self, terms: &Terms, topics: &[Topic]) -> Timestamp {
        let aged = topics.iter().filter(|topic| !terms.is_complete(**topic));
        let since = aged.map(|topic| {
            self.of(*topic).map_or(Timestamp::from_millis(i64::MAX), |span| span.from.plus_millis(SLACK_MS))
        });
        since.max().unwrap_or(Timestamp::from_millis(i64::MIN))
    }
}
