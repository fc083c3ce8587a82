//! How far behind the inputs this instance is, and whether they go on: asked every few seconds from a thread of its own, so
//! that no worker waits for the answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::group::Member;
use super::instance::{Done, Instance};
use super::phase::Phase;
use super::watch::Watch;
use crate::metrics;

const EVERY: Duration = Duration::from_secs(5);

/// Starts the thread; it ends with the instance.
pub(super) fn spawn(instance: &Arc<Instance>, consumer: &Arc<Member>) {
    let (instance, consumer) = (Arc::downgrade(instance), Arc::downgrade(consumer));
    let thread = std::thread::Builder::new().name("lag".to_owned()).spawn(move || watch(&instance, &consumer));
    if let Err(error) = thread {
        tracing::warn!(%error, "no thread to watch the lag");
    }
}

fn watch(instance: &Weak<Instance>, consumer: &Weak<Member>) {
    let mut watches: BTreeMap<(i32, u64), Watch> = BTreeMap::new();
    loop {
        std::thread::sleep(EVERY);
        let (Some(instance), Some(consumer)) = (instance.upgrade(), consumer.upgrade()) else { return };
        let phases = instance.status.partitions();
        let mut progress = instance.progress();
        progress.retain(|partition, _| phases.get(partition) == Some(&Phase::Running));
        metrics::forget_lag();
        for (partition, done) in &progress {
            tell(&instance, *partition, done);
        }
        watches.retain(|(partition, epoch), _| progress.get(partition).is_some_and(|(current, ..)| current == epoch));
        for (partition, (epoch, positions, _)) in progress {
            let watch = watches.entry((partition, epoch)).or_insert_with(|| Watch::new(partition, epoch));
            watch.look(&instance, &consumer, &positions);
        }
    }
}

fn tell(instance: &Instance, partition: i32, (_, offsets, newest): &Done) {
    let group = instance.config.client.group();
    for (topic, next) in offsets {
        let Ok((_, high)) = instance.watermarks.of(topic, partition) else { continue };
        let lag = (high - next).max(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let seconds = match newest {
            // The marker of a transaction counts as an offset: up to one is nothing to wait for.
            Some(newest) if lag > 1 => {
                (now - Duration::from_millis(newest.millis().unsigned_abs()).as_secs_f64()).max(0.0)
            }
            Some(_) | None => 0.0,
        };
        metrics::lag(group, topic, partition, lag, seconds);
    }
}
