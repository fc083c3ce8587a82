//! Each operation with each of its fields wrong in every way, made from the schema: what is added to it is tried too.

use std::collections::HashMap;
use std::fmt::Write;

use apache_avro::Schema as Avro;
use apache_avro::schema::RecordField;
use serde_json::{Map, Value, json};

use super::{ID, decode, decode_json, violations};
use crate::codec::avro::Output;
use crate::codec::framing;
use crate::codec::node::{Node, Object};
use crate::codec::schemas::Schema;
use crate::domain::command::OperationName;
use crate::domain::rejection::Code;
use crate::domain::time::Timestamp;

/// The records of the schema, by their names.
struct Records(HashMap<String, Vec<RecordField>>);

impl Records {
    fn of(schema: &Avro) -> Self {
        let mut records = Self(HashMap::new());
        records.enter(schema);
        records
    }

    fn enter(&mut self, schema: &Avro) {
        match kind(schema) {
            Avro::Record(record) => {
                record.fields.iter().for_each(|field| self.enter(&field.schema));
                self.0.insert(record.name.name().to_owned(), record.fields.clone());
            }
            Avro::Array(array) => self.enter(&array.items),
            _ => {}
        }
    }

    /// The fields of a record that stands in the schema of something, of the items of an array too.
    fn fields(&self, schema: &Avro) -> &[RecordField] {
        match kind(schema) {
            Avro::Record(record) => &self.0[record.name.name()],
            Avro::Ref { name } => &self.0[name.name()],
            Avro::Array(array) => self.fields(&array.items),
            _ => &[],
        }
    }

    /// An object with every field.
    fn object(&self, fields: &[RecordField]) -> Value {
        fields
            .iter()
            .map(|field| (field.name.clone(), self.value(&field.schema, &field.name)))
            .collect::<Map<_, _>>()
            .into()
    }

    fn value(&self, schema: &Avro, name: &str) -> Value {
        match kind(schema) {
            Avro::Boolean => json!(true),
            Avro::Long => json!(2),
            Avro::TimestampMicros => json!("2026-03-02T10:00:00.001Z"),
            Avro::Uuid(_) => json!(ID),
            Avro::Map(_) => json!({"counts": false, "receiving": true}),
            Avro::Array(array) => (0..2).map(|_| self.value(&array.items, name)).collect(),
            Avro::String => json!(match name {
                "remainder" => "returned",
                "source" => "api",
                "count_type" => "cycle_count",
                "decision" => "accept",
                "location_type" => "dc",
                "negative_stock" => "refuse",
                "time_zone" => "Europe/Rome",
                "due_date" => "2024-02-29",
                _ => "漢字|% \"quoted\" \\",
            }),
            record => self.object(self.fields(record)),
        }
    }
}

/// The command's fields and, of each operation, a command with every field. Of shipments one is packed and one is carried.
fn commands() -> (Records, Vec<(OperationName, Value)>) {
    let records = Records::of(&Schema::Command.newest().parsed);
    let whole = records.object(records.fields(&Schema::Command.newest().parsed));
    let mut commands = Vec::new();
    for name in OperationName::ALL {
        for left_out in if *name == OperationName::ShipItems { &["shipment_id", "lines"][..] } else { &[""] } {
            let mut command = whole.clone();
            let mut operation = command["operation"][name.as_str()].clone();
            operation.as_object_mut().unwrap().remove(*left_out);
            command["operation"] = json!({ name.as_str(): operation });
            commands.push((*name, command));
        }
    }
    (records, commands)
}

/// The type of a field, without null.
fn kind(schema: &Avro) -> &Avro {
    match schema {
        Avro::Union(union) if union.variants()[0] == Avro::Null => &union.variants()[1],
        other => other,
    }
}

/// A command in Avro; `None` when Avro can't express it.
fn to_avro(command: &Value) -> Option<Vec<u8>> {
    let version = Schema::Command.newest();
    let mut bytes = framing::frame(version.id());
    version.shape.write(&node(&version.parsed, command)?, &mut Output::new(&mut bytes)).map(|()| bytes)
}

