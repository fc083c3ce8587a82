//! Workers that serve several partitions in one transaction: they do so, one partition at fault does not stop the others,
//! a living neighbour is left alone, and a dead one is followed soon.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockroom::codec::record::Topic;
use stockroom::domain::time::Timestamp;
use stockroom::engine::routing::partition_of;
use stockroom::kafka::client::sender::Outgoing;

use super::support::deployment::{Deployment, IMPATIENT};
use super::support::instance::Instance;
use super::support::judge::{Judge, wait_until_processed};
use super::support::random::Random;
use super::support::sales::Sales;
use super::support::settled::Settled;

const PATIENCE: Duration = Duration::from_secs(60);
/// That of [`IMPATIENT`].
const SESSION: Duration = Duration::from_secs(2);

fn wait_for(what: &str, instance: &Instance, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}\n{}", instance.tail());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn answers(deployment: &Deployment) -> usize {
    deployment.read(Topic::Results).len()
}

/// The partitions that an instance said it has, as often as it said so.
fn restored(instance: &Instance) -> Vec<i32> {
    let log = instance.log();
    let lines = log.lines().filter(|line| line.contains(" restored partition="));
    lines.filter_map(|line| line.split("partition=").nth(1)?.split(' ').next()?.parse().ok()).collect()
}

fn assert_sound(deployment: &Deployment, instances: &[&Instance]) {
    let states: Vec<_> = instances.iter().map(|instance| deployment.state_dir(&instance.name)).collect();
    let states: Vec<_> = states.iter().map(|state| &**state).collect();
    let faults = Judge::new(deployment).faults(&states);
    assert!(faults.is_empty(), "{faults:#?}\n{}", instances[0].tail());
}

