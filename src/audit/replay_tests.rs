use std::collections::VecDeque;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::codec::format::Formats;
use crate::domain::ids::derived_id;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::engine::routing::partition_of;

const PARTITIONS: i32 = 3;
/// Each in a partition of its own.
const STORES: [&str; 2] = ["london", "leeds"];

fn context() -> Arc<Context> {
    Context::new(Settings::default(), Formats::default(), PARTITIONS)
}

/// Everything on every topic after these commands, legs delivered after all commands; of each store every partition
/// the keys lead to, but for `misrouted`, which stand in the partition of the other store.
fn history(commands: &[(Value, bool)]) -> Vec<InputRecord> {
    let context = context();
    let mut partitions: Vec<Replayed> = (0..PARTITIONS)
        .map(|partition| Replayed {
            engine: Engine::new(Arc::clone(&context), partition),
            store: MemoryStore::default(),
        })
        .collect();
    let mut offsets: BTreeMap<(Topic, i32), i64> = BTreeMap::new();
    let mut place = |topic: Topic, partition: i32| {
        let offset = offsets.entry((topic, partition)).or_default();
        *offset += 1;
        Position { topic: topic.name().into(), partition, offset: *offset - 1 }
    };
    let mut queue: VecDeque<InputRecord> = commands
        .iter()
        .enumerate()
        .map(|(index, (command, misrouted))| {
            let store = command["store_id"].as_str().unwrap_or_default();
            let key = STORES.iter().find(|other| **other != store).filter(|_| *misrouted).copied().unwrap_or(store);
            InputRecord {
                topic: Topic::Commands,
                position: place(Topic::Commands, partition_of(key.as_bytes(), PARTITIONS)),
                timestamp: Timestamp::from_millis(1_772_445_600_000 + i64::try_from(index).unwrap()),
                key: Some(store.to_owned().into()),
                value: Some(command.to_string().into()),
                headers: Vec::new(),
            }
        })
        .collect();
    let mut all = Vec::new();
    while let Some(input) = queue.pop_front() {
        let partition = usize::try_from(input.position.partition).unwrap();
        let Replayed { engine, store } = &mut partitions[partition];
        let batch = engine.batch(store, std::slice::from_ref(&input)).unwrap();
        store.write(&batch.changes).unwrap();
        all.push(input);
        for output in batch.outputs {
            let position = place(output.topic, output.partition);
            let OutputRecord { topic, timestamp, key, value, headers, .. } = output;
            let record = InputRecord { topic, position, timestamp, key, value, headers };
            if topic == Topic::Legs { queue.push_back(record) } else { all.push(record) }
        }
    }
    all
}

fn command(number: u128, store: &str, operation: Value) -> Value {
    json!({ "command_id": Uuid::from_u128(number).to_string(), "store_id": store, "occurred_at": "2026-03-02T09:00:00Z",
        "actor": { "id": "anna" }, "operation": operation })
}

/// A transfer between partitions, a repeat, a command in the wrong partition, nonsense, and a receipt that waits.
pub fn day() -> Vec<InputRecord> {
    let lines = json!([{ "product_id": "shirt", "quantity": 9 }]);
    let order = json!({ "create_transfer_order": { "transfer_order_id": "TO", "destination_id": "leeds",
        "source": "associate_app", "lines": lines } });
    let ship = command(2, "london", json!({ "ship_items": { "transfer_order_id": "TO", "lines": lines } }));
    let asn = derived_id(Uuid::from_u128(2), &"london".into(), "asn_id").to_string();
    let receive = |quantity: i64| json!({ "receive_items": { "asn_id": asn, "lines": [{ "product_id": "shirt", "quantity": quantity }] } });
    history(&[
        (command(1, "london", order), false),
        (command(5, "leeds", receive(4)), false),
        (ship.clone(), false),
        (ship, false),
        (command(3, "leeds", json!({ "record_sale": { "sale_id": "1", "lines": lines } })), true),
        (json!({ "store_id": "leeds" }), false),
        (command(4, "leeds", json!({ "record_sale": { "sale_id": "2", "lines": lines } })), false),
    ])
}

fn audit(records: &[InputRecord]) -> Vec<String> {
    let (mut replay, mut violations) = (Replay::new(context()), Violations::default());
    records.iter().for_each(|record| replay.observe(record));
    replay.finish(|_, _| {}, &mut violations).unwrap();
    violations.sorted().iter().map(ToString::to_string).collect()
}

#[test]
fn the_stores_of_the_test_are_apart() {
    assert_ne!(partition_of(STORES[0].as_bytes(), PARTITIONS), partition_of(STORES[1].as_bytes(), PARTITIONS));
}

#[test]
fn a_history_comes_out_again_byte_for_byte() {
    let records = day();
    for topic in [Topic::Events, Topic::Ledger, Topic::Legs, Topic::Results, Topic::DeadLetters, Topic::Documents] {
        assert!(records.iter().any(|record| record.topic == topic), "{topic:?}");
    }
    assert_eq!(audit(&records), Vec::<String>::new());
}

#[test]
fn one_flipped_byte_is_found_wherever_it_is() {
    let records = day();
    for index in 0..records.len() {
        let mut broken = records.clone();
        let record = &mut broken[index];
        // An input that is changed is another input; what it causes is found to differ all the same.
        let Some(mut value) = record.value.take().map(Vec::from) else { continue };
        let Some(last) = value.last_mut() else { continue };
        *last ^= 1;
        record.value = Some(value.into());
        // Of a table only the last state of a row counts.
        let later = records[index + 1..].iter().any(|later| later.topic == record.topic && later.key == record.key);
        if matches!(record.topic, Topic::Stock | Topic::Documents) && later {
            continue;
        }
        let place = records[index].position.to_string();
        assert!(!audit(&broken).is_empty(), "the last byte of {place}");
    }
    for (name, change) in [
        ("key", (|record| record.key = None) as fn(&mut InputRecord)),
        ("timestamp", |record| record.timestamp = record.timestamp.plus_millis(1)),
        ("headers", |record| record.headers.push(Header { key: "x".into(), value: None })),
    ] {
        for topic in [Topic::Events, Topic::Ledger, Topic::Results, Topic::Legs, Topic::DeadLetters] {
            let mut broken = records.clone();
            let record = broken.iter_mut().find(|record| record.topic == topic);
            change(record.unwrap());
            assert!(!audit(&broken).is_empty(), "{name} of {topic:?}");
        }
    }
}

#[test]
fn a_record_that_is_missing_or_there_twice_is_found() {
    let records = day();
    for topic in [Topic::Events, Topic::Ledger, Topic::Results, Topic::Legs, Topic::DeadLetters, Topic::Documents] {
        let index = records.iter().rposition(|record| record.topic == topic).unwrap();
        let mut missing = records.clone();
        missing.remove(index);
        assert!(!audit(&missing).is_empty(), "one of {topic:?} missing");
        let mut twice = records.clone();
        twice.insert(index, records[index].clone());
        let tables = [Topic::Documents, Topic::Legs];
        assert!(tables.contains(&topic) || !audit(&twice).is_empty(), "one of {topic:?} twice");
    }
}
