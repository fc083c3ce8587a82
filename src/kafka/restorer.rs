//! The thread that restores one partition and hands it to its worker.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::group::Member;
use super::instance::RestorePermit;
use super::partition::Partition;
use super::partition::restore::{Restore, Restored};
use super::partition::stay::{Stay, panicked};
use super::worker::Door;

/// Starts the thread. When there is none to be had the stay ends.
pub(super) fn spawn(
    stay: Stay,
    consumer: Arc<Member>,
    worker: Arc<Door>,
    permit: RestorePermit,
) -> std::io::Result<()> {
    let name = format!("restore-{}", stay.lease.partition);
    let thread = std::thread::Builder::new().name(name);
    thread.spawn(move || {
        restore(stay, &consumer, &worker);
        drop(permit);
    })?;
    Ok(())
}

fn restore(stay: Stay, consumer: &Member, worker: &Door) {
    let restore = Restore { instance: &stay.instance, consumer, lease: &stay.lease };
    let outcome = catch_unwind(AssertUnwindSafe(|| restore.run())).unwrap_or_else(|panic| Err(panicked(&*panic)));
    match outcome {
        Ok(Some(Restored { store, positions })) => worker.hand_over(Partition::new(stay, store, positions)),
        Ok(None) => stay.end(Ok(())),
        Err(error) => stay.end(Err(error)),
    }
}
