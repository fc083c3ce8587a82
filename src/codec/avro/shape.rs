//! Values led by a schema: bytes of any version, or of anybody's schema, into a tree of named fields, and back.
//!
//! This is how commands are read, how a row written with another version is brought into the newest one, and how an
//! older version is written during an upgrade. Fields are matched by name; what a reader does not know it does not ask
//! for, and what the writer did not know has its default (Avro specification, "Schema Resolution"). `apache_avro` keeps
//! maps in a hash map, which would lose the order of a stock row's locations; so it parses and compares the schemas, and
//! a test compares the values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use apache_avro::Schema as Avro;
use apache_avro::schema::{InnerDecimalSchema, RecordField, UuidSchema};
use serde_json::Value;

use super::input::{AvroError, Input, ROOM_MAX};
use super::write::Output;
use crate::codec::node::{Node, Object};
use crate::codec::writer::Writer;

/// A shape, and how deep its values are nested.
type Nested = (Arc<Shape>, usize);

/// Values are read by recursion, on a thread's stack. Ours are nested 7 deep.
const DEPTH_MAX: usize = 64;

/// How many fields of a record have a value, as a rule.
const PRESENT_FIELDS: usize = 8;

/// What the bytes of a value look like: an Avro schema reduced to what reading and writing need.
#[derive(Debug)]
pub enum Shape {
    /// Nothing.
    Null,
    /// A boolean.
    Boolean,
    /// An `int` or a `long`.
    Integer,
    /// Days since the epoch.
    Day,
    /// An instant in units of this many nanoseconds.
    Instant(i64),
    /// A `float`.
    Float,
    /// A `double`.
    Double,
    /// A `string`.
    Text,
    /// `bytes`: as text, with U+FFFD for what is none.
    Bytes,
    /// So many bytes.
    Fixed(usize),
    /// One of these symbols.
    Enum(Vec<String>),
    /// An array of such items.
    List(Arc<Shape>),
    /// A map to such values.
    Map(Arc<Shape>),
    /// These fields.
    Record(Vec<Field>),
    /// One of these.
    Union(Vec<Arc<Shape>>),
}

/// A field of a record.
#[derive(Debug)]
pub struct Field {
    name: String,
    shape: Arc<Shape>,
    /// The value of one that is left out.
    default: Option<Value>,
}

#[allow(clippy::wildcard_enum_match_arm, reason = "most shapes have no fields, and few pairs of shape and value fit")]
impl Shape {
    /// The shape of a schema.
    ///
    /// # Errors
    /// When a record of the schema holds itself: its values can be nested without end. Says which.
    pub fn of(schema: &Avro) -> Result<Arc<Self>, String> {
        Self::with_names(schema, &mut HashMap::new()).map(|(shape, _)| shape)
    }

    /// The shape, and how deep its values are nested.
    fn with_names(schema: &Avro, names: &mut HashMap<String, Nested>) -> Result<Nested, String> {
        let mut depth = 0;
        let mut inner = |schema: &Avro, names: &mut HashMap<String, Nested>| {
            let (shape, deep) = Self::with_names(schema, names)?;
            depth = depth.max(deep);
            Ok::<_, String>(shape)
        };
        let mut name = None;
        let shape = match schema {
            Avro::Null => Shape::Null,
            Avro::Boolean => Shape::Boolean,
            Avro::Int | Avro::Long | Avro::TimeMillis | Avro::TimeMicros => Shape::Integer,
            Avro::Date => Shape::Day,
            Avro::TimestampMillis | Avro::LocalTimestampMillis => Shape::Instant(1_000_000),
            Avro::TimestampMicros | Avro::LocalTimestampMicros => Shape::Instant(1_000),
            Avro::TimestampNanos | Avro::LocalTimestampNanos => Shape::Instant(1),
            Avro::Float => Shape::Float,
            Avro::Double => Shape::Double,
            Avro::String | Avro::Uuid(UuidSchema::String) => Shape::Text,
            Avro::Bytes | Avro::BigDecimal | Avro::Uuid(UuidSchema::Bytes) => Shape::Bytes,
            Avro::Uuid(UuidSchema::Fixed(fixed)) => Shape::Fixed(fixed.size),
            Avro::Decimal(decimal) => match &decimal.inner {
                InnerDecimalSchema::Fixed(fixed) => Shape::Fixed(fixed.size),
                InnerDecimalSchema::Bytes => Shape::Bytes,
            },
            Avro::Fixed(fixed) | Avro::Duration(fixed) => {
                name = Some(&fixed.name);
                Shape::Fixed(fixed.size)
            }
            Avro::Enum(symbols) => {
                name = Some(&symbols.name);
                Shape::Enum(symbols.symbols.clone())
            }
            Avro::Array(array) => Shape::List(inner(&array.items, names)?),
            Avro::Map(map) => Shape::Map(inner(&map.types, names)?),
            Avro::Union(union) => {
                let branches = union.variants().iter().map(|branch| inner(branch, names));
                Shape::Union(branches.collect::<Result<_, String>>()?)
            }
            Avro::Ref { name } => {
                let known = names.get(&name.to_string()).cloned();
                return known.ok_or_else(|| format!("the record {name} holds itself"));
            }
            Avro::Record(record) => {
                name = Some(&record.name);
                let field = |field: &RecordField| {
                    let shape = inner(&field.schema, names)?;
                    Ok(Field { name: field.name.clone(), shape, default: field.default.clone() })
                };
                Shape::Record(record.fields.iter().map(field).collect::<Result<_, String>>()?)
            }
        };
        if depth >= DEPTH_MAX {
            return Err(format!("its values are nested deeper than {DEPTH_MAX}"));
        }
        let nested = (Arc::new(shape), depth + 1);
        if let Some(name) = name {
            names.insert(name.to_string(), nested.clone());
        }
        Ok(nested)
    }

