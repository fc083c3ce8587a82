//! Why a partition cannot go on, named by what helps.

use rdkafka::error::KafkaError;

use super::commit::CommitError;
use super::transaction::TransactionError;
use crate::engine::EngineError;
use crate::kafka::client::reader::ReadError;
use crate::kafka::partitions_added::PartitionsAdded;
use crate::store::{self, StoreError};

/// What helps against trouble.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Help {
    /// A new worker: new producer, committed offsets, restore.
    Again,
    /// The same, without the local copy.
    Rebuild,
}

/// Why a partition cannot go on. It is tried again for ever, with longer and longer pauses; its neighbours go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartitionError {
    /// The producer is of no use any more.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// A batch could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
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
    #[error("the worker panicked: {0}")]
    Panic(String),
}

impl PartitionError {
    pub(super) fn help(&self) -> Help {
        let by_store = |error: &StoreError| match error.remedy() {
            store::Remedy::Restore => Help::Rebuild,
            // The folder may still be held by a worker of ours that is about to end.
            store::Remedy::Stop | store::Remedy::Retry => Help::Again,
        };
        match self {
            PartitionError::Store(error)
            | PartitionError::Commit(CommitError::Unwritten(error))
            | PartitionError::Engine(EngineError::Store(error)) => by_store(error),
            PartitionError::Engine(EngineError::Row { .. }) => Help::Rebuild,
            PartitionError::Transaction(_)
            | PartitionError::Commit(_)
            | PartitionError::Read(_)
            | PartitionError::Topic { .. }
            | PartitionError::Client { .. }
            | PartitionError::BeyondEnd { .. }
            | PartitionError::NoMember
            | PartitionError::PartitionsAdded(_)
            | PartitionError::Panic(_) => Help::Again,
        }
    }
}
