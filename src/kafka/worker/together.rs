//! Committing what several partitions decided: in one transaction, again while that helps, and apart when one of them is
//! at fault.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;

use super::commit::{Commit, CommitError, Share};
use super::faults::Faults;
use crate::kafka::client::transaction::{Producer, until};
use crate::kafka::group::Member;
use crate::kafka::instance::Instance;
use crate::kafka::owner::{PRODUCERS, transactional_ids};
use crate::kafka::partition::error::PartitionError;
use crate::metrics;
use crate::store::{Remedy, StoreError};

/// How long the same shares are tried in new transactions before their partitions begin again.
const ABORTED_MAX: Duration = Duration::from_secs(60);
/// How often shares are tried when one of their records is refused.
const REFUSED_MAX: u32 = 2;
const SAID_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// The producers of a worker, and what they commit with.
pub(super) struct Together {
    instance: Arc<Instance>,
    consumer: Arc<Member>,
    faults: Arc<Faults>,
    name: String,
    /// Those that are ready; all or none.
    producers: Vec<Producer>,
    /// Whose turn it is.
    turn: usize,
    /// Since when producers do not become ready, and when that was said.
    waiting: Option<Instant>,
}

/// What became of shares that were tried together.
enum Outcome {
    /// They are committed and written, or their partitions have ended.
    Done(Vec<Share>),
    /// They are to be tried apart.
    Apart(Vec<Share>, Vec<Share>),
}

/// Makes the error for one more partition.
type MakeError = Box<dyn Fn() -> PartitionError>;

impl Together {
    pub(super) fn new(instance: Arc<Instance>, consumer: Arc<Member>, faults: Arc<Faults>, name: String) -> Self {
        Self { instance, consumer, faults, name, producers: Vec::new(), turn: 0, waiting: None }
    }

    /// After trouble: others are made when they are needed, with the same ids, which ends what these left open.
    pub(super) fn forget_producers(&mut self) {
        self.producers.clear();
    }

    /// Makes producers where there are none. `false`: not yet.
    pub(super) fn has_producers(&mut self) -> Result<bool, MakeError> {
        while self.producers.len() < PRODUCERS {
            let id = &transactional_ids(&self.name)[self.producers.len()];
            let settings = &self.instance.config.client;
            let producer = Producer::new(settings, id).map_err(|source| -> MakeError {
                Box::new(move || PartitionError::Client { call: "new producer", source: source.clone() })
            })?;
            match producer.init(Duration::from_secs(1)) {
                Ok(()) => self.producers.push(producer),
                Err(error) if error.remedy == Remedy::Retry => {
                    if self.waiting.get_or_insert_with(Instant::now).elapsed() > SAID_AGAIN_AFTER {
                        self.waiting = Some(Instant::now());
                        let why = self.consumer.context().last_error();
                        tracing::warn!(worker = self.name, %error, why, "still waiting for the coordinator");
                    }
                    return Ok(false);
                }
                Err(error) => return Err(Box::new(move || error.clone().into())),
            }
        }
        self.waiting = None;
        Ok(true)
    }

    /// Commits shares, in as many transactions as it takes. Gives those back that are committed and written; the stays of
    /// the others have ended.
    pub(super) fn commit(&mut self, shares: Vec<Share>) -> Vec<Share> {
        let mut due = vec![shares];
        let mut committed = Vec::new();
        while let Some(shares) = due.pop() {
            match self.try_together(shares) {
                Outcome::Done(mut shares) => committed.append(&mut shares),
                Outcome::Apart(first, second) => due.extend([second, first]),
            }
        }
        committed
    }

