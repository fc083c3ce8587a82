//! What the conformance vectors say about decoding.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::super::{DeadLetterCode, from_json, to_json};
use super::{codec, decode, violations};
use crate::codec::format::Format;
use crate::domain::rejection::Code;

fn vectors() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let folders = ["golden", "rules"].into_iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let mut vectors: Vec<_> = folders
        .map(|file| {
            let path = file.unwrap().path();
            let vector = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), vector)
        })
        .collect();
    vectors.sort_by(|(a, _), (b, _)| a.cmp(b));
    vectors
}

fn values(vector: &Value) -> Vec<Vec<u8>> {
    let records = vector["records"].as_array().unwrap().iter();
    records
        .map(|record| record["raw"].as_str().map_or_else(|| record["command"].to_string(), str::to_owned).into_bytes())
        .collect()
}

#[test]
fn every_command_is_decoded_as_the_vectors_expect() {
    let mut seen = HashSet::new();
    for (name, vector) in vectors() {
        // The answer to a record is the first result of its id; a repeat has the same.
        let mut expected: HashMap<String, &Value> = HashMap::new();
        for result in vector["expect"]["results"].as_array().unwrap() {
            if let (Some(id), Some(code)) = (result["command_id"].as_str(), result["code"].as_str())
                && code.starts_with("malformed_")
            {
                expected.entry(id.to_owned()).or_insert(result);
            }
        }
        let mut dead_letters = vector["expect"]["dead_letters"].as_array().into_iter().flatten();
        for value in values(&vector) {
            let command = match decode(&value) {
                Ok(command) => command,
                Err(undecodable) => {
                    let expected = dead_letters.next().map(|letter| letter["code"].as_str().unwrap());
                    assert_eq!(Some(undecodable.code.as_str()), expected, "{name}: {undecodable}");
                    seen.insert(undecodable.code.as_str());
                    continue;
                }
            };
            if let Err(rejection) = &command.body {
                let expected = expected.get(&command.command_id.to_string());
                let expected = expected.unwrap_or_else(|| panic!("{name}: unexpected {rejection:?}"));
                assert_eq!(rejection.code.as_str(), expected["code"], "{name}");
                assert_eq!(Value::from(violations(rejection)), expected["violations"], "{name}");
                let operation = command.operation_name.map(|name| name.as_str());
                assert_eq!(operation, expected["operation"].as_str(), "{name}");
                assert_eq!(command.correlation_id.as_deref(), expected["correlation_id"].as_str(), "{name}");
                assert_eq!(command.validate_only, expected["validate_only"].as_bool().unwrap_or(false), "{name}");
                seen.insert(rejection.code.as_str());
            }
        }
        assert_eq!(dead_letters.next(), None, "{name}: a dead letter was decoded");
    }
    let codes = [Code::MalformedCommand.as_str(), Code::MalformedQuantity.as_str(), DeadLetterCode::NotJson.as_str()];
    assert_eq!(seen, HashSet::from(codes));
}

#[test]
fn every_command_survives_both_formats() {
    let codec = codec();
    for (name, vector) in vectors() {
        for command in values(&vector).iter().filter_map(|value| decode(value).ok()) {
            if command.body.is_ok() {
                assert_eq!(from_json(&to_json(&command)).as_ref(), Ok(&command), "{name}");
                let avro = codec.encode_command(&command, Format::Avro);
                assert_eq!(avro[0], 0, "{name}");
                assert_eq!(decode(&avro).as_ref(), Ok(&command), "{name}");
            }
        }
    }
}