    /// The field, here or deeper, that is an instant here and a plain number in what another schema writes.
    pub fn instant_without_unit(&self, written: &Shape) -> Option<&str> {
        match (self, written) {
            (Shape::Union(branches), _) => branches.iter().find_map(|branch| branch.instant_without_unit(written)),
            (_, Shape::Union(branches)) => branches.iter().find_map(|branch| self.instant_without_unit(branch)),
            (Shape::List(ours), Shape::List(theirs)) => ours.instant_without_unit(theirs),
            (Shape::Record(ours), Shape::Record(theirs)) => ours.iter().find_map(|field| {
                let written = &theirs.iter().find(|written| written.name == field.name)?.shape;
                let is_plain = field.shape.is_instant() && written.is_number();
                if is_plain { Some(field.name.as_str()) } else { field.shape.instant_without_unit(written) }
            }),
            _ => None,
        }
    }

    fn is_instant(&self) -> bool {
        match self {
            Shape::Instant(_) => true,
            Shape::Union(branches) => branches.iter().any(|branch| branch.is_instant()),
            _ => false,
        }
    }

    fn is_number(&self) -> bool {
        match self {
            Shape::Integer | Shape::Float | Shape::Double => true,
            Shape::Union(branches) => branches.iter().any(|branch| branch.is_number()),
            _ => false,
        }
    }

    /// Reads a value that is nothing but Avro bytes. Fields that are null are left out.
    ///
    /// # Errors
    /// When the bytes don't have the shape, or something is left over.
    pub fn read<'a>(&'a self, bytes: &'a [u8]) -> Result<Node<'a>, AvroError> {
        let mut input = Input::new(bytes);
        let node = self.node(&mut input)?;
        input.end()?;
        Ok(node)
    }

    fn node<'a>(&'a self, input: &mut Input<'a>) -> Result<Node<'a>, AvroError> {
        input.value()?;
        Ok(match self {
            Shape::Null => Node::Null,
            Shape::Boolean => Node::Boolean(input.boolean()?),
            Shape::Integer => Node::Integer(input.integer()?),
            Shape::Day => Node::Day(input.integer()?),
            Shape::Instant(nanos) => {
                let micros = i128::from(input.integer()?) * i128::from(*nanos) / 1_000;
                Node::Instant(i64::try_from(micros).map_err(|_| AvroError::NumberTooLong)?)
            }
            Shape::Float => number(f64::from(f32::from_le_bytes(input.array()?))),
            Shape::Double => number(f64::from_le_bytes(input.array()?)),
            Shape::Text => Node::Text(Cow::Borrowed(input.text()?)),
            Shape::Bytes => {
                let length = input.integer()?;
                Node::Text(String::from_utf8_lossy(input.bytes(length)?))
            }
            Shape::Fixed(size) => {
                let bytes = input.bytes(i64::try_from(*size).unwrap_or(i64::MAX))?;
                Node::Text(String::from_utf8_lossy(bytes))
            }
            Shape::Enum(symbols) => {
                let index = input.integer()?;
                let symbol = usize::try_from(index).ok().and_then(|index| symbols.get(index));
                Node::Text(Cow::Borrowed(symbol.ok_or(AvroError::NoBranch(index))?))
            }
            Shape::List(items) => Node::List(blocks(input, |input| items.node(input))?),
            Shape::Map(values) => {
                Node::Object(Object(blocks(input, |input| Ok((Cow::Borrowed(input.text()?), values.node(input)?)))?))
            }
            Shape::Record(fields) => {
                let mut object = Vec::with_capacity(fields.len().min(PRESENT_FIELDS));
                for field in fields {
                    let node = field.shape.node(input)?;
                    if !matches!(node, Node::Null) {
                        object.push((Cow::Borrowed(field.name.as_str()), node));
                    }
                }
                Node::Object(Object(object))
            }
            Shape::Union(branches) => {
                let index = input.integer()?;
                let branch = usize::try_from(index).ok().and_then(|index| branches.get(index));
                branch.ok_or(AvroError::NoBranch(index))?.node(input)?
            }
        })
    }

