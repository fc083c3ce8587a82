//! The settings of a deployment that decisions depend on.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::domain::model::document::configuration::Reason;
use crate::domain::model::document::{Document, DocumentKey};
use crate::domain::model::ids::{ProductId, StockLocation, Text};

/// The most bytes a record of ours may have, key and headers included: 1 MiB below what our topics take (§8).
pub const RECORD_BYTES_MAX: usize = 7 << 20;

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
    /// How long closed documents are kept, ms before the store's clock.
    pub documents_ms: i64,
    /// The conditions in which returned units go back on sale, whatever the case; in every other they are damaged.
    pub sellable_conditions: Vec<Text>,
    /// The most bytes a record may have that a command causes.
    pub record_bytes_max: usize,
    /// How large a document is as a record.
    pub measure: Measure,
    /// Announce transfer orders that came from the ERP too.
    pub emit_transfer_order_created_for_api: bool,
    /// Announce the ASN of a packed shipment too.
    pub emit_asn_created_for_packed: bool,
}

/// How large a document is as a record, with its key: only who writes it knows.
#[derive(Clone)]
pub struct Measure(Arc<Measuring>);

type Measuring = dyn Fn(&DocumentKey, &Document) -> usize + Send + Sync;

impl Measure {
    /// Measures by a function.
    pub fn new(bytes: impl Fn(&DocumentKey, &Document) -> usize + Send + Sync + 'static) -> Self {
        Self(Arc::new(bytes))
    }

    /// Bytes of a document and its key.
    pub(crate) fn bytes(&self, key: &DocumentKey, document: &Document) -> usize {
        (self.0)(key, document)
    }
}

/// As large as it can be.
impl Default for Measure {
    fn default() -> Self {
        Self::new(|_, document| document.bytes_at_most())
    }
}

impl fmt::Debug for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Measure")
    }
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
            documents_ms: 400 * DAY_MS,
            sellable_conditions: vec![Text::from("sellable")],
            record_bytes_max: RECORD_BYTES_MAX,
            measure: Measure::default(),
            emit_transfer_order_created_for_api: false,
            emit_asn_created_for_packed: false,
        }
    }
}

impl Settings {
    /// Whether returned units in this condition go back on sale.
    pub(crate) fn is_sellable(&self, condition: &str) -> bool {
        let condition = condition.to_lowercase();
        self.sellable_conditions.iter().any(|sellable| sellable.to_lowercase() == condition)
    }
}
