//! Upgrades on a real broker: releases side by side in one group, where first every instance can read the new version and
//! then it is written; and what the first release left behind, taken over by this one.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use stockroom::codec::Codec;
use stockroom::codec::format::Formats;
use stockroom::codec::framing::unframe;
use stockroom::codec::record::{Header, InputRecord, Topic};
use stockroom::codec::schemas::Schema;
use stockroom::engine::routing::partition_of;

use super::editions;
use super::people::against;
use super::support::broker;
use super::support::days::yesterday;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::instance::Instance;
use super::support::memory;
use super::support::next_release;
use super::support::raw::{Raw, produce};
use super::support::settled::Settled;
use super::support::vector::VectorRecord;

/// Versions of stock rows that stand on the topic, by their numbers.
fn versions(deployment: &Deployment) -> Vec<u32> {
    let records = deployment.read(Topic::Stock);
    let id = |value: &[u8]| Schema::of_id(unframe(value).unwrap().0).unwrap().1;
    let mut versions: Vec<u32> = records.iter().filter_map(|record| record.value.as_deref().map(id)).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

struct Rounds {
    number: u128,
}

impl Rounds {
    /// Transfers between stores of all partitions, each with its receipt: rows of both instances change.
    fn play(&mut self, deployment: &Deployment) {
        let mut commands = String::new();
        for store in 0..8_u128 {
            self.number += 10;
            let (from, to, order) =
                (format!("S{store}"), format!("S{}", (store + 3) % 8), format!("TO-{}", self.number));
            let lines = json!([{ "product_id": "shirt", "quantity": 5 }]);
            let shipping = uuid::Uuid::from_u128(self.number + 1);
            let asn = stockroom::domain::ids::derived_id(shipping, &from.as_str().into(), "asn_id").to_string();
            let wanted = json!({ "create_transfer_order": { "transfer_order_id": order, "destination_id": to,
                "source": "associate_app", "lines": lines } });
            let shipped = json!({ "ship_items": { "transfer_order_id": order, "lines": lines } });
            let received = json!({ "receive_items": { "asn_id": asn, "lines": lines } });
            for (index, (store, operation)) in [(&from, wanted), (&from, shipped), (&to, received)].iter().enumerate() {
                let id = uuid::Uuid::from_u128(self.number + index as u128);
                let command: Value = json!({ "command_id": id.to_string(), "store_id": store,
                    "occurred_at": format!("{}T09:00:00Z", yesterday()), "actor": { "id": "anna" }, "operation": operation });
                commands.push_str(&format!("{command}\n"));
            }
        }
        let output = against(deployment, &["send", "--no-wait"], &commands);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Waits until everything is answered, and the auditor, who knows the next release's schemas, finds nothing.
fn settle(deployment: &Deployment, next: &str) {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        let environment = [("STOCKROOM_NEXT_SCHEMAS", next), ("STOCKROOM__TOPICS__FORMAT", "avro")];
        let verdict = deployment.verify_with("new", &["--replay"], &environment);
        match verdict {
            Ok(()) => return,
            Err(told) => assert!(Instant::now() < deadline, "{told}"),
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn releases_with_other_schemas_work_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    next_release::write_to(folder.path());
    let next = folder.path().to_str().unwrap();
    let number = Schema::Stock.newest().number;
    let deployment = Deployment::new("upgrade", 4, IMPATIENT);
    let instance = |name: &str| deployment.instance(name).with("STOCKROOM__TOPICS__FORMAT", "avro");
    let newer = |name: &str| instance(name).with("STOCKROOM_NEXT_SCHEMAS", next);
    let held_back = |name: &str| newer(name).with("STOCKROOM__TOPICS__SCHEMA_VERSION", &number.to_string());
    let mut rounds = Rounds { number: 1_000 };

    // Today's release and the next one, which is told to write what today's can read.
    let (mut old, mut new) = (instance("old"), held_back("new"));
    old.start();
    new.start();
    rounds.play(&deployment);
    settle(&deployment, next);
    assert_eq!(versions(&deployment), [number], "as long as an old instance runs");
    // Either takes over from the other.
    for instance in [&mut old, &mut new] as [&mut Instance; 2] {
        instance.kill();
        rounds.play(&deployment);
        instance.start();
        settle(&deployment, next);
    }
    assert_eq!(versions(&deployment), [number]);

    // Every instance is new now; one after another may write the new version.
    assert!(old.stop().success());
    let mut writing = newer("writing");
    writing.start();
    rounds.play(&deployment);
    settle(&deployment, next);
    new.kill();
    rounds.play(&deployment);
    new.start();
    settle(&deployment, next);
    assert_eq!(versions(&deployment), [number, number + 1], "both are on the topic, and every row is read");
    assert!(writing.stop().success());
    assert!(new.stop().success());

    // Who goes back too far is told which release to use, and changes nothing.
    let mut too_old = instance("too-old");
    too_old.start();
    let deadline = Instant::now() + Duration::from_secs(60);
    let told = format!("newer than version {number} which this release reads: use a release that has it");
    let told = |log: &str| log.contains(&told);
    while !told(&too_old.log()) {
        assert!(Instant::now() < deadline, "{}", too_old.tail());
        std::thread::sleep(Duration::from_millis(100));
    }
    too_old.kill();
    settle(&deployment, next);
}

/// Puts a command where its store's are.
fn tell(deployment: &Deployment, command: &VectorRecord) {
    let key = command.key.clone().unwrap_or_default().into_bytes();
    let partition = partition_of(&key, deployment.partitions);
    let (value, timestamp) = (Some(command.value.clone()), command.at.millis());
    let record = Raw { key: Some(key), value, headers: Vec::new(), timestamp };
    produce(deployment.names.name(Topic::Commands), partition, &[record]).unwrap();
}

/// The topics and the group as the first release left them: everything it was told is processed.
fn left_by_the_first_release(deployment: &Deployment) {
    editions::commands("commands.jsonl").iter().for_each(|command| tell(deployment, command));
    let named = |text: &[u8]| {
        // Positions are told with the names of topics.
        let text = String::from_utf8_lossy(text);
        let prefix = if text.starts_with("inventory.") { deployment.prefix.as_str() } else { "" };
        format!("{prefix}{text}").into_bytes()
    };
    for record in editions::history() {
        let header = |header: &Header| (header.key.as_bytes().to_vec(), header.value.as_deref().map(named));
        let raw = Raw {
            key: record.key.map(Into::into),
            value: record.value.map(Into::into),
            headers: record.headers.iter().map(header).collect(),
            timestamp: record.timestamp.millis(),
        };
        produce(deployment.names.name(record.topic), record.partition, &[raw]).unwrap();
    }
    let group = deployment.group();
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", broker::bootstrap()).set("group.id", group).create().unwrap();
    let mut read = TopicPartitionList::new();
    for topic in [Topic::Commands, Topic::Legs] {
        let name = deployment.names.name(topic);
        for partition in 0..deployment.partitions {
            let (_, end) = consumer.fetch_watermarks(name, partition, Duration::from_secs(10)).unwrap();
            read.add_partition_offset(name, partition, Offset::Offset(end)).unwrap();
        }
    }
    consumer.commit(&read, CommitMode::Sync).unwrap();
}

#[test]
fn what_the_first_release_left_open_goes_on_with_this_one() {
    const AVRO: (&str, &str) = ("STOCKROOM__TOPICS__FORMAT", "avro");
    let deployment = Deployment::new("editions", memory::PARTITIONS, IMPATIENT);
    left_by_the_first_release(&deployment);
    let mut instance = deployment.instance("a").shipped().with(AVRO.0, AVRO.1);
    instance.start();
    let settled = Settled::of(&deployment);
    let patience = Duration::from_secs(60);
    for (number, command) in editions::commands("after.jsonl").iter().enumerate() {
        tell(&deployment, command);
        assert!(settled.wait(patience), "{number}: {}", instance.tail());
        if number % 5 == 0 {
            deployment.verify_with("a", &[], &[AVRO]).unwrap();
            instance.kill();
            instance.start();
        }
    }
    deployment.verify_with("a", &[], &[AVRO]).unwrap();

    let codec = Codec::new("acme".into(), Formats::default(), "main".into());
    let results = deployment.read(Topic::Results);
    let as_json = |record: &InputRecord| codec.json(Schema::Result, record.value.as_deref().unwrap()).unwrap();
    let results: Vec<Value> = results.iter().map(as_json).collect();
    let anew: Vec<Value> =
        editions::as_if_it_had_been_this_one().observed_avro().results.into_iter().map(|(_, result)| result).collect();
    assert_eq!(answers(&results), answers(&anew));
    assert!(instance.stop().success(), "{}", instance.tail());
}

/// What was answered, in the order of ids: of several partitions there is no other.
fn answers(results: &[Value]) -> Vec<String> {
    let of_commands = results.iter().filter(|result| result["status"] != "applied");
    let told = of_commands.map(|result| format!("{} {} {}", result["command_id"], result["status"], result["code"]));
    let mut answers: Vec<String> = told.collect();
    answers.sort_unstable();
    assert!(answers.len() > 40, "{answers:?}");
    answers
}
