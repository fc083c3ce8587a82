//! A deployment inside the test: an engine and a store in memory for each partition, topics as lists.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use stockroom::codec::format::Formats;
use stockroom::codec::record::{InputRecord, OutputRecord, Position, Topic};
use stockroom::codec::schemas::Schema;
use stockroom::domain::settings::Settings;
use stockroom::engine::{Batch, Context, Engine, restore, routing};
use stockroom::store::memory::MemoryStore;
use stockroom::store::{Changes, Store};

use super::compare::{Delivery, Observed};
use super::vector::VectorRecord;

/// Partitions of every topic: several stores of a vector are apart.
pub const PARTITIONS: i32 = 3;

/// One deployment.
pub struct Deployment {
    context: Arc<Context>,
    partitions: Vec<(Engine, MemoryStore)>,
    next_offsets: BTreeMap<(Topic, i32), i64>,
    /// Everything read, in order.
    pub read: Vec<InputRecord>,
    /// Everything written, in order, with the delivery that caused it.
    pub written: Vec<(Delivery, OutputRecord)>,
}

impl Deployment {
    /// With nothing in it.
    pub fn new(settings: Settings, formats: Formats) -> Self {
        let context = Context::new(settings, formats, PARTITIONS);
        let engine = |partition| (Engine::new(Arc::clone(&context), partition), MemoryStore::default());
        let partitions = (0..PARTITIONS).map(engine).collect();
        Self { context, partitions, next_offsets: BTreeMap::new(), read: Vec::new(), written: Vec::new() }
    }

    /// What another one has written, taken over as after its folders were lost.
    pub fn restored(settings: Settings, formats: Formats, history: Vec<OutputRecord>) -> Self {
        let mut deployment = Self::new(settings, formats);
        for (partition, (_, store)) in (0..).zip(&mut deployment.partitions) {
            let mut changes = Changes::default();
            for output in history.iter().filter(|output| output.partition == partition) {
                restore::apply(&deployment.context, &standing(output.clone(), 0), &mut changes).unwrap();
            }
            store.write(&changes).unwrap();
        }
        deployment.written = history.into_iter().map(|output| (Delivery { record: 0, again: 0 }, output)).collect();
        deployment
    }

    /// The record as it stands on a topic of commands: on the partition of its key.
    pub fn input(&mut self, record: &VectorRecord) -> InputRecord {
        let key = record.key.clone().map(Bytes::from);
        let partition = routing::partition_of(key.as_deref().unwrap_or_default(), PARTITIONS);
        let position = self.next_position(Topic::Commands, partition);
        let (topic, timestamp) = (Topic::Commands, record.at);
        InputRecord { topic, position, timestamp, key, value: Some(record.value.clone().into()), headers: Vec::new() }
    }

    fn next_position(&mut self, topic: Topic, partition: i32) -> Position {
        let next = self.next_offsets.entry((topic, partition)).or_default();
        let position = Position { topic: Arc::from(topic.name()), partition, offset: *next };
        *next += 1;
        position
    }

    /// Feeds a record, and then each leg it caused.
    pub fn feed(&mut self, delivery: Delivery, record: &VectorRecord) {
        let mut inputs = VecDeque::from([self.input(record)]);
        while let Some(input) = inputs.pop_front() {
            for output in self.batch(delivery, &[input]).outputs {
                if output.topic == Topic::Legs {
                    inputs.push_back(self.leg(output));
                }
            }
        }
    }

    fn leg(&mut self, output: OutputRecord) -> InputRecord {
        let offset = self.next_position(output.topic, output.partition).offset;
        standing(output, offset)
    }

    /// Forgets everything kept decoded, as after a restart.
    pub fn forget_rows(&mut self) {
        for (partition, (engine, _)) in (0..).zip(&mut self.partitions) {
            *engine = Engine::new(Arc::clone(&self.context), partition);
        }
    }

