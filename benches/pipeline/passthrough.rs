//! The yardstick: reads commands, writes as many and as large records for each as the processor does, commits both in
//! one transaction. No state, no decoding. The same client calls as in the processor's commit.
#![allow(unsafe_code, reason = "the raw transactional calls: the crate's own wait in steps of 100 ms")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::bindings as raw;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use stockroom::codec::format::Format;
use stockroom::codec::record::{InputRecord, OutputRecord, Position, Topic};
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::routing::partition_of;
use stockroom::engine::{Context, Engine};
use stockroom::kafka::client::topics::Names;
use stockroom::store::memory::MemoryStore;

use crate::broker::Broker;
use crate::measure::{Measured, measure};
use crate::process::{Process, Progress};
use crate::sales::{codec, sales};

/// The sizes of one output record, and for how many commands of a thousand it is written.
#[derive(Clone)]
struct Template {
    share: usize,
    topic: String,
    key: Vec<u8>,
    value: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
}

/// What the processor writes for a batch of sales in the middle of a run: one record of each topic, and for how many
/// commands of a thousand it is written. A store's own document is written once a batch, not once a command.
fn outputs_of_a_sale(partitions: i32, batch: usize) -> Vec<(OutputRecord, usize)> {
    let context = Arc::new(Context { settings: Settings::default(), codec: codec(), partitions });
    let mut engine = Engine::new(context, 0);
    let topic: Arc<str> = Arc::from("throughput-1-12345-inventory.commands");
    let records: Vec<InputRecord> = sales(7)
        .filter(|command| partition_of(command.store_id.as_str().as_bytes(), partitions) == 0)
        .take(batch)
        .zip(500_000..)
        .map(|(command, offset)| InputRecord {
            topic: Topic::Commands,
            position: Position { topic: Arc::clone(&topic), partition: 0, offset },
            timestamp: command.body.as_ref().unwrap().occurred_at,
            key: Some(command.store_id.as_str().to_owned().into()),
            value: Some(codec().encode_command(&command, Format::Avro).into()),
            headers: Vec::new(),
        })
        .collect();
    let outputs = engine.batch(&MemoryStore::default(), &records).unwrap().outputs;
    let of = |topic: Topic| {
        let mut outputs = outputs.iter().filter(|output| output.topic == topic);
        let one = outputs.next()?.clone();
        Some((one, (1 + outputs.count()) * 1_000 / batch))
    };
    Topic::ALL.into_iter().filter_map(of).collect()
}

fn describe((output, share): &(OutputRecord, usize), names: &Names) -> String {
    let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
    let headers: Vec<String> =
        output.headers.iter().map(|header| format!("{}={}", header.key, length(&header.value))).collect();
    format!(
        "{share}:{}:{}:{}:{}",
        names.name(output.topic),
        length(&output.key),
        length(&output.value),
        headers.join(",")
    )
}

fn template(text: &str) -> Template {
    let parts: Vec<&str> = text.split(':').collect();
    let bytes = |text: &str| vec![b'x'; text.parse().unwrap()];
    let headers = parts[4].split(',').filter(|header| !header.is_empty()).map(|header| {
        let (key, length) = header.split_once('=').unwrap();
        (key.to_owned(), bytes(length))
    });
    Template {
        share: parts[0].parse().unwrap(),
        topic: parts[1].to_owned(),
        key: bytes(parts[2]),
        value: bytes(parts[3]),
        headers: headers.collect(),
    }
}

fn arguments(names: &Names, out: &Names, partitions: i32, batch_max: usize) -> Vec<String> {
    let commands = names.name(Topic::Commands).to_string();
    let mut arguments = vec![commands, partitions.to_string(), batch_max.to_string()];
    let outputs = outputs_of_a_sale(partitions, batch_max);
    let records = outputs.iter().map(|(_, share)| share).sum::<usize>();
    let bytes = outputs.iter().map(|(output, share)| size(output) * share).sum::<usize>();
    eprintln!("pass-through: {records} records and {bytes} bytes for a thousand commands");
    arguments.extend(outputs.iter().map(|output| describe(output, out)));
    arguments
}

fn size(output: &OutputRecord) -> usize {
    let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
    let headers = output.headers.iter().map(|header| header.key.len() + length(&header.value));
    length(&output.key) + length(&output.value) + headers.sum::<usize>()
}

