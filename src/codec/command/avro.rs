//! Avro bytes to the tree of a command and back, led by the schema.
//!
//! Written for bytes nobody checked: lengths and counts are compared with what is left before anything is
//! allocated, and the depth is that of the schema, which does not refer to itself.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use apache_avro::Schema as Avro;
use apache_avro::schema::RecordField;
use serde_json::Value;
use thiserror::Error;

use super::node::{Node, Object};
use crate::domain::time::Timestamp;

/// What the bytes of a value look like: an Avro schema reduced to what reading needs.
#[derive(Debug)]
pub(super) enum Shape {
    Null,
    Boolean,
    Integer,
    Instant,
    Text,
    List(Arc<Shape>),
    Map(Arc<Shape>),
    /// The fields: name, shape, and the value of one that is left out.
    Record(Vec<(String, Arc<Shape>, Value)>),
    /// The branches, and a name for each where several are records: the value is then an object of one field.
    Union(Vec<(Option<String>, Arc<Shape>)>),
}

/// Why bytes are not a value of the schema.
#[derive(Clone, Copy, PartialEq, Eq, Error, Debug)]
pub(super) enum AvroError {
    #[error("the value ends too early")]
    TooShort,
    #[error("{0} bytes are left over")]
    LeftOver(usize),
    #[error("a number has too many bytes")]
    NumberTooLong,
    #[error("{0} is not a length that can be right here")]
    Length(i64),
    #[error("a text is not UTF-8")]
    NotText,
    #[error("{0} is not a boolean")]
    NotBoolean(u8),
    #[error("the union has no branch {0}")]
    NoBranch(i64),
}

impl Shape {
    /// The shape of a schema.
    ///
    /// # Panics
    /// When the schema uses types that no schema of commands has.
    pub(super) fn of(schema: &Avro) -> Arc<Self> {
        Self::with_names(schema, &mut HashMap::new())
    }

    fn with_names(schema: &Avro, names: &mut HashMap<String, Arc<Shape>>) -> Arc<Self> {
        #[allow(clippy::wildcard_enum_match_arm, reason = "of another crate's list we name what our schemas use")]
        let shape = match schema {
            Avro::Null => Shape::Null,
            Avro::Boolean => Shape::Boolean,
            Avro::Int | Avro::Long => Shape::Integer,
            Avro::TimestampMicros => Shape::Instant,
            Avro::String | Avro::Uuid(_) => Shape::Text,
            Avro::Array(array) => Shape::List(Self::with_names(&array.items, names)),
            Avro::Map(map) => Shape::Map(Self::with_names(&map.types, names)),
            Avro::Ref { name } => return Arc::clone(&names[&name.to_string()]),
            Avro::Record(record) => {
                let field = |field: &RecordField| {
                    let shape = Self::with_names(&field.schema, names);
                    (field.name.clone(), shape, field.default.clone().unwrap_or(Value::Null))
                };
                let fields = record.fields.iter().map(field).collect();
                let shape = Arc::new(Shape::Record(fields));
                names.insert(record.name.to_string(), Arc::clone(&shape));
                return shape;
            }
            Avro::Union(union) => {
                let tagged = union.variants().iter().filter(|branch| matches!(branch, Avro::Record(_))).count() > 1;
                let branch = |branch: &Avro| {
                    let name = match branch {
                        Avro::Record(record) if tagged => Some(snake_case(record.name.name())),
                        _ => None,
                    };
                    (name, Self::with_names(branch, names))
                };
                Shape::Union(union.variants().iter().map(branch).collect())
            }
            other => unreachable!("no schema of commands uses {other:?}"),
        };
        Arc::new(shape)
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

/// Reads a value that is nothing but Avro bytes.
///
/// # Errors
/// When the bytes don't have the shape, or something is left over.
pub(super) fn read<'a>(shape: &'a Shape, bytes: &'a [u8]) -> Result<Node<'a>, AvroError> {
    let mut input = Input(bytes);
    let node = input.node(shape)?;
    if input.0.is_empty() { Ok(node) } else { Err(AvroError::LeftOver(input.0.len())) }
}

/// The bytes not read yet.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn node(&mut self, shape: &'a Shape) -> Result<Node<'a>, AvroError> {
        Ok(match shape {
            Shape::Null => Node::Null,
            Shape::Boolean => Node::Boolean(self.boolean()?),
            Shape::Integer => Node::Integer(self.integer()?),
            Shape::Instant => Node::Instant(self.integer()?),
            Shape::Text => Node::Text(Cow::Borrowed(self.text()?)),
            Shape::List(items) => Node::List(self.blocks(|input| input.node(items))?),
            Shape::Map(values) => {
                Node::Object(Object(self.blocks(|input| Ok((Cow::Borrowed(input.text()?), input.node(values)?)))?))
            }
            Shape::Record(fields) => {
                let mut object = Vec::with_capacity(fields.len());
                for (name, shape, _) in fields {
                    object.push((Cow::Borrowed(name.as_str()), self.node(shape)?));
                }
                Node::Object(Object(object))
            }
            Shape::Union(branches) => {
                let index = self.integer()?;
                let branch = usize::try_from(index).ok().and_then(|index| branches.get(index));
                let (name, shape) = branch.ok_or(AvroError::NoBranch(index))?;
                let node = self.node(shape)?;
                match name {
                    Some(name) => Node::Object(Object(vec![(Cow::Borrowed(name.as_str()), node)])),
                    None => node,
                }
            }
        })
    }

