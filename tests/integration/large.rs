//! What is large: a full count of everything a store has, handed in part by part.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockroom::codec::record::Topic;
use stockroom::kafka::client::sender::Outgoing;

use super::support::days::yesterday;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::settled::Settled;

/// How many products are counted; `LARGE_COUNT=100000` is the long form.
fn products() -> usize {
    std::env::var("LARGE_COUNT").map_or(10_000, |count| count.parse().unwrap())
}

const LINES: usize = 1_000;

fn send(deployment: &Deployment, number: &mut u128, operations: impl IntoIterator<Item = Value>) {
    let mut sender = deployment.sender();
    for operation in operations {
        *number += 1;
        let command = json!({ "command_id": uuid::Uuid::from_u128(*number), "store_id": "S1", "actor": { "id": "ada" },
            "occurred_at": format!("{}T10:00:00Z", yesterday()), "operation": operation });
        let value = Some(command.to_string().into_bytes());
        sender.send(&Outgoing { key: Some(b"S1".to_vec()), value, headers: Vec::new(), timestamp: None }).unwrap();
    }
    sender.flush(Duration::from_secs(60)).unwrap();
}

/// All that was sent is answered, and everything was accepted. Returns how long it took.
fn settle(deployment: &Deployment, patience: u64) -> Duration {
    let from = Instant::now();
    let settled = Settled::of(deployment);
    assert!(settled.wait(Duration::from_secs(patience)), "not settled in {patience} s");
    from.elapsed()
}

#[test]
fn a_full_count_of_everything_is_handed_in_by_parts_and_completed_at_once() {
    let products = products();
    let deployment = Deployment::with_times("large", 1, IMPATIENT, false);
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let names: Vec<String> = (0..products).map(|number| format!("product-{number:06}")).collect();
    let lines = |from: usize, units: usize| -> Vec<Value> {
        let names = &names[from..(from + LINES).min(products)];
        names.iter().map(|name| json!({ "product_id": name, "count": units })).collect()
    };
    let parts = || (0..products).step_by(LINES);
    let mut number = 0;
    send(
        &deployment,
        &mut number,
        parts().map(|from| json!({ "import_stock": { "stock_location": "main", "lines": lines(from, 7) } })),
    );
    send(
        &deployment,
        &mut number,
        [json!({ "create_count": { "count_id": "ALL", "count_type": "full_count", "product_ids": [] } })],
    );
    settle(&deployment, 120);
    let submit =
        |from: usize| json!({ "submit_count": { "count_id": "ALL", "partial": true, "lines": lines(from, 6) } });
    send(&deployment, &mut number, parts().map(submit));
    let handing_in = settle(&deployment, 120);
    send(&deployment, &mut number, [json!({ "submit_count": { "count_id": "ALL" } })]);
    let completing = settle(&deployment, 120);
    println!(
        "{products} products: handed in in {handing_in:.1?}, completed in {completing:.1?}, peak {} MiB",
        instance.peak_mib()
    );

    let results = deployment.read(Topic::Results);
    let is_accepted = |value: &[u8]| serde_json::from_slice::<Value>(value).unwrap()["status"] == "accepted";
    assert_eq!(
        results.iter().filter(|record| is_accepted(record.value.as_deref().unwrap())).count(),
        2 * parts().count() + 2
    );
    let events = deployment.read(Topic::Events);
    let counted = |value: &[u8]| serde_json::from_slice::<Value>(value).unwrap()["payload"]["id"] == "ALL";
    let chunks = events.iter().filter(|record| counted(record.value.as_deref().unwrap())).count();
    assert_eq!(chunks, products.div_ceil(500));
    assert_eq!(deployment.read(Topic::Ledger).len(), 2 * products, "opening stock, and a variance each");
    assert!(instance.stop().success(), "{}", instance.tail());
    deployment.verify("a", &["--replay"]).unwrap();
}
