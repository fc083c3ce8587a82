//! The canonical form of a command's content, and the fingerprint made from it.
//!
//! Fingerprints are published and remembered, so this form never changes: fields are only ever added to it. It has
//! the decoded known fields that have a value other than their default, in the order of the schema, without the
//! command's id and store (which are part of every key a fingerprint is compared under):
//!
//! | What | Bytes |
//! |---|---|
//! | field | length of its name (1 byte), name, value |
//! | text | 1, length (4 bytes), UTF-8 |
//! | number, or instant in milliseconds | 2, 8 bytes |
//! | boolean | 3, 0 or 1 |
//! | list | 4, number of items (4 bytes), items (values) |
//! | record, or map | 5, its fields, 0 |
//!
//! Numbers are little endian. Quantities that are none are 0 there, and stand behind all of it: each a record of the
//! fields `line`, `field` and `value`, which is JSON text. The fingerprint is XXH3-128 with seed 0; that of a
//! `malformed_command`, which could not be decoded, is XXH3-128 of the record's value.

use std::fmt;

use serde::Serialize;
use serde::ser::{self, Serializer};
use xxhash_rust::xxh3::xxh3_128;

use crate::codec::avro::refuse;
use crate::codec::wire::INSTANT;
use crate::domain::command::Fingerprint;

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const BOOLEAN: u8 = 3;
const LIST: u8 = 4;
const RECORD: u8 = 5;
/// Of a text: its kind and its length.
const TEXT_HEAD_BYTES: usize = 5;

/// The fingerprint of bytes.
pub(super) fn fingerprint(bytes: &[u8]) -> Fingerprint {
    Fingerprint(xxh3_128(bytes))
}

/// Something has no canonical form: a fault of the program.
#[derive(Debug)]
pub(super) struct NoForm(String);

impl fmt::Display for NoForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoForm {}

impl ser::Error for NoForm {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The canonical form while it is written.
#[derive(Debug)]
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Of a record its fields alone: what stands between its head and its end.
    pub(super) fn fields(mut self) -> Self {
        self.0.pop();
        self.0.drain(..1);
        self
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.0)
    }

    pub(super) fn append(&mut self, other: &Canonical) {
        self.0.extend_from_slice(&other.0);
    }

    fn name(&mut self, name: &str) {
        self.0.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        self.0.extend_from_slice(name.as_bytes());
    }

    /// A record of Kafka is far below the 4 GiB at which lengths would no longer be told apart.
    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
}

impl Serializer for &mut Canonical {
    type Ok = ();
    type Error = NoForm;
    type SerializeSeq = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;

    fn serialize_bool(self, value: bool) -> Result<(), NoForm> {
        self.0.extend_from_slice(&[BOOLEAN, value.into()]);
        Ok(())
    }

    fn serialize_i32(self, value: i32) -> Result<(), NoForm> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), NoForm> {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), NoForm> {
        self.0.push(TEXT);
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn serialize_none(self) -> Result<(), NoForm> {
        Err(NoForm("what is absent is left out".into()))
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), NoForm> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, name: &'static str, value: &T) -> Result<(), NoForm> {
        value.serialize(&mut *self)?;
        if name == INSTANT
            && let Some(micros) = self.0.last_chunk_mut()
        {
            *micros = (i64::from_le_bytes(*micros).div_euclid(1_000)).to_le_bytes();
        }
        Ok(())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, NoForm> {
        self.0.push(LIST);
        self.length(length.ok_or_else(|| NoForm("a list of unknown length".into()))?);
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, NoForm> {
        self.0.push(RECORD);
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NoForm> {
        self.0.push(RECORD);
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    refuse!(NoForm);
}

impl ser::SerializeSeq for &mut Canonical {
    type Ok = ();
    type Error = NoForm;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), NoForm> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), NoForm> {
        Ok(())
    }
}

impl ser::SerializeMap for &mut Canonical {
    type Ok = ();
    type Error = NoForm;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), NoForm> {
        let mut name = Canonical(Vec::new());
        key.serialize(&mut name)?;
        let name = name.0.get(TEXT_HEAD_BYTES..).and_then(|name| std::str::from_utf8(name).ok());
        self.name(name.ok_or_else(|| NoForm("a key that is no text".into()))?);
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), NoForm> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), NoForm> {
        self.0.push(0);
        Ok(())
    }
}

impl ser::SerializeStruct for &mut Canonical {
    type Ok = ();
    type Error = NoForm;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), NoForm> {
        self.name(name);
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), NoForm> {
        self.0.push(0);
        Ok(())
    }
}