    /// Appends a tree that was read with another version of the schema. `None` when it does not have the shape.
    pub fn write(&self, node: &Node<'_>, output: &mut Output<'_>) -> Option<()> {
        match (self, node) {
            (Shape::Null, Node::Null) => {}
            (Shape::Boolean, Node::Boolean(value)) => output.boolean(*value),
            (Shape::Integer, Node::Integer(value))
            | (Shape::Day, Node::Day(value))
            | (Shape::Instant(1_000), Node::Instant(value)) => output.number(*value),
            (Shape::Instant(nanos), Node::Instant(micros)) => {
                output.number(i64::try_from(i128::from(*micros) * 1_000 / i128::from(*nanos)).ok()?);
            }
            (Shape::Text, Node::Text(text)) => output.text(text),
            (Shape::List(shape), Node::List(items)) => {
                output.block(items.len());
                items.iter().try_for_each(|item| shape.write(item, output))?;
                output.end_blocks();
            }
            (Shape::Map(shape), Node::Object(object)) => {
                output.block(object.0.len());
                for (name, value) in &object.0 {
                    output.text(name);
                    shape.write(value, output)?;
                }
                output.end_blocks();
            }
            (Shape::Record(fields), Node::Object(object)) => {
                for field in fields {
                    match object.0.iter().find(|(name, _)| *name == field.name) {
                        Some((_, value)) => field.shape.write(value, output)?,
                        None => field.shape.write(&Node::of_json(field.default.as_ref()?)?, output)?,
                    }
                }
            }
            (Shape::Union(branches), node) => {
                let start = output.position();
                return branches.iter().enumerate().find_map(|(index, branch)| {
                    output.rewind(start);
                    output.number(i64::try_from(index).ok()?);
                    branch.write(node, output)
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether a field of this record has its default: such a field is left out of JSON.
    pub fn has_default(&self, name: &str, value: &Value) -> bool {
        match self {
            Shape::Record(fields) => {
                fields.iter().any(|field| field.name == name && field.default.as_ref() == Some(value))
            }
            Shape::Union(branches) => branches.iter().any(|branch| branch.has_default(name, value)),
            _ => false,
        }
    }

    /// The shape of a field of this record, of the items of this list or map, or of the value that is optional here.
    pub fn inside(&self, name: &str) -> Option<&Shape> {
        match self {
            Shape::Record(fields) => Some(&*fields.iter().find(|field| field.name == name)?.shape),
            Shape::List(inner) | Shape::Map(inner) => Some(inner),
            Shape::Union(branches) => branches.iter().find(|branch| !matches!(***branch, Shape::Null))?.inside(name),
            _ => None,
        }
    }
}

fn number(value: f64) -> Node<'static> {
    serde_json::Number::from_f64(value).map_or(Node::Null, Node::Number)
}

fn blocks<'a, T>(
    input: &mut Input<'a>,
    mut item: impl FnMut(&mut Input<'a>) -> Result<T, AvroError>,
) -> Result<Vec<T>, AvroError> {
    let mut items = Vec::new();
    loop {
        let count = input.block()?;
        if count == 0 {
            return Ok(items);
        }
        items.reserve(count.min(ROOM_MAX));
        for _ in 0..count {
            items.push(item(input)?);
        }
    }
}
