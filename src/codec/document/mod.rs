//! Documents: one flat record for all kinds, whose fields are there or not. A deleted document is a tombstone.
//!
//! `flat.rs` has the fields of the schema, `kinds.rs` for each kind of document the fields that it has.

mod flat;
mod kinds;
mod lines;

use self::flat::Flat;
use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::Unreadable;
use crate::domain::document::{Document, DocumentKey};

impl Codec {
    /// A document.
    pub fn encode_document(&self, key: &DocumentKey, document: &Document) -> Vec<u8> {
        self.encode(Topic::Documents, Schema::Document, &Flat::of(key, document))
    }

    /// The key and the document of a value.
    ///
    /// # Errors
    /// When the bytes are no document.
    pub fn decode_document(&self, value: &[u8]) -> Result<(DocumentKey, Document), Unreadable> {
        self.decode::<Flat>(Schema::Document, value)?.document()
    }
}
