//! Taking over a partition: end what a dead owner left open, then read the committed offsets.
//!
//! Who commits offsets names himself in them. So the worker that had the partition last is known without waiting for its
//! transaction: a reader of uncommitted state is answered at once. When the group does not know that worker's member any
//! more, a producer with its transactional ids ends whatever it left open. A living one is left alone: it ended its
//! transaction before it gave the partition up, or is about to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::error::PartitionError;
use super::resolve::Committed;
use crate::codec::record::Topic;
use crate::kafka::client::transaction::{Producer, Token, until};
use crate::kafka::group::Member;
use crate::kafka::instance::Instance;
use crate::kafka::lease::Lease;
use crate::kafka::owner::Owner;
use crate::store::Remedy;

/// How long committed offsets may not come before they are taken to be pending in a transaction: they were read in 4 ms.
const PENDING_AFTER: Duration = Duration::from_secs(1);
/// How long a question about the group or its offsets may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long offsets may be pending although their owner's transaction was ended.
const HANGING_AFTER: Duration = Duration::from_secs(5);
const SAID_AGAIN_AFTER: Duration = Duration::from_secs(10);

pub(super) struct Takeover<'a> {
    pub(super) instance: &'a Instance,
    pub(super) consumer: &'a Member,
    pub(super) lease: &'a Lease,
}

