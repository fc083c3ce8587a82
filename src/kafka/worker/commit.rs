//! The commit of what several partitions decided, as one function with numbered steps.
//!
//! | Crash after | Committed offsets | RocksDB | The next owner of each of the partitions |
//! |---|---|---|---|
//! | 1 begin, 2 produce, 3 flush, 4 token | before the batches | before | ends what is open, runs its batch again |
//! | 5 offsets | pending | before | ends the transaction first, then as above |
//! | 6 commit | behind the batches, or before them when no verdict was seen | before | rolls forward from the topics, or as above |
//! | 7 write, of some or of all | behind the batches | as Kafka, or before | reads from the positions that were flushed |
//! | 8 release | behind the batches | as Kafka | goes on |
//!
//! docs/commit.md has the reasons and the test that proves each row.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::faults::Faults;
use crate::domain::time::Timestamp;
use crate::engine::{Batch, restore};
use crate::kafka::client::topics::Names;
use crate::kafka::client::transaction::{Producer, Token, TransactionError, until};
use crate::kafka::owner::Owner;
use crate::kafka::partition::Partition;
use crate::kafka::partition::error::PartitionError;
use crate::store::{Remedy, Store, StoreError};

/// What one partition has in a transaction.
pub(super) struct Share {
    pub(super) partition: Partition,
    pub(super) batch: Batch,
    /// How many records were decided, and how long that took.
    pub(super) taken: usize,
    pub(super) decided: Duration,
    /// The time of the newest of them.
    pub(super) newest: Option<Timestamp>,
}

impl Share {
    /// Nothing but the offsets of a partition.
    pub(super) fn of_offsets(partition: Partition) -> Self {
        Self { partition, batch: Batch::default(), taken: 0, decided: Duration::ZERO, newest: None }
    }
}

/// What a commit works with.
pub(super) struct Commit<'a, C: ConsumerContext> {
    pub(super) producer: &'a Producer,
    pub(super) consumer: &'a BaseConsumer<C>,
    pub(super) names: &'a Names,
    pub(super) group: &'a str,
    pub(super) faults: &'a Faults,
    /// The name that stands in the offsets.
    pub(super) worker: &'a str,
    /// How long a transaction may stay open.
    pub(super) patience: Duration,
}

/// Why shares are not committed.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum CommitError {
    /// A call of the transaction failed; its remedy is inside.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The group does not know this instance now: abort, and look whether partitions are taken away.
    #[error("no member of the group now (generation {generation}, member {member:?})")]
    NoMember {
        /// What the client has for a generation.
        generation: i32,
        /// And for a member id.
        member: String,
    },
    /// One of the partitions was taken away: abort, and go on without it.
    #[error("partition {0} was taken away")]
    Revoked(i32),
}

impl CommitError {
    /// What the caller must do with the transaction.
    pub(super) fn remedy(&self) -> Remedy {
        match self {
            CommitError::Transaction(error) if error.remedy == Remedy::Retry => Remedy::Replace,
            CommitError::Transaction(error) => error.remedy,
            CommitError::NoMember { .. } | CommitError::Revoked(_) => Remedy::Abort,
        }
    }

    /// The error when it is about a record of one of the shares, and not about all of them.
    pub(super) fn of_a_record(&self) -> Option<&TransactionError> {
        match self {
            CommitError::Transaction(error) if error.is_about_a_record() => Some(error),
            CommitError::Transaction(_) | CommitError::NoMember { .. } | CommitError::Revoked(_) => None,
        }
    }
}

impl From<CommitError> for PartitionError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Transaction(error) => error.into(),
            CommitError::NoMember { .. } | CommitError::Revoked(_) => PartitionError::NoMember,
        }
    }
}

