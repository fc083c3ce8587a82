//! What the local copy and the group's offsets are worth: nothing that the topics do not have.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::Topic;
use stockroom::domain::document::Kind;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::Context;
use stockroom::engine::census::Census;
use stockroom::engine::routing::partition_of;
use stockroom::kafka::client::sender::Outgoing;
use stockroom::kafka::client::topics::{self, Layout, Names};
use stockroom::store::rocks::{Limits, PartitionStore, Shared};
use stockroom::store::{Retention, Store, Table};

use super::support::days::yesterday;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::judge::{Judge, wait_until_processed};
use super::support::raw::{Raw, produce};
use super::support::sales::Sales;
use super::support::settled::Settled;

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// Every row of every partition in an instance's folder.
fn rows(deployment: &Deployment, instance: &str) -> Rows {
    let shared = Arc::new(Shared::new(Limits::default()).unwrap());
    let mut rows = Rows::new();
    for partition in 0..deployment.partitions {
        let retention = Retention::of(&Settings::default());
        let store = PartitionStore::open(&shared, &deployment.state_dir(instance), partition, retention).unwrap();
        for table in [Table::Stock, Table::Documents, Table::Answers] {
            store
                .scan(table, b"", &mut |key, value| {
                    rows.insert((table, key.to_vec()), value.to_vec());
                })
                .unwrap();
        }
    }
    rows
}

/// Runs an instance until everything sent is processed, and stops it.
fn process(deployment: &Deployment, instance: &str) -> String {
    let mut instance = deployment.instance(instance);
    instance.start();
    wait_until_processed(deployment, Duration::from_secs(60));
    assert!(instance.stop().success(), "{}", instance.tail());
    instance.log()
}

