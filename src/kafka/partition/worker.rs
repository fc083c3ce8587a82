//! The thread of one partition: restore, then batch after batch until the partition is taken away.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::Partition;
use super::commit::{Commit, CommitError};
use super::error::PartitionError;
use super::faults::Faults;
use super::restore::{Restore, Restored};
use super::transaction::{Producer, until};
use super::watch::Watch;
use crate::engine::census::Census;
use crate::engine::{Batch, Engine, record_time};
use crate::kafka::group::Member;
use crate::kafka::instance::Instance;
use crate::kafka::lease::{Lease, TakeLimits, Taken};
use crate::kafka::partitions_added::PartitionsAdded;
use crate::kafka::phase::Phase;
use crate::metrics::{self, OpenDocuments};
use crate::store::rocks::PartitionStore;
use crate::store::{Positions, Remedy};

/// What a worker tells the polling thread.
pub(in crate::kafka) enum Event {
    /// The partition is restored: fetch its inputs from here on.
    Ready {
        /// Whose stay.
        lease: Arc<Lease>,
        /// Where each input goes on.
        positions: Positions,
    },
    /// The worker is gone, although the partition was not taken away.
    Failed {
        /// Whose stay.
        lease: Arc<Lease>,
    },
    /// Partitions were added to the topics: nothing may go on.
    PartitionsAdded(PartitionsAdded),
}

/// The thread of one partition.
pub(in crate::kafka) struct Worker {
    pub(in crate::kafka) instance: Arc<Instance>,
    pub(in crate::kafka) consumer: Arc<Member>,
    pub(in crate::kafka) lease: Arc<Lease>,
    pub(in crate::kafka) events: Sender<Event>,
    pub(in crate::kafka) faults: Arc<Faults>,
    /// A pause before it begins, after trouble.
    pub(in crate::kafka) pause: Duration,
}

/// How often a quiet partition looks after its store.
const MAINTENANCE: Duration = Duration::from_secs(5);
/// How long rows may wait for a flush to disk: the most that is read again after a crash.
const FLUSH_AGE: Duration = Duration::from_secs(60);
/// Positions of topics nobody subscribes to expire on the broker; a quiet partition commits its own this often.
const IDLE_COMMIT: Duration = Duration::from_secs(6 * 60 * 60);
/// How long the same batch is tried in new transactions before the worker is replaced.
const ABORTED_MAX: Duration = Duration::from_secs(60);
/// A batch this large says that more is coming, so that waiting a little for it saves transactions.
const BUSY_RECORDS: usize = 200;
const BUSY_LINGER: Duration = Duration::from_millis(20);
/// How long open documents are counted while there is nothing else to do.
const COUNTING: Duration = Duration::from_millis(50);

/// What a running worker holds: its producer, whose transactions carry what its partition decides, and its pace.
struct Running {
    producer: Producer,
    partition: Partition,
    records_max: usize,
    last_records: usize,
    last_commit: Instant,
    last_maintenance: Instant,
    watch: Watch,
}

impl Worker {
    /// Starts the thread.
    pub(in crate::kafka) fn spawn(self) -> std::io::Result<()> {
        let name = format!("partition-{}", self.lease.partition);
        std::thread::Builder::new().name(name).spawn(move || self.run()).map(drop)
    }

