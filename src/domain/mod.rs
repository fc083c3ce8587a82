//! What the business does, and nothing else: commands in, decisions out.
//!
//! Everything here is pure: no clock, no randomness, no input or output, no serialisation. The same
//! inputs in the same order give the same decisions on any machine.
//!
//! This file is the door: other layers find everything through it. Inside, files name each other by their own paths.

mod adjusting;
mod counts;
mod deciding;
mod holds;
mod model;
mod operations;
mod receiving;
mod sales;
mod setup;
#[cfg(test)]
pub(crate) mod testing;
mod transfers;

pub use deciding::{decide, decision, rows};
pub use model::{document, event, ids, leg, movement, rejection, settings, stock, time};

/// What upstream applications may ask for (domain contract §4), as typed values.
pub mod command {
    pub use super::adjusting::adjust_stock::AdjustmentLine;
    pub use super::counts::import_stock::ImportLine;
    pub use super::counts::review_count::ReviewDecision as Decision;
    pub use super::counts::submit_count::CountLine;
    pub use super::model::command::{Actor, Fingerprint, LINES_MAX, Origin};
    pub use super::model::document::configuration::{Gate, LocationType, NegativeStock};
    pub use super::model::document::count::CountType;
    pub use super::model::document::receipt::ReceiptLine;
    pub use super::model::document::transfer_order::Source;
    pub use super::model::ids::{ExternalIdentifiers, QUANTITY_MAX, Quantity};
    pub use super::model::lines::{CartonLine, Line};
    pub use super::model::operation_name::OperationName;
    pub(crate) use super::model::operation_name::operations;
    pub use super::operations::*;
    pub use super::receiving::close_asn::Remainder;
    pub use super::sales::record_return::ReturnLine;
    pub use super::transfers::ship_items::ShippedGoods;
}

/// A fast hash for the names that rows are looked up by: short names from the retailer's own systems.
pub mod hash {
    /// A map with the fast hash.
    pub use rustc_hash::FxHashMap as FastMap;
    /// A set with the fast hash.
    pub use rustc_hash::FxHashSet as FastSet;
}
