//! Records that ordinary clients refuse to send, byte for byte through Kafka: odd headers, odd times, odd sizes. Each has
//! exactly one outcome, and the partition goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use serde_json::{Value, json};
use stockroom::codec::record::{InputRecord, Topic};
use stockroom::domain::time::Timestamp;

use super::support::broker;
use super::support::deployment::Deployment;
use super::support::outcomes::outcomes;
use super::support::raw::{Raw, produce};
use super::support::settled::Settled;
use super::support::stores::stores_of;
use Expected::{Accepted, DeadLetter};

const PARTITIONS: i32 = 2;
const PATIENCE: Duration = Duration::from_secs(60);
const NOON: &str = "2026-03-02T12:00:00.000Z";

/// What must become of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    DeadLetter(&'static str),
    Accepted,
}

struct Row {
    what: &'static str,
    record: Raw,
    /// Sent compressed: small on the wire, whatever it is then.
    is_compressed: bool,
    expected: Expected,
}

impl Row {
    fn new(what: &'static str, record: Raw, expected: Expected) -> Self {
        Self { what, record, is_compressed: false, expected }
    }

    fn compressed(self) -> Self {
        Self { is_compressed: true, ..self }
    }

    /// Sends it; its offset.
    fn send(&self, topic: &str, partition: i32) -> Result<i64, i16> {
        if self.is_compressed {
            return Ok(compressed(topic, partition, &self.record));
        }
        produce(topic, partition, std::slice::from_ref(&self.record))
    }
}

/// Sends a record as an ordinary client does that may send large ones and compresses them; its offset.
fn compressed(topic: &str, partition: i32, record: &Raw) -> i64 {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker::bootstrap());
    let consumer: BaseConsumer = config.create().unwrap();
    config.set("message.max.bytes", "100000000").set("compression.type", "gzip");
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().unwrap();
    let mut outgoing = BaseRecord::<[u8], [u8]>::to(topic).partition(partition).timestamp(record.timestamp);
    outgoing.key = record.key.as_deref();
    outgoing.payload = record.value.as_deref();
    producer.send(outgoing).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
    consumer.fetch_watermarks(topic, partition, PATIENCE).unwrap().1 - 1
}

/// A store of a partition.
fn store_of(partition: i32) -> String {
    stores_of(partition, PARTITIONS).next().unwrap()
}

fn noon() -> i64 {
    Timestamp::parse(NOON).unwrap().millis()
}

/// A sale of one shirt, with a number of its own.
pub fn sale(number: u128, store: &str) -> Raw {
    let id = uuid::Uuid::from_u128(number);
    let value = json!({ "command_id": id.to_string(), "store_id": store, "occurred_at": NOON, "actor": { "id": "till" },
        "operation": { "record_sale": { "sale_id": number.to_string(),
            "lines": [{ "product_id": "shirt", "quantity": 1 }] } } });
    Raw {
        key: Some(store.as_bytes().to_vec()),
        value: Some(value.to_string().into_bytes()),
        headers: Vec::new(),
        timestamp: noon(),
    }
}

fn text<'r>(record: &'r InputRecord, header: &str) -> Option<&'r str> {
    record.header(header).map(|value| std::str::from_utf8(value).unwrap())
}

/// The stock on hand of the shirt.
fn on_hand(deployment: &Deployment, store: &str) -> i64 {
    let rows = deployment.read(Topic::Stock);
    let row = rows.iter().rfind(|row| row.key.as_deref() == Some(format!("{store}|shirt").as_bytes())).unwrap();
    let row: Value = serde_json::from_slice(row.value.as_deref().unwrap()).unwrap();
    row["on_hand"]["main"].as_i64().unwrap()
}

/// Sends every row, each followed by a good sale of its partition, and compares what came of them. The dead letters, by
/// what they are.
fn play(deployment: &Deployment, topic: Topic, partition: i32, rows: Vec<Row>) -> BTreeMap<&'static str, InputRecord> {
    play_after(deployment, topic, partition, rows, 0)
}

