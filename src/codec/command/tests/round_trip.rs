//! One command, written in every way there is.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{from_json, to_json};
use super::{codec, command, decode, decode_json};
use crate::codec::format::Format;
use crate::codec::framing::{FRAME_BYTES, MAGIC};
use crate::codec::schemas::Schema;
use crate::codec::tests::any_of;
use crate::domain::command::Command;
use crate::domain::time::Timestamp;

/// The same command as JSON, with what must not matter changed: order, spaces, unknown and null fields, time zones.
fn rewrite(name: &str, value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut parts: Vec<_> =
                fields.iter().map(|(name, value)| format!("{} :{}", json!(name), rewrite(name, value))).collect();
            if !["features", "operation", "external_identifiers"].contains(&name) {
                parts.push(r#""surprise": [{"deep": 1.5}]"#.to_owned());
            }
            let known = ["correlation_id", "note", "zone", "carton_id", "upc", "blind", "started_at", "receiving"];
            for known in known.into_iter().filter(|known| !fields.contains_key(*known) && name != "operation") {
                parts.push(format!("\"{known}\": {}", if parts.len() % 2 == 0 { "null" } else { "\"\"" }));
            }
            parts.reverse();
            format!("{{ {} }}", parts.join(" , "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| rewrite("", item)).collect();
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

fn check(drawn: Command) {
    let json = to_json(&drawn);
    let command = from_json(json.as_bytes()).unwrap();
    assert_eq!(Command { fingerprint: command.fingerprint, ..drawn }, command, "{json}");
    let rewritten = rewrite("", &serde_json::from_str(&json).unwrap());
    assert_eq!(decode(rewritten.as_bytes()).as_ref(), Ok(&command), "{rewritten}");
    let avro = codec().encode_command(&command, Format::Avro);
    assert_eq!(decode(&avro).as_ref(), Ok(&command), "Avro of {json}");

    // The crate understands what we write, and we understand what it writes.
    let schema = &Schema::Command.newest().parsed;
    let (frame, mut bytes) = avro.split_at(FRAME_BYTES);
    assert_eq!(frame[0], MAGIC, "{json}");
    let value = GenericDatumReader::builder(schema).build().unwrap().read_value(&mut bytes).unwrap();
    let theirs = GenericDatumWriter::builder(schema).build().unwrap().write_value_to_vec(value).unwrap();
    assert_eq!(decode(&[frame, &theirs].concat()).as_ref(), Ok(&command), "{json}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_command_means_the_same_however_it_is_written(command in any_of::<Command>()) {
        check(command);
    }
}

#[test]
fn another_content_has_another_fingerprint() {
    let base = command(&json!({"submit_count": {"count_id": "C", "lines": [{"product_id": "A", "count": 1}]}}));
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
    let fingerprints: Vec<_> = all.iter().map(|value| decode_json(value).unwrap().fingerprint).collect();
    for (index, fingerprint) in fingerprints.iter().enumerate() {
        assert!(!fingerprints[..index].contains(fingerprint), "{}", all[index]);
    }
}

#[test]
fn defaults_may_be_written_out() {
    for (short, long) in [
        (json!({"close_asn": {"asn_id": "A", "reason": "r"}}), json!({"remainder": "lost"})),
        (json!({"submit_count": {"count_id": "C"}}), json!({"partial": false, "lines": []})),
        (json!({"record_sale": {"sale_id": "S", "lines": []}}), json!({"allocation_id": "S"})),
        (json!({"receive_items": {}}), json!({"lines": [], "carton_ids": []})),
        (json!({"configure_store": {}}), json!({"features": {}})),
    ] {
        let mut written = short.clone();
        let body = written.as_object_mut().unwrap().values_mut().next().unwrap();
        body.as_object_mut().unwrap().extend(long.as_object().unwrap().clone());
        let mut written = command(&written);
        written["validate_only"] = json!(false);
        assert_eq!(decode_json(&command(&short)), decode_json(&written), "{written}");
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
