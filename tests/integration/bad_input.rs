//! What nobody should send, through Kafka: each has exactly one outcome, the one of the contract (§4), and the partition
//! goes on.

use std::time::Duration;

use serde_json::{Value, json};
use stockroom::codec::command::from_json;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::framing::FRAME_BYTES;
use stockroom::codec::record::{Header, InputRecord, Topic};
use stockroom::codec::{Codec, schemas::Schema};
use stockroom::domain::time::Timestamp;
use stockroom::kafka::client::sender::Outgoing;

use super::support::deployment::Deployment;
use super::support::outcomes::outcomes;
use super::support::settled::Settled;
use super::support::stores::stores_of;
use Expected::{Accepted, Clamped, DeadLetter, Rejected};

const PARTITIONS: i32 = 3;
const PATIENCE: Duration = Duration::from_secs(60);
const NOON: &str = "2026-03-02T12:00:00.000Z";
/// A header with which every record is found again.
const NUMBER: &str = "number";

/// What must become of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    DeadLetter(&'static str),
    Rejected(&'static str),
    Accepted,
    Clamped,
}

struct Row {
    what: &'static str,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<Header>,
    expected: Expected,
}

impl Row {
    fn headed(mut self, key: &str, value: Option<&[u8]>) -> Self {
        self.headers.push(Header { key: key.to_owned().into(), value: value.map(|value| value.to_vec().into()) });
        self
    }

    fn keyed(mut self, key: Option<&str>) -> Self {
        self.key = key.map(|key| key.as_bytes().to_vec());
        self
    }
}

/// A store of each partition.
fn stores() -> Vec<String> {
    (0..PARTITIONS).map(|partition| stores_of(partition, PARTITIONS).next().unwrap()).collect()
}

/// A command with a number of its own.
fn command(number: usize, store: &str, operation: &Value) -> Value {
    let id = uuid::Uuid::from_u128(u128::try_from(number).unwrap() + 1);
    json!({ "command_id": id.to_string(), "store_id": store, "occurred_at": NOON, "actor": { "id": "till" },
        "operation": operation })
}

fn sale(number: usize, store: &str, lines: &Value) -> Value {
    command(number, store, &json!({ "record_sale": { "sale_id": format!("sale-{number}"), "lines": lines } }))
}

/// The sale of a quantity, as it would be written in JSON.
fn sale_of(number: usize, store: &str, quantity: &str) -> Vec<u8> {
    let sale = sale(number, store, &json!([{ "product_id": "shirt", "quantity": "Q" }]));
    sale.to_string().replace("\"Q\"", quantity).into_bytes()
}

/// The same command without a field, or with another value.
fn with(mut command: Value, field: &str, value: Option<Value>) -> Value {
    let fields = command.as_object_mut().unwrap();
    match value {
        Some(value) => fields.insert(field.to_owned(), value),
        None => fields.remove(field),
    };
    command
}

fn avro(command: &Value) -> Vec<u8> {
    let codec = Codec::new("acme".into(), Formats::default(), "main".into());
    let bytes = codec.encode_command(&from_json(command.to_string().as_bytes()).unwrap(), Format::Avro);
    assert_eq!(bytes[..FRAME_BYTES], [&[0][..], &Schema::Command.newest().id().to_be_bytes()[..]].concat());
    bytes
}

/// The table; the ids of commands begin at 1,000,000.
fn rows(store: &str, other: &str) -> Vec<Row> {
    let row = |what, value: Option<Vec<u8>>, expected| Row {
        what,
        key: Some(store.as_bytes().to_vec()),
        value,
        headers: Vec::new(),
        expected,
    };
    let mut rows = undecodable(row, store);
    rows.extend(refused(row, store));
    rows.extend(unusual(row, store, other));
    rows
}

