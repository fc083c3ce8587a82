//! From "the group gave us this partition" to "its state is here": take it over, bring the local copy up to the
//! watermark, and decide where each input goes on.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use super::error::PartitionError;
use super::resolve::{Bounds, Committed, Knowledge, Resolution, distrust, resolve};
use super::takeover::Takeover;
use crate::codec::record::{InputRecord, Topic};
use crate::domain::time::Timestamp;
use crate::engine;
use crate::kafka::client::reader::{OffsetRange, Progress, Reader};
use crate::kafka::group::Member;
use crate::kafka::instance::Instance;
use crate::kafka::lease::Lease;
use crate::kafka::partitions_added::{self, PartitionsAdded};
use crate::kafka::phase::Phase;
use crate::store::rocks::PartitionStore;
use crate::store::{Changes, Positions, Remedy, Store, StoreError};

/// A partition that is ready to run.
pub(in crate::kafka) struct Restored {
    pub(in crate::kafka) store: PartitionStore,
    /// Where each input goes on.
    pub(in crate::kafka) positions: Positions,
}

/// Records of one write while restoring.
const STEP_RECORDS: usize = 5_000;
/// Bytes of one write while restoring.
const STEP_BYTES: usize = 4 << 20;

/// What was seen on the way.
#[derive(Default)]
struct Summary {
    newest: Option<Timestamp>,
    /// By input topic the offset behind the last one a result names as its cause.
    journal: Positions,
}

pub(in crate::kafka) struct Restore<'a> {
    pub(in crate::kafka) instance: &'a Instance,
    pub(in crate::kafka) consumer: &'a Member,
    pub(in crate::kafka) lease: &'a Lease,
}

