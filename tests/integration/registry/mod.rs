//! A real schema registry, and clients nobody here wrote: `cargo test --test integration registry`.

mod apicurio;
mod flink;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockroom::codec::record::Topic;
use stockroom::codec::schemas::Schema;
use stockroom::registry::Subject;

use super::support::broker;
use super::support::days::yesterday;
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::instance::Instance;
use apicurio::Apicurio;

/// The environment of everything that knows a registry; without one, of everything that does not.
fn environment(deployment: &Deployment, registry: Option<(&str, &str)>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("STOCKROOM__TOPICS__FORMAT", "avro".to_owned()),
        ("STOCKROOM__STATE__DIR", deployment.state_dir("a").display().to_string()),
    ];
    if let Some((url, mode)) = registry {
        variables.push(("STOCKROOM__REGISTRY__URL", url.to_owned()));
        variables.push(("STOCKROOM__REGISTRY__MODE", mode.to_owned()));
    }
    variables
}

fn instance(deployment: &Deployment, registry: Option<(&str, &str)>) -> Instance {
    let variables = environment(deployment, registry);
    let mut instance = variables.iter().fold(deployment.instance("a"), |made, (key, value)| made.with(key, value));
    instance.start();
    instance
}

fn stockroom(deployment: &Deployment, registry: Option<(&str, &str)>, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stockroom"))
        .args(arguments)
        .args(["--bootstrap-server", broker::bootstrap(), "--topic-prefix", &deployment.prefix])
        .envs(environment(deployment, registry))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Sends one receipt and waits for its result.
fn receive(deployment: &Deployment, number: u128) {
    let operation =
        json!({ "receive_items": { "order_ref": "PO", "lines": [{ "product_id": "shirt", "quantity": 1 }] } });
    let command = json!({ "command_id": uuid::Uuid::from_u128(number), "store_id": "berlin", "actor": { "id": "anna" },
        "occurred_at": format!("{}T09:00:00Z", yesterday()), "operation": operation });
    let output = stockroom(deployment, None, &["send", "--no-wait"], &format!("{command}\n"));
    assert!(output.status.success(), "{}", told(&output));
    let deadline = Instant::now() + Duration::from_secs(60);
    while deployment.read(Topic::Events).len() < usize::try_from(number).unwrap() {
        assert!(Instant::now() < deadline, "receipt {number} is not carried out");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The ids in the frames of a topic.
fn ids(deployment: &Deployment, topic: Topic) -> Vec<u32> {
    let values = deployment.read(topic).into_iter().filter_map(|record| record.value);
    values.map(|value| u32::from_be_bytes(value[1..5].try_into().unwrap())).collect()
}

#[test]
fn a_registry_is_switched_on_and_killed_and_the_replay_finds_no_difference() {
    let deployment = Deployment::new("registry", 2, IMPATIENT);
    let mut built_in = instance(&deployment, None);
    receive(&deployment, 1);
    assert!(built_in.stop().success());

    // Each of its numbers is built in for another topic.
    let registry = Apicurio::start(10, 1);
    let known = Some((&*registry.url, "register"));
    let checked = stockroom(&deployment, known, &["schemas", "check"], "");
    assert!(checked.status.success() && told(&checked).contains("would be registered"), "{}", told(&checked));
    let mut running = instance(&deployment, known);
    receive(&deployment, 2);
    let checked = stockroom(&deployment, known, &["schemas", "check"], "");
    assert!(
        told(&checked).contains("registered, 8") && told(&checked).contains("FULL_TRANSITIVE"),
        "{}",
        told(&checked)
    );
    registry.kill();
    receive(&deployment, 3);
    assert!(running.stop().success());

    let mut restarted = instance(&deployment, known);
    receive(&deployment, 4);
    assert!(restarted.stop().success(), "{}", restarted.tail());
    // One number was taken, seven went to the first version, and of the newest one the commands come before the events.
    assert_eq!(ids(&deployment, Topic::Events), [Schema::Event.newest().id(), 10, 10, 10]);
    let verdict = stockroom(&deployment, known, &["verify", "--replay"], "");
    assert!(told(&verdict).contains("0 violations"), "{}", told(&verdict));
}

#[test]
fn a_subject_that_belongs_to_something_else_ends_the_start_with_code_1() {
    let deployment = Deployment::new("refused", 1, IMPATIENT);
    let registry = Apicurio::start(20, 0);
    let subject = Subject::of_topic(stockroom::codec::schemas::Schema::Stock, deployment.names.name(Topic::Stock)).name;
    let body = json!({ "schema": r#"{"type":"record","name":"Stock","namespace":"stockroom.inventory.v1","fields":[{"name":"shelf","type":"long"}]}"# });
    let status = Command::new("curl")
        .args(["-fsS", "-H", "content-type: application/vnd.schemaregistry.v1+json", "-d", &body.to_string()])
        .arg(format!("{}/subjects/{subject}/versions", registry.url))
        .status();
    assert!(status.unwrap().success());
    let mut refused = instance(&deployment, Some((&registry.url, "register")));
    assert_eq!(refused.wait(Duration::from_secs(60)).code(), Some(1), "{}", refused.tail());
    let log = refused.log();
    assert!(log.contains("stock.avsc") && log.contains("fields only there: shelf"), "{log}");
    assert!(log.contains("hint:"), "{log}");
}

fn python(arguments: &[&str]) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
    let output =
        Command::new("bash").arg("python.sh").arg("avro.py").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn confluents_serializers_for_python_write_commands_and_read_what_becomes_of_them() {
    let deployment = Deployment::new("python", 2, IMPATIENT);
    let registry = Apicurio::start(30, 10);
    let mut running = instance(&deployment, Some((&registry.url, "register")));
    receive(&deployment, 1);
    let commands = &deployment.names.commands()[0];
    let id = uuid::Uuid::from_u128(2).to_string();
    python(&["send", broker::bootstrap(), &registry.url, commands, "berlin", &id]);
    let deadline = Instant::now() + Duration::from_secs(60);
    while deployment.read(Topic::Events).len() < 2 {
        assert!(deployment.read(Topic::DeadLetters).is_empty(), "{}", running.tail());
        assert!(Instant::now() < deadline, "the command is not carried out: {}", running.tail());
        std::thread::sleep(Duration::from_millis(100));
    }
    let read = |topic: Topic| -> Vec<Value> {
        let lines = python(&["read", broker::bootstrap(), &registry.url, deployment.names.name(topic)]);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let stock = read(Topic::Stock);
    assert_eq!(stock.last().unwrap()["stock_on_hand"], 6, "{stock:?}");
    assert_eq!(read(Topic::Events).len(), 2);
    let quantities: Vec<Value> = read(Topic::Ledger).iter().map(|row| row["quantity"].clone()).collect();
    assert_eq!(quantities, [1, 5]);
    assert!(running.stop().success());
}
