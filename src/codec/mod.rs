//! Bytes of every topic: keys, headers, values in Avro or JSON, and the records that carry them.

pub mod arena;
pub mod avro;
pub mod command;
mod document;
mod event;
pub mod format;
pub mod framing;
pub mod headers;
mod json;
pub mod keys;
mod ledger;
mod leg;
pub mod names;
pub mod node;
pub mod record;
pub mod registered;
mod result;
pub mod schemas;
pub mod stock;
#[cfg(test)]
mod tests;
mod trace;
pub mod value;
mod violation;
mod wire;
pub mod writer;

use std::sync::Arc;

use crate::domain::ids::{StockLocation, Text};
use format::Formats;
use registered::Schemas;

/// Everything between the domain's values and the bytes of the topics. Made once, shared by all partitions; its
/// methods stand in the modules of what they encode.
#[derive(Clone, Debug)]
pub struct Codec {
    tenant: Text,
    formats: Formats,
    salable_stock_location: StockLocation,
    schemas: Arc<Schemas>,
}

impl Codec {
    /// A codec of one deployment: the tenant is in every event, stock on hand is that of the salable stock location.
    pub fn new(tenant: Text, formats: Formats, salable_stock_location: StockLocation) -> Self {
        Self { tenant, formats, salable_stock_location, schemas: Arc::default() }
    }

    /// The same, with other schemas than those built in.
    #[must_use]
    pub fn with_schemas(self, schemas: Arc<Schemas>) -> Self {
        Self { schemas, ..self }
    }

    /// Every schema that values may have been written with.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The tenant.
    pub fn tenant(&self) -> &Text {
        &self.tenant
    }

    /// The format of each topic's values.
    pub fn formats(&self) -> &Formats {
        &self.formats
    }

    /// The stock location whose balance is the stock on hand.
    pub fn salable_stock_location(&self) -> &StockLocation {
        &self.salable_stock_location
    }
}
