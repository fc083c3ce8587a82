//! One place that breaks a rule, in a result.

use serde::de::Deserializer;

use super::wire::{Wire, record};
use super::writer::Writer;
use crate::domain::ids::{ProductId, Text};
use crate::domain::rejection::{Value, Violation};

/// A violation on the wire.
///
/// In JSON `value` is what was found, of whatever type that is. Avro has no such field, so text stands in `value`, a whole
/// number in `value_number`, and anything else, as JSON text, in `value_json`; at most one of the three is there.
#[derive(Clone, PartialEq, Debug)]
pub struct Place(pub Violation);

#[derive(Debug)]
struct Flat {
    line: Option<usize>,
    product_id: Option<ProductId>,
    field: Option<Text>,
    value: Option<Text>,
    value_number: Option<i64>,
    value_json: Option<Text>,
}

record! { Flat = "Violation" { line?, product_id?, field?, value?, value_number?, value_json?, } }

#[derive(Debug)]
struct Shown {
    line: Option<usize>,
    product_id: Option<ProductId>,
    field: Option<Text>,
    value: Option<Json>,
}

record! { Shown = "Violation" { line?, product_id?, field?, value?, } }

/// What was found, in JSON.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Json(pub(super) serde_json::Value);

impl Wire for Json {
    fn write<W: Writer>(&self, writer: &mut W) {
        writer.json(&self.0);
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::Deserialize::deserialize(deserializer).map(Self)
    }
}

impl Wire for Place {
    fn write<W: Writer>(&self, writer: &mut W) {
        let Violation { line, product_id, field, value } = self.0.clone();
        if writer.is_json() {
            Shown { line, product_id, field, value: value.and_then(|value| in_json(&value)).map(Json) }.write(writer);
        } else {
            let mut flat = Flat { line, product_id, field, value: None, value_number: None, value_json: None };
            match value {
                None => {}
                Some(Value::Text(text)) => flat.value = Some(text),
                Some(Value::Number(number)) => flat.value_number = Some(number),
                Some(Value::Json(json)) => flat.value_json = Some(json),
            }
            flat.write(writer);
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let Shown { line, product_id, field, value } = Shown::read(deserializer)?;
            return Ok(Self(Violation { line, product_id, field, value: value.map(|json| found(json.0)) }));
        }
        let flat = Flat::read(deserializer)?;
        let text = flat.value.map(Value::Text);
        let value = text.or(flat.value_number.map(Value::Number)).or(flat.value_json.map(Value::Json));
        Ok(Self(Violation { line: flat.line, product_id: flat.product_id, field: flat.field, value }))
    }
}

fn found(json: serde_json::Value) -> Value {
    match (json.as_i64(), json) {
        (Some(number), _) => Value::Number(number),
        (None, serde_json::Value::String(text)) => Value::Text(text.into()),
        (None, json) => Value::Json(json.to_string().into()),
    }
}

/// What a value is in JSON: JSON text that is none stands for itself, and null is absent.
fn in_json(value: &Value) -> Option<serde_json::Value> {
    match value {
        Value::Text(text) => Some((&**text).into()),
        Value::Number(number) => Some((*number).into()),
        Value::Json(json) => of_text(json),
    }
}

/// As [`in_json`], of JSON text.
pub(super) fn of_text(json: &str) -> Option<serde_json::Value> {
    match serde_json::from_str(json) {
        Ok(serde_json::Value::Null) => None,
        Ok(json) => Some(json),
        Err(_) => Some(json.into()),
    }
}
