//! Why an instance cannot go on.

use std::path::PathBuf;

use rdkafka::error::KafkaError;

use super::client::reader::ReadError;
use super::client::topics::TopicsError;
use super::partitions_added::PartitionsAdded;

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
    PartitionsAdded(#[from] PartitionsAdded),
    /// The client refuses.
    #[error("the client cannot be made or closed: {0}")]
    Client(KafkaError),
    /// There are no threads to be had.
    #[error("no thread for a worker: {0}")]
    Thread(std::io::Error),
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
