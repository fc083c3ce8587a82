//! A judge that knows, from the inputs alone, what must have come out: each input exactly one outcome, in the order of
//! its partition; events without gaps; a ledger that chains; stock that is the ledger's sum; and local copies that are
//! what the topics said at their positions.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use stockroom::codec::record::{InputRecord, Topic};
use stockroom::domain::settings::Settings;
use stockroom::store::rocks::{Limits, PartitionStore, Shared};
use stockroom::store::{Retention, Store, Table};

use super::deployment::Deployment;

/// Everything on the topics of a deployment.
pub struct Judge<'a> {
    deployment: &'a Deployment,
    topics: BTreeMap<Topic, Vec<InputRecord>>,
    faults: Vec<String>,
}

fn json(record: &InputRecord) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap_or(b"null")).unwrap()
}

fn text(record: &InputRecord, header: &str) -> Option<String> {
    record.header(header).map(|value| String::from_utf8_lossy(value).into_owned())
}

/// The store and command a result answers.
fn answered(record: &InputRecord) -> String {
    let result = json(record);
    format!("{} {}", result["store_id"], result["command_id"])
}

/// Whether an outcome is the input's own, and not that of a parked command it released.
fn is_own(outcome: &InputRecord, input: &InputRecord) -> bool {
    if outcome.topic != Topic::Results || json(outcome)["leg_id"].is_string() {
        return true;
    }
    let command: Value = serde_json::from_slice(input.value.as_deref().unwrap_or_default()).unwrap_or_default();
    json(outcome)["command_id"] == command["command_id"]
}

impl<'a> Judge<'a> {
    pub fn new(deployment: &'a Deployment) -> Self {
        let topics = Topic::ALL.into_iter().map(|topic| (topic, deployment.read(topic))).collect();
        Self { deployment, topics, faults: Vec::new() }
    }

    /// The inputs that have no outcome yet.
    pub fn open(deployment: &'a Deployment) -> Vec<String> {
        let judge = Self::new(deployment);
        let outcomes = judge.outcomes();
        let inputs = judge.topics[&Topic::Commands].iter().chain(&judge.topics[&Topic::Legs]);
        inputs.map(|input| input.position.to_string()).filter(|place| !outcomes.contains_key(place)).collect()
    }

    /// By the position of an input, what it caused that counts as its outcome.
    fn outcomes(&self) -> HashMap<String, Vec<&InputRecord>> {
        let mut outcomes: HashMap<String, Vec<&InputRecord>> = HashMap::new();
        let answers = self.topics[&Topic::Results].iter().chain(&self.topics[&Topic::DeadLetters]);
        for record in answers {
            outcomes.entry(record.cause().unwrap().to_string()).or_default().push(record);
        }
        for record in &self.topics[&Topic::Legs] {
            if let Some(from) = text(record, "forwarded-from") {
                outcomes.entry(from).or_default().push(record);
            }
        }
        outcomes
    }

    /// How much there was to judge.
    pub fn summary(&self) -> String {
        let count = |topic| self.topics[&topic].len();
        let forwarded = self.topics[&Topic::Legs].iter().filter(|leg| leg.header("forwarded-from").is_some()).count();
        format!(
            "{} commands, {forwarded} handed on, {} other legs, {} events, {} dead letters, {} parked",
            count(Topic::Commands),
            count(Topic::Legs) - forwarded,
            count(Topic::Events),
            count(Topic::DeadLetters),
            self.parked().len(),
        )
    }

    /// Every fault there is.
    pub fn faults(mut self, states: &[&Path]) -> Vec<String> {
        self.each_input_has_one_outcome();
        self.results_are_in_order();
        self.events_have_no_gaps();
        self.ledger_chains_into_stock();
        for state in states {
            self.local_copies_are_what_the_topics_said(state);
        }
        self.faults
    }

    fn each_input_has_one_outcome(&mut self) {
        let parked = self.parked();
        let mut outcomes = self.outcomes();
        let mut faults = Vec::new();
        for input in self.topics[&Topic::Commands].iter().chain(&self.topics[&Topic::Legs]) {
            let position = input.position.to_string();
            let found = outcomes.remove(&position).unwrap_or_default();
            let (own, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|outcome| is_own(outcome, input));
            if own.len() != 1 {
                faults.push(format!("{position}: {} outcomes", own.len()));
            }
            // What it releases are answers to commands that were parked before.
            let strange = others.iter().filter(|outcome| !parked.contains(&answered(outcome)));
            faults.extend(strange.map(|outcome| format!("{position}: caused {} too", outcome.position)));
        }
        faults.extend(outcomes.keys().map(|place| format!("{place}: invented")));
        self.faults.append(&mut faults);
    }