    fn byte(&mut self) -> Result<u8, AvroError> {
        let (first, rest) = self.0.split_first().ok_or(AvroError::TooShort)?;
        self.0 = rest;
        Ok(*first)
    }

    fn boolean(&mut self) -> Result<bool, AvroError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(AvroError::NotBoolean(other)),
        }
    }

    /// A zigzag number of variable length.
    fn integer(&mut self) -> Result<i64, AvroError> {
        let mut bits = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(AvroError::NumberTooLong);
            }
            bits |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed());
            }
        }
        Err(AvroError::NumberTooLong)
    }

    fn text(&mut self) -> Result<&'a str, AvroError> {
        let length = self.integer()?;
        let length = usize::try_from(length).map_err(|_| AvroError::Length(length))?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(AvroError::TooShort)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| AvroError::NotText)
    }

    /// The items of an array or map: blocks of a count and that many items, until a count of 0. A negative count is
    /// followed by the block's length in bytes.
    fn blocks<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, AvroError>) -> Result<Vec<T>, AvroError> {
        /// More room than this is made only for items that are really there.
        const ROOM_MAX: usize = 1_024;
        let mut items = Vec::new();
        loop {
            let count = self.integer()?;
            if count == 0 {
                return Ok(items);
            }
            if count < 0 {
                self.integer()?;
            }
            // Every item has a byte or more, so that no count can be larger than what is left.
            let wrong = AvroError::Length(count);
            let count = usize::try_from(count.unsigned_abs()).ok().filter(|count| *count <= self.0.len());
            let count = count.ok_or(wrong)?;
            items.reserve(count.min(ROOM_MAX));
            for _ in 0..count {
                items.push(item(self)?);
            }
        }
    }
}

/// Appends a value, given as JSON with the schema's field names. `None` when it does not have the shape.
pub(super) fn write(shape: &Shape, value: &Value, bytes: &mut Vec<u8>) -> Option<()> {
    match shape {
        Shape::Null => value.is_null().then_some(()),
        Shape::Boolean => value.as_bool().map(|value| bytes.push(value.into())),
        Shape::Integer => value.as_i64().map(|value| write_integer(value, bytes)),
        Shape::Instant => {
            let instant = Timestamp::parse(value.as_str()?)?;
            write_integer(instant.millis().saturating_mul(1_000), bytes);
            Some(())
        }
        Shape::Text => write_text(value.as_str()?, bytes),
        Shape::List(shape) => {
            let items = value.as_array()?;
            write_count(items.len(), bytes)?;
            items.iter().try_for_each(|item| write(shape, item, bytes))?;
            end_blocks(items.len(), bytes);
            Some(())
        }
        Shape::Map(shape) => {
            let fields = value.as_object()?;
            write_count(fields.len(), bytes)?;
            for (name, value) in fields {
                write_text(name, bytes)?;
                write(shape, value, bytes)?;
            }
            end_blocks(fields.len(), bytes);
            Some(())
        }
        Shape::Record(fields) => {
            let object = value.as_object()?;
            let mut fields = fields.iter();
            fields.try_for_each(|(name, shape, absent)| write(shape, object.get(name).unwrap_or(absent), bytes))
        }
        Shape::Union(branches) => branches.iter().enumerate().find_map(|(index, (name, shape))| {
            let value = match name {
                Some(name) => value.as_object().filter(|object| object.len() == 1)?.get(name)?,
                None => value,
            };
            let start = bytes.len();
            write_count(index, bytes)?;
            let written = write(shape, value, bytes);
            if written.is_none() {
                bytes.truncate(start);
            }
            written
        }),
    }
}

fn write_integer(value: i64, bytes: &mut Vec<u8>) {
    let mut bits = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while bits > 0x7f {
        bytes.push(bits.to_le_bytes()[0] | 0x80);
        bits >>= 7;
    }
    bytes.push(bits.to_le_bytes()[0]);
}

fn write_count(count: usize, bytes: &mut Vec<u8>) -> Option<()> {
    write_integer(i64::try_from(count).ok()?, bytes);
    Some(())
}

/// The count of 0 after the last block; a list without items is that count alone.
fn end_blocks(count: usize, bytes: &mut Vec<u8>) {
    if count > 0 {
        write_integer(0, bytes);
    }
}

fn write_text(text: &str, bytes: &mut Vec<u8>) -> Option<()> {
    write_count(text.len(), bytes)?;
    bytes.extend_from_slice(text.as_bytes());
    Some(())
}