impl<C: ConsumerContext> Commit<'_, C> {
    /// Commits shares: the outputs and offsets of all in one transaction, then rows and positions in one write each. Says
    /// of each whether it was written.
    pub(super) fn run(&self, shares: &mut [Share]) -> Result<Vec<Result<(), StoreError>>, CommitError> {
        let deadline = Instant::now() + self.patience;
        let has_records = shares.iter().any(|share| !share.batch.outputs.is_empty());
        // 1. Begin.
        self.step(1, has_records, || self.producer.begin(shares.len()))?;
        // 2. Produce.
        self.step(2, has_records, || self.produce(shares))?;
        // 3. Flush: every delivery report is good.
        self.step(3, has_records, || self.producer.flush(self.patience))?;
        // 4. The token first, then the look for a revoke: see docs/commit.md.
        let token = self.step(4, has_records, || self.token_unless_revoked(shares))?;
        // 5. The offsets of all inputs of all the partitions, with that token.
        self.step(5, has_records, || self.send_offsets(shares, &token, has_records, deadline))?;
        // 6. Commit, to a verdict.
        self.step(6, has_records, || until(deadline, |left| self.producer.commit(left)))?;
        // 7. One write each: rows, input positions, and the positions behind the state records just delivered.
        let mut written = Vec::with_capacity(shares.len());
        for (number, share) in shares.iter_mut().enumerate() {
            written.push(self.step(7, has_records, || self.write(number, share)));
        }
        // 8. What waits on the commit is released by the caller.
        Ok(written)
    }

    /// One step; a test may end the process after it.
    fn step<T, E>(&self, number: u32, has_records: bool, step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let done = step()?;
        if has_records {
            self.faults.after(number);
        }
        Ok(done)
    }

    fn produce(&self, shares: &[Share]) -> Result<(), TransactionError> {
        for (number, share) in shares.iter().enumerate() {
            for output in &share.batch.outputs {
                self.producer.send(self.names, number, output, self.patience)?;
            }
        }
        Ok(())
    }

    fn token_unless_revoked(&self, shares: &[Share]) -> Result<Token, CommitError> {
        let token = self.faults.token(self.group, || self.token())?;
        let revoked = shares.iter().find(|share| self.faults.is_stopped(&share.partition.stay.lease));
        revoked.map_or(Ok(token), |share| Err(CommitError::Revoked(share.partition.number())))
    }

    fn token(&self) -> Result<Token, CommitError> {
        match Token::read(self.consumer) {
            Some(token) if token.is_of_a_member() => Ok(token),
            Some(token) => Err(CommitError::NoMember { generation: token.generation, member: token.member.clone() }),
            None => Err(CommitError::NoMember { generation: -1, member: self.group.to_owned() }),
        }
    }

    fn send_offsets(
        &self,
        shares: &[Share],
        token: &Token,
        has_records: bool,
        deadline: Instant,
    ) -> Result<(), TransactionError> {
        let send = || {
            let owner = Owner { worker: self.worker.to_owned(), member: token.member.clone() };
            let list = list_of(shares, &owner).map_err(|error| TransactionError {
                call: "offsets",
                remedy: Remedy::Abort,
                code: error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::InvalidArgument),
                text: error.to_string(),
                share: None,
            })?;
            until(deadline, |left| self.producer.send_offsets(&list, token, left))
        };
        if has_records { self.faults.offsets(send) } else { send() }
    }

    fn write(&self, number: usize, share: &mut Share) -> Result<(), StoreError> {
        let Share { partition, batch, .. } = share;
        let changes = &mut batch.changes;
        changes.positions = partition.positions.iter().map(|(name, next)| (Arc::clone(name), *next)).collect();
        let delivered = self.producer.delivered(number).into_iter();
        let delivered = delivered.filter(|(topic, _)| restore::TOPICS.contains(topic));
        changes.positions.extend(delivered.map(|(topic, next)| (Arc::clone(self.names.name(topic)), next)));
        partition.store.write(changes)
    }
}

/// The offsets of all inputs of all shares, with their owner's name.
fn list_of(shares: &[Share], owner: &Owner) -> Result<TopicPartitionList, KafkaError> {
    let metadata = owner.metadata();
    let mut list = TopicPartitionList::new();
    for Share { partition, .. } in shares {
        for (name, next) in &partition.positions {
            let mut element = list.add_partition(name, partition.number());
            element.set_offset(Offset::Offset(*next))?;
            element.set_metadata(&*metadata);
        }
    }
    Ok(list)
}
