//! Cursor topics outside the group: committed records only, from a start to the end as it stands now.
//!
//! The end is the high watermark asked by a read_uncommitted client, and it is reached when the position has passed
//! it: the position also passes transaction markers and aborted records, which are never delivered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::context::{LoggingContext, REQUEST_TIMEOUT};
use super::records::record;
use super::settings::ClientSettings;
use crate::codec::record::{InputRecord, Topic};
use crate::domain::time::Timestamp;
use crate::engine::routing::partition_of;

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record there is.
    Beginning,
    /// At the first record of this time or later.
    Time(Timestamp),
    /// Behind everything there is: only what comes from now on.
    End,
}

/// Which partitions are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Every one.
    All,
    /// The one in which everything of a store stands.
    Store(&'a str),
    /// The one of this number.
    Partition(i32),
}

impl Scope<'_> {
    fn partitions(self, count: i32) -> Vec<i32> {
        match self {
            Scope::All => (0..count).collect(),
            Scope::Partition(partition) => vec![partition],
            Scope::Store(store) => vec![partition_of(store.as_bytes(), count)],
        }
    }
}

/// How far a reader is, in offsets (which also count what is not delivered).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Passed so far.
    pub done: u64,
    /// From the start to the end.
    pub total: u64,
}

/// Why a topic cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The client says so.
    #[error("cannot read {what}: {source}{}", because(why.as_deref()))]
    Client {
        /// What was being done.
        what: String,
        /// What the client said.
        source: Box<KafkaError>,
        /// What it complained about before.
        why: Option<String>,
    },
    /// Nothing came for too long.
    #[error("no progress for {waited_s} s at {place}, position {position} of {end}{}", because(why.as_deref()))]
    Stuck {
        /// The topic and partition.
        place: String,
        /// The next offset to be read.
        position: i64,
        /// The offset to be reached.
        end: i64,
        /// How long nothing came.
        waited_s: u64,
        /// What the client complained about.
        why: Option<String>,
    },
    /// A topic is not there.
    #[error("topic {0} does not exist")]
    NoTopic(String),
}

impl ReadError {
    fn client(what: &str, source: KafkaError, why: Option<String>) -> Self {
        ReadError::Client { what: what.to_owned(), source: Box::new(source), why }
    }
}

fn because(why: Option<&str>) -> String {
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}

/// A range of one partition to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct OffsetRange {
    pub(in crate::kafka) topic: Topic,
    pub(in crate::kafka) name: Arc<str>,
    pub(in crate::kafka) partition: i32,
    /// The first offset to be read.
    pub(in crate::kafka) from: i64,
    /// Reached when the position is here.
    pub(in crate::kafka) to: i64,
}

/// How long nothing may come before the reader gives up.
const NO_PROGRESS_MAX: Duration = Duration::from_secs(60);

/// A client that answers questions about offsets as they really are on the broker.
pub(in crate::kafka) struct Watermarks {
    client: BaseConsumer<LoggingContext>,
    context: LoggingContext,
}

impl Watermarks {
    pub(in crate::kafka) fn new(settings: &ClientSettings) -> Result<Self, ReadError> {
        let context = LoggingContext::default();
        let client = settings
            .watermark_client()
            .create_with_context(context.clone())
            .map_err(|source| ReadError::client("watermarks", source, None))?;
        Ok(Self { client, context })
    }

    fn failed(&self, what: &str, source: KafkaError) -> ReadError {
        // The complaints of a client wait in its queue until somebody polls.
        let _ = self.client.poll(Duration::ZERO);
        ReadError::client(what, source, self.context.last_error())
    }

    /// The oldest and the next offset of a partition. One that was just made has no leader for a moment.
    pub(in crate::kafka) fn of(&self, topic: &str, partition: i32) -> Result<(i64, i64), ReadError> {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        loop {
            match self.client.fetch_watermarks(topic, partition, REQUEST_TIMEOUT) {
                Ok(watermarks) => return Ok(watermarks),
                Err(source) if has_no_leader(&source) && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(source) => return Err(self.failed(&format!("the watermarks of {topic}/{partition}"), source)),
            }
        }
    }

    /// The group's offsets and their metadata as they are, whatever is pending in a transaction.
    pub(in crate::kafka) fn committed(
        &self,
        list: TopicPartitionList,
        patience: Duration,
    ) -> Result<TopicPartitionList, KafkaError> {
        self.client.committed_offsets(list, patience)
    }

    /// The members that a group has now. Asked by way of a client that fetches, it would wait behind a fetch.
    pub(in crate::kafka) fn members(&self, group: &str, patience: Duration) -> Result<BTreeSet<String>, KafkaError> {
        let groups = self.client.fetch_group_list(Some(group), patience)?;
        Ok(groups.groups().iter().flat_map(|group| group.members()).map(|member| member.id().to_owned()).collect())
    }