    /// Feeds records of one partition as one batch.
    pub fn batch(&mut self, delivery: Delivery, inputs: &[InputRecord]) -> Batch {
        let partition = usize::try_from(inputs[0].position.partition).unwrap();
        let (engine, store) = &mut self.partitions[partition];
        let mut batch = engine.batch(store, inputs).unwrap();
        assert_eq!(batch.tally.conservation_violations, 0);
        let read = inputs.iter().map(|input| (Arc::clone(&input.position.topic), input.position.offset + 1));
        batch.changes.positions.extend(read);
        store.write(&batch.changes).unwrap();
        self.read.extend_from_slice(inputs);
        self.written.extend(batch.outputs.iter().map(|output| (delivery, output.clone())));
        batch
    }

    /// Everything that stands on any topic; legs have all been delivered.
    pub fn topics(&self) -> Vec<InputRecord> {
        let mut next = BTreeMap::new();
        let written = self.written.iter().filter(|(_, output)| output.topic != Topic::Legs).map(|(_, output)| {
            let offset: &mut i64 = next.entry((output.topic, output.partition)).or_default();
            *offset += 1;
            standing(output.clone(), *offset - 1)
        });
        self.read.iter().cloned().chain(written).collect()
    }

    /// Partitions whose rows are not those that are restored from what was written.
    pub fn not_restored(&self) -> Vec<i32> {
        let differs = |partition: &i32| {
            let store = &self.partitions[usize::try_from(*partition).unwrap()].1;
            let positions = store.positions().unwrap().into_iter().collect();
            let mut changes = Changes { positions, ..Changes::default() };
            for (_, output) in self.written.iter().filter(|(_, output)| output.partition == *partition) {
                restore::apply(&self.context, &standing(output.clone(), 0), &mut changes).unwrap();
            }
            let mut restored = MemoryStore::default();
            restored.write(&changes).unwrap();
            restored != *store
        };
        (0..PARTITIONS).filter(differs).collect()
    }

    /// What came out, values read as JSON.
    pub fn observed(&self) -> Observed {
        observe(&self.written)
    }

    /// What came out in Avro, values read as JSON.
    pub fn observed_avro(&self) -> Observed {
        let as_json = |(delivery, output): &(Delivery, OutputRecord)| {
            let value = output.value.as_deref().zip(Schema::of_topic(output.topic));
            let value = value.map(|(value, schema)| self.context.codec.json(schema, value).unwrap().to_string().into());
            (*delivery, OutputRecord { value, ..output.clone() })
        };
        observe(&self.written.iter().map(as_json).collect::<Vec<_>>())
    }
}

/// A record as it stands on its topic.
fn standing(output: OutputRecord, offset: i64) -> InputRecord {
    let OutputRecord { topic, partition, timestamp, key, value, headers } = output;
    InputRecord {
        topic,
        position: Position { topic: Arc::from(topic.name()), partition, offset },
        timestamp,
        key,
        value,
        headers,
    }
}

/// What was written, by topic, values read as JSON.
pub fn observe(written: &[(Delivery, OutputRecord)]) -> Observed {
    let mut observed = Observed::default();
    let mut tables: BTreeMap<(Topic, Bytes), Option<Value>> = BTreeMap::new();
    for (delivery, output) in written {
        let value = || serde_json::from_slice::<Value>(output.value.as_deref().unwrap()).unwrap();
        match output.topic {
            Topic::Results => observed.results.push((*delivery, value())),
            Topic::Events => observed.events.push(value()),
            Topic::Ledger => observed.ledger.push(value()),
            Topic::Stock | Topic::Documents => {
                let value = output.value.is_some().then(value);
                tables.insert((output.topic, output.key.clone().unwrap()), value);
            }
            Topic::DeadLetters => {
                let key = output.key.clone().map(|key| String::from_utf8(key.to_vec()).unwrap());
                let code = output.headers.iter().rfind(|header| &*header.key == "error-code").unwrap();
                let code = String::from_utf8(code.value.as_deref().unwrap().to_vec()).unwrap();
                observed.dead_letters.push((key, code));
            }
            Topic::Legs | Topic::Commands => {}
        }
    }
    for ((topic, _), value) in tables {
        let table = if topic == Topic::Stock { &mut observed.stock } else { &mut observed.documents };
        table.extend(value);
    }
    observed
}
