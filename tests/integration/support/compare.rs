//! Comparing what came out with what a vector expects (README of the vectors, "How to compare").

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::vector::{Vector, VectorRecord, list};

/// Which delivery of a record caused something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Delivery {
    /// Index of the record in the vector.
    pub record: usize,
    /// 0: the first delivery; 1: right after it; 2: at the end.
    pub again: usize,
}

/// What came out of a run, values as JSON.
#[derive(Default)]
pub struct Observed {
    /// Results in order, with the delivery each was caused by. Those of legs may be among them.
    pub results: Vec<(Delivery, Value)>,
    /// Events in order.
    pub events: Vec<Value>,
    /// Ledger rows in order.
    pub ledger: Vec<Value>,
    /// The last value of each key of the stock topic.
    pub stock: Vec<Value>,
    /// The last value of each key of the documents topic, deleted ones left out.
    pub documents: Vec<Value>,
    /// Key and `error-code` of dead letters, in order.
    pub dead_letters: Vec<(Option<String>, String)>,
}

/// The fields of the contract, of results, ledger rows, stock rows and each kind of documents: further ones are ours.
pub struct Contract {
    fields: BTreeMap<String, BTreeSet<String>>,
}

impl Contract {
    /// Every field that occurs in any vector.
    pub fn of(vectors: &[Vector]) -> Self {
        let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for vector in vectors {
            for table in ["results", "ledger", "stock", "documents"] {
                for value in list(&vector.expect[table]) {
                    let names = value.as_object().unwrap().keys().cloned();
                    fields.entry(shape(table, value)).or_default().extend(names);
                }
            }
        }
        Self { fields }
    }

    /// A value without what is ours; `None` when all of it is.
    fn cut(&self, table: &str, mut value: Value) -> Option<Value> {
        let fields = self.fields.get(&shape(table, &value))?;
        value.as_object_mut()?.retain(|name, _| fields.contains(name));
        Some(value)
    }
}

fn shape(table: &str, value: &Value) -> String {
    format!("{table} {}", value["kind"].as_str().unwrap_or_default())
}

/// Every difference between a run and the vector, as lines for people; none: it holds. Records without `validate_only`
/// were fed once, or (`twice`) twice in a row and again at the end.
pub fn differences(contract: &Contract, vector: &Vector, observed: Observed, twice: bool) -> String {
    let mut out = String::new();
    let expect = |table: &str| list(&vector.expect[table]).to_vec();
    in_order(&mut out, "events", &expect("events"), &observed.events);
    let ledger: Vec<_> = observed.ledger.into_iter().filter_map(|row| contract.cut("ledger", row)).collect();
    in_order(&mut out, "ledger", &expect("ledger"), &ledger);
    let results: Vec<_> = observed
        .results
        .into_iter()
        .filter(|(_, result)| result["status"] != "applied")
        .filter_map(|(delivery, result)| Some((delivery, malformed(contract.cut("results", result)?))))
        .collect();
    let (first, repeated): (Vec<_>, Vec<_>) = results.into_iter().partition(|(delivery, _)| delivery.again == 0);
    let values: Vec<_> = first.iter().map(|(_, result)| result.clone()).collect();
    in_order(&mut out, "results", &expect("results"), &values);
    if twice {
        repeats(&mut out, &vector.records, &first, &repeated);
    }
    let stock = observed.stock.into_iter().filter_map(|row| contract.cut("stock", row)).map(without_zeros).collect();
    let expected_stock = expect("stock").into_iter().map(without_zeros).collect();
    by_key(&mut out, "stock", expected_stock, stock);
    let documents = observed.documents.into_iter().filter_map(|row| contract.cut("documents", row)).collect();
    by_key(&mut out, "documents", expect("documents"), documents);
    dead_letters(&mut out, vector, observed.dead_letters, twice);
    out
}

/// Exactly, in order, per store.
fn in_order(out: &mut String, table: &str, expected: &[Value], observed: &[Value]) {
    let of_store = |values: &[Value]| {
        let mut stores: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for value in values {
            stores.entry(value["store_id"].to_string()).or_default().push(value.clone());
        }
        stores
    };
    let (expected, observed) = (of_store(expected), of_store(observed));
    for store in expected.keys().chain(observed.keys()).collect::<BTreeSet<_>>() {
        let empty = Vec::new();
        let (expected, observed) = (expected.get(store).unwrap_or(&empty), observed.get(store).unwrap_or(&empty));
        for index in 0..expected.len().max(observed.len()) {
            let path = format!("{table} of {store} #{index}");
            difference(out, &path, expected.get(index), observed.get(index));
        }
    }
}

