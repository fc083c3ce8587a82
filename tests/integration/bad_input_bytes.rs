//! Records that ordinary clients refuse to send, byte for byte through Kafka: odd headers, odd times, odd sizes. Each has
//! exactly one outcome, and the partition goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use stockroom::codec::record::{InputRecord, Topic};
use stockroom::domain::time::Timestamp;
use stockroom::engine::routing::partition_of;

use super::support::deployment::Deployment;
use super::support::raw::{Raw, produce};
use super::support::settled::Settled;
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
    expected: Expected,
}

/// A store of a partition.
fn store_of(partition: i32) -> String {
    (0..).map(|n| format!("S{n}")).find(|store| partition_of(store.as_bytes(), PARTITIONS) == partition).unwrap()
}

fn noon() -> i64 {
    Timestamp::parse(NOON).unwrap().millis()
}

/// A sale of one shirt, with a number of its own.
fn sale(number: u128, store: &str) -> Raw {
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

/// What became of every input by its position: all results and dead letters that name it, or the leg in which it was
/// handed over.
fn outcomes(deployment: &Deployment) -> BTreeMap<String, Vec<InputRecord>> {
    let forwarded: BTreeMap<String, String> = deployment
        .read(Topic::Legs)
        .into_iter()
        .filter_map(|leg| {
            let from = String::from_utf8(leg.header("forwarded-from")?.to_vec()).unwrap();
            Some((leg.position.to_string(), from))
        })
        .collect();
    let mut outcomes: BTreeMap<String, Vec<InputRecord>> = BTreeMap::new();
    for record in deployment.read_all(&[Topic::Results, Topic::DeadLetters]) {
        let cause = record.cause().unwrap().to_string();
        let input = forwarded.get(&cause).unwrap_or(&cause);
        outcomes.entry(input.clone()).or_default().push(record);
    }
    outcomes
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
    let settled = Settled::of(deployment);
    let (name, store) = (deployment.names.name(topic).to_string(), store_of(partition));
    let mut accepted = 0;
    let mut sent = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        let offset = produce(&name, partition, &[row.record]).unwrap_or_else(|code| panic!("{}: {code}", row.what));
        sent.push((row.what, format!("{name}/{partition}/{offset}"), row.expected));
        let commands = deployment.names.name(Topic::Commands);
        let after = sale(1_000_000 + u128::try_from(number).unwrap(), &store);
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
        Row { what: "names that are no UTF-8", record: with(1, latin()), expected: Accepted },
        Row {
            what: "values that are no UTF-8",
            record: with(2, vec![header(b"traceparent", Some(b"\xff\xfe")), header(b"content-type", Some(b"\xff"))]),
            expected: Accepted,
        },
        Row { what: "a name of no bytes", record: with(3, vec![header(b"", Some(b"x"))]), expected: Accepted },
        Row { what: "a NUL in a name", record: with(4, vec![header(b"a\0b", Some(b"x"))]), expected: Accepted },
        Row {
            what: "the same name again and again",
            record: with(5, vec![header(b"content-type", Some(b"x")), header(b"content-type", None)]),
            expected: Accepted,
        },
        Row { what: "5,000 headers", record: with(6, many), expected: Accepted },
        Row { what: "no key", record: Raw { key: None, ..sale(7, &store) }, expected: Accepted },
        Row {
            what: "a key that is no UTF-8",
            record: Raw { key: Some(vec![0xff]), ..sale(8, &store) },
            expected: Accepted,
        },
        Row { what: "no value", record: Raw { value: None, ..sale(9, &store) }, expected: DeadLetter("empty_value") },
        Row {
            what: "nothing at all",
            record: Raw { key: None, value: None, ..sale(9, &store) },
            expected: DeadLetter("empty_value"),
        },
        Row {
            what: "rubbish under odd names",
            record: rubbish([vec![header(b"kept", Some(b"\xff"))], latin(), vec![header(b"kept", None)]].concat()),
            expected: DeadLetter("not_json"),
        },
    ];
    let letters = play(&deployment, Topic::Commands, 0, rows);
    let kept = &letters["rubbish under odd names"].headers[..3];
    let kept: Vec<_> = kept.iter().map(|header| (&*header.key, header.value.as_deref())).collect();
    assert_eq!(kept[..2], [("kept", Some(&b"\xff"[..])), ("kept", None)]);
    assert_eq!(kept[2].0, "__streams.errors.exception", "names nobody can spell are left out");
    verify(&deployment);
    assert!(instance.stop().success(), "{}", instance.tail());
}
