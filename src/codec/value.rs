//! A value of one of our topics: bytes to wire struct and back, in either format.

use std::sync::LazyLock;

use apache_avro::reader::datum::GenericDatumReader;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::avro;
use super::command::Undecodable;
use super::format::Format;
use super::framing::{self, FramingError, MAGIC};
use super::names::Named;
use super::schemas::Schema;

/// A value that this program did not write, or that was written by a newer one.
#[derive(Error, Debug)]
pub enum Unreadable {
    /// No value of ours begins like this.
    #[error("the value's schema: {0}")]
    Framing(#[from] FramingError),
    /// Written with the schema of another topic.
    #[error("the value has the schema {found:?}, {expected:?} was expected")]
    OtherSchema {
        /// That of the topic.
        expected: Schema,
        /// That of the value.
        found: Schema,
    },
    /// The bytes do not fit the schema.
    #[error("not Avro: {0}")]
    Avro(#[from] Box<apache_avro::Error>),
    /// The text is not the JSON of such a value.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The command in it can't be read.
    #[error("the command: {0}")]
    Command(#[from] Undecodable),
    /// A field that such a value always has is missing.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// A field has a value this release does not know.
    #[error("the field {field} has the unknown value {value:?}")]
    Unknown {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
}

impl Unreadable {
    /// A field has a value this release does not know.
    pub fn unknown(field: &'static str, value: impl Into<String>) -> Self {
        Unreadable::Unknown { field, value: value.into() }
    }
}

/// Writes a value in a format.
pub fn encode<T: Serialize>(format: Format, schema: Schema, value: &T) -> Vec<u8> {
    match format {
        Format::Avro => {
            let mut bytes = framing::frame(schema);
            avro::write(value, &mut bytes).expect("wire structs hold only what has a form");
            bytes
        }
        Format::Json => serde_json::to_vec(value).expect("wire structs hold only what has a form"),
    }
}

/// Reads a value; its first byte tells the format.
///
/// # Errors
/// When it is not a value of this schema.
pub fn decode<T: DeserializeOwned>(schema: Schema, value: &[u8]) -> Result<T, Unreadable> {
    if value.first().is_some_and(|first| *first != MAGIC) {
        return Ok(serde_json::from_slice(value)?);
    }
    let (found, mut bytes) = framing::unframe(value)?;
    if found != schema {
        return Err(Unreadable::OtherSchema { expected: schema, found });
    }
    Ok(reader(schema).read_deser(&mut bytes).map_err(Box::new)?)
}

/// The reader of a schema, made once.
fn reader(schema: Schema) -> &'static GenericDatumReader<'static> {
    static READERS: LazyLock<Vec<GenericDatumReader<'static>>> = LazyLock::new(|| {
        let reader = |schema: Schema| GenericDatumReader::builder(schema.parsed()).human_readable(false).build();
        Schema::ALL.into_iter().map(|schema| reader(schema).expect("built-in schemas are complete")).collect()
    });
    let index = Schema::ALL.iter().position(|known| *known == schema).expect("ALL holds every schema");
    &READERS[index]
}

/// The value of a field that such a value always has.
///
/// # Errors
/// When it is missing.
pub fn required<T>(value: Option<T>, field: &'static str) -> Result<T, Unreadable> {
    value.ok_or(Unreadable::Missing(field))
}

/// The value of a name from a closed list.
///
/// # Errors
/// When the list has no such name.
pub fn named<T: Named>(name: &str, field: &'static str) -> Result<T, Unreadable> {
    T::named(name).ok_or_else(|| Unreadable::unknown(field, name))
}

/// The value of an optional name from a closed list.
///
/// # Errors
/// When the list has no such name.
pub fn named_if<T: Named>(name: Option<&str>, field: &'static str) -> Result<Option<T>, Unreadable> {
    name.map(|name| named(name, field)).transpose()
}

/// An operation's name.
///
/// # Errors
/// When there is no such operation.
pub fn operation(name: &str, field: &'static str) -> Result<crate::domain::command::OperationName, Unreadable> {
    crate::domain::command::OperationName::parse(name).ok_or_else(|| Unreadable::unknown(field, name))
}

/// A number that is never negative.
///
/// # Errors
/// When it is.
pub fn unsigned<T: TryFrom<i64>>(number: i64, field: &'static str) -> Result<T, Unreadable> {
    T::try_from(number).map_err(|_| Unreadable::unknown(field, number.to_string()))
}

/// A number that is never so large that Avro's long can't hold it.
pub fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
