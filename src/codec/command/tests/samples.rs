//! Commands made from the schema: every field of every operation, with values that fit.

use std::collections::HashMap;

use apache_avro::Schema as Avro;
use apache_avro::schema::RecordField;
use serde_json::{Map, Value, json};

use crate::codec::avro::Output;
use crate::codec::framing;
use crate::codec::node::{Node, Object};
use crate::codec::schemas::Schema;
use crate::domain::time::Timestamp;

/// Numbers from a seed: the same ones for the same seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 20) % sides
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.roll(items.len() as u64)).unwrap()]
    }
}

/// How much of what may be left out is there.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fill {
    Everything,
    Random,
}

/// The records of the schema by name, and the names of the operations' in order.
pub(super) struct Book {
    records: HashMap<String, Vec<RecordField>>,
    pub(super) operations: Vec<String>,
}

impl Book {
    pub(super) fn open() -> Self {
        let mut book = Self { records: HashMap::new(), operations: Vec::new() };
        book.enter(&Schema::Command.newest().parsed);
        book
    }

    fn enter(&mut self, schema: &Avro) {
        match schema {
            Avro::Record(record) => {
                self.records.insert(record.name.name().to_owned(), record.fields.clone());
                if record.name.name() == "Operation" {
                    self.operations = record.fields.iter().map(|field| record_name(kind(&field.schema))).collect();
                }
                for field in &record.fields {
                    self.enter(&field.schema);
                }
            }
            Avro::Array(array) => self.enter(&array.items),
            Avro::Union(union) => union.variants().iter().for_each(|branch| self.enter(branch)),
            _ => {}
        }
    }

    pub(super) fn fields(&self, record: &str) -> &[RecordField] {
        &self.records[record]
    }

    /// A command that fits.
    pub(super) fn command(&self, operation: &str, fill: Fill, dice: &mut Dice) -> Value {
        let mut command = Map::new();
        for field in self.fields("Command") {
            if field.name == "operation" {
                let name = snake_case(operation);
                command.insert(field.name.clone(), json!({ name: self.operation(operation, fill, dice) }));
            } else if let Some(value) = self.value(field, fill, dice) {
                command.insert(field.name.clone(), value);
            }
        }
        Value::Object(command)
    }

    fn operation(&self, operation: &str, fill: Fill, dice: &mut Dice) -> Value {
        let mut fields = self.record(operation, fill, dice);
        if operation == "ShipItems" {
            let other = if dice.roll(2) == 0 { "lines" } else { "shipment_id" };
            let kept = if other == "lines" { "shipment_id" } else { "lines" };
            fields.remove(other);
            let field = self.fields(operation).iter().find(|field| field.name == kept).unwrap();
            fields.insert(kept.to_owned(), self.value(field, Fill::Everything, dice).unwrap());
        }
        Value::Object(fields)
    }

    fn record(&self, record: &str, fill: Fill, dice: &mut Dice) -> Map<String, Value> {
        let fields = self.fields(record).iter();
        fields.filter_map(|field| Some((field.name.clone(), self.value(field, fill, dice)?))).collect()
    }

    /// A value that fits a field, or `None` when it is left out.
    fn value(&self, field: &RecordField, fill: Fill, dice: &mut Dice) -> Option<Value> {
        if is_optional(field) && fill == Fill::Random && dice.roll(2) == 0 {
            return None;
        }
        let value = match kind(&field.schema) {
            Avro::Boolean => json!(dice.roll(2) == 1),
            Avro::Long if field.name == "expected_on_hand" => json!(i64::try_from(dice.roll(2_000)).unwrap() - 1_000),
            Avro::Long => json!(*dice.pick(&[1, 2, 63, 64, 65, 1_000_000_000])),
            Avro::TimestampMicros => json!(*dice.pick(&[
                "2026-03-02T10:00:00.000Z",
                "2026-03-02T10:00:00.001Z",
                "1969-12-31T23:59:59.999Z",
                "2027-01-01T00:00:00.000Z",
            ])),
            Avro::Uuid(_) => json!("0190a6f0-3b1c-7c50-8f4e-0123456789ab"),
            Avro::String => json!(text(field, dice)),
            Avro::Map(_) => json!({"counts": dice.roll(2) == 1, "receiving": true}),
            Avro::Array(array) => {
                let count = if fill == Fill::Everything { 2 } else { dice.roll(4) };
                let item = |_| match &*array.items {
                    Avro::String => json!(text(field, dice)),
                    record => Value::Object(self.record(&record_name(record), fill, dice)),
                };
                (0..count).map(item).collect()
            }
            record => Value::Object(self.record(&record_name(record), fill, dice)),
        };
        Some(value)
    }
}

/// `RecordSale` is the operation `record_sale`.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// A command in Avro; `None` when Avro can't express it.
pub(super) fn to_avro(command: &Value) -> Option<Vec<u8>> {
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

/// Whether a field may be left out.
pub(super) fn is_optional(field: &RecordField) -> bool {
    field.default.is_some() || matches!(&field.schema, Avro::Union(union) if union.variants()[0] == Avro::Null)
}

/// The type of a field, without null.
pub(super) fn kind(schema: &Avro) -> &Avro {
    match schema {
        Avro::Union(union) if union.variants()[0] == Avro::Null => &union.variants()[1],
        other => other,
    }
}

/// The name of a record or of a reference to one.
pub(super) fn record_name(schema: &Avro) -> String {
    match schema {
        Avro::Record(record) => record.name.name().to_owned(),
        Avro::Ref { name } => name.name().to_owned(),
        other => unreachable!("{other:?} is no record"),
    }
}

fn text(field: &RecordField, dice: &mut Dice) -> String {
    let texts: &[&str] = match field.name.as_str() {
        "remainder" => &["lost", "returned"],
        "source" => &["associate_app", "api"],
        "count_type" => &["cycle_count", "full_count"],
        "decision" => &["accept", "recount"],
        "location_type" => &["store", "dc"],
        "negative_stock" => &["allow", "refuse"],
        "time_zone" => &["UTC", "Europe/Rome", "Asia/Tokyo"],
        "due_date" => &["2026-03-05", "2024-02-29"],
        _ => &["A", "B", "ß", "漢字|%", " ", "line\nbreak \"quoted\" \\", "0190a6f0-3b1c-7c50-8f4e-0123456789ab"],
    };
    (*dice.pick(texts)).to_owned()
}
