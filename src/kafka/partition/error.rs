//! Why a partition cannot go on, named by what helps.

use rdkafka::error::KafkaError;

use crate::engine::EngineError;
use crate::kafka::client::reader::ReadError;
use crate::kafka::client::transaction::TransactionError;
use crate::kafka::partitions_added::PartitionsAdded;
use crate::store::{Remedy, StoreError};

/// Why a partition cannot go on. It is tried again for ever, with longer and longer pauses; its neighbours go on.
#[derive(Debug, thiserror::Error)]
pub(in crate::kafka) enum PartitionError {
    /// The producer is of no use any more.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Committed in Kafka, but not written: RocksDB is behind and must be restored.
    #[error("committed, but not written to RocksDB: {0}")]
    Unwritten(StoreError),
    /// State cannot be read from the topics.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The local copy is broken.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A batch cannot be decided.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A record of our own topics cannot be read: a new copy would not be better.
    #[error("state cannot be restored from {place}: {source}")]
    Topic {
        /// Where the record is.
        place: String,
        /// What is wrong with it.
        source: EngineError,
    },
    /// The client refuses.
    #[error("{call}: {source}")]
    Client {
        /// What was asked for.
        call: &'static str,
        /// What it says.
        source: KafkaError,
    },
    /// The topic is not the one the offsets are of.
    #[error("{place}: the committed offset {committed} is beyond the end {end}; was the topic made anew?")]
    BeyondEnd {
        /// The topic and partition.
        place: String,
        /// The group's offset.
        committed: i64,
        /// The topic's end.
        end: i64,
    },
    /// The group does not know us, and has not taken the partition away yet.
    #[error("no member of the group now")]
    NoMember,
    /// Partitions were added to the topics: the instance ends.
    #[error(transparent)]
    PartitionsAdded(#[from] PartitionsAdded),
    /// A fault of ours.
    #[error("a fault of ours: {0}")]
    Panic(String),
}

impl PartitionError {
    /// What helps: a new worker, which is always worth another try, with the local copy or without it.
    pub(in crate::kafka) fn remedy(&self) -> Remedy {
        let needs_rebuild = match self {
            PartitionError::Store(error)
            | PartitionError::Unwritten(error)
            | PartitionError::Engine(EngineError::Store(error)) => error.remedy() == Remedy::Rebuild,
            // What an older release can't read, or what a registry has that is not asked any more, a new copy has too.
            PartitionError::Engine(EngineError::Row { cause, .. }) => !cause.is_of_unknown_schema(),
            PartitionError::Engine(EngineError::Registry(_))
            | PartitionError::Transaction(_)
            | PartitionError::Read(_)
            | PartitionError::Topic { .. }
            | PartitionError::Client { .. }
            | PartitionError::BeyondEnd { .. }
            | PartitionError::NoMember
            | PartitionError::PartitionsAdded(_)
            | PartitionError::Panic(_) => false,
        };
        if needs_rebuild { Remedy::Rebuild } else { Remedy::Replace }
    }
}