    fn try_together(&mut self, mut shares: Vec<Share>) -> Outcome {
        let began = Instant::now();
        let mut attempt: u32 = 0;
        loop {
            for gone in shares.extract_if(.., |share| self.faults.is_stopped(&share.partition.stay.lease)) {
                gone.partition.end(Ok(()));
            }
            if shares.is_empty() {
                return Outcome::Done(shares);
            }
            let error = match self.commit_once(&mut shares) {
                Ok(written) => return Outcome::Done(written_only(shares, written)),
                Err(error) => error,
            };
            if let Err(fatal) = self.recover(&error) {
                return end_all(shares, &fatal);
            }
            metrics::aborted();
            attempt += 1;
            let partitions: Vec<i32> = shares.iter().map(|share| share.partition.number()).collect();
            tracing::info!(?partitions, attempt, %error, "transaction is aborted and sent again");
            if let Some(refused) = error.of_a_record().filter(|_| attempt >= REFUSED_MAX) {
                // The neighbours of one that stands alone are waiting: it goes on by itself.
                return if shares.len() > 1 { apart(shares, refused.share) } else { end_all(shares, &error) };
            }
            if began.elapsed() > ABORTED_MAX {
                return end_all(shares, &error);
            }
            let pause = Duration::from_millis(5 << attempt.min(7));
            shares[0].partition.stay.lease.sleep(pause);
        }
    }

    fn commit_once(&mut self, shares: &mut [Share]) -> Result<Vec<Result<(), StoreError>>, CommitError> {
        let began = Instant::now();
        self.turn = (self.turn + 1) % self.producers.len().max(1);
        let Some(producer) = self.producers.get(self.turn) else {
            return Err(CommitError::NoMember { generation: -1, member: self.name.clone() });
        };
        let commit = Commit {
            producer,
            consumer: &*self.consumer,
            names: &self.instance.config.topics,
            group: self.instance.config.client.group(),
            faults: &self.faults,
            worker: &self.name,
            patience: self.instance.transaction_timeout(),
        };
        let written = commit.run(shares)?;
        let took = began.elapsed();
        metrics::transaction(took);
        let records: usize = shares.iter().map(|share| share.batch.outputs.len()).sum();
        let partitions = shares.len();
        tracing::debug!(partitions, records, transaction_us = took.as_micros(), "transaction is committed");
        for share in shares {
            share.partition.last_commit = Instant::now();
        }
        Ok(written)
    }

    /// After a transaction that failed: aborts it. Without that, nobody knows what became of it, and the producers are
    /// never used again.
    fn recover(&mut self, error: &CommitError) -> Result<(), CommitError> {
        let failed = match error.remedy() {
            Remedy::Abort => {
                let deadline = Instant::now() + self.instance.transaction_timeout();
                let aborted = self.producers.get(self.turn).map(|it| until(deadline, |left| it.abort(left)));
                aborted.unwrap_or(Ok(())).err().map(CommitError::from)
            }
            Remedy::Retry | Remedy::Replace | Remedy::Rebuild => Some(error.clone()),
        };
        let Some(failed) = failed else { return Ok(()) };
        self.forget_producers();
        if !self.faults.is_zombie() {
            return Err(failed);
        }
        let deadline = Instant::now() + self.instance.transaction_timeout();
        while !self.has_producers().is_ok_and(|has| has) && Instant::now() < deadline {}
        Ok(())
    }
}

/// Those of committed shares that were written; the others' copies are behind Kafka and begin again.
fn written_only(shares: Vec<Share>, written: Vec<Result<(), StoreError>>) -> Vec<Share> {
    let mut good = Vec::with_capacity(shares.len());
    for (share, written) in shares.into_iter().zip(written) {
        match written {
            Ok(()) => good.push(share),
            Err(error) => share.partition.end(Err(PartitionError::Unwritten(error))),
        }
    }
    good
}

fn end_all(shares: Vec<Share>, error: &CommitError) -> Outcome {
    for share in shares {
        share.partition.end(Err(error.clone().into()));
    }
    Outcome::Done(Vec::new())
}

/// The one whose record was refused apart from the others; in halves when it is not known which one that is.
fn apart(mut shares: Vec<Share>, refused: Option<usize>) -> Outcome {
    match refused {
        Some(number) if number < shares.len() => {
            let one = shares.swap_remove(number);
            Outcome::Apart(shares, vec![one])
        }
        Some(_) | None => {
            let second = shares.split_off(shares.len() / 2);
            Outcome::Apart(shares, second)
        }
    }
}
