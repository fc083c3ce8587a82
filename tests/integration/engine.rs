//! What the engine does around decisions: records for other partitions, records nobody can answer, headers, tallies.

use std::collections::BTreeMap;
use std::sync::Arc;

use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::{Header, InputRecord, OutputRecord, Position, Topic};
use stockroom::domain::document::Kind;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::tally::open_documents;
use stockroom::engine::{Batch, Context, Engine, RECORD_BYTES_MAX, routing};
use stockroom::store::memory::MemoryStore;
use stockroom::store::{Store, Table};

const PARTITIONS: i32 = 4;
const AT: &str = "2026-03-02T10:00:00.000Z";

fn context() -> Arc<Context> {
    Context::new(Settings::default(), Formats::all(Format::Json), PARTITIONS)
}

fn command(id: u128, store: &str, operation: &str) -> Vec<u8> {
    let id = stockroom::domain::ids::Uuid::from_u128(id);
    format!(
        r#"{{"command_id":"{id}","store_id":"{store}","occurred_at":"{AT}","actor":{{"id":"ada"}},"operation":{operation}}}"#
    )
    .into_bytes()
}

fn sale(id: u128, store: &str) -> Vec<u8> {
    command(id, store, r#"{"record_sale":{"sale_id":"1","lines":[{"product_id":"A","quantity":1}]}}"#)
}

fn record(topic: Topic, partition: i32, value: &[u8], headers: &[(&str, &str)]) -> InputRecord {
    let header =
        |(key, value): &(&str, &str)| Header { key: (*key).to_owned().into(), value: Some((*value).to_owned().into()) };
    InputRecord {
        topic,
        position: Position { topic: Arc::from(topic.name()), partition, offset: 7 },
        timestamp: Timestamp::parse(AT).unwrap(),
        key: Some("a key".into()),
        value: Some(value.to_vec().into()),
        headers: headers.iter().map(header).collect(),
    }
}

fn run(partition: i32, records: &[InputRecord]) -> (Batch, MemoryStore) {
    let mut store = MemoryStore::default();
    let batch = Engine::new(context(), partition).batch(&store, records).unwrap();
    store.write(&batch.changes).unwrap();
    (batch, store)
}

fn header<'a>(output: &'a OutputRecord, key: &str) -> Option<&'a str> {
    let header = output.headers.iter().rfind(|header| &*header.key == key)?;
    std::str::from_utf8(header.value.as_deref()?).ok()
}

fn partition_of(store: &str) -> i32 {
    routing::partition_of(store.as_bytes(), PARTITIONS)
}

#[test]
fn a_command_on_a_wrong_partition_is_handed_over_as_it_is() {
    let owner = partition_of("S1");
    let elsewhere = (owner + 1) % PARTITIONS;
    let trace = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
    let misrouted = record(Topic::Commands, elsewhere, &sale(1, "S1"), &trace);
    let (batch, _) = run(elsewhere, std::slice::from_ref(&misrouted));
    let [leg] = &batch.outputs[..] else { panic!("{:?}", batch.outputs) };
    assert_eq!((leg.topic, leg.partition, leg.timestamp), (Topic::Legs, owner, misrouted.timestamp));
    assert_eq!((&leg.key, &leg.value), (&misrouted.key, &misrouted.value));
    let from = format!("inventory.commands/{elsewhere}/7");
    assert_eq!(header(leg, "forwarded-from"), Some(from.as_str()));
    assert!(batch.changes.rows.is_empty());
    assert_eq!(batch.tally.forwarded, 1);

    let mut arrived = record(Topic::Legs, owner, leg.value.as_deref().unwrap(), &[]);
    arrived.headers.clone_from(&leg.headers);
    let (batch, _) = run(owner, &[arrived]);
    let topics: Vec<_> = batch.outputs.iter().map(|output| output.topic).collect();
    assert_eq!(topics, [Topic::Events, Topic::Ledger, Topic::Results, Topic::Stock, Topic::Documents]);
    for output in &batch.outputs {
        assert_eq!(output.partition, owner);
        assert_eq!(header(output, "traceparent"), Some(trace[0].1), "{:?}", output.topic);
    }
    let cause = format!("inventory.legs/{owner}/7");
    assert_eq!(header(&batch.outputs[2], "cause"), Some(cause.as_str()));
}

