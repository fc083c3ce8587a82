//! What an instance is doing, for `/readyz`, `/livez` and the terminal.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::reader::Progress;

/// Where in its life a partition is on this instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It was given to us and waits for its turn, or for the last owner's transaction.
    Assigned,
    /// Its state is being read from the topics.
    Restoring(Progress),
    /// It works.
    Running,
    /// Something is broken; it is tried again. The text says what.
    Failing(String),
    /// It was taken away and finishes what it has begun.
    Revoked,
}

#[derive(Default)]
struct Inner {
    joined: bool,
    stopping: bool,
    partitions: BTreeMap<i32, Phase>,
}

/// The status of an instance, shared between the processor and whoever asks.
#[derive(Default)]
pub struct Status(Mutex<Inner>);

impl Status {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the instance is in the group and every partition it owns is restored.
    pub fn is_ready(&self) -> bool {
        let inner = self.inner();
        inner.joined && !inner.stopping && inner.partitions.values().all(|phase| *phase == Phase::Running)
    }

    /// The partitions of this instance.
    pub fn partitions(&self) -> BTreeMap<i32, Phase> {
        self.inner().partitions.clone()
    }

    pub(super) fn joined(&self) {
        self.inner().joined = true;
    }

    pub(super) fn stopping(&self) {
        self.inner().stopping = true;
    }

    pub(super) fn set(&self, partition: i32, phase: Phase) {
        self.inner().partitions.insert(partition, phase);
    }

    pub(super) fn remove(&self, partition: i32) {
        self.inner().partitions.remove(&partition);
    }
}