impl Takeover<'_> {
    /// The committed offsets, behind everything that any earlier owner has begun; `None` when the partition is taken
    /// away meanwhile.
    pub(super) fn run(&self) -> Result<Option<Committed>, PartitionError> {
        // Who does not belong to the group must not end anybody's transaction.
        if !Token::read(self.consumer).is_some_and(|token| token.is_of_a_member()) {
            return Err(PartitionError::NoMember);
        }
        let (began, mut said) = (Instant::now(), Instant::now());
        let partition = self.lease.partition;
        while !self.lease.is_stopped() {
            let outcome = self.try_once(began);
            let error = match outcome {
                Ok(committed) => return Ok(committed),
                Err(PartitionError::Client { source, .. }) if is_pending(&source) => source,
                Err(_) if self.lease.is_stopped() => return Ok(None),
                Err(error) => return Err(error),
            };
            if said.elapsed() > SAID_AGAIN_AFTER {
                said = Instant::now();
                let why = self.consumer.context().last_error();
                tracing::warn!(partition, %error, why, "still waiting for committed offsets");
            }
            self.lease.sleep(Duration::from_millis(50));
        }
        Ok(None)
    }

    fn try_once(&self, began: Instant) -> Result<Option<Committed>, PartitionError> {
        let dead = self.dead_owners()?;
        for owner in &dead {
            if !self.end(owner)? {
                return Ok(None);
            }
        }
        let committed = self.committed();
        if let Err(PartitionError::Client { source, .. }) = &committed
            && is_pending(source)
            && began.elapsed() > HANGING_AFTER
        {
            dead.iter().try_for_each(|owner| self.release(owner))?;
        }
        committed.map(Some)
    }

    /// The owners that stand in the offsets and are not of the group any more.
    fn dead_owners(&self) -> Result<BTreeSet<Owner>, PartitionError> {
        let inputs = self.consumer.context().inputs(&[self.lease.partition]);
        let seen = self.instance.watermarks.committed(inputs, ANSWER_WITHIN).map_err(failed("last owner"))?;
        let mut owners: BTreeSet<Owner> =
            seen.elements().iter().filter_map(|element| Owner::parse(element.metadata())).collect();
        owners.retain(|owner| !self.instance.is_own(owner));
        if owners.is_empty() {
            return Ok(owners);
        }
        let group = self.instance.config.client.group();
        let members = self.instance.watermarks.members(group, ANSWER_WITHIN).map_err(failed("members of the group"))?;
        // A broker that does not tell of ourselves does not tell who lives.
        let own = Token::read(self.consumer).map(|token| token.member.clone());
        let is_known = own.is_some_and(|own| members.contains(&own));
        owners.retain(|owner| is_known && !members.contains(&owner.member));
        Ok(owners)
    }

    /// Ends what a dead worker left open, once for all partitions it had; `false` when this one is taken away meanwhile.
    fn end(&self, owner: &Owner) -> Result<bool, PartitionError> {
        let worker = Arc::clone(self.instance.ended_workers.lock().entry(owner.worker.clone()).or_default());
        let mut is_ended = loop {
            if let Some(is_ended) = worker.try_lock() {
                break is_ended;
            }
            if self.lease.sleep(Duration::from_millis(20)) {
                return Ok(false);
            }
        };
        if *is_ended {
            return Ok(true);
        }
        let began = Instant::now();
        // At the same time: the broker is asked again half a second after it began to abort.
        let all = std::thread::scope(|scope| {
            let calls = owner.transactional_ids().map(|id| scope.spawn(move || self.producer(&id)));
            calls.map(|call| call.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        for producer in all {
            if producer?.is_none() && self.lease.is_stopped() {
                return Ok(false);
            }
        }
        *is_ended = true;
        tracing::info!(
            worker = owner.worker,
            took_ms = began.elapsed().as_millis(),
            "a dead worker's transactions are ended"
        );
        Ok(true)
    }

    /// A producer with this id; none when another instance takes it at the same time, or the partition is taken away.
    fn producer(&self, id: &str) -> Result<Option<Producer>, PartitionError> {
        let producer = Producer::new(&self.instance.config.client, id).map_err(failed("new producer"))?;
        let mut said = Instant::now();
        while !self.lease.is_stopped() {
            match producer.init(Duration::from_secs(1)) {
                Ok(()) => return Ok(Some(producer)),
                Err(error) if error.is_fenced() => return Ok(None),
                Err(error) if error.remedy == Remedy::Retry => {
                    if said.elapsed() > SAID_AGAIN_AFTER {
                        said = Instant::now();
                        tracing::warn!(partition = self.lease.partition, %error, "still waiting for the coordinator");
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// A transaction may hang in the topic of offsets although its coordinator knows nothing of it any more (seen once,
    /// after a kill -9 of the broker). The markers of another transaction of the same id end it: one with offsets,
    /// aborted, so that it changes nothing.
    fn release(&self, owner: &Owner) -> Result<(), PartitionError> {
        tracing::warn!(partition = self.lease.partition, "offsets are pending; aborting a transaction to free them");
        for id in owner.transactional_ids() {
            let Some(producer) = self.producer(&id)? else { continue };
            let token = Token::read(self.consumer).filter(Token::is_of_a_member).ok_or(PartitionError::NoMember)?;
            let mut list = TopicPartitionList::new();
            let legs = self.instance.config.topics.name(Topic::Legs);
            list.add_partition_offset(legs, self.lease.partition, Offset::Offset(0)).map_err(failed("offsets"))?;
            let deadline = Instant::now() + self.instance.transaction_timeout();
            producer.begin(0)?;
            let sent = until(deadline, |left| producer.send_offsets(&list, &token, left));
            until(deadline, |left| producer.abort(left))?;
            sent?;
        }
        Ok(())
    }

    /// What the group has committed; pending in a transaction, it does not come in time.
    fn committed(&self) -> Result<Committed, PartitionError> {
        let partition = self.lease.partition;
        let inputs = self.consumer.context().inputs(&[partition]);
        let list = self.consumer.committed_offsets(inputs, PENDING_AFTER).map_err(failed("committed offsets"))?;
        let mut committed = BTreeMap::new();
        for (_, name) in self.instance.config.topics.inputs() {
            let offset = match list.find_partition(name, partition) {
                Some(element) => {
                    element.error().map_err(failed("committed offsets"))?;
                    match element.offset() {
                        Offset::Offset(offset) => Some(offset),
                        Offset::Beginning | Offset::End | Offset::Stored | Offset::Invalid | Offset::OffsetTail(_) => {
                            None
                        }
                    }
                }
                None => None,
            };
            committed.insert(Arc::clone(name), offset);
        }
        Ok(committed)
    }
}

fn failed(call: &'static str) -> impl Fn(KafkaError) -> PartitionError {
    move |source| PartitionError::Client { call, source }
}

/// Whether an answer that did not come may come later: pending offsets, or a coordinator that is not there.
fn is_pending(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{OperationTimedOut, RequestTimedOut, UnstableOffsetCommit};
    error
        .rdkafka_error_code()
        .is_some_and(|code| [OperationTimedOut, RequestTimedOut, UnstableOffsetCommit].contains(&code))
}