#[test]
fn what_nobody_can_answer_is_put_aside_and_the_next_record_is_decided() {
    let owner = partition_of("S1");
    let table: [(Topic, &[u8], &str); 8] = [
        (Topic::Commands, b"", "empty_value"),
        (Topic::Commands, b"{", "not_json"),
        (Topic::Commands, b"{}", "malformed_command"),
        (Topic::Commands, b"\0\0", "too_short"),
        (Topic::Legs, b"", "empty_value"),
        (Topic::Legs, b"{", "not_json"),
        (Topic::Legs, b"\0\0\0\0\x07", "not_avro"),
        (Topic::Legs, b"\0\0\0\0\x01", "unknown_schema_id"),
    ];
    for (topic, value, code) in table {
        let bad = record(topic, owner, value, &[("mine", "kept")]);
        let (batch, _) = run(owner, &[bad.clone(), record(Topic::Commands, owner, &sale(1, "S1"), &[])]);
        let letter = &batch.outputs[0];
        assert_eq!((letter.topic, letter.partition), (Topic::DeadLetters, owner), "{topic:?} {code}");
        assert_eq!((&letter.key, &letter.value, letter.timestamp), (&bad.key, &bad.value, bad.timestamp));
        assert_eq!(header(letter, "error-code"), Some(code));
        assert_eq!(header(letter, "mine"), Some("kept"));
        assert_eq!(header(letter, "__streams.errors.offset"), Some("7"));
        assert_eq!(batch.tally.dead_letters, BTreeMap::from([(code, 1)]));
        assert_eq!(batch.outputs.iter().filter(|output| output.topic == Topic::Events).count(), 1, "{code}");
    }
}

#[test]
fn a_record_without_a_usable_time_is_put_aside_and_nothing_changes() {
    let owner = partition_of("S1");
    let elsewhere = (owner + 1) % PARTITIONS;
    for (topic, partition) in [(Topic::Commands, owner), (Topic::Commands, elsewhere), (Topic::Legs, owner)] {
        for millis in [-1, 0, 1_772_445_600, 1_772_445_600_000_000, i64::MAX, i64::MIN] {
            let mut bad = record(topic, partition, &sale(1, "S1"), &[("mine", "kept")]);
            bad.timestamp = Timestamp::from_millis(millis);
            let (batch, _) = run(partition, std::slice::from_ref(&bad));
            let [letter] = &batch.outputs[..] else { panic!("{millis}: {:?}", batch.outputs) };
            assert_eq!((letter.topic, letter.partition), (Topic::DeadLetters, partition), "{topic:?} {millis}");
            assert_eq!((&letter.key, &letter.value), (&bad.key, &bad.value));
            assert_eq!(letter.timestamp.to_string(), "2000-01-01T00:00:00.000Z", "{millis}");
            assert_eq!(header(letter, "error-code"), Some("bad_timestamp"));
            assert_eq!(header(letter, "original-timestamp"), Some(millis.to_string().as_str()));
            assert_eq!(header(letter, "mine"), Some("kept"));
            assert!(batch.changes.rows.is_empty() && batch.changes.history.is_empty(), "{millis}");
        }
    }
}

fn bytes(output: &OutputRecord) -> usize {
    let headers = output.headers.iter().map(|h| h.key.len() + h.value.as_ref().map_or(0, |value| value.len()));
    headers.chain([&output.key, &output.value].map(|part| part.as_ref().map_or(0, |part| part.len()))).sum()
}

#[test]
fn what_is_too_large_for_a_record_of_ours_is_put_aside_without_its_value() {
    let owner = partition_of("S1");
    let elsewhere = (owner + 1) % PARTITIONS;
    let filled = |value: &[u8], length: usize| [value, &vec![b' '; length - value.len()][..]].concat();
    let (rubbish, good) = (filled(b"no JSON", 9_000_000), filled(&sale(1, "S1"), 9_000_000));
    for (topic, partition, value, code) in [
        (Topic::Commands, owner, &rubbish, "not_json"),
        (Topic::Legs, owner, &rubbish, "not_json"),
        (Topic::Commands, elsewhere, &good, "too_large"),
        (Topic::Commands, owner, &filled(b"no JSON", RECORD_BYTES_MAX - 100), "not_json"),
    ] {
        let bad = record(topic, partition, value, &[("mine", "kept")]);
        let (batch, _) = run(partition, std::slice::from_ref(&bad));
        let [letter] = &batch.outputs[..] else { panic!("{code}: {:?}", batch.outputs.len()) };
        assert_eq!((letter.topic, &letter.key, &letter.value), (Topic::DeadLetters, &bad.key, &None), "{code}");
        assert_eq!(header(letter, "error-code"), Some(code));
        assert_eq!(header(letter, "mine"), Some("kept"));
        assert_eq!(header(letter, "__streams.errors.offset"), Some("7"));
        assert_eq!(header(letter, "original-value-bytes"), Some(value.len().to_string().as_str()));
        let digest = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(value));
        assert_eq!(header(letter, "original-value-xxh3"), Some(digest.as_str()));
        assert_eq!((header(letter, "original-key-bytes"), header(letter, "original-headers")), (None, None));
        assert_eq!((batch.tally.forwarded, &batch.tally.dead_letters), (0, &BTreeMap::from([(code, 1)])));
    }
    // What just fits is kept whole.
    let whole = record(Topic::Commands, owner, &filled(b"no JSON", RECORD_BYTES_MAX - 2_000), &[]);
    let (batch, _) = run(owner, std::slice::from_ref(&whole));
    assert_eq!(batch.outputs[0].value, whole.value);
}

