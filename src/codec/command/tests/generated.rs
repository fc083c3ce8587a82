//! Each operation with each of its fields wrong in every way, made from the schema: what is added to it is tried too.

use std::fmt::Write;

use apache_avro::Schema as Avro;
use apache_avro::schema::RecordField;
use serde_json::{Value, json};

use super::samples::{Book, Dice, Fill, is_optional, kind, record_name, snake_case, to_avro};
use super::{decode, violations};
use crate::domain::rejection::Code;

/// What a wrong field is answered with.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Answer {
    Fits,
    MalformedCommand,
    MalformedQuantity,
    DeadLetter,
}

/// What stands in place of a field's value; `None`: the field is missing.
fn changes() -> Vec<(&'static str, Option<Value>)> {
    vec![
        ("missing", None),
        ("null", Some(Value::Null)),
        ("empty text", Some(json!(""))),
        ("text", Some(json!("no such thing"))),
        ("65 characters", Some(json!("ß".repeat(65)))),
        ("10,000 characters", Some(json!("x".repeat(10_000)))),
        ("boolean", Some(json!(true))),
        ("negative", Some(json!(-1))),
        ("zero", Some(json!(0))),
        ("too large", Some(json!(1_000_000_001))),
        ("huge", Some(json!(i64::MAX))),
        ("negative and huge", Some(json!(i64::MIN))),
        ("beyond 64 bits", Some(json!(u64::MAX))),
        ("fraction", Some(json!(1.5))),
        ("whole fraction", Some(json!(3.0))),
        ("list", Some(json!([]))),
        ("list of lists", Some(json!([[]]))),
        ("list of numbers", Some(json!([1]))),
        ("list of empty texts", Some(json!([""]))),
        ("object", Some(json!({}))),
        ("object of numbers", Some(json!({"id": 1, "upc": 2, "counts": 3}))),
    ]
}

/// What the schema, its documentation included, says about a value.
fn expected(field: &RecordField, value: Option<&Value>, in_line: bool) -> Answer {
    let quantity = in_line && matches!(kind(&field.schema), Avro::Long);
    let wrong = if quantity { Answer::MalformedQuantity } else { Answer::MalformedCommand };
    let fits = |fits: bool| if fits { Answer::Fits } else { wrong };
    let doc = field.doc.as_deref().unwrap_or_default();
    let value = match value {
        None | Some(Value::Null) => return fits(is_optional(field)),
        Some(Value::String(text)) if text.is_empty() => return fits(is_optional(field)),
        Some(value) => value,
    };
    match kind(&field.schema) {
        Avro::Boolean => fits(value.is_boolean()),
        Avro::Long if doc.contains("may be negative") => fits(value.is_i64()),
        Avro::Long if doc.contains("1 to 1,000,000,000") => {
            fits(value.as_i64().is_some_and(|value| (1..=1_000_000_000).contains(&value)))
        }
        Avro::Long if quantity => fits(value.as_i64().is_some_and(|value| (0..=1_000_000_000).contains(&value))),
        Avro::Long => fits(value.as_i64().is_some_and(|value| value >= 0)),
        Avro::Uuid(_) => Answer::DeadLetter,
        Avro::String if is_closed(&field.name) => wrong,
        Avro::String if doc.contains("1 to 64 characters") => {
            fits(value.as_str().is_some_and(|text| text.chars().count() <= 64))
        }
        Avro::String => fits(value.is_string()),
        Avro::TimestampMicros => wrong,
        Avro::Array(_) => fits(value.as_array().is_some_and(Vec::is_empty)),
        Avro::Map(_) => fits(value.as_object().is_some_and(serde_json::Map::is_empty)),
        // Identifiers may all be missing; an actor and an origin must have an id.
        record => fits(record_name(record) == "ExternalIdentifiers" && *value == json!({})),
    }
}

/// Texts of which only some fit; none of the changes is one of them.
fn is_closed(name: &str) -> bool {
    let names = ["remainder", "source", "count_type", "decision", "location_type", "negative_stock"];
    names.contains(&name) || ["time_zone", "due_date"].contains(&name)
}

