//! A deployment that the first release left behind goes on with this one: what it wrote stands in `tests/golden/1` byte for
//! byte, with open counts, orders, deliveries, parked receipts, holds.
//!
//! `commands.jsonl` is what it was told, `history.jsonl` every record it wrote, and `after.jsonl` what happens then.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::framing::unframe;
use stockroom::codec::record::{Header, OutputRecord, Topic};
use stockroom::codec::schemas::Schema;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;

use crate::support::compare::Delivery;
use crate::support::memory::Deployment;
use crate::support::vector::{self, VectorRecord};

fn lines(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/1").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Commands in the order in which they were told.
pub fn commands(file: &str) -> Vec<VectorRecord> {
    lines(file).iter().map(vector::read_record).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// Every record the first release wrote, in order.
pub fn history() -> Vec<OutputRecord> {
    let record = |record: &Value| {
        let header = |header: &Value| Header {
            key: header[0].as_str().unwrap().to_owned().into(),
            value: header[1].as_str().map(|text| text.to_owned().into()),
        };
        let topic = Topic::ALL.into_iter().find(|topic| record["topic"] == topic.name()).unwrap();
        OutputRecord {
            topic,
            partition: record["partition"].as_i64().unwrap().try_into().unwrap(),
            timestamp: Timestamp::from_millis(record["timestamp"].as_i64().unwrap()),
            key: record["key"].as_str().map(|key| key.to_owned().into()),
            value: record["value"].as_str().map(|value| unhex(value).into()),
            headers: vector::list(&record["headers"]).iter().map(header).collect(),
        }
    };
    lines("history.jsonl").iter().map(record).collect()
}

fn feed(deployment: &mut Deployment, file: &str) {
    for (record, fed) in commands(file).iter().enumerate() {
        deployment.feed(Delivery { record, again: 0 }, fed);
    }
}

/// Every row of both tables as JSON, without those that only the processor reads.
fn tables(deployment: &Deployment) -> BTreeSet<String> {
    const INTERNAL: [&str; 6] = ["store", "parked", "waiting", "order_shipment", "closed", "outgoing_asn"];
    let observed = deployment.observed_avro();
    let public = |row: &Value| !row["kind"].as_str().is_some_and(|kind| INTERNAL.contains(&kind));
    let rows = observed.stock.into_iter().chain(observed.documents).filter(public);
    rows.flat_map(in_this_edition).map(|row| row.to_string()).collect()
}

/// A document of the first release as this one keeps it: it had the lines of a count in it, and did not count shipments.
fn in_this_edition(mut row: Value) -> Vec<Value> {
    let document = row.as_object_mut().unwrap();
    document.remove("open_shipments");
    if document.get("kind").is_none_or(|kind| kind != "count") {
        return vec![row];
    }
    let Some(Value::Array(lines)) = document.remove("lines") else { return vec![row] };
    let how_many = |is_meant: fn(&Value) -> bool| lines.iter().filter(|line| is_meant(line)).count();
    document.insert("products".into(), lines.len().into());
    document.insert("products_counted".into(), how_many(|line| line["count"].is_i64()).into());
    document.insert("products_outside_tolerance".into(), how_many(|line| line["outside_tolerance"] == true).into());
    let (store_id, count_id) = (document["store_id"].clone(), document["count_id"].clone());
    let mut rows = vec![row];
    for mut line in lines {
        let fields = line.as_object_mut().unwrap();
        fields.insert("kind".into(), "count_line".into());
        fields.insert("store_id".into(), store_id.clone());
        fields.insert("count_id".into(), count_id.clone());
        rows.push(line);
    }
    rows
}

/// What was answered to the commands that came after the upgrade: the id, the status, the code of each.
fn last_answers(results: &[Value]) -> Vec<(Value, Value, Value)> {
    let of_commands = results.iter().filter(|result| result["status"] != "applied");
    let told =
        of_commands.map(|result| (result["command_id"].clone(), result["status"].clone(), result["code"].clone()));
    let all: Vec<_> = told.collect();
    all[all.len() - commands("after.jsonl").len()..].to_vec()
}

/// The same deployment if it had been of this release from the beginning.
pub fn as_if_it_had_been_this_one() -> Deployment {
    let mut anew = Deployment::new(Settings::default(), Formats::all(Format::Avro));
    feed(&mut anew, "commands.jsonl");
    feed(&mut anew, "after.jsonl");
    anew
}

#[test]
fn what_the_first_release_left_open_is_finished_as_if_it_had_been_this_one() {
    let formats = Formats::all(Format::Avro);
    let mut upgraded = Deployment::restored(Settings::default(), formats, history());
    feed(&mut upgraded, "after.jsonl");
    let mut anew = as_if_it_had_been_this_one();
    upgraded.forget_rows();
    anew.forget_rows();
    let (upgraded_tables, anew_tables) = (tables(&upgraded), tables(&anew));
    assert_eq!(upgraded_tables.symmetric_difference(&anew_tables).collect::<Vec<_>>(), [] as [&String; 0]);
    assert!(upgraded_tables.len() > 30, "{upgraded_tables:?}");

    let results = |deployment: &Deployment| -> Vec<Value> {
        deployment.observed_avro().results.into_iter().map(|(_, result)| result).collect()
    };
    let (upgraded_results, anew_results) = (last_answers(&results(&upgraded)), last_answers(&results(&anew)));
    assert_eq!(upgraded_results, anew_results);
    let codes: Vec<&str> = anew_results.iter().filter_map(|(_, _, code)| code.as_str()).collect();
    assert_eq!(codes, ["count_closed", "asn_unknown"], "all else is accepted, and the last receipt never got its ASN");

    // Both versions stand beside each other, and all is read.
    let version =
        |output: &OutputRecord| Schema::of_id(unframe(output.value.as_deref().unwrap()).unwrap().0).unwrap().1;
    for topic in [Topic::Stock, Topic::Documents, Topic::Results, Topic::Ledger, Topic::Legs, Topic::Events] {
        let written = upgraded.written.iter().filter(|(_, output)| output.topic == topic && output.value.is_some());
        let mut versions: Vec<u32> = written.map(|(_, output)| version(output)).collect();
        versions.dedup();
        assert_eq!(versions, [1, 2], "{topic:?}");
    }
    assert_eq!(upgraded.not_restored(), [] as [i32; 0]);
}
