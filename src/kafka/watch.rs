//! Watches whether the inputs of a partition go on, so that none stops in silence: by where the client is, where the topic
//! ends, and what the client complained about.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::Consumer;

use super::group::Member;
use super::instance::Instance;
use super::standstill::{Reason, Standstill, judge};
use crate::metrics;
use crate::store::Positions;

/// How long an input stands before it is asked why: longer than the client waits between two tries.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the questions to the broker may take: the next look asks again.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Where an input was seen, and since when it is there.
struct Seen {
    position: i64,
    since: Instant,
}

/// The watch over the inputs of one partition.
pub(super) struct Watch {
    partition: i32,
    epoch: u64,
    seen: BTreeMap<Arc<str>, Seen>,
    told: Vec<Standstill>,
}

impl Watch {
    pub(super) fn new(partition: i32, epoch: u64) -> Self {
        Self { partition, epoch, seen: BTreeMap::new(), told: Vec::new() }
    }

    /// Looks. `processed`: the next offset of each input to be processed.
    pub(super) fn look(&mut self, instance: &Instance, consumer: &Member, processed: &Positions) {
        let read = self.read(consumer);
        let mut found = Vec::new();
        for (topic, processed) in processed {
            let position = read.get(topic).copied().unwrap_or_default().max(*processed);
            let seen = self.seen.entry(Arc::clone(topic)).or_insert(Seen { position, since: Instant::now() });
            if seen.position != position {
                *seen = Seen { position, since: Instant::now() };
            }
            if seen.since.elapsed() < PATIENCE {
                continue;
            }
            // Brokers that do not answer are told of elsewhere, and are not asked twice: others wait for this thread.
            let Some(reason) = why(instance, consumer, topic, self.partition, position) else { return };
            found.extend(reason.map(|reason| Standstill { topic: Arc::clone(topic), position, reason }));
        }
        if found != self.told {
            self.tell(found.clone());
            instance.status.stands_still(self.partition, self.epoch, found);
        }
    }

    /// The next offset that the client gives, by topic: it passes what is never given, markers and aborted records.
    fn read(&self, consumer: &Member) -> BTreeMap<Arc<str>, i64> {
        let Ok(positions) = consumer.position() else { return BTreeMap::new() };
        let own = positions.elements().into_iter().filter(|element| element.partition() == self.partition);
        own.filter_map(|element| match element.offset() {
            Offset::Offset(offset) => Some((Arc::from(element.topic()), offset)),
            Offset::Beginning | Offset::End | Offset::Stored | Offset::Invalid | Offset::OffsetTail(_) => None,
        })
        .collect()
    }

    fn tell(&mut self, found: Vec<Standstill>) {
        let partition = self.partition;
        for gone in self.told.iter().filter(|told| !found.iter().any(|now| now.topic == told.topic)) {
            tracing::info!(partition, topic = &*gone.topic, "an input goes on");
            metrics::goes_on(&gone.topic, partition);
        }
        for now in found.iter().filter(|now| !self.told.contains(now)) {
            let (topic, position) = (&*now.topic, now.position);
            metrics::stands_still(topic, partition);
            match &now.reason {
                Reason::Unreadable(error) => {
                    tracing::error!(partition, topic, position, error, "the client cannot unpack an input");
                }
                Reason::OpenTransaction => {
                    tracing::warn!(partition, topic, position, "an input waits for a transaction of somebody else");
                }
                Reason::Unknown => tracing::error!(partition, topic, position, "the client does not go on"),
            }
        }
        self.told = found;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for told in &self.told {
            metrics::goes_on(&told.topic, self.partition);
        }
    }
}

/// Why an input stands at a position, if there is more to read; `None` when the broker does not answer.
fn why(instance: &Instance, consumer: &Member, topic: &str, partition: i32, position: i64) -> Option<Option<Reason>> {
    let (_, high) = instance.watermarks.of(topic, partition).ok()?;
    if position >= high {
        return Some(None);
    }
    // A client that reads committed records only is told where those end.
    let (_, stable) = consumer.fetch_watermarks(topic, partition, ANSWER_WITHIN).ok()?;
    Some(judge(position, stable, high, consumer.context().unpack_complaint()))
}
