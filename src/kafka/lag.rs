//! How far behind the inputs this instance is, asked every few seconds from a thread of its own.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::instance::Instance;
use super::phase::Phase;
use crate::metrics;

const EVERY: Duration = Duration::from_secs(5);

/// Starts the thread; it ends with the instance.
pub(super) fn spawn(instance: &Arc<Instance>) {
    let weak = Arc::downgrade(instance);
    let thread = std::thread::Builder::new().name("lag".to_owned()).spawn(move || watch(&weak));
    if let Err(error) = thread {
        tracing::warn!(%error, "no thread to watch the lag");
    }
}

fn watch(instance: &Weak<Instance>) {
    loop {
        std::thread::sleep(EVERY);
        let Some(instance) = instance.upgrade() else { return };
        let running: Vec<i32> = instance
            .status
            .partitions()
            .into_iter()
            .filter_map(|(partition, phase)| (phase == Phase::Running).then_some(partition))
            .collect();
        let progress = instance.progress();
        let group = instance.config.client.group();
        metrics::forget_lag();
        for (partition, (offsets, newest)) in progress.iter().filter(|(partition, _)| running.contains(partition)) {
            for (topic, next) in offsets {
                let Ok((_, high)) = instance.watermarks.of(topic, *partition) else { continue };
                let lag = (high - next).max(0);
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
                let seconds = match newest {
                    // The marker of a transaction counts as an offset: up to one is nothing to wait for.
                    Some(newest) if lag > 1 => {
                        (now - Duration::from_millis(newest.millis().unsigned_abs()).as_secs_f64()).max(0.0)
                    }
                    Some(_) | None => 0.0,
                };
                metrics::lag(group, topic, *partition, lag, seconds);
            }
        }
    }
}
