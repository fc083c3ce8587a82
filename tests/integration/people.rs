//! The commands for people, as a person runs them: the binary, its output, its exit code.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use serde_json::{Value, json};
use stockroom::codec::record::Topic;

use super::support::broker;
use super::support::days::yesterday;
use super::support::deployment::{Deployment, IMPATIENT};

fn stockroom(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stockroom"))
        .args(arguments)
        .env("STOCKROOM__TOPICS__FORMAT", "json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Runs a command against the topics of a deployment.
pub fn against(deployment: &Deployment, arguments: &[&str], input: &str) -> Output {
    let connection = ["--bootstrap-server", broker::bootstrap(), "--topic-prefix", &deployment.prefix];
    stockroom(&[arguments, &connection].concat(), input)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// One command, the same for the same number.
fn command(number: u128, store: &str, operation: &Value) -> String {
    let id = uuid::Uuid::from_u128(number).to_string();
    let value = json!({ "command_id": id, "store_id": store, "occurred_at": format!("{}T09:00:00Z", yesterday()),
        "actor": { "id": "anna" }, "operation": operation });
    format!("{value}\n")
}

#[test]
fn what_is_refused_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.toml");
    std::fs::write(&wrong, "[kafka]\n\"bootstrap.servers\" = \"localhost:1\"\n[topic]\nprefix = \"x\"\n").unwrap();
    let wrong = wrong.to_str().unwrap();
    let untrusted = folder.path().join("untrusted.toml");
    let toml = "[kafka]\n\"bootstrap.servers\" = \"localhost:1\"\n[registry]\nurl = \"https://localhost:1\"\nca_file = \"nowhere.pem\"\n";
    std::fs::write(&untrusted, toml).unwrap();
    let untrusted = untrusted.to_str().unwrap();
    let table: [(&[&str], i32, &str); 7] = [
        (&["stok"], 1, "hint:"),
        (&["run", "--config", "nowhere.toml"], 1, "nowhere.toml"),
        (&["run", "--check-config", "--config", wrong], 1, "topic.prefix: there is no such key"),
        (&["run", "--check-config", "--config", untrusted], 1, "nowhere.pem"),
        (&["stock", "list"], 1, "--bootstrap-server"),
        (&["asns", "list", "--status", "lost", "--bootstrap-server", "127.0.0.1:1"], 1, "open, closed"),
        (&["topics", "check", "--bootstrap-server", "127.0.0.1:1"], 2, "is a broker listening at 127.0.0.1:1?"),
    ];
    for (arguments, expected, words) in table {
        let output = stockroom(arguments, "");
        let errors = text(&output.stderr);
        assert_eq!(code(&output), expected, "{arguments:?}: {errors}");
        assert!(errors.contains(words), "{arguments:?}: {errors}");
        assert!(errors.lines().last().unwrap_or_default().starts_with("hint:"), "{arguments:?}: {errors}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn commands_are_sent_twice_and_everything_shows_the_first_time_only() {
    let deployment = Deployment::new("people", 2, IMPATIENT);
    let mut instance = deployment.instance("a");
    instance.start();
    let lines = |quantity: i64| json!([{ "product_id": "shirt", "quantity": quantity }]);
    let commands = [
        command(1, "berlin", &json!({ "receive_items": { "order_ref": "PO-1", "lines": lines(5) } })),
        command(2, "berlin", &json!({ "record_sale": { "sale_id": "1", "lines": lines(2) } })),
        command(3, "berlin", &json!({ "close_asn": { "asn_id": "none", "reason": "x" } })),
    ]
    .concat();
    let first = against(&deployment, &["send", "--output", "json"], &commands);
    assert_eq!(code(&first), 1, "one of them is refused: {}", text(&first.stderr));
    let again = against(&deployment, &["send", "--output", "json"], &commands);
    let sorted = |output: &Output| {
        let mut lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&first), sorted(&again));
    assert_eq!(sorted(&first).len(), 3);

    let stock = against(&deployment, &["stock", "get", "berlin", "shirt", "--output", "json"], "");
    let stock: Value = serde_json::from_slice(&stock.stdout).unwrap();
    assert_eq!(stock["stock_on_hand"], 3);
    let explained = against(&deployment, &["explain", "berlin", "shirt", "--output", "json"], "");
    let explained: Value = serde_json::from_slice(&explained.stdout).unwrap();
    let quantities: Vec<&Value> =
        explained["movements"].as_array().unwrap().iter().map(|movement| &movement["quantity"]).collect();
    assert_eq!(quantities, [5, 2]);
    assert_eq!(code(&against(&deployment, &["stock", "get", "berlin", "hat"], "")), 1);
    let verdict = against(&deployment, &["verify", "--replay"], "");
    assert_eq!(text(&verdict.stdout).lines().last(), Some("0 violations"), "{}", text(&verdict.stdout));
    assert!(instance.stop().success());
}

/// A record that nobody could read lies under the store's keys in every partition where the store is not.
#[test]
fn what_is_asked_of_a_store_is_read_from_its_partition_only() {
    let deployment = Deployment::new("one-partition", 4, IMPATIENT);
    let mut instance = deployment.instance("a");
    instance.start();
    let lines = json!([{ "product_id": "shirt", "quantity": 5 }]);
    let create = json!({ "create_count": { "count_id": "C1", "count_type": "full_count", "product_ids": ["shirt"] } });
    let received = json!({ "receive_items": { "order_ref": "PO-1", "lines": lines } });
    let commands = [command(1, "berlin", &received), command(2, "berlin", &create)].concat();
    let sent = against(&deployment, &["send"], &commands);
    assert_eq!(code(&sent), 0, "{}", text(&sent.stdout));
    assert!(instance.stop().success());
    let home = stockroom::engine::routing::partition_of(b"berlin", 4);
    let mut config = rdkafka::ClientConfig::new();
    let producer: BaseProducer = config.set("bootstrap.servers", broker::bootstrap()).create().unwrap();
    for (topic, key) in
        [(Topic::Stock, "berlin|shirt"), (Topic::Ledger, "berlin|shirt"), (Topic::Documents, "berlin|count|C1")]
    {
        for partition in (0..4).filter(|partition| *partition != home) {
            let record = BaseRecord::to(deployment.names.name(topic)).partition(partition).key(key).payload("{garbage");
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
    }
    producer.flush(Duration::from_secs(30)).unwrap();
    for (asked, shown) in [
        (&["stock", "get", "berlin", "shirt"][..], "shirt"),
        (&["stock", "list", "--store", "berlin"], "shirt"),
        (&["explain", "berlin", "shirt"], "receive_items"),
        (&["counts", "show", "berlin", "C1"], "C1"),
        (&["counts", "list", "--store", "berlin"], "C1"),
    ] {
        let output = against(&deployment, asked, "");
        assert_eq!(code(&output), 0, "{asked:?}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(shown), "{asked:?}: {}", text(&output.stdout));
    }
    // Of all stores, all partitions are read.
    assert_eq!(code(&against(&deployment, &["stock", "list"], "")), 2);
}

/// Ids may have marks of direction and characters without width, and references may have control characters too.
#[test]
fn no_text_turns_the_terminal_around_and_json_is_as_it_is() {
    let deployment = Deployment::new("terminal", 2, IMPATIENT);
    let mut instance = deployment.instance("a");
    instance.start();
    let (store, product, id) = ("ber\u{202e}lin", "shi\u{200b}rt", "TO\u{2066}1");
    let lines = json!([{ "product_id": product, "quantity": 5 }]);
    let count = json!({ "create_count": { "count_id": id, "count_type": "full_count", "product_ids": [product] } });
    let order = json!({ "create_transfer_order": { "transfer_order_id": id, "external_ref": "\u{1b}[2Jref\r", "lines": lines,
        "destination_id": "lon\u{2069}don", "source": "associate_app" } });
    let commands = [
        command(
            1,
            store,
            &json!({ "receive_items": { "order_ref": "PO\u{1b}[1A\u{9b}1", "receipt_id": id, "lines": lines } }),
        ),
        command(2, store, &count),
        command(3, store, &order),
        command(4, store, &json!({ "close_asn": { "asn_id": id, "reason": "x" } })),
    ]
    .concat();
    for (asked, ending) in [
        (&["send"][..], 1),
        (&["stock", "get", store, product], 0),
        (&["stock", "get", store, id], 1),
        (&["stock", "list"], 0),
        (&["explain", store, product], 0),
        (&["counts", "list"], 0),
        (&["counts", "show", store, id], 0),
        (&["transfer-orders", "list"], 0),
        (&["transfer-orders", "show", store, id], 0),
        (&["asns", "show", store, id], 1),
    ] {
        let output = against(&deployment, asked, &commands);
        assert_eq!(code(&output), ending, "{asked:?}: {}", text(&output.stderr));
        for shown in [text(&output.stdout), text(&output.stderr)] {
            let hides = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
            let is_unsafe = |c: char| c != '\n' && (c.is_control() || hides(c));
            assert!(!shown.contains(is_unsafe), "{asked:?}: {shown:?}");
        }
    }
    let shown = text(&against(&deployment, &["stock", "list"], "").stdout);
    assert!(shown.contains(r"ber\u{202e}lin") && shown.contains(r"shi\u{200b}rt"), "{shown}");
    let data = text(&against(&deployment, &["stock", "list", "--output", "json"], "").stdout);
    assert!(data.contains(store) && data.contains(product), "{data}");
    assert!(instance.stop().success());
}

#[test]
fn the_demo_ends_with_no_violation() {
    let output = stockroom(&["demo", "--fast", "--seed", "5", "--bootstrap-server", broker::bootstrap()], "");
    let told = text(&output.stdout);
    assert_eq!(code(&output), 0, "{told}\n{}", text(&output.stderr));
    assert_eq!(told.lines().last(), Some("0 violations"), "{told}");
    for event in [
        "items_received",
        "items_ready_for_handover",
        "asn_created",
        "adjustment_created",
        "transfer_order_created",
        "transfer_order_closed (manual)",
        "transfer_order_closed (completed)",
        "asn_closed (manual)",
        "asn_closed (completed)",
        "items_counted",
        "items_shipped",
        "shipment_cancelled",
        "remainder_returned",
        "variance_corrected",
        "items_sold",
        "items_reserved",
        "reservation_released",
    ] {
        assert!(told.contains(event), "{event} is not shown");
    }
}

/// Two instances, each owning one end of most transfers, are killed in turn while goods go to and fro.
#[test]
fn transfers_between_instances_survive_kills_and_come_out_again_in_a_replay() {
    const ROUNDS: u128 = 20;
    let deployment = Deployment::new("transfers", 4, IMPATIENT);
    let mut instances = [deployment.instance("a"), deployment.instance("b")];
    instances.iter_mut().for_each(super::support::instance::Instance::start);
    let send = |commands: &str| {
        let output = against(&deployment, &["send", "--no-wait"], commands);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    };
    for round in 0..ROUNDS {
        let (from, to) = (format!("S{}", round % 5), format!("S{}", (round * 3 + 1) % 5));
        let to = if from == to { "S5".to_owned() } else { to };
        let (order, base) = (format!("TO-{round}"), round * 10 + 100);
        let lines = |quantity: u128| json!([{ "product_id": "shirt", "quantity": quantity }]);
        let shipping = uuid::Uuid::from_u128(base + 1);
        let asn = stockroom::domain::ids::derived_id(shipping, &from.as_str().into(), "asn_id").to_string();
        let wanted = json!({ "create_transfer_order": { "transfer_order_id": order, "destination_id": to,
            "source": "associate_app", "lines": lines(10) } });
        let shipped = json!({ "ship_items": { "transfer_order_id": order, "lines": lines(10) } });
        send(&[command(base, &from, &wanted), command(base + 1, &from, &shipped)].concat());
        let victim = usize::try_from(round % 2).unwrap();
        std::thread::sleep(Duration::from_millis(u64::try_from(round * 37 % 400).unwrap()));
        instances[victim].kill();
        // The receipt may come before the leg: then it waits.
        send(&command(base + 2, &to, &json!({ "receive_items": { "asn_id": asn, "lines": lines(9) } })));
        instances[victim].start();
        if round % 2 == 0 {
            let remainder = if round % 4 == 0 { "lost" } else { "returned" };
            let close = json!({ "close_asn": { "asn_id": asn, "reason": "1 is missing", "remainder": remainder } });
            send(&command(base + 3, &to, &close));
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    let deadline = Instant::now() + Duration::from_secs(90);
    let verdict = loop {
        let verdict = against(&deployment, &["verify", "--replay"], "");
        if text(&verdict.stdout).lines().last() == Some("0 violations") || Instant::now() > deadline {
            break verdict;
        }
        // Until everything is processed, inputs without a result are violations.
        std::thread::sleep(Duration::from_secs(1));
    };
    assert_eq!(text(&verdict.stdout).lines().last(), Some("0 violations"), "{}", text(&verdict.stdout));
    let orders = against(&deployment, &["transfer-orders", "list", "--output", "json"], "");
    let orders: Vec<Value> = serde_json::from_slice(&orders.stdout).unwrap();
    assert_eq!(orders.len(), usize::try_from(ROUNDS).unwrap());
    for order in &orders {
        assert_eq!(order["status"], "closed", "{order}");
        let line = &order["lines"][0];
        assert_eq!((&line["transferred_quantity"], &line["received_quantity"]), (&json!(10), &json!(9)), "{order}");
    }
    for instance in &mut instances {
        assert!(instance.stop().success());
    }
}