/// JSON as a tree of Avro: instants are text in one and numbers in the other.
fn node(schema: &Avro, value: &Value) -> Option<Node<'static>> {
    match (kind(schema), value) {
        (Avro::TimestampMicros, Value::String(text)) => {
            Some(Node::Instant(Timestamp::parse(text)?.millis().saturating_mul(1_000)))
        }
        (Avro::Array(array), Value::Array(items)) => {
            items.iter().map(|item| node(&array.items, item)).collect::<Option<_>>().map(Node::List)
        }
        (Avro::Record(record), Value::Object(fields)) => {
            let known = |(name, value): (&String, _)| {
                let field = record.fields.iter().find(|field| field.name == *name)?;
                Some((name.clone().into(), node(&field.schema, value)?))
            };
            fields.iter().map(known).collect::<Option<_>>().map(|fields| Node::Object(Object(fields)))
        }
        _ => Node::of_json(value),
    }
}

/// What a wrong field is answered with.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Answer {
    Fits,
    MalformedCommand,
    MalformedQuantity,
    DeadLetter,
}

/// What stands in place of a field's value; `None`: the field is missing.
fn changes() -> impl Iterator<Item = Option<Value>> {
    let values = json!([
        null, "", "no such thing", "ß".repeat(64), "ß".repeat(65), "x".repeat(10_000), true, -1, 0, 1_000_000_001,
        i64::MAX, i64::MIN, u64::MAX, 1.5, 3.0, [], [[]], [1], [""], {}, {"id": 1, "upc": 2, "counts": 3}
    ]);
    std::iter::once(None).chain(values.as_array().unwrap().clone().into_iter().map(Some))
}

/// What the schema, its documentation included, says about a value.
fn expected(field: &RecordField, value: Option<&Value>, in_line: bool) -> Answer {
    let quantity = in_line && matches!(kind(&field.schema), Avro::Long);
    let wrong = if quantity { Answer::MalformedQuantity } else { Answer::MalformedCommand };
    let fits = |fits: bool| if fits { Answer::Fits } else { wrong };
    let doc = field.doc.as_deref().unwrap_or_default();
    let Some(value) = value.filter(|value| !is_absent(value)) else {
        return fits(field.default.is_some() || kind(&field.schema) != &field.schema);
    };
    let is_from = |least| value.as_i64().is_some_and(|value| (least..=1_000_000_000).contains(&value));
    match kind(&field.schema) {
        Avro::Boolean => fits(value.is_boolean()),
        Avro::Long if doc.contains("may be negative") => fits(value.is_i64()),
        Avro::Long if doc.contains("1 to 1,000,000,000") => fits(is_from(1)),
        Avro::Long if quantity => fits(is_from(0)),
        Avro::Long => fits(value.as_i64().is_some_and(|value| value >= 0)),
        Avro::Uuid(_) => Answer::DeadLetter,
        Avro::String if is_closed(&field.name) => wrong,
        Avro::String if doc.contains("1 to 64 characters") => {
            fits(value.as_str().is_some_and(|text| text.chars().count() <= 64))
        }
        Avro::String => fits(value.as_str().is_some_and(|text| text.chars().count() <= 1_024)),
        Avro::TimestampMicros => wrong,
        Avro::Array(_) => fits(value.as_array().is_some_and(Vec::is_empty)),
        Avro::Map(_) => fits(value.as_object().is_some_and(Map::is_empty)),
        // Identifiers may all be missing; an actor and an origin must have an id.
        _ => fits(field.name == "external_identifiers" && *value == json!({})),
    }
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || *value == ""
}

/// Texts of which only some fit; none of the changes is one of them.
fn is_closed(name: &str) -> bool {
    let names = ["remainder", "source", "count_type", "decision", "location_type", "negative_stock"];
    names.contains(&name) || ["time_zone", "due_date"].contains(&name)
}