fn undecodable(row: impl Fn(&'static str, Option<Vec<u8>>, Expected) -> Row, store: &str) -> Vec<Row> {
    let dead = |what, value: &[u8], code| row(what, Some(value.to_vec()), DeadLetter(code));
    let good = sale(1_000_000, store, &json!([{ "product_id": "shirt", "quantity": 1 }]));
    let framed = avro(&good);
    let json = |field, value| with(good.clone(), field, value).to_string().into_bytes();
    let unknown = [&[0, 0, 0, 0, 99], &framed[FRAME_BYTES..]].concat();
    let of_events = [&[0][..], &Schema::Event.newest().id().to_be_bytes()[..], &framed[FRAME_BYTES..]].concat();
    vec![
        dead("empty value", b"", "empty_value"),
        row("tombstone", None, DeadLetter("empty_value")),
        row("tombstone without a key", None, DeadLetter("empty_value")).keyed(None),
        dead("random bytes", &[0xff, 0xfe, 0x80, 0x12, 0x00, 0x9c], "wrong_magic_byte"),
        dead("too short", &framed[..FRAME_BYTES - 1], "too_short"),
        dead("wrong magic byte", &[&[0x48, 0xff], &framed[2..]].concat(), "wrong_magic_byte"),
        dead("truncated Avro", &framed[..framed.len() - 1], "not_avro"),
        dead("Avro with a byte too many", &[&*framed, &[0]].concat(), "not_avro"),
        dead("unknown schema id", &unknown, "unknown_schema_id"),
        dead("the schema of events", &of_events, "unknown_schema_id"),
        dead("schema header of another form", &framed, "wrong_magic_byte").headed("__value_schema_id", Some(&[0; 17])),
        dead("Avro said to be JSON", &framed, "not_json").headed("content-type", Some(b"application/json")),
        dead("not JSON", b"hello", "not_json"),
        dead("half a JSON", &good.to_string().into_bytes()[..40], "not_json")
            .headed("error-code", Some(b"an earlier one"))
            .headed("twice", None)
            .headed("twice", Some(b"")),
        dead("JSON without command id", &json("command_id", None), "malformed_command"),
        dead("JSON with a store id of a wrong type", &json("store_id", Some(json!(7))), "malformed_command"),
        dead("a store id of 10 kB", &json("store_id", Some(json!("S".repeat(10_000)))), "malformed_command")
            .keyed(Some(&"S".repeat(10_000))),
    ]
}

fn refused(row: impl Fn(&'static str, Option<Vec<u8>>, Expected) -> Row, store: &str) -> Vec<Row> {
    let quantity =
        |what, number, quantity| row(what, Some(sale_of(number, store, quantity)), Rejected("malformed_quantity"));
    let wrong_type = with(sale(1_000_100, store, &json!([])), "actor", Some(json!(7))).to_string().into_bytes();
    let wrong_lines = sale(1_000_101, store, &json!("shirt")).to_string().into_bytes();
    let lines: Vec<Value> = (0..1_001).map(|n| json!({ "product_id": format!("P{n}"), "quantity": 1 })).collect();
    let many = sale(1_000_102, store, &json!(lines)).to_string().into_bytes();
    vec![
        row("JSON with an actor of a wrong type", Some(wrong_type), Rejected("malformed_command")),
        row("JSON with lines of a wrong type", Some(wrong_lines), Rejected("malformed_command")),
        quantity("negative", 1_000_103, "-1"),
        quantity("a little too large", 1_000_104, "1000000001"),
        quantity("overflowing", 1_000_105, "9223372036854775808"),
        quantity("overflowing anything", 1_000_106, "1e400"),
        quantity("fractional", 1_000_107, "1.5"),
        quantity("fractional in form", 1_000_108, "3.0"),
        row("1,001 lines", Some(many), Rejected("too_many_lines")),
    ]
}

fn unusual(row: impl Fn(&'static str, Option<Vec<u8>>, Expected) -> Row, store: &str, other: &str) -> Vec<Row> {
    let one = |number| sale(number, store, &json!([{ "product_id": "shirt", "quantity": 1 }]));
    let bytes = |command: Value| Some(command.to_string().into_bytes());
    let ahead = with(one(1_000_200), "occurred_at", Some(json!("2027-03-02T12:00:00Z")));
    let reason = json!({ "define_reason": { "reason_code": "FOUND", "type": "Stock correction", "subtype": "found",
        "destination_stock_location": "main", "is_activated": true } });
    let note = json!({ "adjust_stock": { "reason_code": "FOUND", "note": "n".repeat(900_000),
        "lines": [{ "product_id": "shirt", "quantity": 1 }] } });
    vec![
        row("a device clock a year ahead", bytes(ahead), Clamped),
        row("a null key", bytes(one(1_000_201)), Accepted).keyed(None),
        row("a key that is not the store", bytes(one(1_000_202)), Accepted).keyed(Some(other)),
        row("a header without a value", bytes(one(1_000_203)), Accepted).headed("content-type", None),
        row("Avro among JSON", Some(avro(&one(1_000_204))), Accepted),
        row("a reason", bytes(command(1_000_205, store, &reason)), Accepted),
        row("a 900 kB note", bytes(command(1_000_206, store, &note)), Rejected("malformed_command")),
    ]
}

fn streams(name: &str) -> String {
    format!("__streams.errors.{name}")
}

/// A dead letter is the record as it was, and headers that say why.
fn check_dead_letter(what: &str, input: &InputRecord, letter: &InputRecord, code: &str) {
    assert_eq!(letter.topic, Topic::DeadLetters, "{what}");
    assert_eq!((&letter.key, &letter.value), (&input.key, &input.value), "{what}");
    assert_eq!(letter.timestamp, input.timestamp, "{what}");
    assert_eq!(letter.position.partition, input.position.partition, "{what}");
    let (original, added) = letter.headers.split_at(input.headers.len());
    assert_eq!(original, input.headers, "{what}");
    let message = added.iter().find(|header| *header.key == *streams("message")).unwrap();
    let message = String::from_utf8(message.value.as_deref().unwrap().to_vec()).unwrap();
    assert!(!message.is_empty(), "{what}");
    let expected = [
        (streams("exception"), "stockroom.Undecodable".to_owned()),
        (streams("message"), message),
        (streams("topic"), input.position.topic.to_string()),
        (streams("partition"), input.position.partition.to_string()),
        (streams("offset"), input.position.offset.to_string()),
        ("error-code".to_owned(), code.to_owned()),
    ];
    let expected = expected.map(|(key, value)| Header { key: key.into(), value: Some(value.into()) });
    assert_eq!(added, expected, "{what}");
}

fn check(what: &str, input: &InputRecord, outcome: &InputRecord, expected: Expected) {
    if let DeadLetter(code) = expected {
        return check_dead_letter(what, input, outcome, code);
    }
    assert_eq!(outcome.topic, Topic::Results, "{what}: {:?}", outcome.headers);
    assert_eq!(outcome.timestamp, input.timestamp, "{what}");
    let result: Value = serde_json::from_slice(outcome.value.as_deref().unwrap()).unwrap();
    let (status, code, clamped) = match expected {
        Rejected(code) => ("rejected", Some(code), None),
        Clamped => ("accepted", None, Some(true)),
        Accepted | DeadLetter(_) => ("accepted", None, None),
    };
    assert_eq!(result["status"], status, "{what}: {result}");
    assert_eq!(result["code"].as_str(), code, "{what}: {result}");
    assert_eq!(result["clock_clamped"].as_bool(), clamped, "{what}: {result}");
}

#[test]
fn what_nobody_should_send_has_one_outcome_and_the_partition_goes_on() {
    let deployment = Deployment::new("bad-input", PARTITIONS, "");
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let (settled, mut sender, stores) = (Settled::of(&deployment), deployment.sender(), stores());
    let noon = Timestamp::parse(NOON).unwrap();
    // What each record is and what is expected of it, by its number.
    let mut expected: Vec<(String, Expected)> = Vec::new();
    let mut goods = 0;
    for mut row in rows(&stores[0], &stores[1]) {
        let mut send = |what: String, key, value, mut headers: Vec<Header>, outcome| {
            let number = expected.len();
            headers.push(Header { key: NUMBER.into(), value: Some(number.to_string().into()) });
            let timestamp = Some(noon.plus_millis(i64::try_from(number).unwrap()));
            sender.send(&Outgoing { key, value, headers, timestamp }).unwrap();
            expected.push((what, outcome));
        };
        send(row.what.to_owned(), row.key, row.value, std::mem::take(&mut row.headers), row.expected);
        // Of every partition: it is not known where a record without a key goes.
        for store in &stores {
            goods += 1;
            let good = sale_of(goods, store, "1");
            send(format!("after {}", row.what), Some(store.clone().into_bytes()), Some(good), Vec::new(), Accepted);
        }
        // One by one, so that no row hides behind another one's transaction.
        sender.flush(PATIENCE).unwrap();
        assert!(settled.wait(PATIENCE), "{}: it does not go on\n{}", row.what, instance.tail());
    }
    let inputs = deployment.read(Topic::Commands);
    assert_eq!(inputs.len(), expected.len());
    let mut outcomes = outcomes(&deployment);
    for input in &inputs {
        let number: usize = std::str::from_utf8(input.header(NUMBER).unwrap()).unwrap().parse().unwrap();
        let (what, expected) = &expected[number];
        let of_input = outcomes.remove(&input.position.to_string()).unwrap_or_default();
        assert_eq!(of_input.len(), 1, "{what}: outcomes");
        check(what, input, &of_input[0], *expected);
    }
    assert_eq!(outcomes.len(), 0, "outcomes of nothing");
    for options in [&[] as &[&str], &["--replay"]] {
        deployment.verify("a", options).unwrap();
    }
    assert!(instance.stop().success());
}
