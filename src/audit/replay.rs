//! `verify --replay`: the same engine, in memory and from empty, fed in the order the journal tells, must give the
//! same bytes. The journal is the results topic: each result names in `cause` the input it answers, and one store's
//! inputs are answered in one partition, in the order in which they were taken.
//!
//! Events, movements and results are compared record by record in the order of their partition; legs likewise, one
//! partition they come from after the other; dead letters and what was handed over by the record they stand for; of
//! the tables the last state of each row. Aside from inputs, only digests of what the topics hold are kept.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::codec::Codec;
use crate::codec::headers::{CAUSE, FORWARDED_FROM, is_of_unknown_schema};
use crate::codec::record::{Header, InputRecord, OutputRecord, Position, Topic};
use crate::engine::{Context, Engine, EngineError};
use crate::store::Store as _;
use crate::store::memory::MemoryStore;

use super::violation::{Rule, Violations};

/// How many inputs are decided at once.
const BATCH: usize = 200;
/// How many differences of one sequence are told.
const DIFFERENCES_MAX: usize = 5;

/// A record in short.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Digest {
    key: u64,
    value: u64,
    headers: u64,
    timestamp: i64,
    /// Where it stands; of a replayed one 0.
    offset: i64,
}

impl Digest {
    /// Of a value what it says: neither the id in its frame nor the version it was written with is part of that.
    fn of(codec: &Codec, topic: Topic, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header]) -> Self {
        let bytes = |bytes: Option<&[u8]>| bytes.map_or(0, xxh3_64);
        let mut hash = Xxh3::new();
        for header in headers {
            hash.update(header.key.as_bytes());
            hash.update(&[0]);
            hash.update(&bytes(header.value.as_deref()).to_le_bytes());
        }
        let value = value.map(|value| codec.content(topic, value));
        Self { key: bytes(key), value: bytes(value.as_deref()), headers: hash.digest(), timestamp: 0, offset: 0 }
    }

    /// What differs, if anything does.
    fn difference(&self, other: &Digest) -> Option<String> {
        let parts = [
            ("key", self.key == other.key),
            ("value", self.value == other.value),
            ("headers", self.headers == other.headers),
            ("timestamp", self.timestamp == other.timestamp),
        ];
        let differing: Vec<&str> = parts.iter().filter(|(_, equal)| !equal).map(|(part, _)| *part).collect();
        (!differing.is_empty()).then(|| differing.join(", "))
    }
}

/// In which sequence a record is compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Sequence {
    /// All of a topic's partition.
    Partition(Topic, i32),
    /// Legs to one partition from another.
    Legs { to: i32, from: i32 },
    /// What stands for one input: a dead letter, or the record handed over.
    Of(Topic, String),
}

/// Everything a replay needs, and what it must give.
pub struct Replay {
    context: Arc<Context>,
    inputs: HashMap<Position, InputRecord>,
    /// Of each partition the inputs in the order of their answers.
    order: BTreeMap<i32, Vec<Position>>,
    written: BTreeMap<Sequence, Vec<Digest>>,
    tables: BTreeMap<(Topic, Vec<u8>), Digest>,
    /// Dead letters that are not decided again.
    given: BTreeSet<Sequence>,
}

/// The last value of a header.
fn header<'h>(headers: &'h [Header], key: &str) -> Option<std::borrow::Cow<'h, str>> {
    let found = headers.iter().rev().find(|header| *header.key == *key)?;
    found.value.as_deref().map(String::from_utf8_lossy)
}

/// The sequence of a record that is not of a table.
fn sequence(topic: Topic, partition: i32, headers: &[Header]) -> Option<Sequence> {
    match topic {
        Topic::Events | Topic::Ledger | Topic::Results => Some(Sequence::Partition(topic, partition)),
        Topic::Legs => match header(headers, FORWARDED_FROM) {
            Some(from) => Some(Sequence::Of(topic, from.into_owned())),
            None => {
                let from = header(headers, CAUSE)?.parse::<Position>().ok()?.partition;
                Some(Sequence::Legs { to: partition, from })
            }
        },
        Topic::DeadLetters => {
            let part = |name: &str| header(headers, &format!("__streams.errors.{name}"));
            Some(Sequence::Of(topic, format!("{}/{}/{}", part("topic")?, part("partition")?, part("offset")?)))
        }
        Topic::Commands | Topic::Stock | Topic::Documents => None,
    }
}

