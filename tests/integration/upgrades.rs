//! An upgrade with releases side by side in one group: first every instance can read the new version, then it is written.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockroom::codec::framing::unframe;
use stockroom::codec::record::Topic;
use stockroom::codec::schemas::Schema;

use super::people::against;
use super::support::days::yesterday;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::instance::Instance;
use super::support::next_release;

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
