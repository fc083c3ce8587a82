//! What the threads of one instance share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::client::reader::Watermarks;
use super::config::Config;
use super::lease::Lease;
use super::status::Status;
use crate::domain::time::Timestamp;
use crate::engine;
use crate::store::{Positions, Retention, rocks};

/// What the threads of one instance share.
pub(super) struct Instance {
    pub(super) config: Config,
    pub(super) engine: Arc<engine::Context>,
    pub(super) stores: Arc<rocks::Shared>,
    pub(super) retention: Retention,
    pub(super) status: Arc<Status>,
    pub(super) watermarks: Watermarks,
    pub(super) restore_permits: RestorePermits,
    /// How long the topics of the state show that a key was deleted, ms.
    pub(super) delete_retention_ms: i64,
    pub(super) progress: Mutex<BTreeMap<i32, Done>>,
}

/// How far a partition is: its next offsets, and the timestamp of the last record.
pub(super) type Done = (Positions, Option<Timestamp>);

impl Instance {
    /// The transactional id of a partition: the same on every instance, so that a new owner fences the last one.
    pub(super) fn transactional_id(&self, partition: i32) -> String {
        format!("{}-{partition}", self.config.client.group())
    }

    /// Notes how far a partition is, for the lag.
    pub(super) fn note(&self, partition: i32, offsets: &Positions, newest: Option<Timestamp>) {
        let mut progress = self.progress.lock();
        progress.insert(partition, (offsets.clone(), newest));
    }

    /// How far the partitions are.
    pub(super) fn progress(&self) -> BTreeMap<i32, Done> {
        self.progress.lock().clone()
    }

    /// A pause in which a live owner would have said that it lives.
    pub(super) fn two_heartbeats(&self) -> Duration {
        Duration::from_millis(2 * self.config.client.heartbeat_interval_ms())
    }

    /// How long a transaction may stay open.
    pub(super) fn transaction_timeout(&self) -> Duration {
        Duration::from_millis(self.config.client.transaction_timeout_ms())
    }
}

/// How many partitions restore at once: each has a client with a queue of its own.
const RESTORING_MAX: usize = 4;

/// Permits to restore.
pub(super) struct RestorePermits {
    free: Mutex<usize>,
    changed: Condvar,
}

impl Default for RestorePermits {
    fn default() -> Self {
        Self { free: Mutex::new(RESTORING_MAX), changed: Condvar::new() }
    }
}

/// A permit, given back when dropped.
pub(super) struct RestorePermit<'a>(&'a RestorePermits);

impl RestorePermits {
    /// Waits for a permit; none when the partition is taken away before.
    pub(super) fn acquire(&self, lease: &Lease) -> Option<RestorePermit<'_>> {
        let mut free = self.free.lock();
        while *free == 0 {
            if lease.is_stopped() {
                return None;
            }
            let tick = Duration::from_millis(50);
            self.changed.wait_for(&mut free, tick);
        }
        *free -= 1;
        Some(RestorePermit(self))
    }
}

impl Drop for RestorePermit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.changed.notify_one();
    }
}
