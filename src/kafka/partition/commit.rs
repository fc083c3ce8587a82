//! The commit of one batch, as one function with numbered steps.
//!
//! | Crash after | Committed offsets | RocksDB | The next owner |
//! |---|---|---|---|
//! | 1 begin, 2 produce, 3 flush, 4 token | before the batch | before | aborts what is open, runs the batch again |
//! | 5 offsets | pending | before | ends the transaction first, then as above |
//! | 6 commit | behind the batch, or before it when no verdict was seen | before | rolls forward from the topics, or as above |
//! | 7 write | behind the batch | as Kafka | reads from the positions that were flushed |
//! | 8 release | behind the batch | as Kafka | goes on |
//!
//! docs/commit.md has the reasons and the test that proves each row.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::Partition;
use super::faults::Faults;
use super::transaction::{Producer, Token, TransactionError, until};
use crate::codec::record::OutputRecord;
use crate::engine::restore;
use crate::kafka::client::topics::Names;
use crate::store::{Changes, Positions, Remedy, Store, StoreError};

/// What a commit works with.
pub(super) struct Commit<'a, C: ConsumerContext> {
    pub(super) producer: &'a Producer,
    pub(super) consumer: &'a BaseConsumer<C>,
    pub(super) names: &'a Names,
    pub(super) group: &'a str,
    pub(super) faults: &'a Faults,
    /// How long a transaction may stay open.
    pub(super) patience: Duration,
}

/// Why a batch is not committed, or not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    /// A call of the transaction failed; its remedy is inside.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The group does not know this instance now: abort, and look whether the partition is taken away.
    #[error("no member of the group now (generation {generation}, member {member:?})")]
    NoMember {
        /// What the client has for a generation.
        generation: i32,
        /// And for a member id.
        member: String,
    },
    /// The partition was taken away: abort.
    #[error("the partition was taken away")]
    Revoked,
    /// Committed in Kafka, but not written: RocksDB is behind and must be restored.
    #[error("committed, but not written to RocksDB: {0}")]
    Unwritten(#[from] StoreError),
}

impl CommitError {
    /// What the caller must do with the transaction.
    pub(super) fn remedy(&self) -> Remedy {
        match self {
            CommitError::Transaction(error) if error.remedy == Remedy::Retry => Remedy::Replace,
            CommitError::Transaction(error) => error.remedy,
            CommitError::NoMember { .. } | CommitError::Revoked => Remedy::Abort,
            CommitError::Unwritten(_) => Remedy::Replace,
        }
    }
}

impl<C: ConsumerContext> Commit<'_, C> {
    /// Commits one batch: outputs and offsets in one transaction, then rows and positions in one write.
    pub(super) fn run(
        &self,
        partition: &mut Partition,
        outputs: &[OutputRecord],
        changes: &mut Changes,
    ) -> Result<(), CommitError> {
        let (deadline, has_records) = (Instant::now() + self.patience, !outputs.is_empty());
        // 1. Begin.
        self.step(1, has_records, || self.producer.begin())?;
        // 2. Produce.
        self.step(2, has_records, || self.produce(outputs))?;
        // 3. Flush: every delivery report is good.
        self.step(3, has_records, || self.producer.flush(self.patience))?;
        // 4. The token first, then the look for a revoke: see docs/commit.md.
        let token = self.step(4, has_records, || self.token_unless_revoked(partition))?;
        // 5. The offsets of all inputs, with that token.
        self.step(5, has_records, || self.send_offsets(partition, &token, has_records, deadline))?;
        // 6. Commit, to a verdict.
        self.step(6, has_records, || until(deadline, |left| self.producer.commit(left)))?;
        // 7. One write: rows, input positions, and the positions behind the state records just delivered.
        self.step(7, has_records, || self.write(partition, changes))?;
        // 8. What waits on the commit is released by the caller.
        Ok(())
    }

    /// One step; a test may end the process after it.
    fn step<T, E>(&self, number: u32, has_records: bool, step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let done = step()?;
        if has_records {
            self.faults.after(number);
        }
        Ok(done)
    }

    fn produce(&self, outputs: &[OutputRecord]) -> Result<(), TransactionError> {
        outputs.iter().try_for_each(|output| self.producer.send(self.names, output, self.patience))
    }

    fn token_unless_revoked(&self, partition: &Partition) -> Result<Token, CommitError> {
        let token = self.faults.token(self.group, || self.token())?;
        if self.faults.is_stopped(&partition.lease) { Err(CommitError::Revoked) } else { Ok(token) }
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
        partition: &Partition,
        token: &Token,
        has_records: bool,
        deadline: Instant,
    ) -> Result<(), TransactionError> {
        let send = || {
            let list = list_of(partition.number(), &partition.positions)?;
            until(deadline, |left| self.producer.send_offsets(&list, token, left))
        };
        if has_records { self.faults.offsets(send) } else { send() }
    }

    fn write(&self, partition: &mut Partition, changes: &mut Changes) -> Result<(), StoreError> {
        changes.positions = partition.positions.iter().map(|(name, next)| (Arc::clone(name), *next)).collect();
        let delivered = self.producer.delivered().filter(|(topic, _)| restore::TOPICS.contains(topic));
        changes.positions.extend(delivered.map(|(topic, next)| (Arc::clone(self.names.name(topic)), next)));
        partition.store.write(changes)
    }
}

fn list_of(partition: i32, positions: &Positions) -> Result<TopicPartitionList, TransactionError> {
    let mut list = TopicPartitionList::with_capacity(positions.len());
    for (name, next) in positions {
        list.add_partition_offset(name, partition, Offset::Offset(*next)).map_err(|error: KafkaError| {
            TransactionError {
                call: "offsets",
                remedy: Remedy::Abort,
                code: error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::InvalidArgument),
                text: error.to_string(),
            }
        })?;
    }
    Ok(list)
}