#[test]
fn several_partitions_are_committed_in_one_transaction() {
    let deployment = Deployment::new("shares", 6, IMPATIENT);
    deployment.send(&mut Sales::new(61, 40, true), 600);
    let mut instance =
        deployment.instance("a").with("STOCKROOM__BATCH__WORKERS", "2").with("STOCKROOM__LOG__LEVEL", "debug");
    instance.start();
    wait_until_processed(&deployment, PATIENCE);
    assert!(instance.stop().success(), "{}", instance.tail());
    let log = instance.log();
    let shares = log.lines().filter(|line| line.contains("transaction is committed") && !line.contains("records=0"));
    let shares: Vec<usize> = shares
        .map(|line| line.split(" partitions=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(shares.iter().any(|share| *share >= 3), "of 6 partitions, in one transaction: {shares:?}");
    assert_sound(&deployment, &[&instance]);
}

/// A sale whose event is larger than a topic takes that takes no more than [`TOO_LARGE`].
fn large_sale(random: &mut Random, store: &str, at: Timestamp) -> Outgoing {
    let lines: Vec<Value> =
        (0..1_000).map(|_| json!({"product_id": format!("P-{}", random.uuid()), "quantity": 1})).collect();
    let command = json!({
        "command_id": random.uuid(), "store_id": store, "occurred_at": at.to_string(), "actor": {"id": "till"},
        "operation": {"record_sale": {"sale_id": "large", "lines": lines}},
    });
    Outgoing {
        key: Some(store.as_bytes().to_vec()),
        value: Some(command.to_string().into_bytes()),
        headers: Vec::new(),
        timestamp: Some(at),
    }
}

const TOO_LARGE: &str = "max.message.bytes=20000";

#[test]
fn a_partition_whose_records_are_refused_does_not_stop_its_neighbours() {
    let deployment = Deployment::new("refused", 4, IMPATIENT);
    let mut instance = deployment.instance("a").with("STOCKROOM__BATCH__WORKERS", "1");
    instance.start();
    let mut sales = Sales::new(62, 40, false);
    deployment.send(&mut sales, 40);
    wait_for("it works", &instance, || answers(&deployment) == 40);
    deployment.alter(Topic::Events, TOO_LARGE);
    let at = Timestamp::parse("2026-03-02T11:00:00.000Z").unwrap();
    let bad = partition_of(b"S1", 4);
    let mut sender = deployment.sender();
    sender.send(&large_sale(&mut Random::new(62), "S1", at)).unwrap();
    sender.flush(PATIENCE).unwrap();
    let is_failing = |instance: &Instance| instance.log().contains("partition is failing");
    wait_for("the partition at fault is told of", &instance, || is_failing(&instance));
    let before = answers(&deployment);
    let mut good = 0;
    for _ in 0..10 {
        for _ in 0..10 {
            let sale = sales.next();
            good += usize::from(partition_of(sale.key.as_deref().unwrap(), 4) != bad);
            sender.send(&sale).unwrap();
        }
        sender.flush(PATIENCE).unwrap();
        let began = Instant::now();
        wait_for("the neighbours go on", &instance, || answers(&deployment) >= before + good);
        assert!(began.elapsed() < Duration::from_secs(10), "they waited {:?}\n{}", began.elapsed(), instance.tail());
    }
    assert!(good > 20 && good < 100, "some on other partitions, some on the one at fault: {good}");
    assert_eq!(answers(&deployment), before + good, "nothing of the one at fault");
    deployment.alter(Topic::Events, "max.message.bytes=1048588");
    wait_until_processed(&deployment, PATIENCE);
    assert!(instance.stop().success(), "{}", instance.tail());
    assert_sound(&deployment, &[&instance]);
}

#[test]
fn whoever_lives_is_not_fenced_when_its_partitions_move() {
    let deployment = Deployment::new("moving", 4, IMPATIENT);
    let mut sales = Sales::new(63, 40, true);
    let (mut stays, mut moves) = (deployment.instance("a"), deployment.instance("b"));
    stays.start();
    deployment.send(&mut sales, 100);
    for round in 1..=3 {
        moves.start();
        wait_for("partitions move", &moves, || {
            deployment.send(&mut sales, 5);
            restored(&moves).len() >= 2 * round
        });
        deployment.send(&mut sales, 100);
        assert!(moves.stop().success(), "{}", moves.tail());
    }
    wait_until_processed(&deployment, PATIENCE);
    assert!(stays.stop().success(), "{}", stays.tail());
    for instance in [&stays, &moves] {
        assert!(!instance.log().contains("enced"), "{}", instance.log());
    }
    // Whoever moved in met the name of one who lives in the offsets, and ended only what its own past left.
    let log = stays.log();
    let process = log.lines().find_map(|line| line.split("process=").nth(1)).unwrap().trim().trim_matches('"');
    let log = moves.log();
    let ended: Vec<&str> = log.lines().filter(|line| line.contains("a dead worker's transactions are ended")).collect();
    assert!(ended.iter().all(|line| !line.contains(process)), "{ended:#?}");
    assert_sound(&deployment, &[&stays, &moves]);
}

#[test]
fn a_dead_instance_is_followed_soon_after_its_session() {
    let deployment = Deployment::new("followed", 4, IMPATIENT);
    let mut sales = Sales::new(64, 40, false);
    let (mut heir, mut dying) = (deployment.instance("a"), deployment.instance("b"));
    heir.start();
    wait_for("it works", &heir, || restored(&heir).len() == 4);
    let settled = Settled::of(&deployment);
    let mut waits = Vec::new();
    for round in 1..=3 {
        dying.start();
        wait_for("both have partitions", &dying, || restored(&dying).len() >= 2 * round);
        deployment.send(&mut sales, 60);
        wait_until_processed(&deployment, PATIENCE);
        // It dies with transactions under way.
        deployment.send(&mut sales, 200);
        dying.kill();
        let died = Instant::now();
        deployment.send(&mut sales, 60);
        wait_for("the heir takes over", &heir, || restored(&heir).len() == 4 + 2 * round);
        assert!(settled.wait(PATIENCE), "{}", heir.tail());
        waits.push(died.elapsed());
    }
    wait_until_processed(&deployment, PATIENCE);
    assert!(heir.stop().success(), "{}", heir.tail());
    waits.sort();
    eprintln!("from kill -9 to everything processed: {waits:?}");
    // A transaction that is left alone ends after ten seconds. On a machine with nothing else to do it takes 1.5 s.
    let patience = Duration::from_secs(if std::env::var_os("STOCKROOM_QUIET").is_some() { 2 } else { 6 });
    assert!(waits[1] < SESSION + patience, "{waits:?}\n{}", heir.tail());
    assert_sound(&deployment, &[&heir]);
}
