//! A worker: a thread that serves several partitions. It takes what is ready of all of them, decides each partition's
//! batch by itself, and commits the batches in one transaction of its own producers (KIP-447).

mod commit;
pub(super) mod faults;
mod together;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use self::commit::Share;
use self::faults::Faults;
use self::together::Together;
use super::group::Member;
use super::instance::Instance;
use super::lease::{Bell, TakeLimits};
use super::partition::Partition;
use super::partition::error::PartitionError;
use super::partition::stay::{Event, panicked};
use super::phase::Phase;
use crate::engine::record_time;
use crate::metrics;

/// Positions of topics nobody subscribes to expire on the broker; a quiet partition commits its own this often.
const IDLE_COMMIT: Duration = Duration::from_secs(6 * 60 * 60);
/// A batch this large says that more is coming, so that waiting a little for it saves transactions.
const BUSY_RECORDS: usize = 200;
const BUSY_LINGER: Duration = Duration::from_millis(20);
/// How long open documents are counted while there is nothing else to do.
const COUNTING: Duration = Duration::from_millis(50);
/// How long a worker sleeps at most when nothing comes.
const QUIET: Duration = Duration::from_millis(500);

/// How others reach a worker.
#[derive(Default)]
pub(super) struct Door {
    /// Rung when something waits for it.
    pub(super) bell: Arc<Bell>,
    arriving: Mutex<Vec<Partition>>,
    is_closed: AtomicBool,
}

impl Door {
    /// Hands over a restored partition.
    pub(super) fn hand_over(&self, partition: Partition) {
        self.arriving.lock().push(partition);
        self.bell.ring();
    }

    /// Nobody comes any more: the worker ends when its partitions are gone.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.bell.ring();
    }
}

/// The thread of a worker.
pub(super) struct Worker {
    instance: Arc<Instance>,
    door: Arc<Door>,
    together: Together,
    /// Those that were restored and have not been named in their offsets yet.
    newcomers: Vec<Partition>,
    /// Those that work. Who had a turn goes to the end.
    partitions: Vec<Partition>,
    records_max: usize,
    last_records: usize,
}

