//! Documents: one flat record for all kinds, whose fields are there or not. A deleted document is a tombstone.

mod read;
mod wire;
mod write;

pub use wire::Record;

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::{self, Unreadable};
use crate::domain::document::{Document, DocumentKey};

impl Codec {
    /// A document.
    pub fn encode_document(&self, key: &DocumentKey, document: &Document) -> Vec<u8> {
        value::encode(self.formats.of(Topic::Documents), Schema::Document, &Record::of(key, document))
    }

    /// The key and the document of a value.
    ///
    /// # Errors
    /// When the bytes are no document.
    pub fn decode_document(&self, value: &[u8]) -> Result<(DocumentKey, Document), Unreadable> {
        value::decode::<Record<'static>>(Schema::Document, value)?.document()
    }
}