impl Restore<'_> {
    fn partition(&self) -> i32 {
        self.lease.partition
    }

    /// Restores the partition; `None` when it is taken away meanwhile.
    pub(in crate::kafka) fn run(&self) -> Result<Option<Restored>, PartitionError> {
        let began = Instant::now();
        let Self { instance, consumer, lease } = *self;
        let Some(committed) = Takeover { instance, consumer, lease }.run()? else { return Ok(None) };
        self.progress(Progress::default());
        let bounds = self.bounds()?;
        let mut store = self.open(&committed, &bounds)?;
        let Some(summary) = self.read(&mut store, &bounds)? else { return Ok(None) };
        let offsets = self.resolve(&committed, &store.positions()?, &summary.journal, &bounds)?;
        let positions = offsets.iter().map(|(name, next)| (Arc::clone(name), *next)).collect();
        store.write(&Changes { positions, ..Changes::default() })?;
        crate::metrics::restored(began.elapsed());
        tracing::info!(partition = self.partition(), took_ms = began.elapsed().as_millis(), ?offsets, "restored");
        Ok(Some(Restored { store, positions: offsets }))
    }

    fn progress(&self, progress: Progress) {
        self.instance.status.advance(self.partition(), self.lease.epoch, Phase::Restoring(progress));
    }

    fn bounds(&self) -> Result<Bounds, PartitionError> {
        let names = &self.instance.config.topics;
        let state = engine::restore::TOPICS.into_iter().map(|topic| names.name(topic));
        let all = names.inputs().map(|(_, name)| name).chain(state);
        all.map(|name| Ok((Arc::clone(name), self.instance.watermarks.of(name, self.partition())?))).collect()
    }

    /// Opens the local copy, or makes a new one when it cannot be trusted.
    fn open(&self, committed: &Committed, bounds: &Bounds) -> Result<PartitionStore, PartitionError> {
        let age = self.age();
        let mut store = self.open_or_rebuild()?;
        self.check_number(&mut store)?;
        let too_old = Duration::from_millis(u64::try_from(self.instance.delete_retention_ms).unwrap_or(u64::MAX));
        let Some(reason) = distrust(&store.positions()?, committed, bounds, age.is_some_and(|age| age > too_old))
        else {
            return Ok(store);
        };
        tracing::error!(partition = self.partition(), reason, "the local copy is not to be trusted and is built anew");
        drop(store);
        PartitionStore::delete(&self.instance.config.state_dir, self.partition())?;
        let mut store = self.open_once()?;
        self.check_number(&mut store)?;
        Ok(store)
    }

    /// Refuses a copy of a time when the topics had another number of partitions.
    fn check_number(&self, store: &mut PartitionStore) -> Result<(), PartitionError> {
        let now = self.instance.engine.partitions;
        let was = store.made_for(now)?;
        if was == now {
            return Ok(());
        }
        let folder = PartitionStore::folder(&self.instance.config.state_dir, self.partition());
        Err(PartitionsAdded { place: format!("the local copy in {}", folder.display()), was: Some(was), now }.into())
    }

    fn open_once(&self) -> Result<PartitionStore, StoreError> {
        let Instance { stores, config, retention, .. } = self.instance;
        PartitionStore::open(stores, &config.state_dir, self.partition(), *retention)
    }

    fn open_or_rebuild(&self) -> Result<PartitionStore, StoreError> {
        // A worker of an earlier stay may need a moment to close the folder.
        let patience = Instant::now() + Duration::from_secs(5);
        loop {
            match self.open_once() {
                Err(StoreError::Locked { .. }) if Instant::now() < patience && !self.lease.is_stopped() => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) if error.remedy() == Remedy::Rebuild => {
                    tracing::error!(partition = self.partition(), %error, "the local copy is built anew");
                    PartitionStore::delete(&self.instance.config.state_dir, self.partition())?;
                    return self.open_once();
                }
                outcome => return outcome,
            }
        }
    }

    /// How long ago the local copy was written to, before we open it.
    fn age(&self) -> Option<Duration> {
        let folder = PartitionStore::folder(&self.instance.config.state_dir, self.partition());
        let times = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok());
        SystemTime::now().duration_since(times.max()?).ok()
    }

    /// Brings the copy up to the watermarks: first the tables, then the two indexes, whose beginning depends on the
    /// newest time in the tables when there is no copy to go on from. A row may be of the future, and then nothing would
    /// be young enough to be remembered: never later than the clock on the wall. What is read too much changes nothing.
    fn read(&self, store: &mut PartitionStore, bounds: &Bounds) -> Result<Option<Summary>, PartitionError> {
        let mut summary = Summary::default();
        let tables = self.ranges(&store.positions()?, bounds, &[(Topic::Stock, None), (Topic::Documents, None)])?;
        if !self.read_ranges(store, tables, &mut summary)? {
            return Ok(None);
        }
        let newest = summary.newest.map(|newest| newest.min(now()));
        let since = |window_ms: i64| newest.map(|newest| newest.plus_millis(-window_ms));
        let retention = self.instance.retention;
        let indexes = [
            (Topic::Results, since(retention.command_ids_ms)),
            // Twice as far as counts look back, because the clocks of stores differ.
            (Topic::Ledger, since(2 * retention.history_ms)),
        ];
        let indexes = self.ranges(&store.positions()?, bounds, &indexes)?;
        Ok(self.read_ranges(store, indexes, &mut summary)?.then_some(summary))
    }

    fn ranges(
        &self,
        positions: &Positions,
        bounds: &Bounds,
        topics: &[(Topic, Option<Timestamp>)],
    ) -> Result<Vec<OffsetRange>, PartitionError> {
        let mut ranges = Vec::new();
        for (topic, since) in topics {
            let name = self.instance.config.topics.name(*topic);
            let (low, high) = bounds.get(name).copied().unwrap_or_default();
            let from = match (positions.get(name), since) {
                (Some(position), _) => (*position).max(low),
                (None, Some(time)) => {
                    let found = self.instance.watermarks.at_time(name, &[self.partition()], *time)?;
                    found.get(&self.partition()).copied().flatten().unwrap_or(high)
                }
                (None, None) => low,
            };
            if from < high {
                let (name, partition) = (Arc::clone(name), self.partition());
                ranges.push(OffsetRange { topic: *topic, name, partition, from, to: high });
            }
        }
        Ok(ranges)
    }

    /// Reads ranges into the store; `false` when the partition is taken away meanwhile.
    fn read_ranges(
        &self,
        store: &mut PartitionStore,
        ranges: Vec<OffsetRange>,
        summary: &mut Summary,
    ) -> Result<bool, PartitionError> {
        if ranges.is_empty() {
            return Ok(!self.lease.is_stopped());
        }
        let mut reader = Reader::of(&self.instance.config.client, ranges)?;
        let mut changes = Changes::default();
        let (mut records, mut bytes) = (0, 0);
        let (mut last_report, mut logged) = (Instant::now(), Instant::now());
        loop {
            let record = reader.next(Duration::from_millis(20))?;
            let at_end = record.is_none() && reader.is_at_end()?;
            if let Some(record) = record {
                records += 1;
                bytes += record.value.as_ref().map_or(0, Bytes::len) + record.key.as_ref().map_or(0, Bytes::len);
                self.apply(&record, summary, &mut changes)?;
            }
            if at_end || records >= STEP_RECORDS || bytes >= STEP_BYTES {
                let positions = reader.positions(self.partition());
                changes.positions = positions.into_iter().map(|(_, name, next)| (name, next)).collect();
                store.write(&changes)?;
                changes = Changes::default();
                (records, bytes) = (0, 0);
            }
            if at_end || self.lease.is_stopped() {
                return Ok(at_end);
            }
            if last_report.elapsed() > Duration::from_millis(200) {
                last_report = Instant::now();
                self.progress(reader.progress());
            }
            if logged.elapsed() > Duration::from_secs(5) {
                logged = Instant::now();
                let Progress { done, total } = reader.progress();
                tracing::info!(partition = self.partition(), done, total, "restoring");
            }
        }
    }

    fn apply(&self, record: &InputRecord, summary: &mut Summary, changes: &mut Changes) -> Result<(), PartitionError> {
        if let Some(added) = partitions_added::misplaced(record, self.instance.engine.partitions) {
            return Err(added.into());
        }
        summary.newest = summary.newest.max(Some(record.timestamp));
        if record.topic == Topic::Results
            && let Some(cause) = record.cause()
        {
            let known = summary.journal.entry(cause.topic).or_default();
            *known = (*known).max(cause.offset + 1);
        }
        engine::restore::apply(&self.instance.engine, record, changes)
            .map_err(|source| PartitionError::Topic { place: record.position.to_string(), source })
    }

    /// Where each input goes on.
    fn resolve(
        &self,
        committed: &Committed,
        positions: &Positions,
        journal: &Positions,
        bounds: &Bounds,
    ) -> Result<Positions, PartitionError> {
        let mut offsets = Positions::new();
        for (name, committed) in committed {
            let (low, high) = bounds.get(name).copied().unwrap_or_default();
            let (local, journal) = (positions.get(name).copied(), journal.get(name).copied());
            let place = || format!("{name}/{}", self.partition());
            let offset = match resolve(Knowledge { committed: *committed, local, journal, low, high }) {
                Resolution::Committed(offset) | Resolution::New(offset) => offset,
                Resolution::Remembered(offset) => {
                    tracing::error!(place = place(), offset, "no committed offset; going on from what is remembered");
                    offset
                }
                Resolution::Lost { from, to } => {
                    tracing::error!(place = place(), from, to, "input was deleted before it was processed");
                    to
                }
                Resolution::BeyondEnd { committed, end } => {
                    return Err(PartitionError::BeyondEnd { place: place(), committed, end });
                }
            };
            offsets.insert(Arc::clone(name), offset);
        }
        Ok(offsets)
    }
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
