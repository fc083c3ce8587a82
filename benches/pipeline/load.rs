//! Commands to be worked off, from a seeded generator.

use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{ClientConfig, error::KafkaError, types::RDKafkaErrorCode};
use std::time::Duration;
use stockroom::codec::Codec;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::Topic;
use stockroom::domain::command::{Actor, Body, Command, Fingerprint, Line, Operation, RecordSale};
use stockroom::domain::ids::{StoreId, Text, Uuid};
use stockroom::domain::time::Timestamp;
use stockroom::engine::routing::partition_of;
use stockroom::kafka::topics::Names;

use crate::broker::Broker;

pub const STORES: u64 = 200;
pub const PRODUCTS: u64 = 500;
/// 2026-03-02T08:00:00Z.
pub const BEGIN_MS: i64 = 1_772_438_400_000;

/// SplitMix64: the same numbers on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

pub fn codec() -> Codec {
    Codec::new(Text::from("acme"), Formats::all(Format::Avro), "main".into())
}

pub fn command(store: &StoreId, id: u128, at: Timestamp, operation: Operation) -> Command {
    Command {
        command_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &id.to_be_bytes()),
        store_id: store.clone(),
        correlation_id: None,
        validate_only: false,
        fingerprint: Fingerprint::default(),
        operation_name: Some(operation.name()),
        body: Ok(Body {
            occurred_at: at,
            actor: Actor { id: Text::from("till-7"), role: None, device: None },
            origin: None,
            operation,
        }),
    }
}

pub fn store(number: u64) -> StoreId {
    StoreId::from(format!("S{number:03}"))
}

/// Sale number `n` of the benchmark: one line, one unit.
pub fn sale(random: &mut Random, n: u64) -> Command {
    let store = store(random.below(STORES));
    let product = format!("P{:05}", random.below(PRODUCTS)).into();
    let lines = vec![Line { product_id: product, quantity: 1 }];
    let operation = RecordSale { sale_id: format!("POS-{n:09}").into(), allocation_id: None, lines };
    let at = Timestamp::from_millis(BEGIN_MS + i64::try_from(n).unwrap() * 10);
    command(&store, u128::from(n), at, Operation::RecordSale(operation))
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