/// Decodes, and compares with what is expected; as Avro too, where Avro can express it.
fn check(command: &Value, path: &str, expected: Answer, faults: &mut String) {
    let mut fault = |what: &str| writeln!(faults, "{path} = {command:.300}: {what}").unwrap();
    let decoded = decode(command.to_string().as_bytes());
    let answer = match &decoded {
        Err(_) => Answer::DeadLetter,
        Ok(command) => match &command.body {
            Ok(_) => Answer::Fits,
            Err(rejection) if rejection.code == Code::MalformedCommand => {
                if violations(rejection) != [json!({ "field": path })] {
                    fault(&format!("names {:?}", rejection.violations));
                }
                Answer::MalformedCommand
            }
            Err(rejection) => {
                let field = path.rsplit('.').next().unwrap();
                if rejection.violations.len() != 1 || rejection.violations[0].field.as_deref() != Some(field) {
                    fault(&format!("names {:?}", rejection.violations));
                }
                Answer::MalformedQuantity
            }
        },
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
    let book = Book::open();
    let command = book.command("RecordSale", Fill::Everything, &mut Dice::new(7));
    let mut faults = String::new();
    for field in book.fields("Command") {
        for (_, value) in changes() {
            let answer = match field.name.as_str() {
                "operation" => Answer::MalformedCommand,
                "command_id" => Answer::DeadLetter,
                _ => expected(field, value.as_ref(), false),
            };
            let unreadable = field.name == "store_id" && answer == Answer::MalformedCommand;
            let answer = if unreadable { Answer::DeadLetter } else { answer };
            check(&change(&command, "", &field.name, value.as_ref()), &field.name, answer, &mut faults);
        }
    }
    for holder in ["actor", "origin"] {
        for field in book.fields(if holder == "actor" { "Actor" } else { "Origin" }) {
            for (_, value) in changes() {
                let answer = expected(field, value.as_ref(), false);
                let pointer = format!("/{holder}");
                check(&change(&command, &pointer, &field.name, value.as_ref()), holder, answer, &mut faults);
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn each_field_of_each_operation_wrong_in_every_way() {
    let book = Book::open();
    let mut faults = String::new();
    let mut tried = 0;
    for record in &book.operations {
        let name = snake_case(record);
        // Of shipments one is packed and one is carried.
        for seed in [1, 2, 3, 4] {
            let command = book.command(record, Fill::Everything, &mut Dice::new(seed));
            let pointer = format!("/operation/{name}");
            let operation = command.pointer(&pointer).unwrap().as_object().unwrap();
            for field in book.fields(record).iter().filter(|field| operation.contains_key(&field.name)) {
                for (_, value) in changes() {
                    let mut answer = expected(field, value.as_ref(), false);
                    let mut path = format!("operation.{name}.{}", field.name);
                    let absent = value.as_ref().is_none_or(|value| value.is_null() || *value == "");
                    if name == "ship_items" && absent && field.name == "shipment_id" {
                        (answer, path) = (Answer::MalformedCommand, format!("operation.{name}.lines"));
                    } else if name == "ship_items" && absent && field.name == "lines" {
                        answer = Answer::MalformedCommand;
                    }
                    check(&change(&command, &pointer, &field.name, value.as_ref()), &path, answer, &mut faults);
                    tried += 1;
                }
                let Avro::Array(array) = kind(&field.schema) else { continue };
                if matches!(*array.items, Avro::String) {
                    continue;
                }
                let pointer = format!("{pointer}/lines/1");
                for field in book.fields(&record_name(&array.items)) {
                    for (_, value) in changes() {
                        let answer = expected(field, value.as_ref(), true);
                        let path = format!("operation.{name}.lines[1].{}", field.name);
                        check(&change(&command, &pointer, &field.name, value.as_ref()), &path, answer, &mut faults);
                        tried += 1;
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn operations_that_are_none() {
    let book = Book::open();
    let command = book.command("RecordSale", Fill::Everything, &mut Dice::new(7));
    let sale = &command["operation"]["record_sale"];
    let mut faults = String::new();
    for operation in [
        json!({"burn_items": sale}),
        json!({"record_sale": sale, "allocate": {}}),
        json!({"record_sale": sale, "surprise": 1}),
        json!({"record_sale": "all"}),
        json!({"record_sale": [sale]}),
        json!({"RecordSale": sale}),
        json!("record_sale"),
    ] {
        let command = change(&command, "", "operation", Some(&operation));
        check(&command, "operation", Answer::MalformedCommand, &mut faults);
    }
    assert!(faults.is_empty(), "\n{faults}");
}
