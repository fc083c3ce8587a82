//! One command, written in every way there is.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{from_json, to_json};
use super::samples::{Book, Dice, Fill};
use super::{codec, decode};
use crate::codec::format::Format;
use crate::codec::schemas::Schema;
use crate::domain::command::Command;
use crate::domain::time::Timestamp;

/// The same command as JSON, with what must not matter changed: order, spaces, unknown and null fields, time zones.
fn rewrite(name: &str, value: &Value, dice: &mut Dice) -> String {
    match value {
        Value::Object(fields) => {
            let mut parts: Vec<_> =
                fields.iter().map(|(name, value)| format!("{} :{}", json!(name), rewrite(name, value, dice))).collect();
            if !["features", "operation"].contains(&name) {
                parts.push(r#""surprise": [{"deep": 1.5}]"#.to_owned());
            }
            for known in ["correlation_id", "note", "zone", "carton_id", "upc", "blind", "started_at", "receiving"] {
                if !fields.contains_key(known) && name != "operation" {
                    parts.push(format!("\"{known}\": {}", if dice.roll(2) == 0 { "null" } else { "\"\"" }));
                }
            }
            for last in (1..parts.len()).rev() {
                parts.swap(last, usize::try_from(dice.roll(last as u64 + 1)).unwrap());
            }
            format!("{{ {} }}", parts.join(" , "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| rewrite("", item, dice)).collect();
            format!("[{}\n]", items.join(","))
        }
        Value::String(text) => match (Timestamp::parse(text), text.strip_suffix('Z')) {
            (Some(instant), Some(_)) => {
                let later = instant.plus_millis(90 * 60 * 1000).to_string();
                format!("\"{}999+01:30\"", later.trim_end_matches('Z'))
            }
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

fn command(operation: &str, fill: Fill, dice: &mut Dice) -> (Value, Command) {
    let json = Book::open().command(operation, fill, dice);
    let command = decode(json.to_string().as_bytes()).unwrap();
    assert!(command.body.is_ok(), "{json}: {:?}", command.body);
    (json, command)
}

fn check(operation: &str, fill: Fill, dice: &mut Dice) {
    let (json, command) = command(operation, fill, dice);
    let avro = codec().encode_command(&command, Format::Avro);
    assert_eq!(avro[0], 0, "{json}");
    assert_eq!(decode(&avro).as_ref(), Ok(&command), "Avro of {json}");
    assert_eq!(from_json(&to_json(&command)).as_ref(), Ok(&command), "JSON of {json}");
    let rewritten = rewrite("", &json, dice);
    assert_eq!(decode(rewritten.as_bytes()).as_ref(), Ok(&command), "{rewritten}");

    // The crate understands what we write, and we understand what it writes.
    let schema = &Schema::Command.newest().parsed;
    let value = GenericDatumReader::builder(schema).build().unwrap().read_value(&mut &avro[5..]).unwrap();
    let theirs = GenericDatumWriter::builder(schema).build().unwrap().write_value_to_vec(value).unwrap();
    let theirs = [&avro[..5], &theirs].concat();
    assert_eq!(decode(&theirs).as_ref(), Ok(&command), "{json}");
}

#[test]
fn every_operation_with_every_field() {
    let mut dice = Dice::new(1);
    for operation in &Book::open().operations {
        check(operation, Fill::Everything, &mut dice);
    }
}

proptest! {
    #[test]
    fn a_command_means_the_same_however_it_is_written(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let operations = Book::open().operations;
        let operation = &operations[usize::try_from(dice.roll(operations.len() as u64)).unwrap()];
        check(operation, Fill::Random, &mut dice);
    }
}

#[test]
fn another_content_has_another_fingerprint() {
    let base = json!({
        "command_id": "0190a6f0-3b1c-7c50-8f4e-0123456789ab", "store_id": "S1",
        "occurred_at": "2026-03-02T10:00:00Z", "actor": {"id": "ada"},
        "operation": {"submit_count": {"count_id": "C", "lines": [{"product_id": "A", "count": 1}]}},
    });
    let mut all = vec![base.clone()];
    for (pointer, value) in [
        ("/occurred_at", json!("2026-03-02T10:00:00.001Z")),
        ("/actor", json!({"id": "adb"})),
        ("/actor", json!({"id": "ada", "role": "x"})),
        ("/actor", json!({"id": "ada", "device": "x"})),
        ("/operation", json!({"cancel_count": {"count_id": "C", "reason": "x"}})),
        ("/operation/submit_count/lines", json!([])),
        ("/operation/submit_count/lines", json!([{"product_id": "A", "count": 1}, {"product_id": "A", "count": 1}])),
        ("/operation/submit_count/lines/0/zone", json!("1")),
        ("/operation/submit_count/lines/0/counted_at", json!("2026-03-02T10:00:00Z")),
        ("/operation/submit_count/partial", json!(true)),
        ("/correlation_id", json!("x")),
        ("/origin", json!({"system": "x", "id": "y"})),
        ("/validate_only", json!(true)),
    ] {
        let mut changed = base.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[name] = value;
        all.push(changed);
    }
    let fingerprints: Vec<_> =
        all.iter().map(|value| decode(value.to_string().as_bytes()).unwrap().fingerprint).collect();
    for (index, fingerprint) in fingerprints.iter().enumerate() {
        assert!(!fingerprints[..index].contains(fingerprint), "{}", all[index]);
    }
}

#[test]
fn defaults_may_be_written_out() {
    for (operation, default) in [
        (json!({"close_asn": {"asn_id": "A", "reason": "r"}}), json!({"remainder": "lost"})),
        (json!({"submit_count": {"count_id": "C"}}), json!({"partial": false, "lines": []})),
        (json!({"record_sale": {"sale_id": "S", "lines": []}}), json!({"allocation_id": "S"})),
        (json!({"receive_items": {}}), json!({"lines": [], "carton_ids": []})),
        (json!({"configure_store": {}}), json!({"features": {}})),
    ] {
        let whole = |operation: &Value, validate_only: Value| {
            let command = json!({
                "command_id": "0190a6f0-3b1c-7c50-8f4e-0123456789ab", "store_id": "S1",
                "occurred_at": "2026-03-02T10:00:00Z", "actor": {"id": "ada"}, "operation": operation,
                "validate_only": validate_only,
            });
            decode(command.to_string().as_bytes()).unwrap()
        };
        let mut written = operation.clone();
        let body = written.as_object_mut().unwrap().values_mut().next().unwrap();
        body.as_object_mut().unwrap().extend(default.as_object().unwrap().clone());
        assert_eq!(whole(&operation, Value::Null), whole(&written, json!(false)), "{written}");
    }
}

/// Fingerprints are remembered for a month and published: this one never changes.
#[test]
fn the_canonical_form_is_frozen() {
    let json = r#"{"command_id":"0190a6f0-3b1c-7c50-8f4e-0123456789ab","store_id":"S1","actor":{"id":"ada"},
        "occurred_at":"2026-03-02T10:00:00Z","correlation_id":"c","origin":{"system":"pos","id":"7"},
        "operation":{"configure_store":{"features":{"counts":false},"count_tolerance":2,"time_zone":"Europe/Rome"}}}"#;
    let fingerprint = decode(json.as_bytes()).unwrap().fingerprint;
    assert_eq!(format!("{:032x}", fingerprint.0), "2ae41c76567b35fc17d3ce68d4aa86fd");
}