impl Replay {
    /// A replay of what engines with this context wrote.
    pub fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            inputs: HashMap::new(),
            order: BTreeMap::new(),
            written: BTreeMap::new(),
            tables: BTreeMap::new(),
            given: BTreeSet::new(),
        }
    }

    /// Takes the next record of any topic.
    pub fn observe(&mut self, record: &InputRecord) {
        if record.topic == Topic::Commands {
            self.inputs.insert(record.position.clone(), record.clone());
            return;
        }
        if record.topic == Topic::DeadLetters && is_of_unknown_schema(&record.headers) {
            // Nobody knew its schema then; today somebody may. What came of it is given.
            self.given.extend(sequence(record.topic, record.position.partition, &record.headers));
            return;
        }
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let digest = Digest {
            timestamp: record.timestamp.millis(),
            offset: record.position.offset,
            ..Digest::of(&self.context.codec, record.topic, key, value, &record.headers)
        };
        match record.topic {
            Topic::Commands => {}
            Topic::Legs => {
                self.inputs.insert(record.position.clone(), record.clone());
            }
            Topic::Stock | Topic::Documents => {
                let key = (record.topic, record.key.as_deref().unwrap_or_default().to_vec());
                match record.value {
                    Some(_) => self.tables.insert(key, digest),
                    None => self.tables.remove(&key),
                };
            }
            Topic::Results => {
                let cause = record.cause();
                let order = self.order.entry(record.position.partition).or_default();
                // An input may release others that waited: their answers name it too.
                order.extend(cause.filter(|cause| order.last() != Some(cause)));
            }
            Topic::Events | Topic::Ledger | Topic::DeadLetters => {}
        }
        let Some(sequence) = sequence(record.topic, record.position.partition, &record.headers) else { return };
        self.written.entry(sequence).or_default().push(digest);
    }

    /// Decides everything again and compares. `progress` hears how many inputs are done, of how many.
    ///
    /// # Errors
    /// A row made by the replay itself can't be read again.
    pub fn finish(
        mut self,
        mut progress: impl FnMut(u64, u64),
        violations: &mut Violations,
    ) -> Result<u64, EngineError> {
        let total = u64::try_from(self.inputs.len()).unwrap_or(u64::MAX);
        let mut done = 0;
        let context = Arc::clone(&self.context);
        let mut again = Again::default();
        for partition in 0..context.partitions {
            let mut order = self.order.remove(&partition).unwrap_or_default();
            order.extend(self.unanswered(partition, &order));
            let mut replayed =
                Replayed { engine: Engine::new(Arc::clone(&context), partition), store: MemoryStore::default() };
            for positions in order.chunks(BATCH) {
                let records = self.take(positions, violations);
                replayed.batch(&context.codec, &records, &mut again)?;
                done += u64::try_from(records.len()).unwrap_or(0);
                progress(done, total);
            }
        }
        self.compare(&again, violations);
        Ok(done)
    }

    /// Inputs of a partition without an answer: dead letters, and what was handed over. They touch no row, so it does
    /// not matter when they are decided.
    fn unanswered(&self, partition: i32, answered: &[Position]) -> Vec<Position> {
        let answered: HashSet<&Position> = answered.iter().collect();
        let mut left: Vec<Position> = self
            .inputs
            .keys()
            .filter(|position| position.partition == partition && !answered.contains(position))
            .filter(|position| !self.given.contains(&Sequence::Of(Topic::DeadLetters, position.to_string())))
            .cloned()
            .collect();
        left.sort();
        left
    }

    fn take(&mut self, positions: &[Position], violations: &mut Violations) -> Vec<InputRecord> {
        let mut records = Vec::with_capacity(positions.len());
        for position in positions {
            match self.inputs.remove(position) {
                Some(record) => records.push(record),
                None => violations.note(Rule::Replay, format!("{position}: the input is not there (any more)")),
            }
        }
        records
    }

    fn compare(&self, again: &Again, violations: &mut Violations) {
        let nothing = Vec::new();
        let sequences: BTreeSet<&Sequence> = self.written.keys().chain(again.written.keys()).collect();
        for sequence in sequences {
            let written = self.written.get(sequence).unwrap_or(&nothing);
            let replayed = again.written.get(sequence).unwrap_or(&nothing);
            let differences = written
                .iter()
                .zip(replayed)
                .filter_map(|(written, replayed)| Some((written.offset, written.difference(replayed)?)));
            for (offset, parts) in differences.take(DIFFERENCES_MAX) {
                let text = format!("{}, offset {offset}: the replay gives another {parts}", sequence.name());
                violations.note(Rule::Replay, text);
            }
            if written.len() != replayed.len() {
                let text =
                    format!("{}: {} records, the replay gives {}", sequence.name(), written.len(), replayed.len());
                violations.note(Rule::Replay, text);
            }
        }
        let rows: BTreeSet<_> = self.tables.keys().chain(again.tables.keys()).collect();
        for row in rows {
            let name = format!("{} {}", row.0.name(), String::from_utf8_lossy(&row.1));
            let fault = match (self.tables.get(row), again.tables.get(row)) {
                (Some(shown), Some(replayed)) => {
                    let alike = shown.value == replayed.value && shown.timestamp == replayed.timestamp;
                    (!alike).then_some("the replay gives another row")
                }
                (Some(_), None) => Some("the replay has no such row"),
                (None, Some(_)) => Some("is missing, the replay has it"),
                (None, None) => None,
            };
            if let Some(fault) = fault {
                violations.note(Rule::Replay, format!("{name}: {fault}"));
            }
        }
    }
}

