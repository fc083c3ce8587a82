//! Bytes of every topic: keys, headers, values in Avro or JSON, and the records that carry them.

pub mod arena;
mod avro;
pub mod command;
pub mod document;
pub mod event;
mod event_reading;
pub mod format;
pub mod framing;
#[cfg(test)]
pub(crate) mod generators;
pub mod headers;
pub mod json;
pub mod keys;
pub mod ledger;
pub mod leg;
pub mod names;
pub mod payload;
pub mod record;
pub mod result;
pub mod schemas;
pub mod stock;
#[cfg(test)]
mod tests;
pub mod value;
pub mod violation;
pub mod wire;

use crate::domain::ids::{StockLocation, Text};
use format::Formats;

/// Everything between the domain's values and the bytes of the topics. Made once, shared by all partitions; its
/// methods stand in the modules of what they encode.
#[derive(Clone, Debug)]
pub struct Codec {
    tenant: Text,
    formats: Formats,
    salable_stock_location: StockLocation,
}

impl Codec {
    /// A codec of one deployment: the tenant is in every event, stock on hand is that of the salable stock location.
    pub fn new(tenant: Text, formats: Formats, salable_stock_location: StockLocation) -> Self {
        Self { tenant, formats, salable_stock_location }
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