/// Works off a backlog; batches as large as what is ready, up to 5,000.
pub fn backlog(broker: &Broker, prefix: &str, names: &Names, partitions: i32, commands: u64) -> Measured {
    let (_, out) = broker.topics(&format!("{prefix}out"), partitions);
    let process = Process::pass_through(broker, prefix, &arguments(names, &out, partitions, 5_000));
    let progress = Progress::of(broker, &format!("{prefix}pass"), names.name(Topic::Commands), partitions);
    measure(process, &progress, commands)
}

/// Transactions of at most `batch_max` commands on one partition; its log tells each one's duration.
pub fn small_batches(broker: &Broker, prefix: &str, names: &Names, batch_max: usize) -> (Process, Progress) {
    let (_, out) = broker.topics(&format!("{prefix}out"), 1);
    let process = Process::pass_through(broker, prefix, &arguments(names, &out, 1, batch_max));
    (process, Progress::of(broker, &format!("{prefix}pass"), names.name(Topic::Commands), 1))
}

/// The child: `BOOTSTRAP PREFIX COMMANDS-TOPIC PARTITIONS BATCH-MAX TEMPLATE…`.
pub fn run(arguments: &[String]) {
    let partitions: i32 = arguments[3].parse().unwrap();
    std::thread::scope(|scope| {
        for partition in 0..partitions {
            scope.spawn(move || pass(arguments, partition));
        }
    });
}

fn pass(arguments: &[String], partition: i32) {
    let (bootstrap, prefix, commands) = (&arguments[0], &arguments[1], &arguments[2]);
    let batch_max: usize = arguments[4].parse().unwrap();
    let templates: Vec<Template> = arguments[5..].iter().map(|text| template(text)).collect();
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", format!("{prefix}pass"))
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("queued.max.messages.kbytes", "8192")
        .create()
        .unwrap();
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(commands, partition, Offset::Beginning).unwrap();
    consumer.assign(&assignment).unwrap();
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("transactional.id", format!("{prefix}pass-{partition}"))
        .set("transaction.timeout.ms", "10000")
        .set("message.timeout.ms", "10000")
        .set("linger.ms", "5")
        .set("queue.buffering.max.messages", "200000")
        .create()
        .unwrap();
    producer.init_transactions(Duration::from_secs(30)).unwrap();
    loop {
        let mut batch = Vec::new();
        let mut patience = Duration::from_millis(100);
        while batch.len() < batch_max
            && let Some(message) = consumer.poll(patience)
        {
            batch.push(message.unwrap().detach());
            patience = Duration::ZERO;
        }
        if !batch.is_empty() {
            transaction(&producer, &consumer, commands, partition, &batch, &templates);
        }
    }
}

fn transaction(
    producer: &ThreadedProducer<DefaultProducerContext>,
    consumer: &BaseConsumer,
    commands: &str,
    partition: i32,
    batch: &[rdkafka::message::OwnedMessage],
    templates: &[Template],
) {
    let began = Instant::now();
    let native = producer.client().native_ptr();
    // SAFETY: both clients live during the calls; the metadata is destroyed once, after its last use.
    let good = unsafe {
        raw::rd_kafka_begin_transaction(native).is_null() && {
            for (n, message) in batch.iter().enumerate() {
                for template in templates.iter().filter(|template| n * template.share % 1_000 < template.share) {
                    send(producer, template, partition, message.timestamp().to_millis());
                }
            }
            let flushed = raw::rd_kafka_flush(native, 10_000);
            let mut offsets = TopicPartitionList::new();
            let next = batch.last().unwrap().offset() + 1;
            offsets.add_partition_offset(commands, partition, Offset::Offset(next)).unwrap();
            let metadata = raw::rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
            let sent = raw::rd_kafka_send_offsets_to_transaction(native, offsets.ptr(), metadata, 10_000);
            raw::rd_kafka_consumer_group_metadata_destroy(metadata);
            flushed == raw::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
                && sent.is_null()
                && raw::rd_kafka_commit_transaction(native, 10_000).is_null()
        }
    };
    assert!(good, "the pass-through's transaction failed");
    if batch.len() <= 100 {
        println!("committed records={} micros={}", batch.len(), began.elapsed().as_micros());
    }
}

fn send(producer: &ThreadedProducer<DefaultProducerContext>, template: &Template, partition: i32, at: Option<i64>) {
    loop {
        let mut headers = OwnedHeaders::new_with_capacity(template.headers.len());
        for (key, value) in &template.headers {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        let record = BaseRecord::to(&template.topic)
            .partition(partition)
            .key(&template.key)
            .payload(&template.value)
            .timestamp(at.unwrap_or(Timestamp::default().millis()))
            .headers(headers);
        if producer.send(record).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
