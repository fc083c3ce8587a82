//! What the polling thread and a worker share: the records that wait, and the word that it is over.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};

use crate::codec::record::InputRecord;

/// What one record costs in memory besides its bytes.
const RECORD_OVERHEAD: usize = 320;

/// Wakes a worker that waits for any of its partitions.
#[derive(Default)]
pub(super) struct Bell {
    is_heard: AtomicBool,
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    /// Wakes the worker, if it waits.
    pub(super) fn ring(&self) {
        if self.is_heard.load(Ordering::SeqCst) {
            *self.rung.lock() = true;
            self.changed.notify_all();
        }
    }

    /// Waits until something is there, the bell rings, or the time is over.
    pub(super) fn wait(&self, patience: Duration, is_there: impl Fn() -> bool) {
        // First the ear, then the look: who adds something after the look rings.
        self.is_heard.store(true, Ordering::SeqCst);
        if !is_there() {
            let mut rung = self.rung.lock();
            if !*rung {
                self.changed.wait_for(&mut rung, patience);
            }
        }
        self.is_heard.store(false, Ordering::SeqCst);
        *self.rung.lock() = false;
    }
}

/// The bounds of one take.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakeLimits {
    pub(super) records_max: usize,
    pub(super) bytes_max: usize,
}

/// Who works on a stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Holder {
    /// It waits for its turn.
    #[default]
    Nobody,
    Somebody,
    /// Nobody any more: nothing of it is in flight.
    Over,
}

#[derive(Default)]
struct Inner {
    records: VecDeque<InputRecord>,
    bytes: usize,
    holder: Holder,
}

/// One stay of a partition on this instance. Another stay is another lease, so nothing of the old one can leak into it.
pub(super) struct Lease {
    pub(super) partition: i32,
    /// Counts the stays of this process: what is said about an old one is ignored.
    pub(super) epoch: u64,
    bell: Arc<Bell>,
    stopped: AtomicBool,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Lease {
    pub(super) fn new(partition: i32, epoch: u64, bell: Arc<Bell>) -> Self {
        let (inner, changed) = (Mutex::default(), Condvar::new());
        Self { partition, epoch, bell, stopped: AtomicBool::new(false), inner, changed }
    }

    /// Adds a record; says how many bytes wait now.
    pub(super) fn push(&self, record: InputRecord) -> usize {
        let bytes = {
            let mut inner = self.inner.lock();
            inner.bytes += cost(&record);
            inner.records.push_back(record);
            inner.bytes
        };
        self.bell.ring();
        bytes
    }

    /// How many records wait, and how many bytes.
    pub(super) fn waiting(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.records.len(), inner.bytes)
    }

    /// Takes what is ready, up to the limits; the first record always counts.
    pub(super) fn take(&self, limits: TakeLimits) -> Vec<InputRecord> {
        let mut inner = self.inner.lock();
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
        taken
    }

    /// Somebody begins to work on it; `false` when it was stopped before.
    pub(super) fn hold(&self) -> bool {
        let mut inner = self.inner.lock();
        if inner.holder == Holder::Nobody {
            inner.holder = Holder::Somebody;
        }
        inner.holder == Holder::Somebody
    }

    /// Tells whoever works on it that it is over.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        let mut inner = self.inner.lock();
        if inner.holder == Holder::Nobody {
            inner.holder = Holder::Over;
        }
        self.changed.notify_all();
        drop(inner);
        self.bell.ring();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Sleeps; says whether it was told to stop.
    pub(super) fn sleep(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut inner = self.inner.lock();
        while !self.is_stopped() && !self.changed.wait_until(&mut inner, deadline).timed_out() {}
        self.is_stopped()
    }

    /// Who worked on it says that nothing of the partition is in flight any more.
    pub(super) fn over(&self) {
        let mut inner = self.inner.lock();
        inner.holder = Holder::Over;
        inner.records.clear();
        inner.bytes = 0;
        self.changed.notify_all();
    }

    /// Waits until that was said; `false` when it was not in time.
    pub(super) fn wait_until_over(&self, deadline: Instant) -> bool {
        let mut inner = self.inner.lock();
        while inner.holder != Holder::Over {
            if self.changed.wait_until(&mut inner, deadline).timed_out() {
                return inner.holder == Holder::Over;
            }
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
mod tests {
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
        let taken = lease.take(TakeLimits { records_max, bytes_max });
        taken.iter().map(|record| record.position.offset).collect()
    }

    #[test]
    fn takes_what_is_ready_up_to_the_bounds_and_the_first_always() {
        let lease = Lease::new(0, 1, Arc::default());
        assert_eq!(take(&lease, 10, 1000), Vec::<i64>::new());
        for offset in 0..5 {
            lease.push(record(offset, 100));
        }
        assert_eq!(take(&lease, 2, 1 << 20), [0, 1], "bounded by records");
        assert_eq!(take(&lease, 10, 900), [2, 3], "bounded by bytes");
        assert_eq!(take(&lease, 10, 1), [4], "the first counts whatever its size");
        assert_eq!(lease.waiting(), (0, 0));
    }

    fn push(lease: &Lease) {
        lease.push(record(0, 1));
    }

    #[test]
    fn a_bell_wakes_for_records_and_for_a_stop() {
        let bell = Arc::new(Bell::default());
        let lease = Arc::new(Lease::new(0, 1, Arc::clone(&bell)));
        assert!(lease.hold());
        for ring in [push as fn(&Lease), Lease::stop] {
            let (done, woken) = std::sync::mpsc::channel();
            let waiting = std::thread::spawn({
                let (bell, lease) = (Arc::clone(&bell), Arc::clone(&lease));
                move || {
                    bell.wait(Duration::from_secs(60), || lease.waiting().0 > 0 || lease.is_stopped());
                    done.send(()).unwrap_or_default();
                }
            });
            assert!(woken.recv_timeout(Duration::from_millis(50)).is_err(), "it waits");
            ring(&lease);
            assert_eq!(woken.recv_timeout(Duration::from_secs(10)), Ok(()), "it is woken");
            assert!(waiting.join().is_ok());
            take(&lease, 1, 1);
        }
    }

    #[test]
    fn a_stay_is_over_when_nobody_works_on_it_or_who_did_says_so() {
        let waiting = Lease::new(0, 1, Arc::default());
        waiting.stop();
        assert!(waiting.wait_until_over(Instant::now()), "nobody had begun");
        assert!(!waiting.hold(), "and nobody may begin");

        let held = Lease::new(0, 2, Arc::default());
        assert!(held.hold());
        held.stop();
        assert!(held.sleep(Duration::from_secs(60)), "a sleeper is woken");
        assert!(!held.wait_until_over(Instant::now() + Duration::from_millis(50)));
        held.over();
        assert!(held.wait_until_over(Instant::now()));
    }
}
