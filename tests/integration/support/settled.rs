//! Whether a deployment has worked off everything it was given, asked cheaply: by offsets, without reading records.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use stockroom::codec::record::Topic;

use super::broker;
use super::deployment::Deployment;

const REQUEST: Duration = Duration::from_secs(10);

/// Asks the group and the topics of one deployment.
pub struct Settled {
    committed: BaseConsumer,
    uncommitted: BaseConsumer,
    inputs: TopicPartitionList,
}

impl Settled {
    pub fn of(deployment: &Deployment) -> Self {
        let consumer = |isolation: &str| {
            ClientConfig::new()
                .set("bootstrap.servers", broker::bootstrap())
                .set("group.id", deployment.group())
                .set("isolation.level", isolation)
                .create()
                .unwrap()
        };
        let mut inputs = TopicPartitionList::new();
        for topic in [Topic::Commands, Topic::Legs] {
            for partition in 0..deployment.partitions {
                inputs.add_partition(deployment.names.name(topic), partition);
            }
        }
        Self { committed: consumer("read_committed"), uncommitted: consumer("read_uncommitted"), inputs }
    }

    /// Waits; `false` when it takes too long.
    pub fn wait(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while !self.is_now() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// No transaction is open, and of no input the group is behind: what it has not read is at most the marker of the
    /// last transaction.
    fn is_now(&self) -> bool {
        let Ok(offsets) = self.committed.committed_offsets(self.inputs.clone(), REQUEST) else { return false };
        offsets.elements().iter().all(|input| {
            let end = |consumer: &BaseConsumer| consumer.fetch_watermarks(input.topic(), input.partition(), REQUEST);
            let (Ok((_, stable)), Ok((_, high))) = (end(&self.committed), end(&self.uncommitted)) else { return false };
            let marker = i64::from(input.topic().ends_with(Topic::Legs.name()));
            let next = if let Offset::Offset(next) = input.offset() { next } else { 0 };
            stable == high && (high == 0 || next >= high - marker)
        })
    }
}