impl Worker {
    /// Starts the thread of the worker of this number.
    pub(super) fn spawn(
        instance: &Arc<Instance>,
        consumer: &Arc<Member>,
        faults: &Arc<Faults>,
        number: usize,
    ) -> std::io::Result<Arc<Door>> {
        let door = Arc::new(Door::default());
        let name = format!("{}-{number}", instance.process);
        let worker = Self {
            instance: Arc::clone(instance),
            door: Arc::clone(&door),
            together: Together::new(Arc::clone(instance), Arc::clone(consumer), Arc::clone(faults), name),
            newcomers: Vec::new(),
            partitions: Vec::new(),
            records_max: instance.config.batch.records_max,
            last_records: 0,
        };
        std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || worker.run())?;
        Ok(door)
    }

    fn run(mut self) {
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(true) => {}
                Ok(false) => return,
                // What it held in its hands has ended with it; the rest begins again.
                Err(panic) => {
                    self.together.forget_producers();
                    for partition in self.newcomers.drain(..).chain(self.partitions.drain(..)) {
                        partition.end(Err(panicked(&*panic)));
                    }
                }
            }
        }
    }

    /// One round: see who comes and goes, take what is ready, decide it, commit it. `false` when it is over.
    fn turn(&mut self) -> bool {
        self.newcomers.append(&mut self.door.arriving.lock());
        self.dismiss();
        let has_work = !(self.newcomers.is_empty() && self.partitions.is_empty());
        if !has_work && self.door.is_closed.load(Ordering::SeqCst) {
            return false;
        }
        if has_work && !self.has_producers() {
            return true;
        }
        self.welcome();
        self.wait();
        let began = Instant::now();
        let shares = self.decide();
        if shares.is_empty() {
            self.rest();
            return true;
        }
        let taken = shares.iter().map(|share| share.taken).sum();
        let committed = self.together.commit(shares);
        for share in committed {
            self.release(share);
        }
        self.adapt(taken, began.elapsed());
        true
    }

    /// Ends the stays of partitions that were taken away.
    fn dismiss(&mut self) {
        for partitions in [&mut self.newcomers, &mut self.partitions] {
            for partition in partitions.extract_if(.., |partition| partition.stay.lease.is_stopped()) {
                partition.end(Ok(()));
            }
        }
    }

    fn has_producers(&mut self) -> bool {
        match self.together.has_producers() {
            Ok(has) => has,
            Err(error) => {
                for partition in self.newcomers.drain(..).chain(self.partitions.drain(..)) {
                    partition.end(Err(error()));
                }
                false
            }
        }
    }

    /// Names this worker in the offsets of newcomers, before it has any other transaction with them: who takes them over
    /// must never be told of a predecessor.
    fn welcome(&mut self) {
        if self.newcomers.is_empty() {
            return;
        }
        let shares = self.newcomers.drain(..).map(Share::of_offsets).collect();
        for Share { partition, .. } in self.together.commit(shares) {
            partition.stay.advance(Phase::Running);
            self.instance.note(&partition.stay.lease, &partition.positions, None);
            let (lease, positions) = (Arc::clone(&partition.stay.lease), partition.positions.clone());
            partition.stay.tell(Event::Ready { lease, positions });
            self.partitions.push(partition);
        }
    }

    fn waiting(&self) -> (usize, usize) {
        let each = self.partitions.iter().map(|partition| partition.stay.lease.waiting());
        each.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// Waits for something to do; for a little more when much is coming.
    fn wait(&self) {
        let leases = || self.partitions.iter().map(|partition| &partition.stay.lease);
        let has_guests = || !self.door.arriving.lock().is_empty() || self.door.is_closed.load(Ordering::SeqCst);
        self.door
            .bell
            .wait(QUIET, || has_guests() || leases().any(|lease| lease.is_stopped() || lease.waiting().0 > 0));
        if self.last_records < BUSY_RECORDS {
            return;
        }
        let deadline = Instant::now() + BUSY_LINGER;
        while Instant::now() < deadline {
            let (records, bytes) = self.waiting();
            let is_enough = records >= self.records_max || bytes >= self.instance.config.batch.bytes_max;
            if is_enough || records == 0 || leases().any(|lease| lease.is_stopped()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Takes what is ready of each partition, within the bounds of all together, and decides it.
    fn decide(&mut self) -> Vec<Share> {
        let has_records = |partition: &mut Partition| partition.stay.lease.waiting().0 > 0;
        let ready: Vec<Partition> = self.partitions.extract_if(.., has_records).collect();
        let (mut records, mut bytes) = (self.records_max, self.instance.config.batch.bytes_max);
        let mut shares = Vec::with_capacity(ready.len());
        let mut left = ready.len();
        for partition in ready {
            if records == 0 || bytes == 0 {
                self.partitions.push(partition);
                continue;
            }
            let before = partition.stay.lease.waiting().1;
            let limits = TakeLimits { records_max: (records / left).max(1), bytes_max: bytes / left };
            let taken = partition.stay.lease.take(limits);
            left -= 1;
            records = records.saturating_sub(taken.len());
            bytes = bytes.saturating_sub(before.saturating_sub(partition.stay.lease.waiting().1));
            shares.extend(decide(partition, taken));
        }
        shares
    }

    /// What waited on the commit: metrics, and what is due between batches.
    fn release(&mut self, share: Share) {
        let Share { mut partition, batch, decided, newest, .. } = share;
        metrics::committed(&batch.tally, decided);
        partition.committed(&batch);
        self.instance.note(&partition.stay.lease, &partition.positions, newest);
        match partition.maintain(Duration::ZERO) {
            Ok(()) => self.partitions.push(partition),
            Err(error) => partition.end(Err(error.into())),
        }
    }

    /// Nothing to do: look after the stores, and keep the offsets alive.
    fn rest(&mut self) {
        self.last_records = 0;
        let mut idle = Vec::new();
        for mut partition in std::mem::take(&mut self.partitions) {
            match partition.maintain(COUNTING) {
                Ok(()) if partition.last_commit.elapsed() > IDLE_COMMIT => idle.push(Share::of_offsets(partition)),
                Ok(()) => self.partitions.push(partition),
                Err(error) => partition.end(Err(error.into())),
            }
        }
        if !idle.is_empty() {
            let committed = self.together.commit(idle);
            self.partitions.extend(committed.into_iter().map(|share| share.partition));
        }
    }

    /// Batches shrink when they take too long, and grow again when they do not.
    fn adapt(&mut self, records: usize, took: Duration) {
        let limits = self.instance.config.batch;
        let target = Duration::from_millis(limits.duration_ms_max);
        self.last_records = records;
        if took > target {
            self.records_max = (records / 2).max(1);
        } else if took < target / 2 {
            self.records_max = (self.records_max * 2).min(limits.records_max);
        }
    }
}

/// Decides records of one partition. What goes wrong is its own affair.
fn decide(mut partition: Partition, records: Vec<crate::codec::record::InputRecord>) -> Option<Share> {
    let began = Instant::now();
    let taken = records.len();
    let newest = records.iter().rev().map(|record| record.timestamp).find(|at| record_time::is_usable(*at));
    let decided = catch_unwind(AssertUnwindSafe(|| partition.decide(records)));
    let trouble: PartitionError = match decided {
        Ok(Ok(batch)) => return Some(Share { partition, batch, taken, decided: began.elapsed(), newest }),
        Ok(Err(error)) => error.into(),
        Err(panic) => panicked(&*panic),
    };
    partition.end(Err(trouble));
    None
}