impl Sequence {
    fn name(&self) -> String {
        match self {
            Sequence::Partition(topic, partition) => format!("{}/{partition}", topic.name()),
            Sequence::Legs { to, from } => format!("{}/{to} from {from}", Topic::Legs.name()),
            Sequence::Of(topic, place) => format!("{} of {place}", topic.name()),
        }
    }
}

/// What a replay gave.
#[derive(Default)]
struct Again {
    written: BTreeMap<Sequence, Vec<Digest>>,
    tables: BTreeMap<(Topic, Vec<u8>), Digest>,
}

impl Again {
    fn take(&mut self, codec: &Codec, output: &OutputRecord) {
        let (key, value) = (output.key.as_deref(), output.value.as_deref());
        let digest = Digest {
            timestamp: output.timestamp.millis(),
            ..Digest::of(codec, output.topic, key, value, &output.headers)
        };
        if matches!(output.topic, Topic::Stock | Topic::Documents) {
            let key = (output.topic, output.key.as_deref().unwrap_or_default().to_vec());
            match output.value {
                Some(_) => self.tables.insert(key, digest),
                None => self.tables.remove(&key),
            };
        }
        if let Some(sequence) = sequence(output.topic, output.partition, &output.headers) {
            self.written.entry(sequence).or_default().push(digest);
        }
    }
}

/// One partition, decided again.
struct Replayed {
    engine: Engine,
    store: MemoryStore,
}

impl Replayed {
    fn batch(&mut self, codec: &Codec, records: &[InputRecord], again: &mut Again) -> Result<(), EngineError> {
        if records.is_empty() {
            return Ok(());
        }
        let batch = self.engine.batch(&self.store, records)?;
        self.store.write(&batch.changes)?;
        batch.outputs.iter().for_each(|output| again.take(codec, output));
        Ok(())
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
pub mod tests;
