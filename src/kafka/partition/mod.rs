//! One partition's life on this instance, whoever works on it: its stay, its take-over, its restore, and what it holds.

pub(super) mod error;
mod resolve;
pub(super) mod restore;
pub(super) mod stay;
mod takeover;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::error::PartitionError;
use self::stay::Stay;
use crate::codec::record::InputRecord;
use crate::engine::census::Census;
use crate::engine::{Batch, Engine, EngineError};
use crate::metrics::OpenDocuments;
use crate::store::rocks::PartitionStore;
use crate::store::{Positions, StoreError};

/// How often a partition looks after its store.
const MAINTENANCE: Duration = Duration::from_secs(5);
/// How long rows may wait for a flush to disk: the most that is read again after a crash.
const FLUSH_AGE: Duration = Duration::from_secs(60);

/// What belongs to a partition, whoever works on it. The thread, the producer and its transaction are the worker's.
pub(super) struct Partition {
    pub(super) store: PartitionStore,
    /// Of each input topic the next offset to be processed.
    pub(super) positions: Positions,
    /// When its offsets were committed for the last time.
    pub(super) last_commit: Instant,
    engine: Engine,
    census: Census,
    open_documents: OpenDocuments,
    last_maintenance: Instant,
    /// The last to be dropped: its end says that the store is closed.
    pub(super) stay: Stay,
}

impl Partition {
    /// A partition that was restored.
    pub(super) fn new(stay: Stay, store: PartitionStore, positions: Positions) -> Self {
        let engine = Engine::new(Arc::clone(&stay.instance.engine), stay.lease.partition);
        Self {
            store,
            positions,
            engine,
            census: Census::default(),
            open_documents: OpenDocuments::default(),
            last_commit: Instant::now(),
            last_maintenance: Instant::now(),
            stay,
        }
    }

    /// Ends its stay. A clean end leaves nothing to be read again.
    pub(super) fn end(mut self, outcome: Result<(), PartitionError>) {
        let outcome = outcome.and_then(|()| Ok(self.store.flush()?));
        let Self { stay, store, .. } = self;
        drop(store);
        stay.end(outcome);
    }

    pub(super) fn number(&self) -> i32 {
        self.stay.lease.partition
    }

    /// Moves the positions behind the records, and drops records that were processed already. Offsets may jump, over
    /// markers and aborted records, but never go back.
    fn advance(&mut self, mut records: Vec<InputRecord>) -> Vec<InputRecord> {
        records.retain(|record| {
            let Some(next) = self.positions.get_mut(&record.position.topic) else { return false };
            let is_expected = record.position.offset >= *next;
            if is_expected {
                *next = record.position.offset + 1;
            } else {
                tracing::warn!(position = %record.position, expected = *next, "a record came twice from the client");
            }
            is_expected
        });
        records
    }

    /// What these records mean for the rows as they are. Moves the positions behind them.
    pub(super) fn decide(&mut self, records: Vec<InputRecord>) -> Result<Batch, EngineError> {
        let records = self.advance(records);
        self.engine.batch(&self.store, &records)
    }

    /// A batch is committed and written: counts the documents it opened and closed.
    pub(super) fn committed(&mut self, batch: &Batch) {
        let opened = self.census.changes(&batch.tally.open_documents);
        self.open_documents.change(&opened);
    }

    /// What is due between batches: counting open documents, as far as that goes in this time, and the store's flush.
    pub(super) fn maintain(&mut self, patience: Duration) -> Result<(), StoreError> {
        let began = Instant::now();
        while !self.census.is_complete() {
            let step = self.census.step(&self.stay.instance.engine.codec, &self.store)?;
            self.open_documents.change(&step);
            if began.elapsed() >= patience {
                break;
            }
        }
        if self.last_maintenance.elapsed() > MAINTENANCE {
            self.last_maintenance = Instant::now();
            self.store.maintain(FLUSH_AGE)?;
        }
        Ok(())
    }
}
