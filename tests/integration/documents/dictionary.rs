//! `docs/schemas.md`, the data dictionary, is made from the schemas.

use std::fmt::Write as _;

use serde_json::Value;
use stockroom::codec::schemas::Schema;

use super::hold;

const PAGE: &str = "docs/schemas.md";
const HEAD: &str = "\
# Data dictionary

Every field of every topic's value, made from the Avro schemas in [`schemas/`](../schemas) by a test
(`tests/integration/documents/dictionary.rs`): change a schema, not this page.

JSON has the same names. There an optional field without a value is absent, times are RFC 3339 in UTC with milliseconds,
dates `YYYY-MM-DD`. In Avro it is null, and times are `timestamp-micros`. The namespace is `stockroom.inventory.v1`.
Schemas change only in ways in which every release reads what every other wrote (FULL_TRANSITIVE): fields are added with a
default, none is removed, renamed or given another type. `schemas/released/` keeps every released version, and a test
compares.

In Avro a value is framed as Confluent's clients do it: `0x00`, the schema's id in four bytes (big endian), the binary. Without a
registry the ids are built in; each further version of a schema adds 100, so that version 2 of the stock rows is 104:

";

/// What a topic's values are, and where they are told of.
fn topic(schema: Schema) -> (&'static str, &'static str) {
    match schema {
        Schema::Command => ("inventory.commands", "operations.md"),
        Schema::Event => ("inventory.events", "events.md"),
        Schema::Ledger => ("inventory.ledger", "data.md"),
        Schema::Stock => ("inventory.stock", "data.md"),
        Schema::Document => ("inventory.documents", "operations.md#states-of-documents"),
        Schema::Result => ("inventory.results", "operations.md#the-answer"),
        Schema::Leg => ("inventory.legs", "../ARCHITECTURE.md"),
    }
}

#[test]
fn the_data_dictionary_is_that_of_the_schemas() {
    let mut page = HEAD.to_owned();
    page.push_str("| Id | Schema | Topic | Told of in |\n|---|---|---|---|\n");
    for schema in Schema::ALL {
        let (topic, page_of) = topic(schema);
        let (id, file) = (schema.newest().id(), schema.file_name());
        let anchor = topic.replace('.', "");
        writeln!(page, "| {id} | [`{file}`](../schemas/{file}) | [`{topic}`](#{anchor}) | [{page_of}]({page_of}) |")
            .unwrap();
    }
    for schema in Schema::ALL {
        let value: Value = serde_json::from_str(schema.text()).unwrap();
        writeln!(page, "\n## `{}`", topic(schema).0).unwrap();
        record(&value, true, &mut page);
    }
    hold(PAGE, &page);
}

/// A table of a record's fields, then one of each record inside.
fn record(schema: &Value, is_outermost: bool, page: &mut String) {
    let name = schema["name"].as_str().unwrap();
    if !is_outermost {
        write!(page, "\n### {name}").unwrap();
        page.push('\n');
    }
    let doc = schema["doc"].as_str().unwrap_or_else(|| panic!("record {name} has no doc"));
    writeln!(page, "\n{doc}\n\n| Field | Type | Meaning |\n|---|---|---|").unwrap();
    let mut inner = Vec::new();
    for field in schema["fields"].as_array().unwrap() {
        let field_name = field["name"].as_str().unwrap();
        let doc = field["doc"].as_str().unwrap_or_else(|| panic!("field {name}.{field_name} has no doc"));
        let default = match field.get("default") {
            None | Some(Value::Null) => String::new(),
            Some(default) => format!(" Default `{default}`."),
        };
        let kind = type_of(&field["type"], &mut inner);
        writeln!(page, "| `{field_name}` | {kind} | {}{default} |", doc.replace('|', "\\|")).unwrap();
    }
    for schema in inner {
        record(schema, false, page);
    }
}

/// A type in words; records met on the way are put aside.
fn type_of<'s>(schema: &'s Value, inner: &mut Vec<&'s Value>) -> String {
    match schema {
        Value::String(name) => name.clone(),
        Value::Array(branches) => {
            let kinds: Vec<String> =
                branches.iter().filter(|branch| **branch != "null").map(|branch| type_of(branch, inner)).collect();
            let optional = if kinds.len() < branches.len() { ", optional" } else { "" };
            format!("{}{optional}", kinds.join(" or "))
        }
        Value::Object(fields) => match fields["type"].as_str().unwrap() {
            "record" => {
                inner.push(schema);
                fields["name"].as_str().unwrap().to_owned()
            }
            "array" => format!("list of {}", type_of(&fields["items"], inner)),
            "map" => format!("map of {}", type_of(&fields["values"], inner)),
            "enum" => {
                let symbols = fields["symbols"].as_array().unwrap();
                let symbols: Vec<String> = symbols.iter().map(|symbol| symbol.as_str().unwrap().to_owned()).collect();
                format!("one of {}", symbols.join(", "))
            }
            plain => match fields.get("logicalType").and_then(Value::as_str) {
                Some("uuid") => "uuid".to_owned(),
                Some("timestamp-micros") => "time".to_owned(),
                Some(logical) => logical.to_owned(),
                None => plain.to_owned(),
            },
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => panic!("{schema} is no type"),
    }
}