fn assert_no_faults(deployment: &Deployment) {
    let faults = Judge::new(deployment).faults(&[&deployment.state_dir("a")]);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_deleted_folder_comes_back_row_by_row() {
    let deployment = Deployment::new("deleted", 2, IMPATIENT);
    let mut sales = Sales::new(11, 10, true);
    deployment.send(&mut sales, 3_000);
    process(&deployment, "a");
    let before = rows(&deployment, "a");
    assert!(before.keys().filter(|(table, _)| *table == Table::Stock).count() > 20);
    std::fs::remove_dir_all(deployment.state_dir("a")).unwrap();
    // One more command, so that it is known when the copy is back.
    deployment.send(&mut Sales::new(12, 1, false), 1);
    process(&deployment, "a");
    let mut after = rows(&deployment, "a");
    let changed: Vec<_> = after.iter().filter(|(key, value)| before.get(*key) != Some(*value)).collect();
    // Its stock row, its answer, and the document with its store's clock.
    assert_eq!(changed.len(), 3, "{changed:?}");
    after.retain(|key, _| before.contains_key(key));
    assert_eq!(after.len(), before.len());
    assert_no_faults(&deployment);
}

#[test]
fn a_row_of_the_future_hides_no_answers() {
    let deployment = Deployment::new("future", 1, IMPATIENT);
    // Of today: what is to be remembered is counted back from there.
    let send = || {
        let (mut sales, mut sender) = (Sales::on(yesterday(), 41, 5, false), deployment.sender());
        for _ in 0..100 {
            sender.send(&Outgoing { timestamp: None, ..sales.next() }).unwrap();
        }
        sender.flush(Duration::from_secs(30)).unwrap();
    };
    send();
    process(&deployment, "a");
    let before = rows(&deployment, "a");
    // A stock row once more as it is, but written in the year 2100.
    let stock = deployment.names.name(Topic::Stock);
    let row = deployment.read(Topic::Stock).pop().unwrap();
    let bytes = |bytes: Option<bytes::Bytes>| bytes.map(|bytes| bytes.to_vec());
    let timestamp = Timestamp::parse("2100-01-01T00:00:00Z").unwrap().millis();
    let future = Raw { key: bytes(row.key), value: bytes(row.value), headers: Vec::new(), timestamp };
    produce(stock, 0, &[future]).unwrap();
    std::fs::remove_dir_all(deployment.state_dir("a")).unwrap();
    // Every command a second time, from nothing but the topics.
    send();
    let settled = Settled::of(&deployment);
    let mut instance = deployment.instance("a");
    instance.start();
    assert!(settled.wait(Duration::from_secs(60)), "{}", instance.tail());
    assert!(instance.stop().success(), "{}", instance.tail());
    assert_eq!(deployment.read(Topic::Events).len(), 100, "repeats were carried out again");
    let answers = |rows: &Rows| rows.keys().filter(|(table, _)| *table == Table::Answers).count();
    assert_eq!(answers(&rows(&deployment, "a")), answers(&before));
}

#[test]
fn forgotten_offsets_are_remembered_by_the_copy_or_by_the_journal() {
    let deployment = Deployment::new("forgotten", 2, IMPATIENT);
    let mut sales = Sales::new(13, 10, false);
    deployment.send(&mut sales, 200);
    process(&deployment, "a");
    let forget = || {
        let arguments = ["--delete", "--group", &deployment.group()];
        deployment.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", &arguments);
    };
    forget();
    deployment.send(&mut sales, 100);
    let log = process(&deployment, "a");
    assert!(log.contains("going on from what is remembered"), "{log}");
    assert_no_faults(&deployment);
    forget();
    std::fs::remove_dir_all(deployment.state_dir("a")).unwrap();
    deployment.send(&mut sales, 100);
    process(&deployment, "a");
    assert_no_faults(&deployment);
}

#[test]
fn a_copy_ahead_of_the_group_is_built_anew_and_repeats_change_nothing() {
    let deployment = Deployment::new("ahead", 1, IMPATIENT);
    let mut sales = Sales::new(17, 5, false);
    deployment.send(&mut sales, 200);
    process(&deployment, "a");
    let before = rows(&deployment, "a");
    let commands = deployment.names.name(Topic::Commands).to_string();
    let group = deployment.group();
    let arguments = ["--reset-offsets", "--to-earliest", "--group", &group, "--topic", &commands, "--execute"];
    deployment.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", &arguments);
    // Every command comes a second time. When the last one has its second answer, all have.
    let mut instance = deployment.instance("a");
    instance.start();
    let deadline = Instant::now() + Duration::from_secs(60);
    while deployment.read(Topic::Results).len() < 400 {
        assert!(Instant::now() < deadline, "{}", instance.tail());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(instance.stop().success(), "{}", instance.tail());
    assert!(instance.log().contains("ahead of the committed offset"), "{}", instance.log());
    assert_eq!(deployment.read(Topic::Events).len(), 200);
    assert_eq!(deployment.read(Topic::Ledger).len(), 200);
    let stock = |rows: &Rows| -> Rows {
        rows.iter().filter(|((table, _), _)| *table == Table::Stock).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    assert_eq!(stock(&rows(&deployment, "a")), stock(&before));
}

#[test]
fn unequal_numbers_of_partitions_are_refused_by_name() {
    let deployment = Deployment::new("unequal", 2, IMPATIENT);
    let strange = format!("{}strange", deployment.prefix);
    let names = Names::new(&format!("{}x.", deployment.prefix), std::slice::from_ref(&strange));
    let layout = Layout { partitions: 3, replication: None, trusted_timestamps: true, overrides: BTreeMap::new() };
    topics::create(&deployment.settings, &names, &layout).unwrap();
    let names = Names::new(&deployment.prefix, std::slice::from_ref(&strange));
    let message = topics::check(&deployment.settings, &names).unwrap_err().to_string();
    assert!(message.contains(&format!("{strange}: 3 partitions")), "{message}");
    assert!(message.contains(&format!("{}inventory.legs: 2 partitions", deployment.prefix)), "{message}");
    let names = Names::new(&format!("{}nowhere.", deployment.prefix), &[]);
    let message = topics::check(&deployment.settings, &names).unwrap_err().to_string();
    assert!(message.contains("nowhere.inventory.stock: does not exist"), "{message}");
}

/// Starts an instance that must not run; what it says.
fn refused(deployment: &Deployment) -> String {
    let mut instance = deployment.instance("a");
    instance.start();
    let status = instance.wait(Duration::from_secs(30));
    assert_eq!(status.code(), Some(2), "{}", instance.tail());
    assert!(instance.log().contains("hint: the number of partitions can't be changed"), "{}", instance.tail());
    instance.log()
}

#[test]
fn topics_that_all_grew_are_refused_with_a_copy_and_without() {
    let deployment = Deployment::new("grown", 2, IMPATIENT);
    deployment.send(&mut Sales::new(23, 20, false), 200);
    process(&deployment, "a");
    deployment.grow_topics(3);
    for _ in 0..2 {
        let log = refused(&deployment);
        assert!(log.contains("was written when the topics had 2 partitions, now they have 3"), "{log}");
        // Only by the run before the topics grew.
        assert_eq!(log.matches("partition is assigned").count(), 2, "{log}");
        std::fs::remove_dir_all(deployment.state_dir("a")).unwrap();
    }
}

#[test]
fn topics_that_grew_are_refused_by_the_copy_when_no_store_has_moved() {
    let deployment = Deployment::new("unmoved", 2, IMPATIENT);
    let stays = |number: &i32| partition_of(b"S0", *number) == partition_of(b"S0", 2);
    deployment.send(&mut Sales::new(29, 1, false), 20);
    process(&deployment, "a");
    deployment.grow_topics((3..).find(stays).unwrap());
    let log = refused(&deployment);
    assert!(log.contains("the local copy in "), "{log}");
    assert!(log.contains("was written when the topics had 2 partitions"), "{log}");
}

#[test]
fn the_groups_new_protocol_works_as_well() {
    let deployment = Deployment::new("protocol", 2, "\"group.protocol\" = \"consumer\"\n");
    let mut sales = Sales::new(19, 10, true);
    deployment.send(&mut sales, 500);
    process(&deployment, "a");
    assert_no_faults(&deployment);
}

#[test]
fn open_documents_are_known_after_a_restart() {
    let deployment = Deployment::new("open", 2, IMPATIENT);
    deployment.send(&mut Sales::new(31, 10, true), 300);
    process(&deployment, "a");
    let codec = Context::new(Settings::default(), Formats::all(Format::Json), 2);
    let shared = Arc::new(Shared::new(Limits::default()).unwrap());
    let retention = Retention::of(&Settings::default());
    let orders: i64 = (0..2)
        .map(|partition| PartitionStore::open(&shared, &deployment.state_dir("a"), partition, retention).unwrap())
        .map(|store| Census::default().step(&codec.codec, &store).unwrap())
        .map(|open| open.get(&Kind::TransferOrder).copied().unwrap_or(0))
        .sum();
    assert!(orders > 0);
    let mut instance = deployment.instance("a");
    instance.start();
    let line = format!("stockroom_open_documents{{kind=\"{}\"}} {orders}\n", Kind::TransferOrder.as_str());
    let deadline = Instant::now() + Duration::from_secs(30);
    while !instance.get("/metrics").is_some_and(|text| text.contains(&line)) {
        assert!(Instant::now() < deadline, "{line}{:?}\n{}", instance.get("/metrics"), instance.tail());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(instance.stop().success(), "{}", instance.tail());
}
