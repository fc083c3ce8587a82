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
    value: Option<Found>,
    value_number: Option<i64>,
    value_json: Option<Text>,
}

record! { Flat = "Violation" { line?, product_id?, field?, value?, value_number?, value_json?, } }

/// What was found: anything in JSON, a text in Avro.
#[derive(PartialEq, Debug)]
struct Found(Value);

impl Wire for Found {
    fn write<W: Writer>(&self, writer: &mut W) {
        match &self.0 {
            Value::Text(text) => writer.text(text),
            other @ (Value::Number(_) | Value::Json(_)) => writer.json(&in_json(other).unwrap_or_default()),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            serde::Deserialize::deserialize(deserializer).map(|json| Self(found(json)))
        } else {
            Text::read(deserializer).map(|text| Self(Value::Text(text)))
        }
    }
}

impl Wire for Place {
    fn write<W: Writer>(&self, writer: &mut W) {
        let Violation { line, product_id, field, value } = self.0.clone();
        let (value, value_number, value_json) = match value {
            value if writer.is_json() => (value.filter(|value| in_json(value).is_some()).map(Found), None, None),
            Some(Value::Number(number)) => (None, Some(number), None),
            Some(Value::Json(json)) => (None, None, Some(json)),
            value => (value.map(Found), None, None),
        };
        Flat { line, product_id, field, value, value_number, value_json }.write(writer);
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Flat { line, product_id, field, value, value_number, value_json } = Flat::read(deserializer)?;
        let value = value.map(|found| found.0).or(value_number.map(Value::Number)).or(value_json.map(Value::Json));
        Ok(Self(Violation { line, product_id, field, value }))
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
