//! Confluent's framing of Avro values: which schema the bytes were written with.
//!
//! Two forms are read. The common one is in the value: 0x00, the schema's id in four bytes, big endian, then the
//! Avro bytes. The newer one is in the header `__value_schema_id`: 0x01 and a GUID of 16 bytes; the value is bare
//! Avro. Only the first is written.

use thiserror::Error;

use super::schemas::Schema;
use crate::domain::ids::Uuid;

/// The header of the newer form.
pub const SCHEMA_ID_HEADER: &str = "__value_schema_id";

/// First byte of a framed value.
pub const MAGIC: u8 = 0x00;
/// First byte of the header's value.
const MAGIC_GUID: u8 = 0x01;
/// Bytes before the Avro bytes of a framed value.
pub const FRAME_BYTES: usize = 5;

/// Why the schema of a value can't be told.
#[derive(Clone, PartialEq, Eq, Error, Debug)]
pub enum FramingError {
    /// The value, or the header, ends before its id does.
    #[error("{0} bytes are too few for a schema id")]
    TooShort(usize),
    /// Something else stands where the magic byte should.
    #[error("begins with {0:#04x}, not with a magic byte")]
    WrongMagicByte(u8),
    /// No such id is built in.
    #[error("schema {0} is unknown")]
    UnknownSchemaId(String),
}

/// The beginning of a framed value; the Avro bytes are appended to it.
pub fn frame(schema: Schema) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(MAGIC);
    bytes.extend_from_slice(&schema.id().to_be_bytes());
    bytes
}

/// The schema of a framed value, and its Avro bytes.
///
/// # Errors
/// When the frame is not complete, or names no schema of ours.
pub fn unframe(value: &[u8]) -> Result<(Schema, &[u8]), FramingError> {
    match value {
        [MAGIC, a, b, c, d, avro @ ..] => {
            let id = u32::from_be_bytes([*a, *b, *c, *d]);
            let schema = Schema::of_id(id).ok_or_else(|| FramingError::UnknownSchemaId(id.to_string()))?;
            Ok((schema, avro))
        }
        [MAGIC, ..] | [] => Err(FramingError::TooShort(value.len())),
        [other, ..] => Err(FramingError::WrongMagicByte(*other)),
    }
}

/// The schema named by the value of the header [`SCHEMA_ID_HEADER`].
///
/// # Errors
/// When the header is not complete, or names no schema of ours.
pub fn schema_of_header(header: &[u8]) -> Result<Schema, FramingError> {
    match header {
        [MAGIC_GUID, guid @ ..] => {
            let guid = Uuid::from_slice(guid).map_err(|_| FramingError::TooShort(header.len()))?;
            Schema::of_guid(guid).ok_or_else(|| FramingError::UnknownSchemaId(guid.to_string()))
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
        for schema in Schema::ALL {
            let mut value = frame(schema);
            assert_eq!(value.len(), FRAME_BYTES);
            value.extend_from_slice(b"avro");
            assert_eq!(unframe(&value), Ok((schema, b"avro" as &[u8])));
            let mut header = vec![1];
            header.extend_from_slice(schema.guid().as_bytes());
            assert_eq!(schema_of_header(&header), Ok(schema));
        }
    }

    #[test]
    fn each_fault_has_its_cause() {
        assert_eq!(unframe(&[]), Err(FramingError::TooShort(0)));
        assert_eq!(unframe(&[0, 0, 0, 1]), Err(FramingError::TooShort(4)));
        assert_eq!(unframe(&[7, 0, 0, 0, 1]), Err(FramingError::WrongMagicByte(7)));
        assert_eq!(unframe(&[0, 0, 0, 1, 0, 9]), Err(FramingError::UnknownSchemaId("256".to_owned())));
        assert_eq!(schema_of_header(&[]), Err(FramingError::TooShort(0)));
        assert_eq!(schema_of_header(&[1, 2, 3]), Err(FramingError::TooShort(3)));
        assert_eq!(schema_of_header(&[0; 17]), Err(FramingError::WrongMagicByte(0)));
        assert!(matches!(schema_of_header(&[1; 17]), Err(FramingError::UnknownSchemaId(_))));
    }
}
