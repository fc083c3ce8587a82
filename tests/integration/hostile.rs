//! Records that somebody made to hurt, between good commands on one partition, with restarts in between: whatever a record
//! is or causes, it has an outcome, and every good command has its one result.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use stockroom::codec::Codec;
use stockroom::codec::command::from_json;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::Topic;
use stockroom::domain::time::Timestamp;

use super::bad_input_bytes::sale;
use super::support::deployment::Deployment;
use super::support::outcomes::outcomes;
use super::support::random::Random;
use super::support::raw::{Raw, produce};
use super::support::settled::Settled;
use super::support::stores::stores_of;
use super::support::vector;

const PARTITIONS: i32 = 2;
const HOSTILE: u64 = 200;
/// An instance is killed after so many of them.
const KILL_EVERY: u64 = 33;
const PATIENCE: Duration = Duration::from_secs(90);
const NOON: &str = "2026-03-02T12:00:00.000Z";

/// What somebody writes who has the vectors and bad intentions.
struct Attacker {
    random: Random,
    store: String,
    /// Every command of the vectors.
    commands: Vec<Value>,
}

impl Attacker {
    fn new(seed: u64, store: &str) -> Self {
        let records = vector::all().into_iter().flat_map(|vector| vector.records);
        let commands = records.filter_map(|record| serde_json::from_slice(&record.value).ok());
        let commands = commands.filter(Value::is_object).collect();
        Self { random: Random::new(seed), store: store.to_owned(), commands }
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.random.below(of.len() as u64)).unwrap()].clone()
    }

    /// A command of the vectors, of the store under attack; ids come again and again.
    fn command(&mut self) -> Value {
        let mut command = self.pick(&self.commands.clone());
        command["store_id"] = json!(self.store);
        command["occurred_at"] = json!(NOON);
        // Not to be set once a store trades (docs/contract.md §6); verify says so then, and rightly.
        if let Some(configuration) = command["operation"]["configure_store"].as_object_mut() {
            configuration.remove("inventory_master");
            configuration.remove("location_type");
        }
        command
    }

    fn bytes(&mut self, count: u64) -> Vec<u8> {
        (0..count).map(|_| self.random.next().to_le_bytes()[0]).collect()
    }

    /// Puts something else where anything stands.
    fn spoil(&mut self, value: &mut Value) {
        let children: Vec<&mut Value> = match value {
            Value::Object(fields) if !fields.is_empty() => fields.values_mut().collect(),
            Value::Array(elements) if !elements.is_empty() => elements.iter_mut().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                Vec::new()
            }
        };
        let count = children.len() as u64;
        if count == 0 || self.random.below(5) == 0 {
            *value = self.oddity();
            return;
        }
        let chosen = usize::try_from(self.random.below(count)).unwrap();
        self.spoil(children.into_iter().nth(chosen).unwrap());
    }

    fn oddity(&mut self) -> Value {
        let deep = (0..100).fold(json!([]), |inner, _| json!([inner]));
        let oddities = [
            json!(null),
            json!(""),
            json!(" "),
            json!("\u{202e}\u{0}\u{1b}[2J"),
            json!("x".repeat(70_000)),
            json!(-1),
            json!(1.5),
            json!(i64::MAX),
            json!(u64::MAX),
            json!("9999-12-31T23:59:59.999Z"),
            json!("0001-01-01T00:00:00Z"),
            json!({}),
            json!(vec![json!({ "product_id": "A", "quantity": 1 }); 1_001]),
            json!((0..900).map(|n| json!({ "product_id": format!("P{n}"), "quantity": 1 })).collect::<Vec<_>>()),
            deep,
        ];
        self.pick(&oddities)
    }

    /// A value, whatever it is.
    fn value(&mut self) -> Vec<u8> {
        let mut command = self.command();
        let mut text = command.to_string().into_bytes();
        let at = usize::try_from(self.random.below(text.len() as u64)).unwrap();
        match self.random.below(20) {
            0..5 => text,
            5 => {
                text[at] ^= 1 << self.random.below(8);
                text
            }
            6 => text[..at].to_vec(),
            7 => text.repeat(2),
            8 => {
                let length = self.random.below(300);
                self.bytes(length)
            }
            9 => [vec![0, 0, 0, 0, 1], self.bytes(100)].concat(),
            10 => {
                let codec = Codec::new("acme".into(), Formats::default(), "main".into());
                let Ok(command) = from_json(command.to_string().as_bytes()) else { return text };
                let mut avro = codec.encode_command(&command, Format::Avro);
                let at = usize::try_from(self.random.below(avro.len() as u64)).unwrap();
                avro[at] = avro[at].wrapping_add(1);
                avro.to_vec()
            }
            _ => {
                self.spoil(&mut command);
                command.to_string().into_bytes()
            }
        }
    }

    fn record(&mut self) -> Raw {
        let noon = Timestamp::parse(NOON).unwrap().millis();
        let value = self.value();
        let key = self.store.clone().into_bytes();
        let oddly = self.random.below(20);
        let headers = match oddly {
            0 => vec![(b"content-type".to_vec(), Some(b"application/json".to_vec()))],
            1 => vec![(b"content-type".to_vec(), Some(vec![0xff])), (vec![0xc3, 0x28], None)],
            2 => vec![(b"__value_schema_id".to_vec(), Some(self.bytes(17)))],
            _ => Vec::new(),
        };
        Raw {
            key: if oddly == 3 { None } else { Some(key) },
            value: if oddly == 4 { None } else { Some(value) },
            headers,
            timestamp: if oddly == 5 { self.pick(&[-1, 0, noon / 1_000, 1]) } else { noon },
        }
    }
}

