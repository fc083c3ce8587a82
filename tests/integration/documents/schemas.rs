//! Every schema reads what every released version of it wrote, and the other way round: FULL_TRANSITIVE, because
//! consumers read topics from the beginning, and old ones read what a new release writes.
//!
//! A release adds its schemas to `schemas/released/<number>/`. What is there is never changed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use stockroom::codec::schemas::Schema;
use walkdir::WalkDir;

use super::path;

/// The records and enums of one schema by name: they are written out once and named after that.
type Named<'s> = BTreeMap<&'s str, &'s Value>;

fn collect<'s>(schema: &'s Value, named: &mut Named<'s>) {
    match schema {
        Value::Array(branches) => branches.iter().for_each(|branch| collect(branch, named)),
        Value::Object(fields) => {
            if let Some(name) = fields.get("name").and_then(Value::as_str) {
                named.insert(name, schema);
            }
            for inner in ["items", "values"].iter().filter_map(|part| fields.get(*part)) {
                collect(inner, named);
            }
            for field in fields.get("fields").and_then(Value::as_array).into_iter().flatten() {
                collect(&field["type"], named);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A reader's and a writer's schema.
struct Pair<'s> {
    reader: Named<'s>,
    writer: Named<'s>,
}

/// Why `reader` can't read what `writer` wrote; nothing when it can.
pub fn faults(reader: &Value, writer: &Value) -> String {
    let mut pair = Pair { reader: Named::new(), writer: Named::new() };
    collect(reader, &mut pair.reader);
    collect(writer, &mut pair.writer);
    let mut faults = String::new();
    pair.compare(reader, writer, "", &mut faults);
    faults
}

impl Pair<'_> {
    fn compare(&self, reader: &Value, writer: &Value, at: &str, faults: &mut String) {
        let named = |named: &Named<'_>, schema: &Value| {
            schema.as_str().and_then(|name| named.get(name).map(|found| (*found).clone())).unwrap_or(schema.clone())
        };
        let (reader, writer) = (named(&self.reader, reader), named(&self.writer, writer));
        if let (Value::Array(readers), Value::Array(writers)) = (&reader, &writer) {
            // Stricter than Avro: branches keep their places, because bytes hold their numbers and many clients
            // decode with the newest schema only; a branch that is new is one old readers do not know.
            if readers.len() != writers.len() {
                writeln!(faults, "{at}: a union of {} branches, one of {}", writers.len(), readers.len()).unwrap();
                return;
            }
            for (reader, writer) in readers.iter().zip(writers) {
                self.compare(reader, writer, at, faults);
            }
            return;
        }
        let kind = |schema: &Value| match schema {
            Value::Array(_) => "union".to_owned(),
            Value::Object(fields) => {
                format!("{} {}", fields["type"], fields.get("logicalType").unwrap_or(&Value::Null))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => format!("{schema} null"),
        };
        if kind(&reader) != kind(&writer) {
            writeln!(faults, "{at}: {} became {}", kind(&writer), kind(&reader)).unwrap();
            return;
        }
        match reader["type"].as_str().unwrap_or_default() {
            "record" => self.compare_records(&reader, &writer, at, faults),
            "array" => self.compare(&reader["items"], &writer["items"], &format!("{at}[]"), faults),
            "map" => self.compare(&reader["values"], &writer["values"], &format!("{at}{{}}"), faults),
            "enum" => {
                let known = reader["symbols"].as_array().unwrap();
                for symbol in writer["symbols"].as_array().unwrap() {
                    if !known.contains(symbol) && reader.get("default").is_none() {
                        writeln!(faults, "{at}: {symbol} is unknown, and there is no default").unwrap();
                    }
                }
            }
            _ => {}
        }
    }

    fn compare_records(&self, reader: &Value, writer: &Value, at: &str, faults: &mut String) {
        if reader["name"] != writer["name"] {
            writeln!(faults, "{at}: record {} became {}", writer["name"], reader["name"]).unwrap();
            return;
        }
        let written = writer["fields"].as_array().unwrap();
        for field in reader["fields"].as_array().unwrap() {
            let aliases: Vec<&Value> = field.get("aliases").and_then(Value::as_array).into_iter().flatten().collect();
            let is_it = |other: &&Value| other["name"] == field["name"] || aliases.contains(&&other["name"]);
            let at = format!("{at}.{}", field["name"].as_str().unwrap());
            match written.iter().find(is_it) {
                Some(other) => self.compare(&field["type"], &other["type"], &at, faults),
                None if field.get("default").is_some() => {}
                None => writeln!(faults, "{at}: not written, and without a default").unwrap(),
            }
        }
    }
}

/// Every released version of a schema, with its path.
fn released(schema: Schema) -> Vec<(String, Value)> {
    WalkDir::new(path("schemas/released"))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str() == Some(schema.file_name()))
        .map(|entry| {
            let text = std::fs::read(entry.path()).unwrap();
            (entry.path().display().to_string(), serde_json::from_slice(&text).unwrap())
        })
        .collect()
}

