//! Values of our topics as JSON, whatever format and version they were written in: for people's commands and for tests.

use serde_json::{Map, Value};

use super::Codec;
use super::avro::Shape;
use super::framing::{self, MAGIC, SchemaId};
use super::node::Node;
use super::schemas::Schema;
use super::value::Unreadable;
use super::violation;
use super::wire::day_of;
use crate::domain::time::Timestamp;

impl Codec {
    /// A value of a topic as it would stand in JSON.
    ///
    /// # Errors
    /// When the bytes are no such value.
    pub fn json(&self, schema: Schema, value: &[u8]) -> Result<Value, Unreadable> {
        if value.first().is_some_and(|first| *first != MAGIC) {
            return Ok(serde_json::from_slice(value)?);
        }
        let (id, bytes) = framing::unframe(value)?;
        let version = self.schemas.version(schema, SchemaId::Number(id))?;
        let node = version.shape.read(bytes).map_err(|error| Unreadable::avro(&version, error))?;
        let mut json = of(&version.shape, &node);
        if let Some(Value::Array(violations)) = json.get_mut("violations") {
            violations.iter_mut().filter_map(Value::as_object_mut).for_each(found);
        }
        Ok(json)
    }
}

/// What was found, of whatever type that is, in one field.
fn found(violation: &mut Map<String, Value>) {
    if let Some(number) = violation.remove("value_number") {
        violation.insert("value".to_owned(), number);
    }
    if let Some(Value::String(json)) = violation.remove("value_json") {
        violation.extend(violation::of_text(&json).map(|json| ("value".to_owned(), json)));
    }
}

fn of(shape: &Shape, node: &Node<'_>) -> Value {
    let inside = |name: &str| shape.inside(name).unwrap_or(shape);
    match node {
        Node::Instant(micros) => Timestamp::from_millis(micros.div_euclid(1_000)).to_string().into(),
        Node::Day(days) => day_of(*days).to_string().into(),
        Node::List(items) => items.iter().map(|item| of(inside(""), item)).collect(),
        Node::Object(object) => {
            let field = |(name, node): &(std::borrow::Cow<'_, str>, Node<'_>)| {
                let value = of(inside(name), node);
                (!shape.has_default(name, &value)).then(|| (name.to_string(), value))
            };
            Value::Object(object.0.iter().filter_map(field).collect())
        }
        Node::Null | Node::Boolean(_) | Node::Integer(_) | Node::Number(_) | Node::Text(_) => {
            serde_json::to_value(node).unwrap_or_default()
        }
    }
}
