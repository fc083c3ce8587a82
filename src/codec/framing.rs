//! Confluent's framing of Avro values: which schema the bytes were written with.
//!
//! Two forms are read. The common one is in the value: 0x00, the schema's id in four bytes, big endian, then the
//! Avro bytes. The newer one is in the header `__value_schema_id`: 0x01 and a GUID of 16 bytes; the value is bare
//! Avro. Only the first is written.

use std::fmt;

use thiserror::Error;

use crate::domain::ids::Uuid;

/// The header of the newer form.
pub const SCHEMA_ID_HEADER: &str = "__value_schema_id";

/// First byte of a framed value.
pub const MAGIC: u8 = 0x00;
/// First byte of the header's value.
const MAGIC_GUID: u8 = 0x01;
/// Bytes before the Avro bytes of a framed value.
pub const FRAME_BYTES: usize = 5;

/// What names the schema of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SchemaId {
    /// In the value.
    Number(u32),
    /// In the header.
    Guid(Uuid),
}

impl SchemaId {
    /// Whether it is one of these.
    pub(super) fn is(self, number: u32, guid: Option<Uuid>) -> bool {
        match self {
            SchemaId::Number(own) => own == number,
            SchemaId::Guid(own) => Some(own) == guid,
        }
    }
}

impl fmt::Display for SchemaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaId::Number(number) => number.fmt(f),
            SchemaId::Guid(guid) => guid.fmt(f),
        }
    }
}

/// Why the schema of a value can't be told.
#[derive(Clone, PartialEq, Eq, Error, Debug)]
pub enum FramingError {
    /// The value, or the header, ends before its id does.
    #[error("{0} bytes are too few for a schema id")]
    TooShort(usize),
    /// Something else stands where the magic byte should.
    #[error("begins with {0:#04x}, not with a magic byte")]
    WrongMagicByte(u8),
    /// Nobody knows the id, or it is that of something else.
    #[error("schema {id} {why}")]
    UnknownSchemaId {
        /// The id.
        id: SchemaId,
        /// What is wrong with it, to stand behind "schema 7".
        why: String,
    },
}

/// The beginning of a framed value; the Avro bytes are appended to it.
pub fn frame(id: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(MAGIC);
    bytes.extend_from_slice(&id.to_be_bytes());
    bytes
}

/// The id of a framed value's schema, and its Avro bytes.
///
/// # Errors
/// When the frame is not complete.
#[inline]
pub fn unframe(value: &[u8]) -> Result<(u32, &[u8]), FramingError> {
    match value {
        [MAGIC, a, b, c, d, avro @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), avro)),
        [MAGIC, ..] | [] => Err(FramingError::TooShort(value.len())),
        [other, ..] => Err(FramingError::WrongMagicByte(*other)),
    }
}

/// What stands behind the frame, in whatever format: what two values must have in common to be the same, whichever
/// registry gave out the ids.
pub fn behind_frame(value: &[u8]) -> &[u8] {
    unframe(value).map_or(value, |(_, avro)| avro)
}

/// The schema named by the value of the header [`SCHEMA_ID_HEADER`].
///
/// # Errors
/// When the header is not complete.
pub fn id_of_header(header: &[u8]) -> Result<SchemaId, FramingError> {
    match header {
        [MAGIC_GUID, guid @ ..] => {
            Uuid::from_slice(guid).map(SchemaId::Guid).map_err(|_| FramingError::TooShort(header.len()))
        }
        [] => Err(FramingError::TooShort(0)),
        [other, ..] => Err(FramingError::WrongMagicByte(*other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_framed_is_unframed() {
        let mut value = frame(204);
        assert_eq!(value.len(), FRAME_BYTES);
        value.extend_from_slice(b"avro");
        assert_eq!(unframe(&value), Ok((204, b"avro" as &[u8])));
        assert_eq!(behind_frame(&value), b"avro");
        assert_eq!(behind_frame(b"{}"), b"{}");
        let guid = Uuid::from_u128(7);
        assert_eq!(id_of_header(&[&[1], &guid.as_bytes()[..]].concat()), Ok(SchemaId::Guid(guid)));
    }

    #[test]
    fn each_fault_has_its_cause() {
        assert_eq!(unframe(&[]), Err(FramingError::TooShort(0)));
        assert_eq!(unframe(&[0, 0, 0, 1]), Err(FramingError::TooShort(4)));
        assert_eq!(unframe(&[7, 0, 0, 0, 1]), Err(FramingError::WrongMagicByte(7)));
        assert_eq!(id_of_header(&[]), Err(FramingError::TooShort(0)));
        assert_eq!(id_of_header(&[1, 2, 3]), Err(FramingError::TooShort(3)));
        assert_eq!(id_of_header(&[0; 17]), Err(FramingError::WrongMagicByte(0)));
    }
}
