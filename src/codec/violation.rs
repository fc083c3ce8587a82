//! One place that breaks a rule, in a result.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use std::borrow::Cow;

use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::format::Format;
use super::value::{self, Unreadable};
use super::wire::{Str, text};
use crate::domain::rejection::{Value, Violation};

/// A violation on the wire.
///
/// In JSON `value` is what was found, of whatever type that is. Avro has no such field, so text stands in `value`, a whole
/// number in `value_number`, and anything else, as JSON text, in `value_json`; at most one of the three is there.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "Violation")]
pub struct Place<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Found<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_number: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_json: Option<Str<'a>>,
}

/// What stands in `value`.
#[derive(PartialEq, Debug)]
pub enum Found<'a> {
    Text(Str<'a>),
    /// In JSON only.
    Other(serde_json::Value),
}

impl Found<'_> {
    fn of(json: serde_json::Value) -> Self {
        if let serde_json::Value::String(text) = json { Found::Text(Cow::Owned(text)) } else { Found::Other(json) }
    }
}

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Found::Text(text) => serializer.serialize_str(text),
            Found::Other(json) => json.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Found<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Ok(Found::Text(Str::deserialize(deserializer)?));
        }
        serde_json::Value::deserialize(deserializer).map(Found::of)
    }
}

impl<'a> Place<'a> {
    pub fn of(format: Format, violation: &'a Violation) -> Self {
        let mut place = Self {
            line: violation.line.map(|line| i64::try_from(line).unwrap_or(i64::MAX)),
            product_id: text!(violation.product_id),
            field: text!(violation.field),
            value: None,
            value_number: None,
            value_json: None,
        };
        match (&violation.value, format) {
            (None, _) => {}
            (Some(Value::Text(text)), _) => place.value = Some(Found::Text(Cow::Borrowed(text))),
            (Some(Value::Number(number)), Format::Avro) => place.value_number = Some(*number),
            (Some(Value::Number(number)), Format::Json) => place.value = Some(Found::Other((*number).into())),
            (Some(Value::Json(json)), Format::Avro) => place.value_json = Some(Cow::Borrowed(json)),
            (Some(Value::Json(json)), Format::Json) => place.value = found(json),
        }
        place
    }

    pub fn violation(&self) -> Result<Violation, Unreadable> {
        Ok(Violation {
            line: self.line.map(|line| value::unsigned(line, "line")).transpose()?,
            product_id: self.product_id.as_deref().map(Into::into),
            field: self.field.as_deref().map(Into::into),
            value: self.found(),
        })
    }

    fn found(&self) -> Option<Value> {
        match (&self.value, self.value_number, &self.value_json) {
            (Some(Found::Text(text)), ..) => Some(Value::Text(text.as_ref().into())),
            (Some(Found::Other(json)), ..) => Some(match json.as_i64() {
                Some(number) => Value::Number(number),
                None => Value::Json(json.to_string().into()),
            }),
            (None, Some(number), _) => Some(Value::Number(number)),
            (None, None, Some(json)) => Some(Value::Json(json.as_ref().into())),
            (None, None, None) => None,
        }
    }

    /// The same violation as JSON has it, of one that was read from Avro.
    pub fn into_json(mut self) -> Self {
        if let Some(number) = self.value_number.take() {
            self.value = Some(Found::Other(number.into()));
        }
        if let Some(json) = self.value_json.take() {
            self.value = found(&json);
        }
        self
    }
}

/// What JSON text says; text that is none stands for itself, and null is absent.
fn found(json: &str) -> Option<Found<'static>> {
    match serde_json::from_str(json) {
        Ok(serde_json::Value::Null) => None,
        Ok(json) => Some(Found::of(json)),
        Err(_) => Some(Found::Text(Cow::Owned(json.to_owned()))),
    }
}
