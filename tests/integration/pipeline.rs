//! The conformance vectors through Kafka: commands in, the binary as it ships, what comes out of the topics.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use stockroom::codec::record::{InputRecord, OutputRecord, Position, Topic};
use stockroom::engine::routing::partition_of;
use stockroom::kafka::client::sender::Outgoing;

use super::support::compare::{Contract, Delivery, differences};
use super::support::deployment::Deployment;
use super::support::memory::observe;
use super::support::settled::Settled;
use super::support::vector::{self, Vector};

const PATIENCE: Duration = Duration::from_secs(60);
/// How many vectors run at once: each mostly waits.
const WORKERS: usize = 12;

/// The deliveries of a run, in order: once, or each twice in a row and all again at the end.
fn deliveries(vector: &Vector, is_twice: bool) -> Vec<Delivery> {
    let repeatable = |record: &usize| is_twice && !vector.records[*record].validate_only;
    let all = 0..vector.records.len();
    let once = all.clone().flat_map(|record| {
        let again = repeatable(&record).then_some(Delivery { record, again: 1 });
        [Delivery { record, again: 0 }].into_iter().chain(again)
    });
    once.chain(all.filter(repeatable).map(|record| Delivery { record, again: 2 })).collect()
}

/// The stores a vector names, as keys or in what comes out.
fn has_one_store(vector: &Vector) -> bool {
    let keys = vector.records.iter().filter_map(|record| record.key.as_deref());
    let results = vector::list(&vector.expect["results"]).iter().filter_map(|result| result["store_id"].as_str());
    let documents = vector::list(&vector.expect["documents"]).iter();
    let mut stores: Vec<&str> = keys.chain(results).collect();
    stores.sort_unstable();
    stores.dedup();
    stores.len() <= 1 && documents.into_iter().all(|document| document["kind"] != "shipment")
}

/// A JSON value as TOML writes it in a line.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name} = {}", toml(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Runs a vector; what differs from what it expects.
fn run(contract: &Contract, vector: &Vector, is_twice: bool) -> String {
    let one_store = has_one_store(vector);
    let partitions = if one_store { 1 } else { 3 };
    let mut deployment = Deployment::new("vector", partitions, "");
    for (name, value) in vector.config.as_object().unwrap() {
        writeln!(deployment.business, "{name} = {}", toml(value)).unwrap();
    }
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let settled = Settled::of(&deployment);
    let deliveries = deliveries(vector, is_twice);
    let mut sender = deployment.sender();
    for delivery in &deliveries {
        let record = &vector.records[delivery.record];
        let outgoing = Outgoing {
            key: record.key.clone().map(String::into_bytes),
            value: Some(record.value.clone()),
            headers: Vec::new(),
            timestamp: Some(record.at),
        };
        sender.send(&outgoing).unwrap();
        if !one_store {
            // What goes to another store takes effect there before the next record.
            sender.flush(PATIENCE).unwrap();
            if !settled.wait(PATIENCE) {
                return format!("it does not go on\n{}", instance.tail());
            }
        }
    }
    sender.flush(PATIENCE).unwrap();
    if !settled.wait(PATIENCE) {
        return format!("it does not come to an end\n{}", instance.tail());
    }
    let written = written(&deployment, vector, &deliveries);
    let mut found = differences(contract, vector, observe(&written), is_twice);
    if is_twice && let Err(text) = deployment.verify("a", &[]) {
        writeln!(found, "verify: {text}").unwrap();
    }
    instance.kill();
    deployment.delete_topics();
    found
}

/// Everything written, each with the delivery that caused it.
fn written(deployment: &Deployment, vector: &Vector, deliveries: &[Delivery]) -> Vec<(Delivery, OutputRecord)> {
    // By the position of an input: the delivery behind it, through legs back to a command.
    let mut causes: HashMap<Position, Delivery> = HashMap::new();
    let mut next_offsets: HashMap<i32, i64> = HashMap::new();
    for delivery in deliveries {
        let key = vector.records[delivery.record].key.as_deref().unwrap_or_default();
        let partition = partition_of(key.as_bytes(), deployment.partitions);
        let offset = next_offsets.entry(partition).or_default();
        let topic = deployment.names.name(Topic::Commands).clone();
        causes.insert(Position { topic, partition, offset: *offset }, *delivery);
        *offset += 1;
    }
    let mut legs = deployment.read(Topic::Legs);
    while !legs.is_empty() {
        let open = legs.len();
        legs.retain(|leg| {
            let origin = cause(leg).and_then(|cause| causes.get(&cause).copied());
            if let Some(delivery) = origin {
                causes.insert(leg.position.clone(), delivery);
            }
            origin.is_none()
        });
        assert!(legs.len() < open, "legs that nobody sent");
    }
    let topics = [Topic::Results, Topic::Events, Topic::Ledger, Topic::Stock, Topic::Documents, Topic::DeadLetters];
    let delivery = |record: &InputRecord| cause(record).and_then(|cause| causes.get(&cause).copied());
    let first = Delivery { record: 0, again: 0 };
    let records = deployment.read_all(&topics).into_iter();
    records.map(|record| (delivery(&record).unwrap_or(first), output(record))).collect()
}

/// Which record caused one: a header of results, legs, events and ledger rows.
fn cause(record: &InputRecord) -> Option<Position> {
    let cause = record.header("forwarded-from").or_else(|| record.header("cause"))?;
    String::from_utf8_lossy(cause).parse().ok()
}

fn output(record: InputRecord) -> OutputRecord {
    let InputRecord { topic, position, timestamp, key, value, headers } = record;
    OutputRecord { topic, partition: position.partition, timestamp, key, value, headers }
}

/// With `VECTOR=part-of-a-name` in the environment only those are tried.
#[test]
fn vectors_hold_through_kafka_and_so_do_repeats() {
    let vectors = vector::all();
    let contract = Contract::of(&vectors);
    let wanted = std::env::var("VECTOR").unwrap_or_default();
    let runs = vectors.iter().filter(|vector| vector.name.contains(&wanted));
    let runs: Vec<_> = runs.flat_map(|vector| [(vector, false), (vector, true)]).collect();
    let queue = Mutex::new(runs.iter());
    let faults = Mutex::new(String::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some((vector, is_twice)) = next else { return };
                    let found = run(&contract, vector, *is_twice);
                    if !found.is_empty() {
                        let how = if *is_twice { "twice" } else { "once" };
                        writeln!(faults.lock().unwrap(), "{} {how}:\n{found}", vector.name).unwrap();
                    }
                }
            });
        }
    });
    println!("{} runs", runs.len());
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{faults}");
}
