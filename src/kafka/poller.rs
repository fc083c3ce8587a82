//! The one thread that polls. It never works: it hands records to the partitions' queues, and begins and ends their stays.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::client::record;
use super::error::RunError;
use super::group::{Group, Member, Owned};
use super::instance::Instance;
use super::lease::Lease;
use super::partition::stay::{Event, Stay};
use super::restorer;
use super::worker::faults::Faults;
use super::worker::{Door, Worker};
use crate::codec::record::Topic;
use crate::store::Positions;

/// How long a poll waits, and how often the rest is looked after while records keep coming.
const TICK: Duration = Duration::from_millis(10);

/// The polling thread.
pub(super) struct Poller {
    consumer: Arc<Member>,
    events: Receiver<Event>,
    sender: Sender<Event>,
    epochs: AtomicU64,
    /// The workers' doors. The last one is for partitions whose last stay failed, so that their neighbours do not wait.
    workers: Vec<Arc<Door>>,
    /// What the client said last, and when that was logged.
    last_said: RefCell<Option<(Instant, String)>>,
}

/// How often the same complaint of the client is logged: it tries what fails again twice a second.
const SAID_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Whether the client says that it can't unpack a batch it fetched.
fn is_of_unpacking(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{BadCompression, BadMessage, MessageSizeTooLarge, NotImplemented};
    [BadCompression, BadMessage, MessageSizeTooLarge, NotImplemented].contains(&code)
}

impl Poller {
    /// Makes the member, starts the workers and subscribes.
    pub(super) fn new(instance: &Arc<Instance>) -> Result<Self, RunError> {
        let config = instance.config.client.member();
        let legs = instance.config.topics.name(Topic::Legs);
        let consumer: Member =
            config.create_with_context(Group::new(Arc::clone(instance))).map_err(RunError::Client)?;
        let consumer = Arc::new(consumer);
        let faults = Arc::new(Faults::of_this_build());
        let worker = |number| Worker::spawn(instance, &consumer, &faults, number);
        let workers = (0..=instance.config.batch.workers).map(worker).collect::<std::io::Result<_>>();
        let workers = workers.map_err(RunError::Thread)?;
        consumer.subscribe(&[legs]).map_err(RunError::Client)?;
        let (sender, events) = channel();
        let (epochs, last_said) = (AtomicU64::new(1), RefCell::default());
        Ok(Self { consumer, events, sender, epochs, workers, last_said })
    }

    /// The member, for those who ask about its positions.
    pub(super) fn member(&self) -> &Arc<Member> {
        &self.consumer
    }

    fn group(&self) -> &Group {
        self.consumer.context()
    }

    /// Polls until told to stop, or until the group refuses this instance for good.
    pub(super) fn run(&self, shutdown: &AtomicBool) -> Result<(), RunError> {
        let mut last_tick = Instant::now();
        while !shutdown.load(Ordering::Relaxed) {
            let polled = self.consumer.poll(TICK);
            let is_idle = polled.is_none();
            match polled {
                Some(Ok(message)) => self.dispatch(&message),
                Some(Err(error)) => self.on_client_error(error)?,
                None => {}
            }
            if is_idle || last_tick.elapsed() >= TICK {
                last_tick = Instant::now();
                self.tick()?;
            }
        }
        Ok(())
    }

    /// Hands a record to its partition's worker; pauses the partition when too much waits there.
    fn dispatch(&self, message: &rdkafka::message::BorrowedMessage<'_>) {
        let group = self.group();
        let names = &group.instance.config.topics;
        let Some((role, name)) = names.inputs().find(|(_, name)| &***name == message.topic()) else { return };
        let mut owned = group.owned();
        let shares = owned.len().max(1);
        let Some(own) = owned.get_mut(&message.partition()) else { return };
        let waiting = own.lease.push(record(message, role, name));
        if !own.is_paused && waiting > self.high_mark(shares) {
            own.is_paused = true;
            let list = group.inputs(&[message.partition()]);
            drop(owned);
            tracing::debug!(partition = message.partition(), waiting, "partition is paused");
            if let Err(error) = self.consumer.pause(&list) {
                tracing::error!(%error, "pausing failed");
            }
        }
    }

    fn high_mark(&self, shares: usize) -> usize {
        (self.group().instance.config.batch.queue_bytes_max / shares).max(1 << 20)
    }

