//! The values of the conformance vectors, read and written again: our JSON is that of the contract.

use std::path::Path;

use serde_json::{Map, Value, json};
use stockroom::codec::Codec;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::schemas::Schema;
use walkdir::WalkDir;

fn codec(format: Format) -> Codec {
    Codec::new("acme".into(), Formats::all(format), "main".into())
}

/// Every value of one table in all vectors, with the file it is from.
fn expected(table: &str) -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut values = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok) {
        if entry.path().extension().is_some_and(|extension| extension == "json") {
            let file: Value = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            let table = file["expect"][table].as_array().cloned().unwrap_or_default();
            values.extend(table.into_iter().map(|value| (name.clone(), value)));
        }
    }
    assert!(values.len() > 100, "only {} values of {table}", values.len());
    values
}

fn fields(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// Reads a value and writes it in both formats; what is read of those must be what the vector has, but for our own
/// further fields.
fn check(schema: Schema, name: &str, value: &Value, ours: &[&str], again: impl Fn(&Codec) -> Vec<u8>) {
    for format in [Format::Avro, Format::Json] {
        let mut written = codec(format).json(schema, &again(&codec(format))).unwrap();
        fields(&mut written).retain(|field, _| value.get(field).is_some() || !ours.contains(&field.as_str()));
        assert_eq!(written, *value, "{name}, {format:?}");
    }
}

#[test]
fn ledger_rows_are_those_of_the_contract() {
    for (name, value) in expected("ledger") {
        let movement = codec(Format::Json).decode_movement(&bytes(&value)).unwrap();
        check(Schema::Ledger, &name, &value, &[], |codec| codec.encode_movement(&movement));
    }
}

#[test]
fn documents_are_those_of_the_contract() {
    for (name, value) in expected("documents") {
        let (key, document) = codec(Format::Json).decode_document(&bytes(&value)).unwrap();
        check(Schema::Document, &name, &value, &["open_shipments"], |codec| codec.encode_document(&key, &document));
    }
}

#[test]
fn results_are_those_of_the_contract() {
    for (name, value) in expected("results") {
        let mut ours = value.clone();
        fields(&mut ours).insert("fingerprint".into(), json!("000102030405060708090a0b0c0d0e0f"));
        let answer = codec(Format::Json).decode_answer(&bytes(&ours)).unwrap();
        check(Schema::Result, &name, &value, &["fingerprint"], |codec| codec.encode_answer(&answer));
    }
}

#[test]
fn stock_rows_are_those_of_the_contract() {
    for (name, mut value) in expected("stock") {
        // What the processor remembers of counts is its own; the contract's vectors show the last ones only.
        let mut ours = value.clone();
        let mut counts = Map::new();
        for (location, last) in value["last_counts"].as_object().unwrap() {
            let mut count = last.clone();
            fields(&mut count).insert("account".into(), json!("opening"));
            counts.insert(location.clone(), json!([count]));
        }
        fields(&mut ours).insert("counts".into(), Value::Object(counts));
        let (key, row) = codec(Format::Json).decode_stock(&bytes(&ours)).unwrap();
        // A stock location that is absent equals 0.
        for table in ["on_hand", "packed"] {
            fields(&mut value[table]).retain(|_, units| *units != json!(0));
        }
        for format in [Format::Avro, Format::Json] {
            let mut written = codec(format).json(Schema::Stock, &codec(format).encode_stock(&key, &row)).unwrap();
            fields(&mut written).remove("counts");
            fields(&mut written["on_hand"]).retain(|_, units| *units != json!(0));
            assert_eq!(written, value, "{name}, {format:?}");
        }
    }
}

#[test]
fn events_are_those_of_the_contract() {
    for (name, value) in expected("events") {
        let tenant = value["tenant"].as_str().unwrap();
        let event = codec(Format::Json).decode_event(&bytes(&value)).unwrap();
        for format in [Format::Avro, Format::Json] {
            let codec = Codec::new(tenant.into(), Formats::all(format), "main".into());
            assert_eq!(codec.json(Schema::Event, &codec.encode_event(&event)).unwrap(), value, "{name}, {format:?}");
        }
    }
}
