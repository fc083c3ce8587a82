//! What an instance is doing, for `/readyz`, `/livez` and the terminal.

use std::collections::BTreeMap;

use parking_lot::{Mutex, MutexGuard};

use super::phase::Phase;

#[derive(Default)]
struct Inner {
    joined: bool,
    stopping: bool,
    partitions: BTreeMap<i32, (u64, Phase)>,
}

/// The status of an instance, shared between the processor and whoever asks.
#[derive(Default)]
pub struct Status(Mutex<Inner>);

impl Status {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock()
    }

    /// Whether the instance is in the group and every partition it owns is restored.
    pub fn is_ready(&self) -> bool {
        let inner = self.inner();
        inner.joined && !inner.stopping && inner.partitions.values().all(|(_, phase)| *phase == Phase::Running)
    }

    /// The partitions of this instance.
    pub fn partitions(&self) -> BTreeMap<i32, Phase> {
        self.inner().partitions.iter().map(|(partition, (_, phase))| (*partition, phase.clone())).collect()
    }

    pub(super) fn joined(&self) {
        self.inner().joined = true;
    }

    pub(super) fn stopping(&self) {
        self.inner().stopping = true;
    }

    /// A partition's stay begins.
    pub(super) fn assigned(&self, partition: i32, epoch: u64) {
        tracing::info!(partition, epoch, "partition is assigned");
        self.inner().partitions.insert(partition, (epoch, Phase::Assigned));
    }

    /// A partition's stay goes on. What a worker of an older stay says is ignored.
    pub(super) fn advance(&self, partition: i32, epoch: u64, next: Phase) {
        let mut inner = self.inner();
        let Some((current, phase)) = inner.partitions.get_mut(&partition) else { return };
        if *current != epoch || *phase == Phase::Revoked {
            // An older stay, or a worker that has not heard yet that its own is over.
            return;
        }
        if !phase.may_become(&next) {
            tracing::error!(partition, epoch, from = %phase, to = %next, "a partition may not go this way");
            return;
        }
        if phase.name() != next.name() {
            match &next {
                Phase::Failing(reason) => tracing::error!(partition, epoch, reason, "partition is failing"),
                Phase::Assigned | Phase::Restoring(_) | Phase::Running | Phase::Revoked => {
                    tracing::info!(partition, epoch, from = phase.name(), to = next.name(), "partition");
                }
            }
        }
        *phase = next;
    }

    /// A partition's stay is over.
    pub(super) fn gone(&self, partition: i32, epoch: u64) {
        let mut inner = self.inner();
        if inner.partitions.get(&partition).is_some_and(|(current, _)| *current == epoch) {
            inner.partitions.remove(&partition);
            tracing::info!(partition, epoch, "partition is gone");
        }
    }
}
