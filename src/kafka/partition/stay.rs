//! A partition's stay at this instance, and how it ends: whoever works on the partition holds it.

use std::any::Any;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::error::PartitionError;
use crate::kafka::instance::Instance;
use crate::kafka::lease::Lease;
use crate::kafka::partitions_added::PartitionsAdded;
use crate::kafka::phase::Phase;
use crate::store::rocks::PartitionStore;
use crate::store::{Positions, Remedy};

/// What the polling thread is told.
pub(in crate::kafka) enum Event {
    /// The partition is restored: fetch its inputs from here on.
    Ready {
        /// Whose stay.
        lease: Arc<Lease>,
        /// Where each input goes on.
        positions: Positions,
    },
    /// Nobody works on the partition any more, although it was not taken away.
    Failed {
        /// Whose stay.
        lease: Arc<Lease>,
    },
    /// Partitions were added to the topics: nothing may go on.
    PartitionsAdded(PartitionsAdded),
}

/// A partition's stay at this instance. Dropped before it was ended, it ends as after a panic.
pub(in crate::kafka) struct Stay {
    pub(in crate::kafka) instance: Arc<Instance>,
    pub(in crate::kafka) lease: Arc<Lease>,
    events: Sender<Event>,
    is_ended: bool,
}

impl Stay {
    /// A stay that begins.
    pub(in crate::kafka) fn new(instance: Arc<Instance>, lease: Arc<Lease>, events: Sender<Event>) -> Self {
        Self { instance, lease, events, is_ended: false }
    }

    /// Says where in its life the partition is.
    pub(in crate::kafka) fn advance(&self, next: Phase) {
        self.instance.status.advance(self.lease.partition, self.lease.epoch, next);
    }

    /// Tells the polling thread. Nobody listens any more when the instance stops.
    pub(in crate::kafka) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Ends it. Nothing of the partition is in flight, and nobody has its store open.
    pub(in crate::kafka) fn end(mut self, outcome: Result<(), PartitionError>) {
        self.close(outcome);
    }

    fn close(&mut self, outcome: Result<(), PartitionError>) {
        if std::mem::replace(&mut self.is_ended, true) {
            return;
        }
        let partition = self.lease.partition;
        match &outcome {
            Err(trouble) if !self.lease.is_stopped() => self.advance(Phase::Failing(trouble.to_string())),
            Ok(()) | Err(_) => self.advance(Phase::Revoked),
        }
        if let Err(trouble) = &outcome
            && trouble.remedy() == Remedy::Rebuild
            && let Err(error) = PartitionStore::delete(&self.instance.config.state_dir, partition)
        {
            tracing::error!(partition, %error, "the local copy cannot be deleted");
        }
        self.lease.over();
        match outcome {
            Err(PartitionError::PartitionsAdded(added)) => self.tell(Event::PartitionsAdded(added)),
            Err(_) if !self.lease.is_stopped() => self.tell(Event::Failed { lease: Arc::clone(&self.lease) }),
            Ok(()) | Err(_) => {}
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.close(Err(PartitionError::Panic("its worker ended without a word".to_owned())));
    }
}

/// A panic as an error of the partition it happened at.
pub(in crate::kafka) fn panicked(panic: &(dyn Any + Send)) -> PartitionError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    PartitionError::Panic(text.unwrap_or_else(|| "no message".to_owned()))
}
