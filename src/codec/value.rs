//! A value of one of our topics, in either format.

use std::borrow::Cow;
use std::ops::Deref;

use thiserror::Error;

use super::Codec;
use super::avro::{self, AvroError, Output};
use super::command::Undecodable;
use super::format::Format;
use super::framing::{self, FramingError, MAGIC, SchemaId};
use super::record::Topic;
use super::registered::{SourceUnavailable, Unresolved};
use super::schemas::{Schema, Version};
use super::wire::{In, Wire};
use super::writer::Json;

/// A value that this program did not write, or that was written by a newer one.
#[derive(Error, Debug)]
pub enum Unreadable {
    /// No value of ours begins like this.
    #[error("the value's schema: {0}")]
    Framing(#[from] FramingError),
    /// The schema is one that only the registry has, which can't be asked at the moment: try again.
    #[error("the value's schema: {0}")]
    Unavailable(#[from] SourceUnavailable),
    /// The bytes do not fit the schema it was written with.
    #[error("version {version} of {}: not Avro: {error}", .schema.file_name())]
    Avro {
        /// The schema.
        schema: Schema,
        /// Its version; 0 when it is only in the registry.
        version: u32,
        /// What does not fit.
        error: AvroError,
    },
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

    /// Whether nobody knows the schema that the value was written with.
    pub fn is_of_unknown_schema(&self) -> bool {
        matches!(self, Unreadable::Framing(FramingError::UnknownSchemaId { .. }))
    }

    pub(super) fn avro(version: &Version, error: AvroError) -> Self {
        Unreadable::Avro { schema: version.schema, version: version.number, error }
    }
}

/// A field that values of a kind always have.
pub(super) fn required<T>(value: Option<T>, field: &'static str) -> Result<T, Unreadable> {
    value.ok_or(Unreadable::Missing(field))
}

impl From<Unresolved> for Unreadable {
    fn from(error: Unresolved) -> Self {
        match error {
            Unresolved::Unknown(error) => error.into(),
            Unresolved::Unavailable(error) => error.into(),
        }
    }
}

/// What is written, or what was read: of a value that fits its schema, but says nothing that can be, why not.
#[derive(Debug)]
pub(super) struct Checked<'a, T: Clone>(pub(super) Result<Cow<'a, T>, Unreadable>);

impl<'a, T: Clone> Checked<'a, T> {
    /// To be written.
    pub(super) fn of(value: &'a T) -> Self {
        Self(Ok(Cow::Borrowed(value)))
    }

    /// What was read.
    pub(super) fn read(self) -> Result<T, Unreadable> {
        self.0.map(Cow::into_owned)
    }
}

impl<T: Clone> Deref for Checked<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("nothing else is written")
    }
}

impl Codec {
    /// Writes a value in the format of its topic.
    pub(super) fn encode<T: Wire>(&self, topic: Topic, schema: Schema, value: &T) -> Vec<u8> {
        match self.formats.of(topic) {
            Format::Json => to_json(value),
            Format::Avro => self.encode_avro(schema, |output| value.write(output)),
        }
    }

    /// Writes a value with the version of its schema that is to be written.
    pub(super) fn encode_avro(&self, schema: Schema, write: impl FnOnce(&mut Output<'_>)) -> Vec<u8> {
        let (version, id) = self.schemas.written(schema);
        let mut bytes = framing::frame(*id);
        write(&mut Output::new(&mut bytes));
        let newest = schema.newest();
        if version.number == newest.number {
            return bytes;
        }
        resolved(newest, framing::behind_frame(&bytes), version, framing::frame(*id))
            .expect("versions of a schema are compatible: a test compares")
    }

    /// Reads a value; its first byte tells the format.
    pub(super) fn decode<T: Wire>(&self, schema: Schema, value: &[u8]) -> Result<T, Unreadable> {
        if value.first().is_some_and(|first| *first != MAGIC) {
            // What is skipped must be text too: a name of a later release is kept and shown.
            let text = std::str::from_utf8(value).map_err(serde::de::Error::custom).map_err(Unreadable::Json)?;
            return Ok(serde_json::from_str::<In<T>>(text)?.0);
        }
        let (id, bytes) = framing::unframe(value)?;
        let (written, written_id) = self.schemas.written(schema);
        let newest = schema.newest();
        if id == *written_id && written.number == newest.number {
            return read(newest, bytes);
        }
        let version = self.schemas.version(schema, SchemaId::Number(id))?;
        if version.number == newest.number {
            return read(newest, bytes);
        }
        let resolved = resolved(&version, bytes, newest, Vec::new());
        read(&version, &resolved.map_err(|error| Unreadable::avro(&version, error))?)
    }

    /// Looks whether the version that a value was written with is known; what it says is not looked at.
    ///
    /// # Errors
    /// It is of a later release, or framed wrongly.
    pub fn check_version(&self, schema: Schema, value: &[u8]) -> Result<(), Unreadable> {
        if value.first().is_some_and(|first| *first != MAGIC) {
            return Ok(());
        }
        let (id, _) = framing::unframe(value)?;
        if id != self.schemas.written(schema).1 {
            self.schemas.version(schema, SchemaId::Number(id))?;
        }
        Ok(())
    }

    /// What a value of a topic says, whichever id and version of its schema it was written with: its bytes without the
    /// frame, in the newest version. What can't be read stands for itself.
    pub fn content<'v>(&self, topic: Topic, value: &'v [u8]) -> Cow<'v, [u8]> {
        let (Some(schema), Ok((id, bytes))) = (Schema::of_topic(topic), framing::unframe(value)) else {
            return Cow::Borrowed(value);
        };
        let newest = schema.newest();
        let Ok(version) = self.schemas.version(schema, SchemaId::Number(id)) else { return Cow::Borrowed(value) };
        if version.number == newest.number {
            return Cow::Borrowed(bytes);
        }
        resolved(&version, bytes, newest, Vec::new()).map_or(Cow::Borrowed(value), Cow::Owned)
    }
}

/// A value as JSON text.
pub(super) fn to_json<T: Wire>(value: &T) -> Vec<u8> {
    let mut json = Json::default();
    value.write(&mut json);
    json.0
}

/// Reads bytes of the newest version, which were written with this one.
#[inline]
fn read<T: Wire>(written: &Version, bytes: &[u8]) -> Result<T, Unreadable> {
    avro::read::<In<T>>(bytes).map(|value| value.0).map_err(|error| Unreadable::avro(written, error))
}

/// The same value as another version has it, behind what is there already.
fn resolved(version: &Version, bytes: &[u8], other: &Version, mut resolved: Vec<u8>) -> Result<Vec<u8>, AvroError> {
    let node = version.shape.read(bytes)?;
    let written = other.shape.write(&node, &mut Output::new(&mut resolved));
    written.map(|()| resolved).ok_or_else(|| AvroError::Meaning("it has no value in another version".to_owned()))
}