fn by_key(out: &mut String, table: &str, expected: Vec<Value>, observed: Vec<Value>) {
    let key = |value: &Value| {
        let kind = value["kind"].as_str().unwrap_or_default();
        let id = match kind {
            "" => "product_id",
            "configuration" => "store_id",
            "reason" => "reason_code",
            kind => &format!("{kind}_id"),
        };
        format!("{} {kind} {}", value["store_id"], value[id])
    };
    let index = |values: Vec<Value>| values.into_iter().map(|value| (key(&value), value)).collect::<BTreeMap<_, _>>();
    let (expected, observed) = (index(expected), index(observed));
    for key in expected.keys().chain(observed.keys()).collect::<BTreeSet<_>>() {
        difference(out, &format!("{table} {key}"), expected.get(key), observed.get(key));
    }
}

/// In the maps of a stock row an absent stock location equals 0.
fn without_zeros(mut row: Value) -> Value {
    for map in ["on_hand", "packed"] {
        if let Some(map) = row[map].as_object_mut() {
            map.retain(|_, quantity| *quantity != 0);
        }
    }
    row
}

/// Beside the path of a malformed field a value is allowed.
fn malformed(mut result: Value) -> Value {
    if result["code"] == "malformed_command" {
        for violation in result["violations"].as_array_mut().into_iter().flatten() {
            violation.as_object_mut().map(|violation| violation.remove("value"));
        }
    }
    result
}

/// Each repeat of a record has one more equal result; at the end that of a parked command is its final one.
fn repeats(out: &mut String, records: &[VectorRecord], first: &[(Delivery, Value)], repeated: &[(Delivery, Value)]) {
    for (index, record) in records.iter().enumerate().filter(|(_, record)| !record.validate_only) {
        let Some(id) = &record.command_id else { continue };
        let of_command = |result: &Value| result["command_id"] == **id && result["validate_only"] != true;
        let own = first.iter().rfind(|(delivery, result)| delivery.record == index && of_command(result));
        let Some((_, own)) = own else { continue };
        let parked = own["status"] == "parked";
        let is_final = |result: &Value| of_command(result) && result["code"] != "command_id_reused";
        let last = if parked { first.iter().rfind(|(_, result)| is_final(result)) } else { None };
        let last = last.map_or(own, |(_, result)| result);
        for (again, expected) in [(1, own), (2, last)] {
            let delivery = Delivery { record: index, again };
            let mut caused = repeated.iter().filter(|(by, _)| *by == delivery).map(|(_, result)| result);
            let path = format!("result of record {index}, delivery {again}");
            difference(out, &path, Some(expected), caused.next());
            for further in caused {
                difference(out, &path, None, Some(further));
            }
        }
    }
}

fn dead_letters(out: &mut String, vector: &Vector, observed: Vec<(Option<String>, String)>, twice: bool) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let expected = list(&vector.expect["dead_letters"]).iter();
    let expected = expected.map(|letter| (text(&letter["key"]), text(&letter["code"]).unwrap()));
    let times = if twice { 3 } else { 1 };
    let mut expected: Vec<_> = expected.flat_map(|letter| std::iter::repeat_n(letter, times)).collect();
    let mut observed = observed;
    expected.sort();
    observed.sort();
    if expected != observed {
        writeln!(out, "  dead letters: expected {expected:?}\n    observed {observed:?}").unwrap();
    }
}

/// One line for each place where two values differ.
fn difference(out: &mut String, path: &str, expected: Option<&Value>, observed: Option<&Value>) {
    match (expected, observed) {
        (Some(expected), Some(observed)) if expected == observed => {}
        (Some(Value::Object(expected)), Some(Value::Object(observed))) => {
            objects(out, path, expected, observed);
        }
        (Some(Value::Array(expected)), Some(Value::Array(observed))) => {
            for index in 0..expected.len().max(observed.len()) {
                difference(out, &format!("{path}[{index}]"), expected.get(index), observed.get(index));
            }
        }
        (Some(expected), Some(observed)) => {
            writeln!(out, "  {path}: expected {expected}, observed {observed}").unwrap();
        }
        (Some(expected), None) => writeln!(out, "  {path}: missing {expected}").unwrap(),
        (None, Some(observed)) => writeln!(out, "  {path}: not expected {observed}").unwrap(),
        (None, None) => {}
    }
}

fn objects(out: &mut String, path: &str, expected: &Map<String, Value>, observed: &Map<String, Value>) {
    for name in expected.keys().chain(observed.keys()).collect::<BTreeSet<_>>() {
        difference(out, &format!("{path}.{name}"), expected.get(name), observed.get(name));
    }
}