    /// The commands that were parked at some time.
    fn parked(&self) -> HashSet<String> {
        let results = self.topics[&Topic::Results].iter();
        results.filter(|record| json(record)["status"] == "parked").map(answered).collect()
    }

    fn results_are_in_order(&mut self) {
        let mut last: HashMap<(i32, String), i64> = HashMap::new();
        for record in &self.topics[&Topic::Results] {
            let place = record.cause().unwrap().to_string();
            let (topic_partition, offset) = place.rsplit_once('/').unwrap();
            let offset: i64 = offset.parse().unwrap();
            let before = last.insert((record.position.partition, topic_partition.to_owned()), offset);
            if before.is_some_and(|before| before > offset) {
                self.faults.push(format!("{}: caused by {place} after {before:?}", record.position));
            }
        }
    }

    fn events_have_no_gaps(&mut self) {
        let mut last: HashMap<String, u64> = HashMap::new();
        let mut ids = HashSet::new();
        for record in &self.topics[&Topic::Events] {
            let store = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
            let sequence: u64 = text(record, "ce_sequence").unwrap().parse().unwrap();
            let before = last.insert(store.clone(), sequence).unwrap_or(0);
            if sequence != before + 1 {
                self.faults.push(format!("{}: {store}: event {sequence} after {before}", record.position));
            }
            if !ids.insert(text(record, "ce_id").unwrap()) {
                self.faults.push(format!("{}: an event twice", record.position));
            }
        }
    }

    fn ledger_chains_into_stock(&mut self) {
        let mut balances: BTreeMap<(String, String, String), i64> = BTreeMap::new();
        let mut ids = HashSet::new();
        for record in &self.topics[&Topic::Ledger] {
            let row = json(record);
            let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            if !ids.insert(field("movement_id")) {
                self.faults.push(format!("{}: a movement twice", record.position));
            }
            for (account, before, after) in
                [("from_account", "from_before", "from_after"), ("to_account", "to_before", "to_after")]
            {
                let (Some(before), Some(after)) = (row[before].as_i64(), row[after].as_i64()) else { continue };
                let key = (field("store_id"), field("product_id"), field(account));
                let known = balances.insert(key.clone(), after).unwrap_or(0);
                if known != before {
                    self.faults.push(format!("{}: {key:?} was {known}, the row says {before}", record.position));
                }
            }
        }
        let mut stock: BTreeMap<(String, String), Value> = BTreeMap::new();
        for record in &self.topics[&Topic::Stock] {
            let row = json(record);
            let key = (row["store_id"].as_str().unwrap().to_owned(), row["product_id"].as_str().unwrap().to_owned());
            stock.insert(key, row);
        }
        for ((store, product, location), balance) in balances {
            let shown = stock.get(&(store.clone(), product.clone())).and_then(|row| row["on_hand"][&location].as_i64());
            if shown.unwrap_or(0) != balance {
                self.faults.push(format!("{store} {product} {location}: stock {shown:?}, ledger {balance}"));
            }
        }
    }

    /// For each copy and table: the last record of each key before the copy's position is the row, and nothing else is.
    fn local_copies_are_what_the_topics_said(&mut self, state: &Path) {
        let shared = Arc::new(Shared::new(Limits::default()).unwrap());
        for partition in 0..self.deployment.partitions {
            if !PartitionStore::folder(state, partition).exists() {
                continue;
            }
            let retention = Retention::of(&Settings::default());
            let store = PartitionStore::open(&shared, state, partition, retention).unwrap();
            let positions = store.positions().unwrap();
            for (table, topic) in [(Table::Stock, Topic::Stock), (Table::Documents, Topic::Documents)] {
                let until = positions.get(self.deployment.names.name(topic)).copied().unwrap_or(0);
                let mut expected: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
                let records = self.topics[&topic].iter();
                for record in records.filter(|r| r.position.partition == partition && r.position.offset < until) {
                    let key = record.key.clone().unwrap().to_vec();
                    match &record.value {
                        Some(value) => expected.insert(key, value.to_vec()),
                        None => expected.remove(&key),
                    };
                }
                let mut found: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
                store
                    .scan(table, b"", &mut |key, value| {
                        found.insert(key.to_vec(), value.to_vec());
                    })
                    .unwrap();
                if found != expected {
                    let place = format!("{} {partition} {table:?}", state.display());
                    self.faults.push(format!("{place}: {} rows, {} expected", found.len(), expected.len()));
                }
            }
        }
    }
}

/// Waits until every input has its outcome.
pub fn wait_until_processed(deployment: &Deployment, patience: Duration) {
    let deadline = Instant::now() + patience;
    loop {
        let open = Judge::open(deployment);
        if open.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "no outcome after {patience:?}: {open:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}
