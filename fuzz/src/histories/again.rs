//! The same history once more, in other ways: everything comes out as it did.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stockroom::audit::Audit;
use stockroom::codec::keys;
use stockroom::codec::record::{InputRecord, OutputRecord, Position, Topic};
use stockroom::domain::ids::{StockLocation, StoreId};
use stockroom::domain::rows::Moved;
use stockroom::domain::stock::StockKey;
use stockroom::domain::time::Timestamp;
use stockroom::engine::{Context, Engine, restore};
use stockroom::store::memory::MemoryStore;
use stockroom::store::{Changes, HistoryEntry, Positions, RowKey, Store, StoreError, Table};

use super::deployment::Partition;
use super::world::World;

/// Longer than a device's clock may be ahead of its record.
const SLACK_MS: i64 = 60 * 60 * 1_000;

/// Checks a history that is settled. The bytes say how it is cut.
pub fn check(world: &World, data: &[u8]) {
    let deployment = &world.deployment;
    let context = &deployment.context;
    let mut audit = Audit::new(context.codec.clone(), &context.settings, std::iter::empty(), false);
    audit.observe_all(&deployment.records);
    let report = audit.finish();
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    for (number, partition) in (0..).zip(&deployment.partitions) {
        assert_eq!(restored(context, &partition.written), partition.store, "what is restored is what was written");
        in_other_batches(context, number, partition, data);
        forgetting(context, number, partition);
    }
}

fn restored(context: &Context, written: &[OutputRecord]) -> MemoryStore {
    let mut changes = Changes::default();
    for output in written.iter().filter(|output| restore::TOPICS.contains(&output.topic)) {
        let OutputRecord { topic, partition, timestamp, key, value, headers } = output.clone();
        let position = Position { topic: topic.name().into(), partition, offset: 0 };
        let record = InputRecord { topic, position, timestamp, key, value, headers };
        restore::apply(context, &record, &mut changes).unwrap();
    }
    let mut store = MemoryStore::default();
    store.write(&changes).unwrap();
    store
}

/// What was written, topic by topic; of tables a batch writes the last states only.
fn sequences(written: &[OutputRecord]) -> BTreeMap<Topic, Vec<&OutputRecord>> {
    let mut sequences: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for output in written.iter().filter(|output| !matches!(output.topic, Topic::Stock | Topic::Documents)) {
        sequences.entry(output.topic).or_default().push(output);
    }
    sequences
}

fn in_other_batches(context: &Arc<Context>, number: i32, partition: &Partition, data: &[u8]) {
    let (mut engine, mut store) = (Engine::new(Arc::clone(context), number), MemoryStore::default());
    let (mut rest, mut written) = (&partition.taken[..], Vec::new());
    let mut sizes = data.iter().rev().cycle();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(0);
        let (records, left) = rest.split_at(rest.len().min(1 + usize::from(size)));
        rest = left;
        let batch = engine.batch(&store, records).unwrap();
        store.write(&batch.changes).unwrap();
        written.extend(batch.outputs);
        if size % 3 == 0 {
            // A restart in between.
            engine = Engine::new(Arc::clone(context), number);
        }
    }
    assert_eq!(sequences(&written), sequences(&partition.caused), "other batches, other outputs");
    assert_eq!(store, partition.store, "other batches, other rows");
    let own: Vec<_> = written.into_iter().filter(|output| output.topic != Topic::Legs).collect();
    assert_eq!(restored(context, &own), store, "what batches write restores what they keep");
}

/// A store that remembers no longer than it must.
struct Forgetful {
    rows: MemoryStore,
    recorded: BTreeMap<Vec<u8>, Timestamp>,
    history: Vec<HistoryEntry>,
    clocks: HashMap<StoreId, Timestamp>,
    keep_answers_ms: i64,
    keep_history_ms: i64,
}

impl Forgetful {
    fn horizon(&self, store: &StoreId, keep_ms: i64) -> Timestamp {
        let clock = self.clocks.get(store).copied().unwrap_or(Timestamp::from_millis(i64::MIN));
        clock.plus_millis(-keep_ms - SLACK_MS)
    }
}

impl Store for Forgetful {
    fn get(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut rows = self.rows.get(keys)?;
        for (row, key) in rows.iter_mut().zip(keys).filter(|(_, key)| key.table == Table::Answers) {
            let store = keys::parse_store(&key.key).unwrap();
            let horizon = self.horizon(&store, self.keep_answers_ms);
            if self.recorded.get(&key.key).is_some_and(|at| *at < horizon) {
                *row = None;
            }
        }
        Ok(rows)
    }

    fn scan(&self, table: Table, prefix: &[u8], show: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        self.rows.scan(table, prefix, show)
    }

    fn documents_after(
        &self,
        key: &[u8],
        rows_max: usize,
        show: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        self.rows.documents_after(key, rows_max, show)
    }

    fn history(&self, key: &StockKey, location: &StockLocation) -> Result<Vec<Moved>, StoreError> {
        let horizon = self.horizon(&key.store_id, self.keep_history_ms);
        let kept = self.history.iter().filter(|entry| entry.recorded_at >= horizon);
        let kept = kept.filter(|entry| entry.key == *key && entry.location == *location);
        Ok(kept.map(|entry| entry.moved).collect())
    }

    fn positions(&self) -> Result<Positions, StoreError> {
        self.rows.positions()
    }

    fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        for row in &changes.rows {
            if row.table == Table::Answers {
                self.recorded.insert(row.key.to_vec(), row.recorded_at);
            } else if let Some(store) = keys::parse_store(&row.key) {
                let clock = self.clocks.entry(store).or_insert(row.recorded_at);
                *clock = row.recorded_at.max(*clock);
            }
        }
        self.history.extend(changes.history.iter().cloned());
        self.rows.write(changes)
    }
}

/// What must not be remembered any longer matters no longer.
fn forgetting(context: &Arc<Context>, number: i32, partition: &Partition) {
    let settings = &context.settings;
    let mut store = Forgetful {
        rows: MemoryStore::default(),
        recorded: BTreeMap::new(),
        history: Vec::new(),
        clocks: HashMap::new(),
        keep_answers_ms: settings.command_ids_ms,
        keep_history_ms: settings.history_ms,
    };
    let mut engine = Engine::new(Arc::clone(context), number);
    let mut written = Vec::new();
    for record in &partition.taken {
        let batch = engine.batch(&store, std::slice::from_ref(record)).unwrap();
        store.write(&batch.changes).unwrap();
        written.extend(batch.outputs);
    }
    let (now, before) = (sequences(&written), sequences(&partition.caused));
    for topic in [Topic::Events, Topic::Ledger, Topic::Legs] {
        assert_eq!(now.get(&topic), before.get(&topic), "a store that forgets decides otherwise");
    }
}
