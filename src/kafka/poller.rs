//! The one thread that polls. It never works: it hands records to the partitions' workers, and starts and ends these.

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
use super::partition::faults::Faults;
use super::partition::worker::{Event, Worker};
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
    faults: Arc<Faults>,
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
    /// Makes the member and subscribes.
    pub(super) fn new(instance: Arc<Instance>) -> Result<Self, KafkaError> {
        let config = instance.config.client.member();
        let legs = Arc::clone(instance.config.topics.name(Topic::Legs));
        let consumer: Member = config.create_with_context(Group::new(instance))?;
        consumer.subscribe(&[&legs])?;
        let (sender, events) = channel();
        Ok(Self {
            consumer: Arc::new(consumer),
            events,
            sender,
            epochs: AtomicU64::new(1),
            faults: Arc::new(Faults::of_this_build()),
            last_said: RefCell::default(),
        })
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
        self.resume();
        Ok(())
    }

    /// Starts a worker; after failures it pauses first, at least for two heartbeats: long enough that a live owner
    /// would have been heard of, so that a zombie does not fence it.
    fn start(&self, partition: i32, failures: u32) {
        let group = self.group();
        let lease = Arc::new(Lease::new(partition, self.epochs.fetch_add(1, Ordering::Relaxed)));
        group.instance.status.assigned(partition, lease.epoch);
        let pause = match failures {
            0 => Duration::ZERO,
            _ => (group.instance.two_heartbeats() * (1 << (failures - 1).min(5))).min(Duration::from_secs(30)),
        };
        let own =
            Owned { lease: Arc::clone(&lease), is_assigned: false, is_paused: false, failures, since: Instant::now() };
        group.owned().insert(partition, own);
        let worker = Worker {
            instance: Arc::clone(&group.instance),
            consumer: Arc::clone(&self.consumer),
            lease: Arc::clone(&lease),
            events: self.sender.clone(),
            faults: Arc::clone(&self.faults),
            pause,
        };
        if let Err(error) = worker.spawn() {
            tracing::error!(partition, %error, "no thread for a partition");
            lease.over();
            let _ = self.sender.send(Event::Failed { lease });
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
            tracing::error!(partition = lease.partition, "a worker does not end; going on without it");
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
            .filter(|(_, own)| own.is_paused && own.lease.bytes() < low_mark)
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