    fn on_client_error(&self, error: KafkaError) -> Result<(), RunError> {
        match (&error, error.rdkafka_error_code()) {
            (KafkaError::MessageConsumptionFatal(_), _) => Err(RunError::Refused(error)),
            (_, Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)) => {
                // Which one the client does not say; a restore finds out and tells.
                tracing::error!(%error, "an input is shorter than its offset; every partition starts again");
                let leases: Vec<Arc<Lease>> = self.group().owned().values().map(|own| Arc::clone(&own.lease)).collect();
                for lease in leases {
                    self.restart(&lease);
                }
                Ok(())
            }
            (_, code) => {
                if code.is_some_and(is_of_unpacking) {
                    self.group().cannot_unpack(error.to_string());
                }
                let mut last = self.last_said.borrow_mut();
                let text = error.to_string();
                if last.as_ref().is_none_or(|(at, said)| *said != text || at.elapsed() > SAID_AGAIN_AFTER) {
                    tracing::warn!(%error, "the consumer says");
                    *last = Some((Instant::now(), text));
                }
                Ok(())
            }
        }
    }

    /// What is due between two polls: partitions the group gave, words of workers, queues that have room again.
    fn tick(&self) -> Result<(), RunError> {
        let given = std::mem::take(&mut *self.group().given());
        let expected = self.group().instance.engine.partitions;
        if let Some(highest) = given.iter().copied().max().filter(|highest| *highest >= expected) {
            return Err(RunError::Partitions { found: highest + 1, expected });
        }
        for partition in given {
            self.start(partition, 0);
        }
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Ready { lease, positions } => self.assign(&lease, &positions),
                Event::Failed { lease } => self.restart(&lease),
                Event::PartitionsAdded(added) => return Err(added.into()),
            }
        }
        self.restore();
        self.resume();
        Ok(())
    }

    /// Begins a stay; after failures only after a pause, and with the worker that is kept for such.
    fn start(&self, partition: i32, failures: u32) {
        let group = self.group();
        let mut owned = group.owned();
        let apart = self.workers.len() - 1;
        let partitions_of = |worker: usize| owned.values().filter(|own| own.worker == worker).count();
        let worker = if failures > 0 { apart } else { (0..apart).min_by_key(|it| partitions_of(*it)).unwrap_or(apart) };
        let bell = Arc::clone(&self.workers[worker].bell);
        let lease = Arc::new(Lease::new(partition, self.epochs.fetch_add(1, Ordering::Relaxed), bell));
        group.instance.status.assigned(partition, lease.epoch);
        let pause = match failures {
            0 => Duration::ZERO,
            _ => (group.instance.two_heartbeats() * (1 << (failures - 1).min(5))).min(Duration::from_secs(30)),
        };
        let (since, restore_at) = (Instant::now(), Some(Instant::now() + pause));
        let own = Owned { lease, worker, restore_at, is_assigned: false, is_paused: false, failures, since };
        owned.insert(partition, own);
    }

    /// Begins restores that are due, as many at once as may be.
    fn restore(&self) {
        let group = self.group();
        for own in group.owned().values_mut() {
            if own.restore_at.is_none_or(|due| due > Instant::now()) {
                continue;
            }
            let Some(permit) = group.instance.restore_permits.take() else { return };
            own.restore_at = None;
            if !own.lease.hold() {
                continue;
            }
            let stay = Stay::new(Arc::clone(&group.instance), Arc::clone(&own.lease), self.sender.clone());
            let worker = Arc::clone(&self.workers[own.worker]);
            if let Err(error) = restorer::spawn(stay, Arc::clone(&self.consumer), worker, permit) {
                tracing::error!(partition = own.lease.partition, %error, "no thread for a restore");
            }
        }
    }

    /// Fetches a restored partition, when it is still ours in the same stay.
    fn assign(&self, lease: &Arc<Lease>, positions: &Positions) {
        let group = self.group();
        let is_current = |own: &Owned| own.lease.epoch == lease.epoch && !own.is_assigned;
        if !group.owned().get(&lease.partition).is_some_and(is_current) {
            tracing::info!(partition = lease.partition, epoch = lease.epoch, "a stale word of readiness is ignored");
            return;
        }
        let mut list = TopicPartitionList::new();
        for (name, next) in positions {
            if let Err(error) = list.add_partition_offset(name, lease.partition, Offset::Offset(*next)) {
                tracing::error!(%error, name = &**name, next, "an offset that cannot be");
            }
        }
        match self.consumer.incremental_assign(&list) {
            Ok(()) => {
                if let Some(own) = group.owned().get_mut(&lease.partition) {
                    own.is_assigned = true;
                }
                if let Err(error) = self.consumer.resume(&list) {
                    tracing::error!(%error, "resuming failed");
                }
            }
            Err(error) => {
                tracing::error!(partition = lease.partition, %error, "assigning failed");
                self.restart(lease);
            }
        }
    }

    /// Ends a stay that failed and begins another one.
    fn restart(&self, lease: &Arc<Lease>) {
        let group = self.group();
        if group.owned().get(&lease.partition).is_none_or(|own| own.lease.epoch != lease.epoch) {
            return;
        }
        lease.stop();
        if !lease.wait_until_over(Instant::now() + group.handshake()) {
            tracing::error!(partition = lease.partition, "the work on a partition does not end; going on without it");
        }
        let Some(own) = group.owned().remove(&lease.partition) else { return };
        if own.is_assigned
            && let Err(error) = self.consumer.incremental_unassign(&group.inputs(&[lease.partition]))
        {
            tracing::error!(partition = lease.partition, %error, "unassigning failed");
        }
        let is_first = own.since.elapsed() > Duration::from_secs(60);
        self.start(lease.partition, if is_first { 1 } else { own.failures + 1 });
    }

    fn resume(&self) {
        let group = self.group();
        let mut owned = group.owned();
        let low_mark = self.high_mark(owned.len().max(1)) / 4;
        let ready: Vec<i32> = owned
            .iter_mut()
            .filter(|(_, own)| own.is_paused && own.lease.waiting().1 < low_mark)
            .map(|(partition, own)| {
                own.is_paused = false;
                *partition
            })
            .collect();
        drop(owned);
        if !ready.is_empty()
            && let Err(error) = self.consumer.resume(&group.inputs(&ready))
        {
            tracing::error!(%error, "resuming failed");
        }
    }

    /// Leaves the group: the work first, then the membership (a static member keeps it, so that a restart within the
    /// session moves nothing).
    pub(super) fn close(self) -> Result<(), RunError> {
        let group = self.group();
        let deadline = Instant::now() + group.handshake() + Duration::from_secs(10);
        let partitions: Vec<i32> = group.owned().keys().copied().collect();
        group.finish(&partitions);
        self.workers.iter().for_each(|worker| worker.close());
        self.consumer.close_queue().map_err(RunError::Client)?;
        while !self.consumer.closed() {
            if Instant::now() > deadline {
                return Err(RunError::NotClosed);
            }
            let _ = self.consumer.poll(Duration::from_millis(20));
        }
        Ok(())
    }
}
