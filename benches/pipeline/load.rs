//! A backlog to be worked off.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;

use stockroom::codec::Codec;
use stockroom::codec::format::Format;
use stockroom::codec::record::Topic;
use stockroom::domain::command::Command;
use stockroom::engine::routing::partition_of;
use stockroom::kafka::client::topics::Names;

use crate::broker::Broker;
use crate::sales::codec;

/// Writes commands as fast as they go.
pub fn backlog(broker: &Broker, names: &Names, partitions: i32, commands: impl Iterator<Item = Command>) {
    let began = Instant::now();
    let loader = Loader::new(broker, names, partitions, "20");
    let count = commands.map(|command| loader.send(&command)).count();
    loader.flush();
    eprintln!("{count} commands written in {:.1} s", began.elapsed().as_secs_f64());
}

/// Writes commands to the commands topic, as an upstream application does.
pub struct Loader {
    producer: ThreadedProducer<DefaultProducerContext>,
    codec: Codec,
    topic: String,
    partitions: i32,
}

impl Loader {
    pub fn new(broker: &Broker, names: &Names, partitions: i32, linger_ms: &str) -> Self {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", broker.bootstrap())
            .set("linger.ms", linger_ms)
            .set("queue.buffering.max.messages", "200000")
            .create()
            .unwrap();
        Self { producer, codec: codec(), topic: names.name(Topic::Commands).to_string(), partitions }
    }

    pub fn send(&self, command: &Command) {
        let value = self.codec.encode_command(command, Format::Avro);
        let key = command.store_id.as_str().as_bytes();
        let at = command.body.as_ref().unwrap().occurred_at.millis();
        let mut record = BaseRecord::to(&self.topic)
            .key(key)
            .payload(&value)
            .partition(partition_of(key, self.partitions))
            .timestamp(at);
        while let Err((error, back)) = self.producer.send(record) {
            assert!(matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)), "{error}");
            std::thread::sleep(Duration::from_millis(5));
            record = back;
        }
    }

    pub fn flush(&self) {
        self.producer.flush(Duration::from_secs(60)).unwrap();
    }
}
