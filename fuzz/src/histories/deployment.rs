//! A deployment in memory: an engine and a store for each partition, topics as lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use stockroom::codec::record::{InputRecord, OutputRecord, Position, Topic};
use stockroom::domain::time::Timestamp;
use stockroom::engine::{Batch, Context, Engine, routing};
use stockroom::store::Store as _;
use stockroom::store::memory::MemoryStore;

/// One partition.
pub struct Partition {
    engine: Engine,
    /// Its rows.
    pub store: MemoryStore,
    /// Every record it was given, in that order.
    pub taken: Vec<InputRecord>,
    /// Legs, and commands that were handed over, which it was not given yet.
    pub waiting: Vec<InputRecord>,
    /// What was written to its topics, in order.
    pub written: Vec<OutputRecord>,
    /// What its own records caused, in order.
    pub caused: Vec<OutputRecord>,
}

/// All partitions, and where their topics end.
pub struct Deployment {
    /// Settings and codec.
    pub context: Arc<Context>,
    /// By number.
    pub partitions: Vec<Partition>,
    next_offsets: BTreeMap<(Topic, i32), i64>,
    /// Every record of every topic, in the order in which they came to be.
    pub records: Vec<InputRecord>,
}

impl Deployment {
    /// With nothing in it.
    pub fn new(context: Arc<Context>) -> Self {
        let partition = |number| Partition {
            engine: Engine::new(Arc::clone(&context), number),
            store: MemoryStore::default(),
            taken: Vec::new(),
            waiting: Vec::new(),
            written: Vec::new(),
            caused: Vec::new(),
        };
        let partitions = (0..context.partitions).map(partition).collect();
        Self { context, partitions, next_offsets: BTreeMap::new(), records: Vec::new() }
    }

    /// A record on a topic of commands, on the partition of its key.
    pub fn command(&mut self, at: Timestamp, key: &str, value: Vec<u8>) -> InputRecord {
        let partition = routing::partition_of(key.as_bytes(), self.context.partitions);
        let output = OutputRecord {
            topic: Topic::Commands,
            partition,
            timestamp: at,
            key: Some(Bytes::copy_from_slice(key.as_bytes())),
            value: Some(value.into()),
            headers: Vec::new(),
        };
        self.append(&output)
    }

    /// Puts a record at the end of its topic.
    pub fn append(&mut self, output: &OutputRecord) -> InputRecord {
        let OutputRecord { topic, partition, timestamp, key, value, headers } = output.clone();
        let next = self.next_offsets.entry((topic, partition)).or_default();
        let position = Position { topic: Arc::from(topic.name()), partition, offset: *next };
        *next += 1;
        let record = InputRecord { topic, position, timestamp, key, value, headers };
        self.records.push(record.clone());
        record
    }

    /// Gives a record to its partition.
    pub fn take(&mut self, record: InputRecord) -> Batch {
        let number = usize::try_from(record.position.partition).unwrap();
        let partition = &mut self.partitions[number];
        let batch = partition.engine.batch(&partition.store, std::slice::from_ref(&record)).unwrap();
        assert_eq!(batch.tally.conservation_violations, 0, "on hand changes by something else than its movements");
        partition.store.write(&batch.changes).unwrap();
        partition.taken.push(record);
        for output in &batch.outputs {
            let written = self.append(output);
            let to = usize::try_from(output.partition).unwrap();
            self.partitions[to].written.push(output.clone());
            self.partitions[number].caused.push(output.clone());
            if output.topic == Topic::Legs {
                self.partitions[to].waiting.push(written);
            } else {
                assert_eq!(to, number, "{} is written to the partition it was decided in", output.topic.name());
            }
        }
        batch
    }
}
