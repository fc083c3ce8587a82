//! The processor: one instance of the group, until it is told to stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::client::reader::{OffsetRange, Reader, Watermarks};
use super::client::topics;
use super::config::Config;
use super::error::RunError;
use super::instance::{Instance, RestorePermits};
use super::lag;
use super::partitions_added::{PartitionsAdded, misplaced, number_that_fits, store_of};
use super::poller::Poller;
use super::status::Status;
use crate::codec::record::Topic;
use crate::engine;
use crate::store::{Retention, rocks};

/// Runs one instance until `shutdown` is set; then finishes what it has begun, leaves the group and returns.
pub fn run(
    config: Config,
    context: Arc<engine::Context>,
    shutdown: &AtomicBool,
    status: Arc<Status>,
) -> Result<(), RunError> {
    let checked = topics::check(&config.client, &config.topics).map_err(|error| RunError::Topics(Box::new(error)))?;
    if checked.partitions != context.partitions {
        return Err(RunError::Partitions { found: checked.partitions, expected: context.partitions });
    }
    let process = format!("{}-{}", config.client.group(), uuid::Uuid::new_v4().simple());
    announce(&config, &checked, &process);
    let state = |cause: String| RunError::State { dir: config.state_dir.clone(), cause };
    std::fs::create_dir_all(&config.state_dir).map_err(|error| state(error.to_string()))?;
    let stores = rocks::Shared::new(rocks::Limits::default()).map_err(state)?;
    let instance = Arc::new(Instance {
        retention: Retention::of(&context.settings),
        watermarks: Watermarks::new(&config.client)?,
        engine: context,
        stores: Arc::new(stores),
        status,
        restore_permits: Arc::new(RestorePermits::default()),
        process,
        ended_workers: Mutex::default(),
        delete_retention_ms: checked.delete_retention_ms,
        progress: Mutex::new(BTreeMap::new()),
        config,
    });
    look_for_added_partitions(&instance)?;
    let poller = Poller::new(&instance)?;
    lag::spawn(&instance, poller.member());
    let outcome = poller.run(shutdown);
    instance.status.stopping();
    tracing::info!("stopping");
    let closed = poller.close();
    outcome.and(closed)
}

/// Says the numbers aloud, and warns of those that will hurt.
fn announce(config: &Config, checked: &topics::Checked, process: &str) {
    let client = &config.client;
    tracing::info!(
        brokers = client.brokers(),
        group = client.group(),
        partitions = checked.partitions,
        session_ms = client.session_timeout_ms(),
        heartbeat_ms = client.heartbeat_interval_ms(),
        transaction_ms = client.transaction_timeout_ms(),
        static_member = client.is_static_member(),
        process,
        "kafka"
    );
    for (_, name) in config.topics.inputs() {
        tracing::info!(topic = &**name, "input");
    }
    tracing::info!(
        workers = config.batch.workers,
        batch_records_max = config.batch.records_max,
        batch_bytes_max = config.batch.bytes_max,
        batch_ms_max = config.batch.duration_ms_max,
        queue_bytes_max = config.batch.queue_bytes_max,
        state_dir = %config.state_dir.display(),
        "limits"
    );
    for warning in checked.warnings.iter().chain(&client.warnings()) {
        tracing::warn!("{warning}");
    }
}

/// How much of the documents is looked at before the group is joined: each restore looks at all it reads.
const PEEK_RECORDS: usize = 2_000;
const PEEK_MAX: Duration = Duration::from_secs(2);

/// Looks at some documents before the group is joined, so that no partition begins to work while another finds out.
fn look_for_added_partitions(instance: &Instance) -> Result<(), RunError> {
    let name = instance.config.topics.name(Topic::Documents);
    let mut ranges = Vec::new();
    for partition in 0..instance.engine.partitions {
        let (from, to) = instance.watermarks.of(name, partition)?;
        if from < to {
            ranges.push(OffsetRange { topic: Topic::Documents, name: name.clone(), partition, from, to });
        }
    }
    if ranges.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::of(&instance.config.client, ranges)?;
    let deadline = Instant::now() + PEEK_MAX;
    let mut stores = BTreeMap::new();
    let mut added = None;
    for _ in 0..PEEK_RECORDS {
        match reader.next(Duration::from_millis(20))? {
            Some(record) => {
                added = added.or_else(|| misplaced(&record, instance.engine.partitions));
                stores.extend(store_of(&record).map(|store| (store, record.position.partition)));
            }
            None if reader.is_at_end()? || Instant::now() > deadline => break,
            None => {}
        }
    }
    added.map_or(Ok(()), |added| Err(PartitionsAdded { was: number_that_fits(&stores, added.now), ..added }.into()))
}