    fn run(self) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.live()));
        let outcome = outcome.unwrap_or_else(|panic| Err(PartitionError::Panic(message_of(&*panic))));
        let Lease { partition, epoch, .. } = *self.lease;
        let next = match &outcome {
            Err(trouble) if !self.lease.is_stopped() => Phase::Failing(trouble.to_string()),
            Ok(()) | Err(_) => Phase::Revoked,
        };
        self.instance.status.advance(partition, epoch, next);
        if let Err(trouble) = &outcome
            && trouble.remedy() == Remedy::Rebuild
            && let Err(error) = PartitionStore::delete(&self.instance.config.state_dir, partition)
        {
            tracing::error!(partition, %error, "the local copy cannot be deleted");
        }
        self.lease.over();
        let event = match outcome {
            Err(PartitionError::PartitionsAdded(added)) => Event::PartitionsAdded(added),
            Err(_) if !self.lease.is_stopped() => Event::Failed { lease: Arc::clone(&self.lease) },
            Ok(()) | Err(_) => return,
        };
        // Nobody listens any more when the instance stops.
        let _ = self.events.send(event);
    }

    fn live(&self) -> Result<(), PartitionError> {
        if self.lease.sleep(self.pause) {
            return Ok(());
        }
        let Some(permit) = self.instance.restore_permits.acquire(&self.lease) else { return Ok(()) };
        let restore = Restore { instance: &self.instance, consumer: &self.consumer, lease: &self.lease };
        let Some(Restored { producer, store, positions, is_incomplete }) = restore.run()? else { return Ok(()) };
        drop(permit);
        let mut running = Running {
            producer,
            partition: Partition {
                lease: Arc::clone(&self.lease),
                engine: Engine::new(Arc::clone(&self.instance.engine), self.lease.partition),
                census: Census::default(),
                open_documents: OpenDocuments::default(),
                store,
                positions,
            },
            records_max: self.instance.config.batch.records_max,
            last_records: 0,
            last_commit: Instant::now(),
            last_maintenance: Instant::now(),
            watch: Watch::new(self.lease.partition, self.lease.epoch),
        };
        if is_incomplete && !self.commit_until_done(&mut running, &mut Batch::default())? {
            return Ok(());
        }
        self.instance.status.advance(self.lease.partition, self.lease.epoch, Phase::Running);
        let ready = Event::Ready { lease: Arc::clone(&self.lease), positions: running.partition.positions.clone() };
        if self.events.send(ready).is_err() {
            return Ok(());
        }
        while self.turn(&mut running)? {}
        // A clean end leaves nothing to be read again.
        running.partition.store.flush()?;
        Ok(())
    }

    /// One round: take what is ready, decide it, commit it. `false` when it is over.
    fn turn(&self, running: &mut Running) -> Result<bool, PartitionError> {
        running.watch.look(&self.instance, &self.consumer, &running.partition.positions);
        let limits = TakeLimits { records_max: running.records_max, bytes_max: self.instance.config.batch.bytes_max };
        let linger = if running.last_records >= BUSY_RECORDS { BUSY_LINGER } else { Duration::ZERO };
        let records = match self.lease.take(limits, Duration::from_millis(500), linger) {
            Taken::Stopped => return Ok(false),
            Taken::Nothing => return self.rest(running),
            Taken::Records(records) => records,
        };
        let began = Instant::now();
        let records = running.partition.advance(records);
        let mut batch = running.partition.decide(&records)?;
        let decided = began.elapsed();
        let taken = records.len();
        let newest = records.iter().rev().map(|record| record.timestamp).find(|at| record_time::is_usable(*at));
        drop(records);
        if !self.commit_until_done(running, &mut batch)? {
            return Ok(false);
        }
        metrics::committed(&batch.tally, decided);
        let opened = running.partition.census.changes(&batch.tally.open_documents);
        running.partition.open_documents.change(&opened);
        running.partition.count_documents(&self.instance.engine.codec, Duration::ZERO)?;
        self.adapt(running, taken, began.elapsed());
        self.instance.note(self.lease.partition, &running.partition.positions, newest);
        if running.last_maintenance.elapsed() > MAINTENANCE {
            running.last_maintenance = Instant::now();
            running.partition.store.maintain(FLUSH_AGE)?;
        }
        Ok(true)
    }

    /// Nothing to do: look after the store, and keep the offsets alive.
    fn rest(&self, running: &mut Running) -> Result<bool, PartitionError> {
        running.last_records = 0;
        running.partition.count_documents(&self.instance.engine.codec, COUNTING)?;
        if running.last_maintenance.elapsed() > MAINTENANCE {
            running.last_maintenance = Instant::now();
            running.partition.store.maintain(FLUSH_AGE)?;
        }
        if running.last_commit.elapsed() > IDLE_COMMIT {
            return self.commit_until_done(running, &mut Batch::default());
        }
        Ok(true)
    }

    /// Batches shrink when they take too long, and grow again when they do not.
    fn adapt(&self, running: &mut Running, records: usize, took: Duration) {
        let limits = self.instance.config.batch;
        let target = Duration::from_millis(limits.duration_ms_max);
        running.last_records = records;
        if took > target {
            running.records_max = (records / 2).max(1);
        } else if took < target / 2 {
            running.records_max = (running.records_max * 2).min(limits.records_max);
        }
    }

    /// Commits a batch, in as many transactions as it takes. `false` when the partition was taken away instead.
    fn commit_until_done(&self, running: &mut Running, batch: &mut Batch) -> Result<bool, PartitionError> {
        let began = Instant::now();
        let mut attempt: u32 = 0;
        loop {
            let error = match self.commit_once(running, batch) {
                Ok(()) => {
                    running.last_commit = Instant::now();
                    return Ok(true);
                }
                Err(error) => error,
            };
            match error.remedy() {
                Remedy::Abort => {
                    until(Instant::now() + self.instance.transaction_timeout(), |left| running.producer.abort(left))?;
                }
                Remedy::Retry | Remedy::Replace | Remedy::Rebuild => {
                    let id = self.instance.transactional_id(self.lease.partition);
                    match self.faults.zombie(&self.instance.config.client, &id)? {
                        Some(producer) => running.producer = producer,
                        None => return Err(error.into()),
                    }
                }
            }
            metrics::aborted();
            attempt += 1;
            let pause = Duration::from_millis(5 << attempt.min(7));
            let Lease { partition, epoch, .. } = *self.lease;
            tracing::info!(partition, epoch, attempt, %error, "transaction is aborted and sent again");
            self.lease.sleep(pause);
            if self.faults.is_stopped(&self.lease) {
                return Ok(false);
            }
            if began.elapsed() > ABORTED_MAX {
                return Err(error.into());
            }
        }
    }

    fn commit_once(&self, running: &mut Running, batch: &mut Batch) -> Result<(), CommitError> {
        let began = Instant::now();
        let commit = Commit {
            producer: &running.producer,
            consumer: &*self.consumer,
            names: &self.instance.config.topics,
            group: self.instance.config.client.group(),
            faults: &self.faults,
            patience: self.instance.transaction_timeout(),
        };
        let Batch { outputs, changes, .. } = batch;
        commit.run(&mut running.partition, outputs, changes)?;
        let took = began.elapsed();
        metrics::transaction(took);
        let (partition, records) = (self.lease.partition, outputs.len());
        tracing::debug!(partition, records, transaction_us = took.as_micros(), "transaction is committed");
        Ok(())
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