    /// The number of partitions of a topic.
    pub(in crate::kafka) fn partitions(&self, topic: &str) -> Result<i32, ReadError> {
        let metadata = self
            .client
            .fetch_metadata(Some(topic), REQUEST_TIMEOUT)
            .map_err(|source| self.failed(&format!("the partitions of {topic}"), source))?;
        let count = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
        match i32::try_from(count) {
            Ok(count) if count > 0 => Ok(count),
            Ok(_) | Err(_) => Err(ReadError::NoTopic(topic.to_owned())),
        }
    }

    /// The offset of the first record of a time or later in each partition of a topic; `None` when there is none.
    pub(in crate::kafka) fn at_time(
        &self,
        topic: &str,
        partitions: &[i32],
        time: Timestamp,
    ) -> Result<BTreeMap<i32, Option<i64>>, ReadError> {
        let what = format!("the offsets of {topic} at {time}");
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition_offset(topic, *partition, Offset::Offset(time.millis().max(0)))
                .map_err(|source| self.failed(&what, source))?;
        }
        let found =
            self.client.offsets_for_times(list, REQUEST_TIMEOUT).map_err(|source| self.failed(&what, source))?;
        Ok(found
            .elements()
            .iter()
            .map(|element| match element.offset() {
                Offset::Offset(offset) => (element.partition(), Some(offset)),
                Offset::Beginning | Offset::End | Offset::Stored | Offset::Invalid | Offset::OffsetTail(_) => {
                    (element.partition(), None)
                }
            })
            .collect())
    }
}

/// Reads topics, record by record.
pub struct Reader {
    consumer: BaseConsumer<LoggingContext>,
    context: LoggingContext,
    ranges: HashMap<Arc<str>, Vec<Cursor>>,
    last_progress: Instant,
    last_done: u64,
}

struct Cursor {
    range: OffsetRange,
    position: i64,
}

impl Reader {
    /// Opens the partitions of a scope of these topics; the end is what is there now.
    pub fn open(
        settings: &ClientSettings,
        topics: &[(Topic, Arc<str>)],
        scope: Scope<'_>,
        start: Start,
    ) -> Result<Self, ReadError> {
        let watermarks = Watermarks::new(settings)?;
        let mut ranges = Vec::new();
        for (topic, name) in topics {
            let partitions = scope.partitions(watermarks.partitions(name)?);
            let times = match start {
                Start::Time(time) => watermarks.at_time(name, &partitions, time)?,
                Start::Beginning | Start::End => BTreeMap::new(),
            };
            for partition in partitions {
                let (low, high) = watermarks.of(name, partition)?;
                let from = match start {
                    Start::Beginning => low,
                    Start::Time(_) => times.get(&partition).copied().flatten().unwrap_or(high),
                    Start::End => high,
                };
                ranges.push(OffsetRange { topic: *topic, name: Arc::clone(name), partition, from, to: high });
            }
        }
        Self::of(settings, ranges)
    }

    /// Opens ranges of partitions.
    pub(in crate::kafka) fn of(settings: &ClientSettings, ranges: Vec<OffsetRange>) -> Result<Self, ReadError> {
        let context = LoggingContext::default();
        let failed = |source| ReadError::client("topics", source, None);
        let consumer: BaseConsumer<LoggingContext> =
            settings.committed_reader().create_with_context(context.clone()).map_err(failed)?;
        let mut list = TopicPartitionList::new();
        for range in &ranges {
            list.add_partition_offset(&range.name, range.partition, Offset::Offset(range.from)).map_err(failed)?;
        }
        consumer.assign(&list).map_err(failed)?;
        let mut by_name: HashMap<Arc<str>, Vec<Cursor>> = HashMap::new();
        for range in ranges {
            let position = range.from;
            by_name.entry(Arc::clone(&range.name)).or_default().push(Cursor { range, position });
        }
        Ok(Self { consumer, context, ranges: by_name, last_progress: Instant::now(), last_done: 0 })
    }