/// The same, after so many shirts were sold.
fn play_after(
    deployment: &Deployment,
    topic: Topic,
    partition: i32,
    rows: Vec<Row>,
    sold: i64,
) -> BTreeMap<&'static str, InputRecord> {
    let settled = Settled::of(deployment);
    let (name, store) = (deployment.names.name(topic).to_string(), store_of(partition));
    let mut accepted = sold;
    let mut sent = Vec::new();
    for row in rows {
        let offset = row.send(&name, partition).unwrap_or_else(|code| panic!("{}: {code}", row.what));
        sent.push((row.what, format!("{name}/{partition}/{offset}"), row.expected));
        let commands = deployment.names.name(Topic::Commands);
        let after = sale(1_000_000 + u128::try_from(accepted).unwrap(), &store);
        produce(commands, partition, &[after]).unwrap();
        assert!(settled.wait(PATIENCE), "{}: it does not go on", row.what);
        accepted += 1 + i64::from(row.expected == Accepted);
    }
    let mut outcomes = outcomes(deployment);
    let mut letters = BTreeMap::new();
    for (what, position, expected) in sent {
        let mut came = outcomes.remove(&position).unwrap_or_default();
        assert_eq!(came.len(), 1, "{what}: outcomes");
        let outcome = came.remove(0);
        match expected {
            DeadLetter(code) => {
                assert_eq!(outcome.topic, Topic::DeadLetters, "{what}");
                assert_eq!(text(&outcome, "error-code"), Some(code), "{what}");
                letters.insert(what, outcome);
            }
            Accepted => {
                let result: Value = serde_json::from_slice(outcome.value.as_deref().unwrap()).unwrap();
                assert_eq!(result["status"], "accepted", "{what}: {result}");
            }
        }
    }
    assert_eq!(on_hand(deployment, &store), -accepted);
    letters
}

fn verify(deployment: &Deployment) {
    for options in [&[] as &[&str], &["--replay"]] {
        deployment.verify("a", options).unwrap();
    }
}

#[test]
fn odd_headers_keys_and_values_have_one_outcome_each() {
    let deployment = Deployment::new("odd-headers", PARTITIONS, "");
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let store = store_of(0);
    let header = |name: &[u8], value: Option<&[u8]>| (name.to_vec(), value.map(<[u8]>::to_vec));
    let with = |number: u128, headers: Vec<(Vec<u8>, Option<Vec<u8>>)>| Raw { headers, ..sale(number, &store) };
    let latin = || vec![header(b"Filiale-Gr\xf6\xdfe", Some(b"1")), header(b"\xc3\x28", None)];
    let rubbish = |headers| Raw { value: Some(b"no JSON".to_vec()), headers, ..sale(0, &store) };
    let many = (0..5_000).map(|n| header(format!("h{n}").as_bytes(), Some(b"v"))).collect();
    let rows = vec![
        Row::new("names that are no UTF-8", with(1, latin()), Accepted),
        Row::new(
            "values that are no UTF-8",
            with(2, vec![header(b"traceparent", Some(b"\xff\xfe")), header(b"content-type", Some(b"\xff"))]),
            Accepted,
        ),
        Row::new("a name of no bytes", with(3, vec![header(b"", Some(b"x"))]), Accepted),
        Row::new("a NUL in a name", with(4, vec![header(b"a\0b", Some(b"x"))]), Accepted),
        Row::new(
            "the same name again and again",
            with(5, vec![header(b"content-type", Some(b"x")), header(b"content-type", None)]),
            Accepted,
        ),
        Row::new("5,000 headers", with(6, many), Accepted),
        Row::new("no key", Raw { key: None, ..sale(7, &store) }, Accepted),
        Row::new("a key that is no UTF-8", Raw { key: Some(vec![0xff]), ..sale(8, &store) }, Accepted),
        Row::new("no value", Raw { value: None, ..sale(9, &store) }, DeadLetter("empty_value")),
        Row::new("nothing at all", Raw { key: None, value: None, ..sale(9, &store) }, DeadLetter("empty_value")),
        Row::new(
            "rubbish under odd names",
            rubbish([vec![header(b"kept", Some(b"\xff"))], latin(), vec![header(b"kept", None)]].concat()),
            DeadLetter("not_json"),
        ),
    ];
    let letters = play(&deployment, Topic::Commands, 0, rows);
    let kept = &letters["rubbish under odd names"].headers[..3];
    let kept: Vec<_> = kept.iter().map(|header| (&*header.key, header.value.as_deref())).collect();
    assert_eq!(kept[..2], [("kept", Some(&b"\xff"[..])), ("kept", None)]);
    assert_eq!(kept[2].0, "__streams.errors.exception", "names nobody can spell are left out");
    verify(&deployment);
    assert!(instance.stop().success(), "{}", instance.tail());
}

