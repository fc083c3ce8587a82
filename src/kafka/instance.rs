//! What the threads of one instance share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::client::reader::Watermarks;
use super::config::Config;
use super::lease::Lease;
use super::owner::Owner;
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
    pub(super) restore_permits: Arc<RestorePermits>,
    /// The beginning of the names of this process's workers: the group's name, and what no other process has.
    pub(super) process: String,
    /// Of dead workers of other processes, whether their transactions were ended; locked while that is done.
    pub(super) ended_workers: Mutex<BTreeMap<String, Arc<Mutex<bool>>>>,
    /// How long the topics of the state show that a key was deleted, ms.
    pub(super) delete_retention_ms: i64,
    pub(super) progress: Mutex<BTreeMap<i32, Done>>,
}

/// How far a partition is: the epoch of its stay, its next offsets, and the timestamp of the last record.
pub(super) type Done = (u64, Positions, Option<Timestamp>);

impl Instance {
    /// Whether an owner is a worker of this process.
    pub(super) fn is_own(&self, owner: &Owner) -> bool {
        owner.worker.starts_with(&self.process)
    }

    /// Notes how far a partition is, for the lag.
    pub(super) fn note(&self, lease: &Lease, offsets: &Positions, newest: Option<Timestamp>) {
        self.progress.lock().insert(lease.partition, (lease.epoch, offsets.clone(), newest));
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

/// How many partitions restore at once: each has a thread, and a client with a queue of its own.
const RESTORING_MAX: usize = 4;

/// Permits to restore.
pub(super) struct RestorePermits(Mutex<usize>);

impl Default for RestorePermits {
    fn default() -> Self {
        Self(Mutex::new(RESTORING_MAX))
    }
}

/// A permit, given back when dropped.
pub(super) struct RestorePermit(Arc<RestorePermits>);

impl RestorePermits {
    /// A permit, if one is free.
    pub(super) fn take(self: &Arc<Self>) -> Option<RestorePermit> {
        let mut free = self.0.lock();
        *free = free.checked_sub(1)?;
        Some(RestorePermit(Arc::clone(self)))
    }
}

impl Drop for RestorePermit {
    fn drop(&mut self) {
        *self.0.0.lock() += 1;
    }
}
