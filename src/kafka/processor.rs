//! The processor: one instance of the group, until it is told to stop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use rdkafka::error::KafkaError;

use super::consumer::Poller;
use super::grown::{self, Grown};
use super::instance::{Instance, Turns};
use super::lag;
use super::reader::{ReadError, Watermarks};
use super::settings::ClientSettings;
use super::status::Status;
use super::topics::{self, Names, TopicsError};
use crate::engine;
use crate::store::{Retention, rocks};

/// What one instance needs to know besides the rules of the business.
#[derive(Clone, Debug)]
pub struct Config {
    /// The client's properties.
    pub client: ClientSettings,
    /// The topics' names.
    pub topics: Names,
    /// The folder of the local copies of the state, one sub-folder a partition.
    pub state_dir: PathBuf,
    /// The bounds of a batch.
    pub batch: BatchLimits,
}

/// The bounds of a batch: what is ready is taken up to these; the first record always counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Records.
    pub records_max: usize,
    /// Bytes of keys, values and headers.
    pub bytes_max: usize,
    /// How long a batch should take from its first record to its commit; batches shrink when they take longer.
    pub duration_ms_max: u64,
    /// Bytes that may wait in memory, shared by the partitions of the instance; above its share a partition pauses.
    pub queue_bytes_max: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { records_max: 4_000, bytes_max: 2 << 20, duration_ms_max: 500, queue_bytes_max: 24 << 20 }
    }
}

/// Why an instance cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The topics are not as they must be.
    #[error(transparent)]
    Topics(Box<TopicsError>),
    /// The number of partitions is part of what decides: it cannot change.
    #[error("the topics have {found} partitions, this instance was made for {expected}")]
    Partitions {
        /// What the topics have.
        found: i32,
        /// What the rules were made for.
        expected: i32,
    },
    /// Partitions were added to all topics alike.
    #[error(transparent)]
    Grown(#[from] Grown),
    /// The client refuses.
    #[error("the client cannot be made or closed: {0}")]
    Client(KafkaError),
    /// Watermarks cannot be asked for.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The group does not want this instance any more.
    #[error("the group refuses this instance for good: {0}; is `group.instance.id` used twice?")]
    Refused(KafkaError),
    /// The databases cannot be set up.
    #[error("the state cannot be kept in {dir}: {cause}")]
    State {
        /// The folder.
        dir: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// The consumer did not close in time. Nothing is lost: the group finds out by its session.
    #[error("the consumer did not close in time")]
    NotClosed,
}

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
    announce(&config, &checked);
    let state = |cause: String| RunError::State { dir: config.state_dir.clone(), cause };
    std::fs::create_dir_all(&config.state_dir).map_err(|error| state(error.to_string()))?;
    let stores = rocks::Shared::new(rocks::Limits::default()).map_err(state)?;
    let instance = Arc::new(Instance {
        retention: Retention::of(&context.settings),
        watermarks: Watermarks::new(&config.client)?,
        engine: context,
        stores: Arc::new(stores),
        status,
        turns: Turns::default(),
        delete_retention_ms: checked.delete_retention_ms,
        progress: Mutex::new(BTreeMap::new()),
        config,
    });
    grown::check(&instance)?;
    let poller = Poller::new(Arc::clone(&instance)).map_err(RunError::Client)?;
    lag::spawn(&instance);
    let outcome = poller.run(shutdown);
    instance.status.stopping();
    tracing::info!("stopping");
    let closed = poller.close();
    outcome.and(closed)
}

/// Says the numbers aloud, and warns of those that will hurt.
fn announce(config: &Config, checked: &topics::Checked) {
    let client = &config.client;
    tracing::info!(
        brokers = client.brokers(),
        group = client.group(),
        partitions = checked.partitions,
        session_ms = client.session_timeout_ms(),
        heartbeat_ms = client.heartbeat_interval_ms(),
        transaction_ms = client.transaction_timeout_ms(),
        static_member = client.is_static_member(),
        "kafka"
    );
    for (_, name) in config.topics.inputs() {
        tracing::info!(topic = &**name, "input");
    }
    tracing::info!(
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
