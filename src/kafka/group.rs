//! The instance's member of the group, and what the rebalance callback touches.
//!
//! It subscribes to one topic only, the legs, and that decides who owns which partition: `cooperative-sticky` would give
//! the same number of two topics to two members. The command topics follow: the same numbers are assigned by hand, in
//! the same consumer. A partition is assigned only when it is restored, so nothing is paused, sought or early.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;

use super::client::{LoggingContext, log};
use super::instance::Instance;
use super::lease::Lease;
use super::phase::Phase;
use crate::codec::record::Topic;

/// The instance's member of the group.
pub(super) type Member = BaseConsumer<Group>;

/// A partition the group gave us.
pub(super) struct Owned {
    pub(super) lease: Arc<Lease>,
    /// The number of the worker that serves it.
    pub(super) worker: usize,
    /// When its restore may begin; none when it has begun.
    pub(super) restore_at: Option<Instant>,
    /// Whether its inputs are assigned to the consumer.
    pub(super) is_assigned: bool,
    pub(super) is_paused: bool,
    /// How often its stay failed in a row, and when the current one began.
    pub(super) failures: u32,
    pub(super) since: Instant,
}

/// How long a complaint of the client tells how things are.
const COMPLAINT_AGE_MAX: Duration = Duration::from_secs(10);

/// What the rebalance callback, the polling thread and the watch over inputs share.
pub(super) struct Group {
    pub(super) instance: Arc<Instance>,
    owned: Mutex<BTreeMap<i32, Owned>>,
    /// Given by the group, not yet begun.
    given: Mutex<Vec<i32>>,
    context: LoggingContext,
    /// When the client could not unpack a batch for the last time, and what it said.
    unpack_complaint: Mutex<Option<(Instant, String)>>,
}

impl Group {
    pub(super) fn new(instance: Arc<Instance>) -> Self {
        Self {
            instance,
            owned: Mutex::default(),
            given: Mutex::default(),
            context: LoggingContext::default(),
            unpack_complaint: Mutex::default(),
        }
    }

    pub(super) fn owned(&self) -> MutexGuard<'_, BTreeMap<i32, Owned>> {
        self.owned.lock()
    }

    pub(super) fn given(&self) -> MutexGuard<'_, Vec<i32>> {
        self.given.lock()
    }

    /// The client can't unpack a batch. It does not say of which partition, and tries again twice a second.
    pub(super) fn cannot_unpack(&self, complaint: String) {
        *self.unpack_complaint.lock() = Some((Instant::now(), complaint));
    }

    /// What the client cannot unpack, when it has said so lately.
    pub(super) fn unpack_complaint(&self) -> Option<String> {
        let complaint = self.unpack_complaint.lock().clone();
        complaint.filter(|(at, _)| at.elapsed() < COMPLAINT_AGE_MAX).map(|(_, text)| text)
    }

    /// What the client complained about last.
    pub(super) fn last_error(&self) -> Option<String> {
        self.context.last_error()
    }

    /// How long a revoke may wait for the workers: two calls of a transaction at their longest. The other members wait
    /// meanwhile, up to `max.poll.interval.ms` (300 s by default), so it stays far below that.
    pub(super) fn handshake(&self) -> Duration {
        2 * self.instance.transaction_timeout() + Duration::from_secs(5)
    }

    /// Every input of these partitions.
    pub(super) fn inputs(&self, partitions: &[i32]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (_, name) in self.instance.config.topics.inputs() {
            for partition in partitions {
                list.add_partition(name, *partition);
            }
        }
        list
    }

    /// Ends the work on partitions: when this returns nothing of them is in flight, or their workers know that they
    /// must not commit any more.
    pub(super) fn finish(&self, partitions: &[i32]) {
        let began = Instant::now();
        let leases: Vec<Arc<Lease>> = {
            let owned = self.owned();
            partitions.iter().filter_map(|partition| owned.get(partition)).map(|own| Arc::clone(&own.lease)).collect()
        };
        for lease in &leases {
            self.instance.status.advance(lease.partition, lease.epoch, Phase::Revoked);
            lease.stop();
        }
        let deadline = began + self.handshake();
        for lease in leases {
            if !lease.wait_until_over(deadline) {
                let waited_ms = began.elapsed().as_millis();
                tracing::error!(
                    partition = lease.partition,
                    waited_ms,
                    "the work on a partition does not end; going on without it"
                );
            }
            self.instance.status.gone(lease.partition, lease.epoch);
        }
        tracing::info!(?partitions, took_ms = began.elapsed().as_millis(), "partitions are given up");
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, partitions: &[i32]) {
        self.given().retain(|partition| !partitions.contains(partition));
        self.finish(partitions);
        let mut assigned = Vec::new();
        {
            let mut owned = self.owned();
            for partition in partitions {
                if owned.remove(partition).is_some_and(|own| own.is_assigned) {
                    assigned.push(*partition);
                }
            }
        }
        // What was never assigned is left out; an empty list is acknowledged too.
        if let Err(error) = consumer.incremental_unassign(&self.inputs(&assigned)) {
            tracing::error!(%error, "unassigning failed");
        }
    }
}

impl ClientContext for Group {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.context.record_error(&error, reason);
    }
}

impl ConsumerContext for Group {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let legs = self.instance.config.topics.name(Topic::Legs);
        let partitions: Vec<i32> = list.elements_for_topic(legs).iter().map(|element| element.partition()).collect();
        if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            tracing::info!(?partitions, "the group gives partitions");
            // Only the acknowledgement: what is to be fetched is assigned when it is restored.
            if let Err(error) = consumer.incremental_assign(&TopicPartitionList::new()) {
                tracing::error!(%error, "acknowledging an assignment failed");
            }
            self.given().extend(partitions);
            self.instance.status.joined();
        } else {
            tracing::info!(?partitions, "the group takes partitions");
            self.revoke(consumer, &partitions);
        }
    }
}