#[test]
fn a_record_without_a_usable_time_is_a_dead_letter_and_changes_nothing() {
    let deployment = Deployment::new("odd-times", PARTITIONS, "");
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    // As brokers before 4.0 are by themselves; an instance looks at its start.
    deployment.alter(Topic::Commands, &format!("message.timestamp.after.max.ms={}", i64::MAX));
    let (store, other) = (store_of(0), store_of(1));
    let at = |number: u128, store: &str, timestamp| Raw { timestamp, ..sale(number, store) };
    let dead = DeadLetter("bad_timestamp");
    let rows = vec![
        Row::new("no time", at(1, &store, -1), dead),
        Row::new("1970", at(2, &store, 0), dead),
        Row::new("seconds", at(3, &store, noon() / 1_000), dead),
        Row::new("microseconds", at(4, &store, noon() * 1_000), dead),
        Row::new("microseconds, of a store elsewhere", at(5, &other, noon() * 1_000), dead),
        Row::new("the last moment there is", at(6, &store, i64::MAX), dead),
        Row::new("the same commands with a time", sale(1, &store), Accepted),
        Row::new("no time and no command", Raw { value: Some(b"x".to_vec()), ..at(0, &store, -1) }, dead),
    ];
    let letters = play(&deployment, Topic::Commands, 0, rows);
    let legs = vec![
        Row::new("a leg of microseconds", Raw { timestamp: noon() * 1_000, ..sale(7, &store) }, dead),
        Row::new("a leg without a time", Raw { timestamp: -1, ..sale(8, &store) }, dead),
    ];
    play_after(&deployment, Topic::Legs, 0, legs, 9);
    for (what, letter) in &letters {
        assert_eq!(letter.timestamp.to_string(), "2000-01-01T00:00:00.000Z", "{what}");
    }
    assert_eq!(text(&letters["no time"], "original-timestamp"), Some("-1"));
    let microseconds = (noon() * 1_000).to_string();
    assert_eq!(text(&letters["microseconds"], "original-timestamp"), Some(microseconds.as_str()));
    let documents = deployment.read(Topic::Documents);
    assert!(documents.iter().all(|row| row.timestamp.millis() == noon()), "the clock of a store moved");
    verify(&deployment);
    assert!(instance.stop().success(), "{}", instance.tail());
}

#[test]
fn what_is_small_on_the_wire_and_too_large_for_us_is_put_aside_without_its_value() {
    const LARGE: usize = 9_000_000;
    let deployment = Deployment::new("odd-sizes", PARTITIONS, "");
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let (store, other) = (store_of(0), store_of(1));
    let large = |mut record: Raw| {
        record.value.as_mut().unwrap().resize(LARGE, b' ');
        record
    };
    let rubbish = Raw { value: Some(b"no JSON".to_vec()), ..sale(0, &store) };
    let rows = vec![
        Row::new("a command", large(sale(1, &store)), Accepted).compressed(),
        Row::new("no command", large(rubbish), DeadLetter("not_json")).compressed(),
        Row::new("a command of a store elsewhere", large(sale(2, &other)), DeadLetter("too_large")).compressed(),
    ];
    let letters = play(&deployment, Topic::Commands, 0, rows);
    for (what, letter) in &letters {
        assert_eq!(letter.value, None, "{what}");
        assert_eq!(text(letter, "original-value-bytes"), Some(LARGE.to_string().as_str()), "{what}");
        assert!(letter.key.is_some(), "{what}");
    }
    verify(&deployment);
    assert!(instance.stop().success(), "{}", instance.tail());
}