#[test]
fn schemas_are_compatible_with_every_released_version_in_both_directions() {
    let mut told = String::new();
    for schema in Schema::ALL {
        let current: Value = serde_json::from_str(schema.text()).unwrap();
        let released = released(schema);
        assert!(!released.is_empty(), "schemas/released has no {}", schema.file_name());
        for (name, old) in released {
            for (what, faults) in [("reads", faults(&current, &old)), ("is read by", faults(&old, &current))] {
                if !faults.is_empty() {
                    writeln!(told, "{} {what} {name}: no\n{faults}", schema.file_name()).unwrap();
                }
            }
        }
    }
    assert!(told.is_empty(), "\n{told}");
}

/// What was released is built in as it was, under the number of its folder: bytes on topics name it.
#[test]
fn released_versions_are_built_in_as_they_were() {
    let mut compared = 0;
    for schema in Schema::ALL {
        for (path, old) in released(schema) {
            let number: usize =
                Path::new(&path).parent().unwrap().file_name().unwrap().to_str().unwrap().parse().unwrap();
            let built_in: Value = serde_json::from_str(schema.versions()[number - 1]).unwrap();
            let next = "a change of a released schema is a new version: put the released one into the brackets of its line in \
                        src/codec/schemas.rs, and a golden value into tests/golden";
            assert_eq!(built_in, old, "{path} is not version {number} of {}: {next}", schema.file_name());
            compared += 1;
        }
    }
    assert!(compared >= Schema::ALL.len());
}

#[test]
fn what_breaks_readers_is_found() {
    let record = |fields: Value| json!({"type": "record", "name": "R", "fields": fields});
    let field = |name: &str, kind: Value| json!({"name": name, "type": kind});
    let optional = |name: &str, kind: &str| json!({"name": name, "type": ["null", kind], "default": null});
    let old = record(json!([field("a", json!("long")), optional("b", "string")]));
    let table = [
        ("the same", old.clone(), true),
        (
            "a further optional field",
            record(json!([field("a", json!("long")), optional("b", "string"), optional("c", "long")])),
            true,
        ),
        ("other words", json!({"type": "record", "name": "R", "doc": "x", "fields": old["fields"]}), true),
        ("an optional field less", record(json!([field("a", json!("long"))])), true),
        (
            "a further field that is required",
            record(json!([field("a", json!("long")), optional("b", "string"), field("c", json!("long"))])),
            false,
        ),
        ("a required field less", record(json!([optional("b", "string")])), false),
        ("another name", record(json!([field("x", json!("long")), optional("b", "string")])), false),
        ("another type", record(json!([field("a", json!("int")), optional("b", "string")])), false),
        (
            "another meaning",
            record(json!([
                field("a", json!({"type": "long", "logicalType": "timestamp-micros"})),
                optional("b", "string")
            ])),
            false,
        ),
        ("optional now", record(json!([optional("a", "long"), optional("b", "string")])), false),
        (
            "branches turned round",
            record(json!([field("a", json!("long")), {"name": "b", "type": ["string", "null"]}])),
            false,
        ),
        (
            "a branch more",
            record(
                json!([field("a", json!("long")), {"name": "b", "type": ["null", "string", "long"], "default": null}]),
            ),
            false,
        ),
        ("a record of another name", json!({"type": "record", "name": "Q", "fields": old["fields"]}), false),
    ];
    for (what, new, is_compatible) in table {
        let found = format!("{}{}", faults(&new, &old), faults(&old, &new));
        assert_eq!(found.is_empty(), is_compatible, "{what}: {found}");
    }
}
