//! What an instance is doing, for `/readyz`, `/livez` and the terminal.

use std::collections::BTreeMap;

use parking_lot::{Mutex, MutexGuard};

use super::phase::Phase;
use super::standstill::Standstill;

#[derive(Default)]
struct Inner {
    joined: bool,
    stopping: bool,
    partitions: BTreeMap<i32, (u64, Phase)>,
    standstills: BTreeMap<i32, Vec<Standstill>>,
}

/// The status of an instance, shared between the processor and whoever asks.
#[derive(Default)]
pub struct Status(Mutex<Inner>);

impl Status {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock()
    }

    /// Whether the instance is in the group, every partition it owns is restored, and no input needs help to go on.
    pub fn is_ready(&self) -> bool {
        let inner = self.inner();
        let needs_help = inner.standstills.values().flatten().any(Standstill::needs_help);
        let are_running = inner.partitions.values().all(|(_, phase)| *phase == Phase::Running);
        inner.joined && !inner.stopping && are_running && !needs_help
    }

    /// The inputs of a partition that stand still.
    pub fn standstills(&self, partition: i32) -> Vec<Standstill> {
        self.inner().standstills.get(&partition).cloned().unwrap_or_default()
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
        let mut inner = self.inner();
        inner.standstills.remove(&partition);
        inner.partitions.insert(partition, (epoch, Phase::Assigned));
    }

    /// These inputs of a partition stand still, no others.
    pub(super) fn stands_still(&self, partition: i32, epoch: u64, found: Vec<Standstill>) {
        let mut inner = self.inner();
        if inner.partitions.get(&partition).is_some_and(|(current, _)| *current == epoch) {
            inner.standstills.insert(partition, found);
        }
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
            inner.standstills.remove(&partition);
            tracing::info!(partition, epoch, "partition is gone");
        }
    }
}
