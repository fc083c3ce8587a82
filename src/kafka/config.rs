//! What one instance is told besides the rules of the business.

use std::path::PathBuf;

use super::client::settings::ClientSettings;
use super::client::topics::Names;

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

/// How partitions are served, and the bounds of a batch: what is ready is taken up to these; the first record always counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Workers: threads that serve partitions, each with transactions of its own.
    pub workers: usize,
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
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        Self { workers, records_max: 4_000, bytes_max: 2 << 20, duration_ms_max: 500, queue_bytes_max: 24 << 20 }
    }
}
