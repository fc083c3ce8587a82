//! One partition's life on this instance: its worker restores it, then commits batch after batch.

mod commit;
mod error;
pub(super) mod faults;
mod resolve;
mod restore;
mod transaction;
mod watch;
pub(super) mod worker;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lease::Lease;
use crate::codec::Codec;
use crate::codec::record::InputRecord;
use crate::engine::census::Census;
use crate::engine::{Batch, Engine, EngineError};
use crate::metrics::OpenDocuments;
use crate::store::rocks::PartitionStore;
use crate::store::{Positions, StoreError};

/// What belongs to a partition, whoever works on it. The thread, the producer and its transaction are the worker's.
struct Partition {
    lease: Arc<Lease>,
    engine: Engine,
    store: PartitionStore,
    /// Of each input topic the next offset to be processed.
    positions: Positions,
    census: Census,
    open_documents: OpenDocuments,
}

impl Partition {
    fn number(&self) -> i32 {
        self.lease.partition
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

    /// Counts open documents, as far as that goes in this time.
    fn count_documents(&mut self, codec: &Codec, patience: Duration) -> Result<(), StoreError> {
        let began = Instant::now();
        while !self.census.is_complete() {
            self.open_documents.change(&self.census.step(codec, &self.store)?);
            if began.elapsed() >= patience {
                break;
            }
        }
        Ok(())
    }

    /// What these records mean for the rows as they are.
    fn decide(&mut self, records: &[InputRecord]) -> Result<Batch, EngineError> {
        self.engine.batch(&self.store, records)
    }
}
