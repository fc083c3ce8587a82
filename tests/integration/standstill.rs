//! Inputs that do not go on: what the client cannot unpack, and transactions of others. None of them stops in silence.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use stockroom::codec::record::Topic;
use stockroom::engine::routing::partition_of;
use stockroom::kafka::client::sender::Outgoing;

use super::support::broker;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::instance::Instance;
use super::support::sales::Sales;

const PATIENCE: Duration = Duration::from_secs(60);

fn producer(settings: &[(&str, &str)]) -> ThreadedProducer<DefaultProducerContext> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker::bootstrap());
    for (key, value) in settings {
        config.set(*key, *value);
    }
    config.create().unwrap()
}

fn wait_for(what: &str, instance: &Instance, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}\n{}", instance.tail());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The next sale of a store on this of two partitions.
fn sale_on(sales: &mut Sales, partition: i32) -> Outgoing {
    loop {
        let sale = sales.next();
        if partition_of(sale.key.as_deref().unwrap(), 2) == partition {
            return Outgoing { timestamp: None, ..sale };
        }
    }
}

fn send(deployment: &Deployment, outgoing: &Outgoing) {
    let mut sender = deployment.sender();
    sender.send(outgoing).unwrap();
    sender.flush(PATIENCE).unwrap();
}

const BOMB_BYTES: usize = 120_000_000;

/// Some kilobytes on the wire, more than `receive.message.max.bytes` when unpacked.
fn send_bomb(topic: &str) {
    let producer = producer(&[("message.max.bytes", "200000000"), ("compression.type", "zstd")]);
    let value = vec![b' '; BOMB_BYTES];
    let record = BaseRecord::<[u8], [u8]>::to(topic).partition(0).payload(&value);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
}

fn is_ready(instance: &Instance) -> bool {
    instance.get("/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.0 200"))
}

#[test]
fn what_the_client_cannot_unpack_is_said_aloud_and_the_remedy_helps() {
    let deployment = Deployment::new("unpacked", 2, IMPATIENT);
    let commands = deployment.names.name(Topic::Commands).to_string();
    let mut sales = Sales::new(51, 10, false);
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    send(&deployment, &sale_on(&mut sales, 0));
    wait_for("it runs", &instance, || deployment.read(Topic::Results).len() == 1);
    wait_for("it is ready", &instance, || is_ready(&instance));
    send_bomb(&commands);
    for partition in [0, 1] {
        send(&deployment, &sale_on(&mut sales, partition));
    }
    wait_for("it says so", &instance, || instance.log().contains("the client cannot unpack an input"));
    assert_eq!(deployment.read(Topic::Results).len(), 2, "the neighbour goes on");
    let ready = instance.get("/readyz").unwrap();
    assert!(ready.starts_with("HTTP/1.0 503"), "{ready}");
    assert!(ready.contains(&format!("partition 0: {commands} stands still at 1: the client cannot unpack")), "{ready}");
    let metric = format!("stockroom_input_stands_still{{partition=\"0\",topic=\"{commands}\"}} 1\n");
    assert!(instance.get("/metrics").unwrap().contains(&metric));
    assert!(instance.log().matches("the consumer says").count() < 10, "it says so again and again");
    assert!(instance.stop().success());
    // A remedy of docs/running.md: go on behind it.
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", broker::bootstrap()).create().unwrap();
    assert_eq!(consumer.fetch_watermarks(&commands, 0, PATIENCE).unwrap().1, 3);
    let (group, topic) = (deployment.group(), format!("{commands}:0"));
    let arguments = ["--reset-offsets", "--to-offset", "2", "--group", &group, "--topic", &topic, "--execute"];
    deployment.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", &arguments);
    instance.start();
    wait_for("it goes on", &instance, || deployment.read(Topic::Results).len() == 3);
    wait_for("it is ready", &instance, || is_ready(&instance));
    assert!(instance.stop().success());
    // The other one: let it in. Then it is a record like any other that nobody can answer.
    send_bomb(&commands);
    let mut wide = deployment.instance("a").shipped().with("STOCKROOM__KAFKA__RECEIVE_MESSAGE_MAX_BYTES", "200000000");
    wide.start();
    wait_for("it is put aside", &wide, || deployment.read(Topic::DeadLetters).len() == 1);
    let letter = deployment.read(Topic::DeadLetters).remove(0);
    assert_eq!(letter.header("original-value-bytes"), Some(BOMB_BYTES.to_string().as_bytes()));
    wait_for("it is ready", &wide, || is_ready(&wide));
    assert!(wide.stop().success());
}

#[test]
fn transactions_of_others_are_waited_for_and_aborted_ones_are_not_there() {
    let deployment = Deployment::new("upstream", 1, IMPATIENT);
    let commands = deployment.names.name(Topic::Commands).to_string();
    let mut sales = Sales::new(52, 3, false);
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let upstream = producer(&[("transactional.id", &format!("{}upstream", deployment.prefix))]);
    upstream.init_transactions(PATIENCE).unwrap();
    let mut send_in_transaction = || {
        let sale = sales.next();
        let record = BaseRecord::<[u8], [u8]>::to(&commands).partition(0);
        let record = record.key(sale.key.as_deref().unwrap()).payload(sale.value.as_deref().unwrap());
        upstream.begin_transaction().unwrap();
        upstream.send(record).map_err(|(error, _)| error).unwrap();
        upstream.flush(PATIENCE).unwrap();
    };
    send_in_transaction();
    upstream.abort_transaction(PATIENCE).unwrap();
    send_in_transaction();
    let mut others = Sales::new(53, 3, false);
    send(&deployment, &Outgoing { timestamp: None, ..others.next() });
    let waits = "an input waits for a transaction of somebody else";
    wait_for("it says that it waits", &instance, || instance.log().contains(waits));
    assert_eq!(deployment.read(Topic::Results).len(), 0);
    assert!(is_ready(&instance), "it goes on by itself");
    upstream.commit_transaction(PATIENCE).unwrap();
    wait_for("it goes on", &instance, || deployment.read(Topic::Results).len() == 2);
    wait_for("it says that it goes on", &instance, || instance.log().contains("an input goes on"));
    // At the end stand an aborted record and its marker, which no client is ever given, not after a restart either.
    send_in_transaction();
    upstream.abort_transaction(PATIENCE).unwrap();
    assert!(instance.stop().success());
    instance.start();
    wait_for("it is ready", &instance, || is_ready(&instance));
    std::thread::sleep(Duration::from_secs(25));
    assert!(!instance.log().contains("does not go on"), "{}", instance.tail());
    assert_eq!(instance.log().matches(waits).count(), 1, "{}", instance.tail());
    assert!(is_ready(&instance));
    assert_eq!(deployment.read(Topic::Results).len(), 2);
    deployment.verify("a", &[]).unwrap();
    assert!(instance.stop().success());
}
