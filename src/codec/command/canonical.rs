//! The canonical form of a command's content, and the fingerprint made from it.
//!
//! Fingerprints are published and remembered, so this form never changes: fields are only ever added to it. It has
//! the decoded known fields that have a value other than their default, in the order of the contract (§4), without
//! the command's id and store (which are part of every key a fingerprint is compared under):
//!
//! | What | Bytes |
//! |---|---|
//! | field | length of its name (1 byte), name, value |
//! | text | 1, length (4 bytes), UTF-8 |
//! | number, or instant in milliseconds | 2, 8 bytes |
//! | boolean | 3, 0 or 1 |
//! | list | 4, number of items (4 bytes), items (values) |
//! | record | 5, its fields, 0 |
//! | quantity that is no whole number of 64 bits | 6, length (4 bytes), JSON text |
//!
//! Numbers are little endian. The fingerprint is XXH3-128 with seed 0; that of a `malformed_command`, which could
//! not be decoded, is XXH3-128 of the record's value.

use xxhash_rust::xxh3::xxh3_128;

use crate::domain::command::Fingerprint;

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const BOOLEAN: u8 = 3;
const LIST: u8 = 4;
const RECORD: u8 = 5;
const JSON: u8 = 6;

/// The fingerprint of bytes.
pub(super) fn fingerprint(bytes: &[u8]) -> Fingerprint {
    Fingerprint(xxh3_128(bytes))
}

/// The canonical form while it is written.
#[derive(Debug)]
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(512))
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.0)
    }

    /// Begins a field; its value follows.
    pub(super) fn field(&mut self, name: &str) -> &mut Self {
        self.0.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        self.0.extend_from_slice(name.as_bytes());
        self
    }

    pub(super) fn text(&mut self, text: &str) {
        self.0.push(TEXT);
        self.sized(text);
    }

    pub(super) fn number(&mut self, number: i64) {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.0.extend_from_slice(&[BOOLEAN, value.into()]);
    }

    pub(super) fn json(&mut self, json: &str) {
        self.0.push(JSON);
        self.sized(json);
    }

    pub(super) fn list(&mut self, items: usize) {
        self.0.push(LIST);
        self.length(items);
    }

    pub(super) fn begin_record(&mut self) {
        self.0.push(RECORD);
    }

    pub(super) fn end_record(&mut self) {
        self.0.push(0);
    }

    /// How much was written.
    pub(super) fn position(&self) -> usize {
        self.0.len()
    }

    /// Takes back what was written since.
    pub(super) fn rewind(&mut self, position: usize) {
        self.0.truncate(position);
    }

    fn sized(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A record of Kafka is far below the 4 GiB at which lengths would no longer be told apart.
    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
}
