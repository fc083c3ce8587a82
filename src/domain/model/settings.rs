//! The settings of a deployment that decisions depend on.

use std::collections::HashSet;

use crate::domain::model::document::configuration::Reason;
use crate::domain::model::ids::{ProductId, StockLocation, Text};

/// What one deployment is configured to do. Every instance must have the same.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The retailer's name, in every event.
    pub tenant: Text,
    /// The stock locations of every store.
    pub stock_locations: Vec<StockLocation>,
    /// The one goods are sold from.
    pub salable_stock_location: StockLocation,
    /// The one for damaged goods.
    pub damaged_stock_location: StockLocation,
    /// The products there are; none: every product is known.
    pub catalogue: Option<HashSet<ProductId>>,
    /// Reasons known in every store until a store defines them itself.
    pub reasons: Vec<Reason>,
    /// Unconfigured stores are unknown.
    pub strict_configuration: bool,
    /// How long a receipt waits for its ASN, ms.
    pub parked_for_ms: i64,
    /// How long movements are kept for counts, ms before the store's clock.
    pub history_ms: i64,
    /// How long command ids are remembered, ms before the store's clock.
    pub command_ids_ms: i64,
    /// Announce transfer orders that came from the ERP too.
    pub emit_transfer_order_created_for_api: bool,
    /// Announce the ASN of a packed shipment too.
    pub emit_asn_created_for_packed: bool,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            tenant: Text::from("acme"),
            stock_locations: ["main", "damaged", "display"].into_iter().map(StockLocation::from).collect(),
            salable_stock_location: StockLocation::from("main"),
            damaged_stock_location: StockLocation::from("damaged"),
            catalogue: None,
            reasons: Vec::new(),
            strict_configuration: false,
            parked_for_ms: DAY_MS,
            history_ms: 14 * DAY_MS,
            command_ids_ms: 30 * DAY_MS,
            emit_transfer_order_created_for_api: false,
            emit_asn_created_for_packed: false,
        }
    }
}