    /// The next record, or nothing within this time.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<InputRecord>, ReadError> {
        let Some(polled) = self.consumer.poll(timeout) else { return Ok(None) };
        match polled {
            Ok(message) => {
                let Some((name, cursors)) = self.ranges.get_key_value(message.topic()) else { return Ok(None) };
                let topic = cursors.first().map_or(Topic::Commands, |cursor| cursor.range.topic);
                let record = record(&message, topic, name);
                drop(message);
                self.passed(&record);
                Ok(Some(record))
            }
            Err(KafkaError::PartitionEOF(_)) => Ok(None),
            Err(source) if is_passing(&source) => Ok(None),
            Err(source) => Err(ReadError::client("topics", source, self.context.last_error())),
        }
    }

    fn passed(&mut self, record: &InputRecord) {
        let cursors = self.ranges.get_mut(&record.position.topic);
        let partition = record.position.partition;
        if let Some(cursor) = cursors.and_then(|all| all.iter_mut().find(|cursor| cursor.range.partition == partition))
        {
            cursor.position = cursor.position.max(record.position.offset + 1);
        }
    }

    /// Asks the client how far it is, which counts markers and aborted records too.
    fn refresh(&mut self) -> Result<(), ReadError> {
        let positions = self
            .consumer
            .position()
            .map_err(|source| ReadError::client("positions", source, self.context.last_error()))?;
        for element in positions.elements() {
            let Offset::Offset(offset) = element.offset() else { continue };
            let cursors = self.ranges.get_mut(element.topic());
            if let Some(cursor) =
                cursors.and_then(|all| all.iter_mut().find(|cursor| cursor.range.partition == element.partition()))
            {
                cursor.position = cursor.position.max(offset);
            }
        }
        Ok(())
    }

    /// Whether everything that was there when the reader was opened has been read. To be asked when nothing came.
    pub fn is_at_end(&mut self) -> Result<bool, ReadError> {
        self.refresh()?;
        let at_end = self.cursors().all(|cursor| cursor.position >= cursor.range.to);
        let done = self.progress().done;
        if done > self.last_done || at_end {
            (self.last_done, self.last_progress) = (done, Instant::now());
        } else if self.last_progress.elapsed() > NO_PROGRESS_MAX {
            return Err(self.stuck());
        }
        Ok(at_end)
    }

    fn stuck(&self) -> ReadError {
        let behind = self.cursors().find(|cursor| cursor.position < cursor.range.to);
        ReadError::Stuck {
            place: behind
                .map_or_else(String::new, |cursor| format!("{}/{}", cursor.range.name, cursor.range.partition)),
            position: behind.map_or(0, |cursor| cursor.position),
            end: behind.map_or(0, |cursor| cursor.range.to),
            waited_s: self.last_progress.elapsed().as_secs(),
            why: self.context.last_error(),
        }
    }

    fn cursors(&self) -> impl Iterator<Item = &Cursor> {
        self.ranges.values().flatten()
    }

    /// The offset at which each partition is read from: from the beginning that is its oldest one.
    pub fn starts(&self) -> impl Iterator<Item = (Topic, i64)> + '_ {
        self.cursors().map(|cursor| (cursor.range.topic, cursor.range.from))
    }

    /// How far the reader is on the way to the end.
    pub fn progress(&self) -> Progress {
        let length = |from: i64, to: i64| u64::try_from(to - from).unwrap_or(0);
        self.cursors().fold(Progress::default(), |sum, cursor| {
            let OffsetRange { from, to, .. } = cursor.range;
            Progress { done: sum.done + length(from, cursor.position.min(to)), total: sum.total + length(from, to) }
        })
    }

    /// The next offset of each topic of one partition.
    pub(in crate::kafka) fn positions(&self, partition: i32) -> Vec<(Topic, Arc<str>, i64)> {
        self.cursors()
            .filter(|cursor| cursor.range.partition == partition)
            .map(|cursor| (cursor.range.topic, Arc::clone(&cursor.range.name), cursor.position))
            .collect()
    }

    /// Reads to the end. `on_record` gets every record, `on_progress` a word about a thousand times at most a second.
    pub fn read_to_end(
        &mut self,
        mut on_record: impl FnMut(InputRecord),
        mut on_progress: impl FnMut(Progress),
    ) -> Result<(), ReadError> {
        let mut last_report = Instant::now();
        loop {
            if let Some(record) = self.next(Duration::from_millis(20))? {
                on_record(record);
            } else if self.is_at_end()? {
                on_progress(self.progress());
                return Ok(());
            }
            if last_report.elapsed() > Duration::from_millis(100) {
                on_progress(self.progress());
                last_report = Instant::now();
            }
        }
    }
}

/// Whether a partition only waits for a leader, or for the client to learn of it: asked is about partitions that the
/// broker has told of.
fn has_no_leader(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownPartition
        )
    )
}

/// Errors the client gets over by itself; what does not pass shows as no progress, with the reason.
fn is_passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::RequestTimedOut
                | RDKafkaErrorCode::Resolve
                | RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::NotCoordinator
                | RDKafkaErrorCode::CoordinatorLoadInProgress
        )
    )
}