/// Decodes, and compares with what is expected; as Avro too, where Avro can express it.
fn check(command: &Value, path: &str, expected: Answer, faults: &mut String) {
    let mut fault = |what: &str| writeln!(faults, "{path} = {command:.300}: {what}").unwrap();
    let decoded = decode_json(command);
    let answer = match decoded.as_ref().map(|command| &command.body) {
        Err(_) => Answer::DeadLetter,
        Ok(Ok(_)) => Answer::Fits,
        Ok(Err(rejection)) => {
            let is_command = rejection.code == Code::MalformedCommand;
            let named = violations(rejection);
            let field = path.rsplit('.').next().unwrap();
            if if is_command {
                named != [json!({ "field": path })]
            } else {
                named.len() != 1 || named[0]["field"] != field
            } {
                fault(&format!("names {named:?}"));
            }
            if is_command { Answer::MalformedCommand } else { Answer::MalformedQuantity }
        }
    };
    if answer != expected {
        fault(&format!("{answer:?}, not {expected:?}"));
    }
    if let Some(avro) = to_avro(command) {
        let same = match (&decoded, decode(&avro)) {
            (Ok(json), Ok(avro)) => json.body == avro.body && (answer == Answer::MalformedCommand || *json == avro),
            (json, avro) => json.as_ref().map_err(|error| error.code) == avro.as_ref().map_err(|error| error.code),
        };
        if !same {
            fault("Avro says something else");
        }
    }
}

fn change(command: &Value, pointer: &str, name: &str, value: Option<&Value>) -> Value {
    let mut command = command.clone();
    let object = command.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(name.to_owned(), value.clone()),
        None => object.remove(name),
    };
    command
}

#[test]
fn each_field_of_the_envelope_wrong_in_every_way() {
    let (records, commands) = commands();
    let command = &commands[0].1;
    let mut faults = String::new();
    for field in records.fields(&Schema::Command.newest().parsed) {
        for value in changes() {
            let answer = match (field.name.as_str(), expected(field, value.as_ref(), false)) {
                ("operation", _) => Answer::MalformedCommand,
                ("command_id", _) | ("store_id", Answer::MalformedCommand) => Answer::DeadLetter,
                (_, answer) => answer,
            };
            check(&change(command, "", &field.name, value.as_ref()), &field.name, answer, &mut faults);
        }
        if ["actor", "origin"].contains(&field.name.as_str()) {
            for inner in records.fields(&field.schema) {
                for value in changes() {
                    let answer = expected(inner, value.as_ref(), false);
                    let changed = change(command, &format!("/{}", field.name), &inner.name, value.as_ref());
                    check(&changed, &field.name, answer, &mut faults);
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn each_field_of_each_operation_wrong_in_every_way() {
    let (records, commands) = commands();
    let mut faults = String::new();
    let mut tried = 0;
    for (name, command) in &commands {
        let name = name.as_str();
        let pointer = format!("/operation/{name}");
        let operation = command.pointer(&pointer).unwrap().as_object().unwrap();
        let field = records.0["Operation"].iter().find(|field| field.name == name).unwrap();
        for field in records.fields(&field.schema).iter().filter(|field| operation.contains_key(&field.name)) {
            for value in changes() {
                let mut answer = expected(field, value.as_ref(), false);
                let mut path = format!("operation.{name}.{}", field.name);
                if name == "ship_items" && value.as_ref().is_none_or(is_absent) && field.name != "transfer_order_id" {
                    // One of the two must be there.
                    (answer, path) = (Answer::MalformedCommand, format!("operation.{name}.lines"));
                }
                check(&change(command, &pointer, &field.name, value.as_ref()), &path, answer, &mut faults);
                tried += 1;
            }
            let pointer = format!("{pointer}/{}/1", field.name);
            for inner in records.fields(&field.schema) {
                for value in changes() {
                    let answer = expected(inner, value.as_ref(), true);
                    let path = format!("operation.{name}.lines[1].{}", inner.name);
                    check(&change(command, &pointer, &inner.name, value.as_ref()), &path, answer, &mut faults);
                    tried += 1;
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn operations_that_are_none() {
    let (_, commands) = commands();
    let (name, command) = &commands[0];
    let name = name.as_str();
    let content = &command["operation"][name];
    let mut faults = String::new();
    for operation in [
        json!({"burn_items": content}),
        json!({name: content, "allocate": {}}),
        json!({name: content, "surprise": 1}),
        json!({name: "all"}),
        json!({name: [content]}),
        json!({"ReceiveItems": content}),
        json!(name),
    ] {
        let command = change(command, "", "operation", Some(&operation));
        check(&command, "operation", Answer::MalformedCommand, &mut faults);
    }
    assert!(faults.is_empty(), "\n{faults}");
}
