//! A shipment of a transfer order: goods packed, or carried off (domain contract §6.2).
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::document::asn::{AsnFigures, AsnStatus};
use crate::domain::model::event::Item;
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation, StoreId, Text};
use crate::domain::model::lines::{ShipmentLine, summed};
use crate::domain::model::time::Timestamp;

/// `packed → shipped | cancelled`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum ShipmentStatus {
    Packed,
    Shipped,
    Cancelled,
}

/// A shipment of a transfer order.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Shipment {
    pub shipment_id: DocumentId,
    pub transfer_order_id: DocumentId,
    pub shipment_ref: Text,
    pub asn_id: DocumentId,
    pub destination_id: StoreId,
    pub stock_location_name: StockLocation,
    pub status: ShipmentStatus,
    pub carried: bool,
    pub service_level: Option<Text>,
    pub carrier: Option<Text>,
    pub tracking_code: Option<Text>,
    pub package_count: Option<Quantity>,
    pub shipment_date: Option<Timestamp>,
    pub cancel_reason: Option<Text>,
    /// Revision of the ASN as last reported by the destination; 0 before the first report.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub asn_revision: u64,
    pub asn_status: Option<AsnStatus>,
    /// As last reported, by product.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::optional_entries))]
    pub asn_lines: Option<Vec<(ProductId, AsnFigures)>>,
    pub lines: Vec<ShipmentLine>,
}

/// A shipment of a transfer order: only so that an order's shipments are found. The order is its id, the shipment its part.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct OrderShipment {
    pub transfer_order_id: DocumentId,
    pub shipment_id: DocumentId,
}

impl Shipment {
    /// What is in it by product, in order of first mention.
    pub(crate) fn products(&self) -> Vec<(ProductId, Quantity)> {
        summed(self.lines.iter().map(|line| (line.product_id.clone(), line.quantity)))
    }

    /// What is in it, as events show it.
    pub(crate) fn items(&self) -> Vec<Item> {
        let item = |line: &ShipmentLine| Item {
            carton_id: line.carton_id.clone(),
            ..Item::with_quantity(line.product_id.clone(), line.quantity)
        };
        self.lines.iter().map(item).collect()
    }

    /// Whether something is still to happen with it.
    pub fn is_open(&self) -> bool {
        self.status == ShipmentStatus::Packed
    }
}
