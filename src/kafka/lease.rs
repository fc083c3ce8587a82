//! What the polling thread and a partition's worker share: the records that wait, and the word that it is over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::codec::record::InputRecord;

/// What one record costs in memory besides its bytes.
const RECORD_OVERHEAD: usize = 320;

/// The bounds of one take.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakeLimits {
    pub(super) records_max: usize,
    pub(super) bytes_max: usize,
}

/// What a take gave.
pub(super) enum Taken {
    /// At least one record.
    Records(Vec<InputRecord>),
    /// Nothing came in time.
    Nothing,
    /// The partition was taken away, or the instance stops.
    Stopped,
}

#[derive(Default)]
struct Inner {
    records: VecDeque<InputRecord>,
    bytes: usize,
    worker_waits: bool,
    is_over: bool,
}

/// One stay of a partition on this instance. Another stay is another lease, so nothing of the old one can leak into it.
pub(super) struct Lease {
    pub(super) partition: i32,
    /// Counts the stays of this process: what is said about an old one is ignored.
    pub(super) epoch: u64,
    stopped: AtomicBool,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Lease {
    pub(super) fn new(partition: i32, epoch: u64) -> Self {
        Self { partition, epoch, stopped: AtomicBool::new(false), inner: Mutex::default(), changed: Condvar::new() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    /// Adds a record; says how many bytes wait now.
    pub(super) fn push(&self, record: InputRecord) -> usize {
        let mut inner = self.inner();
        inner.bytes += cost(&record);
        inner.records.push_back(record);
        if inner.worker_waits {
            self.changed.notify_all();
        }
        inner.bytes
    }

    /// How many bytes wait.
    pub(super) fn bytes(&self) -> usize {
        self.inner().bytes
    }

    /// Takes what is ready, up to the limits; the first record always counts. `linger` waits for more once there is
    /// one: worth it only when much is coming.
    pub(super) fn take(&self, limits: TakeLimits, patience: Duration, linger: Duration) -> Taken {
        let mut inner = self.inner();
        inner = self.wait(inner, patience, |inner| !inner.records.is_empty());
        if !linger.is_zero() && !inner.records.is_empty() {
            inner = self.wait(inner, linger, |inner| {
                inner.records.len() >= limits.records_max || inner.bytes >= limits.bytes_max
            });
        }
        if self.is_stopped() {
            return Taken::Stopped;
        }
        let mut bytes = 0;
        let mut taken = Vec::new();
        while let Some(record) = inner.records.front() {
            let next = cost(record);
            if !taken.is_empty() && (taken.len() >= limits.records_max || bytes + next > limits.bytes_max) {
                break;
            }
            bytes += next;
            taken.extend(inner.records.pop_front());
        }
        inner.bytes -= bytes;
        if taken.is_empty() { Taken::Nothing } else { Taken::Records(taken) }
    }

    fn wait<'a>(
        &'a self,
        mut inner: MutexGuard<'a, Inner>,
        patience: Duration,
        is_enough: impl Fn(&Inner) -> bool,
    ) -> MutexGuard<'a, Inner> {
        let deadline = Instant::now() + patience;
        inner.worker_waits = true;
        while !is_enough(&inner) && !self.is_stopped() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.changed.wait_for(&mut inner, left);
        }
        inner.worker_waits = false;
        inner
    }

    /// Tells the worker that it is over.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _inner = self.inner();
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Sleeps; says whether it was told to stop.
    pub(super) fn sleep(&self, time: Duration) -> bool {
        let inner = self.inner();
        drop(self.wait(inner, time, |_| false));
        self.is_stopped()
    }

    /// The worker says that nothing of the partition is in flight any more.
    pub(super) fn over(&self) {
        let mut inner = self.inner();
        inner.is_over = true;
        inner.records.clear();
        inner.bytes = 0;
        self.changed.notify_all();
    }

    /// Waits until the worker has said so; `false` when it did not in time.
    pub(super) fn wait_until_over(&self, deadline: Instant) -> bool {
        let mut inner = self.inner();
        while !inner.is_over {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.changed.wait_for(&mut inner, left);
        }
        true
    }
}

fn cost(record: &InputRecord) -> usize {
    let headers: usize =
        record.headers.iter().map(|header| 64 + header.key.len() + header.value.as_ref().map_or(0, Bytes::len)).sum();
    RECORD_OVERHEAD + record.key.as_ref().map_or(0, Bytes::len) + record.value.as_ref().map_or(0, Bytes::len) + headers
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::codec::record::{Position, Topic};
    use crate::domain::time::Timestamp;

    fn record(offset: i64, bytes: usize) -> InputRecord {
        InputRecord {
            topic: Topic::Commands,
            position: Position { topic: Arc::from("commands"), partition: 0, offset },
            timestamp: Timestamp::default(),
            key: None,
            value: Some(vec![0; bytes].into()),
            headers: Vec::new(),
        }
    }

    fn take(lease: &Lease, records_max: usize, bytes_max: usize) -> Vec<i64> {
        match lease.take(TakeLimits { records_max, bytes_max }, Duration::ZERO, Duration::ZERO) {
            Taken::Records(records) => records.iter().map(|record| record.position.offset).collect(),
            Taken::Nothing => vec![],
            Taken::Stopped => vec![-1],
        }
    }

    #[test]
    fn takes_what_is_ready_up_to_the_bounds_and_the_first_always() {
        let lease = Lease::new(0, 1);
        assert_eq!(take(&lease, 10, 1000), Vec::<i64>::new());
        for offset in 0..5 {
            lease.push(record(offset, 100));
        }
        assert_eq!(take(&lease, 2, 1 << 20), [0, 1], "bounded by records");
        assert_eq!(take(&lease, 10, 900), [2, 3], "bounded by bytes");
        assert_eq!(take(&lease, 10, 1), [4], "the first counts whatever its size");
        assert_eq!(lease.bytes(), 0);
    }

    #[test]
    fn a_stop_ends_the_waiting_and_is_answered_at_once() {
        let lease = Arc::new(Lease::new(0, 1));
        let worker = std::thread::spawn({
            let lease = Arc::clone(&lease);
            move || {
                let limits = TakeLimits { records_max: 1, bytes_max: 1 };
                let stopped = matches!(lease.take(limits, Duration::from_secs(60), Duration::ZERO), Taken::Stopped);
                lease.over();
                stopped
            }
        });
        assert!(!lease.wait_until_over(Instant::now() + Duration::from_millis(50)));
        lease.stop();
        assert!(lease.wait_until_over(Instant::now() + Duration::from_secs(10)));
        assert!(worker.join().unwrap());
    }
}
