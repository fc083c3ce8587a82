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

use xxhash_rust::xxh3::xxh3_128;

use crate::codec::writer::Writer;
use crate::domain::command::Fingerprint;
use crate::domain::time::{Date, Timestamp};

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

/// The canonical form while it is written.
#[derive(Debug)]
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
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

impl Writer for Canonical {
    fn begin_record(&mut self) {
        self.0.push(RECORD);
    }

    fn field(&mut self, name: &'static str) {
        self.name(name);
    }

    fn end_record(&mut self) {
        self.0.push(0);
    }

    fn begin_list(&mut self, length: usize) {
        self.0.push(LIST);
        self.length(length);
    }

    fn key(&mut self, write: impl FnOnce(&mut Self)) {
        let mut name = Canonical(Vec::new());
        write(&mut name);
        let name = name.0.get(TEXT_HEAD_BYTES..).and_then(|name| std::str::from_utf8(name).ok());
        self.name(name.unwrap_or_default());
    }

    fn boolean(&mut self, value: bool) {
        self.0.extend_from_slice(&[BOOLEAN, value.into()]);
    }

    fn number(&mut self, value: i64) {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.0.push(TEXT);
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn instant(&mut self, instant: Timestamp) {
        self.number(instant.millis());
    }

    fn date(&mut self, date: Date) {
        self.text(&date.to_string());
    }
}
