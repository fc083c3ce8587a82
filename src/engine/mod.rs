//! One batch of records over any store, without Kafka: records in, effects out; and restoring rows from topics.

pub mod batch;
pub mod census;
mod conservation;
mod dead_letters;
#[cfg(test)]
mod hostile;
mod load;
mod outputs;
pub mod record_time;
pub mod restore;
pub mod routing;
pub mod tally;

use std::sync::Arc;

pub use batch::Engine;
pub use dead_letters::RECORD_BYTES_MAX;
pub use outputs::Batch;
pub use tally::Tally;

use crate::codec::format::Formats;
use crate::codec::registered::SourceUnavailable;
use crate::codec::value::Unreadable;
use crate::codec::{Codec, keys};
use crate::domain::settings::{Measure, Settings};
use crate::store::StoreError;

/// What every partition's engine shares: made once, the same on every instance of a deployment.
#[derive(Debug)]
pub struct Context {
    /// What decisions depend on.
    pub settings: Settings,
    /// Between records and values.
    pub codec: Codec,
    /// Of every topic.
    pub partitions: i32,
}

impl Context {
    /// What a deployment's engines share, with the schemas built in.
    pub fn new(settings: Settings, formats: Formats, partitions: i32) -> Arc<Self> {
        let codec = Codec::new(settings.tenant.clone(), formats, settings.salable_stock_location.clone());
        Self::with_codec(settings, codec, partitions)
    }

    /// The same, with a codec that may know other schemas.
    pub fn with_codec(settings: Settings, codec: Codec, partitions: i32) -> Arc<Self> {
        let measuring = codec.clone();
        let measure = Measure::new(move |key, document| {
            keys::document(key).len() + measuring.encode_document(key, document).len()
        });
        Arc::new(Self { settings: Settings { measure, ..settings }, codec, partitions })
    }
}

/// Why a batch can't be decided or a record not restored. Bad records are not among it: they are part of the batch.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store is broken: [`StoreError::remedy`].
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record was written with a schema that only the registry has, which can't be asked at the moment: try the batch
    /// again later.
    #[error("the schema registry: {0}")]
    Registry(#[from] SourceUnavailable),
    /// A row that can't be read. In the store: delete the partition's folder and restore it. On a topic: it was
    /// written by a newer release, or by somebody else.
    #[error("a row of {table} that can't be read, {key}: {cause}")]
    Row {
        /// Table or topic.
        table: &'static str,
        /// The row's key.
        key: String,
        /// What is wrong with it.
        cause: Unreadable,
    },
}

impl EngineError {
    fn row(table: &'static str, key: &[u8], cause: Unreadable) -> Self {
        if let Unreadable::Unavailable(error) = cause {
            return error.into();
        }
        EngineError::Row { table, key: String::from_utf8_lossy(key).into_owned(), cause }
    }
}
