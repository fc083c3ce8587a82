//! Whose clock commands carry: the broker's, or that of producers somebody vouches for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use stockroom::codec::record::Topic;
use stockroom::domain::time::Timestamp;
use stockroom::kafka::client::sender::Outgoing;

use super::people::against;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::sales::Sales;
use super::support::settled::Settled;

/// Starts an instance that must not run; what it says.
fn refused(deployment: &Deployment) -> String {
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let status = instance.wait(Duration::from_secs(30));
    assert_eq!(status.code(), Some(1), "{}", instance.tail());
    instance.tail()
}

#[test]
fn commands_with_the_clocks_of_anybody_are_refused() {
    let mut deployment = Deployment::new("anybody", 1, IMPATIENT);
    let commands = deployment.names.name(Topic::Commands).to_string();
    deployment.trusted_timestamps = false;
    let checked = against(&deployment, &["topics", "check"], "");
    assert_eq!(checked.status.code(), Some(1));
    for said in [refused(&deployment), String::from_utf8(checked.stderr).unwrap()] {
        for part in [
            format!("{commands}: message.timestamp.type is CreateTime"),
            format!("--entity-name {commands} --add-config message.timestamp.type=LogAppendTime"),
            "topics.trusted_timestamps = true".to_owned(),
            "hint: ".to_owned(),
        ] {
            assert!(said.contains(&part), "{part}: {said}");
        }
    }
    // Trusted, but not to the end of days.
    deployment.trusted_timestamps = true;
    deployment.alter(Topic::Commands, "message.timestamp.after.max.ms=3600001");
    let said = refused(&deployment);
    assert!(said.contains(&format!("{commands}: message.timestamp.after.max.ms is 3600001")), "{said}");
    // The remedy that was told.
    deployment.trusted_timestamps = false;
    deployment.alter(Topic::Commands, "message.timestamp.type=LogAppendTime");
    assert!(against(&deployment, &["topics", "check"], "").status.success());
    let mut instance = deployment.instance("a").shipped();
    let settled = Settled::of(&deployment);
    deployment.send(&mut Sales::new(1, 1, false), 1);
    instance.start();
    assert!(settled.wait(Duration::from_secs(60)), "{}", instance.tail());
    assert!(instance.stop().success());
}

#[test]
fn the_brokers_clock_stamps_commands_and_no_producer_bends_it() {
    let deployment = Deployment::with_times("stamped", 1, IMPATIENT, false);
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let settled = Settled::of(&deployment);
    let (mut sales, mut sender) = (Sales::new(2, 1, false), deployment.sender());
    let begin = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    for timestamp in [1, 1_772_445_600, 1_772_445_600_000_000, i64::MAX] {
        let timestamp = Some(Timestamp::from_millis(timestamp));
        sender.send(&Outgoing { timestamp, ..sales.next() }).unwrap();
    }
    sender.flush(Duration::from_secs(30)).unwrap();
    assert!(settled.wait(Duration::from_secs(60)), "{}", instance.tail());
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let results = deployment.read(Topic::Results);
    assert_eq!(results.len(), 4);
    for result in results {
        let value: Value = serde_json::from_slice(result.value.as_deref().unwrap()).unwrap();
        let recorded = Timestamp::parse(value["recorded_at"].as_str().unwrap()).unwrap();
        assert_eq!(recorded, result.timestamp);
        assert!((begin..=end).contains(&u128::try_from(recorded.millis()).unwrap()), "{value}");
    }
    for options in [&[] as &[&str], &["--replay"]] {
        deployment.verify("a", options).unwrap();
    }
    assert!(instance.stop().success());
}