#[test]
fn keys_and_headers_that_are_too_large_are_kept_as_far_as_they_fit() {
    let owner = partition_of("S1");
    let long = "v".repeat(4_000_000);
    let mut bad = record(Topic::Commands, owner, b"no JSON", &[("first", &long), ("second", &long), ("third", "kept")]);
    bad.key = Some(vec![b'k'; 100_000].into());
    let (batch, _) = run(owner, &[bad]);
    let [letter] = &batch.outputs[..] else { panic!() };
    assert!(bytes(letter) < RECORD_BYTES_MAX, "{}", bytes(letter));
    assert_eq!(letter.key.as_ref().map(|key| key.len()), Some(65_536));
    assert_eq!(header(letter, "original-key-bytes"), Some("100000"));
    assert_eq!(header(letter, "original-headers"), Some("3"));
    let names: Vec<_> = letter.headers.iter().map(|header| &*header.key).take(3).collect();
    assert_eq!(names, ["first", "third", "__streams.errors.exception"]);
    assert_eq!(header(letter, "original-value-bytes"), Some("7"));
}

#[test]
fn a_batch_writes_each_row_once_and_counts_what_happened() {
    let owner = partition_of("S1");
    let asn = r#"{"create_asn":{"asn_id":"N1","from_location":"D1","shipment_ref":"R","shipment_date":"2026-03-02T10:00:00Z","lines":[{"product_id":"A","quantity":1}]}}"#;
    let values = [sale(1, "S1"), sale(2, "S1"), sale(2, "S1"), command(2, "S1", asn), command(3, "S1", asn)];
    let records: Vec<_> = values.iter().map(|value| record(Topic::Commands, owner, value, &[])).collect();
    let (batch, store) = run(owner, &records);
    let count = |topic| batch.outputs.iter().filter(|output| output.topic == topic).count();
    assert_eq!((count(Topic::Events), count(Topic::Results)), (2, 5));
    assert_eq!((count(Topic::Stock), count(Topic::Documents)), (1, 2), "the row of A; the store and the ASN");
    let commands: Vec<_> = batch.tally.commands.values().copied().collect();
    assert_eq!((commands, batch.tally.duplicates), (vec![1, 1, 2], 2), "an ASN and its refusal, two sales");
    assert_eq!(batch.tally.open_documents, BTreeMap::from([(Kind::Asn, 1)]));
    assert_eq!(open_documents(&context().codec, &store).unwrap(), batch.tally.open_documents);
}

/// It was forgotten, or it is lost: nothing changes, and somebody is told.
#[test]
fn a_leg_that_tells_of_nothing_is_counted() {
    let reported = serde_json::json!({
        "leg_id": "00000000-0000-0000-0000-000000000009", "store_id": "S1", "from_store_id": "S2",
        "kind": "asn_reported", "command_id": "00000000-0000-0000-0000-000000000001", "cause": "receive_items",
        "actor_id": "ada", "occurred_at": AT, "asn_id": "a", "shipment_id": "s", "transfer_order_id": "t",
        "revision": 1, "status": "closed", "lines": [],
    });
    let leg = record(
        Topic::Legs,
        partition_of("S1"),
        reported.to_string().as_bytes(),
        &[("content-type", "application/json")],
    );
    let (batch, _) = run(partition_of("S1"), &[leg]);
    assert_eq!((batch.tally.legs, batch.tally.legs_of_nothing), (1, 1), "{:?}", batch.tally);
    assert!(batch.changes.rows.iter().all(|row| row.table != Table::Stock));
}