#[test]
fn between_hostile_records_every_good_command_has_its_one_result() {
    let deployment = Deployment::new("hostile", PARTITIONS, "");
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let stores: Vec<String> = stores_of(0, PARTITIONS).take(2).collect();
    let [attacked, honest] = &stores[..] else { unreachable!() };
    let mut attacker = Attacker::new(20_261_126, attacked);
    let settled = Settled::of(&deployment);
    let (commands, legs) = (deployment.names.name(Topic::Commands), deployment.names.name(Topic::Legs));
    let (mut hostile, mut ids) = (Vec::new(), Vec::new());
    for number in 0..HOSTILE {
        // Some are not on our own topic of legs, where only rubbish is not to be believed.
        let (topic, record) = match number % 20 {
            0 => (legs, Raw { value: Some(attacker.bytes(50)), ..attacker.record() }),
            _ => (commands, attacker.record()),
        };
        let offset = produce(topic, 0, std::slice::from_ref(&record)).unwrap();
        hostile.push((format!("{topic}/0/{offset}"), record));
        // The id of a sale that must be carried out follows from its number.
        let number_of_sale = u128::from(number) + 1;
        produce(commands, 0, &[sale(number_of_sale, honest)]).unwrap();
        ids.push(uuid::Uuid::from_u128(number_of_sale).to_string());
        if number % KILL_EVERY == KILL_EVERY - 1 {
            instance.kill();
            instance.start();
        }
    }
    assert!(settled.wait(PATIENCE), "it does not go on\n{}", instance.tail());
    let outcomes = outcomes(&deployment);
    for (position, record) in &hostile {
        assert!(outcomes.contains_key(position), "nothing came of {position}: {record:?}");
    }
    let results: Vec<Value> = deployment
        .read(Topic::Results)
        .iter()
        .map(|record| serde_json::from_slice(record.value.as_deref().unwrap()).unwrap())
        .collect();
    for id in &ids {
        let of_id: Vec<_> = results.iter().filter(|result| result["command_id"] == **id).collect();
        assert_eq!(of_id.len(), 1, "{id}: {of_id:?}");
        assert_eq!(of_id[0]["status"], "accepted", "{id}");
    }
    let codes: BTreeSet<String> = results.iter().map(|result| result["code"].to_string()).collect();
    let letters = deployment.read(Topic::DeadLetters);
    let mut told = BTreeMap::<_, u32>::new();
    for letter in &letters {
        let code = String::from_utf8_lossy(letter.header("error-code").unwrap_or_default());
        *told.entry(code).or_default() += 1;
    }
    assert!(codes.len() > 12 && told.len() > 4, "they hurt in many ways: {codes:?} {told:?}");
    for options in [&[] as &[&str], &["--replay"]] {
        deployment.verify("a", options).unwrap();
    }
    assert!(instance.stop().success(), "{}", instance.tail());
}
