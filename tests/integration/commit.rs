//! The commit's table in docs/commit.md, row by row, on a real broker with the real binary.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use stockroom::codec::record::Topic;

use super::support::broker;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::judge::{Judge, wait_until_processed};
use super::support::sales::Sales;

#[test]
fn a_crash_at_any_step_loses_and_doubles_nothing() {
    for step in 1..=7 {
        let deployment = Deployment::new(&format!("crash-{step}"), 2, IMPATIENT);
        let mut sales = Sales::new(step, 6, true);
        deployment.send(&mut sales, 50);
        // Dies at its third batch: some are committed before, so that the copy has something to be behind of.
        let mut dying = deployment.instance("a").with("STOCKROOM_CRASH_AT", &format!("{step},3"));
        dying.start();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !dying.has_ended() {
            assert!(Instant::now() < deadline, "step {step}: it lives:\n{}", dying.tail());
            deployment.send(&mut sales, 20);
            std::thread::sleep(Duration::from_millis(100));
        }
        let mut heir = deployment.instance("a");
        heir.start();
        wait_until_processed(&deployment, Duration::from_secs(60));
        assert!(heir.stop().success(), "{}", heir.tail());
        let state = deployment.state_dir("a");
        let faults = Judge::new(&deployment).faults(&[&state]);
        assert!(faults.is_empty(), "step {step}: {faults:#?}\n{}", heir.tail());
    }
}

/// Everything ever written to a topic, aborted records too.
fn uncommitted(deployment: &Deployment, topic: Topic) -> usize {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker::bootstrap())
        .set("group.id", format!("{}peeper", deployment.prefix))
        .set("isolation.level", "read_uncommitted")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..deployment.partitions {
        list.add_partition_offset(deployment.names.name(topic), partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    let deadline = Instant::now() + Duration::from_secs(3);
    let mut count = 0;
    while Instant::now() < deadline {
        if let Some(Ok(_)) = consumer.poll(Duration::from_millis(100)) {
            count += 1;
        }
    }
    count
}

#[test]
fn aborted_records_are_never_seen() {
    let deployment = Deployment::new("aborted", 1, IMPATIENT);
    let mut sales = Sales::new(7, 3, false);
    // Dies with every record of a batch on the broker, in a transaction that is open.
    let mut dying = deployment.instance("a").with("STOCKROOM_CRASH_AT", "3,1");
    deployment.send(&mut sales, 30);
    dying.start();
    dying.wait(Duration::from_secs(30));
    let written = uncommitted(&deployment, Topic::Events);
    assert!(written > 0, "the transaction has records");
    assert_eq!(deployment.read(Topic::Events).len(), 0, "of an open transaction nothing is seen");
    let mut heir = deployment.instance("a");
    heir.start();
    wait_until_processed(&deployment, Duration::from_secs(60));
    assert!(heir.stop().success(), "{}", heir.tail());
    // The same events again: the aborted ones stay in the log, and are still not seen.
    assert_eq!(uncommitted(&deployment, Topic::Events), written + 30);
    assert_eq!(deployment.read(Topic::Events).len(), 30);
    let faults = Judge::new(&deployment).faults(&[&deployment.state_dir("a")]);
    assert!(faults.is_empty(), "{faults:#?}");
}
