//! What the processor announces (domain contract §5). Names and payload fields are a contract with ERP connectors.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::command::Origin;
use crate::domain::model::document::closing::{CloseReason, ClosedStatus};
use crate::domain::model::document::count::CountType;
use crate::domain::model::document::transfer_order::Source;
use crate::domain::model::ids::{
    CartonId, DocumentId, ExternalIdentifiers, ProductId, Quantity, StockLocation, StoreId, Text, Uuid,
};
use crate::domain::model::operation_name::OperationName;
use crate::domain::model::time::{Date, Timestamp};

/// The most items one event carries; more are split into chunks, each valid alone.
pub const ITEMS_MAX: usize = 500;

macro_rules! names {
    ($($(#[$doc:meta])* $name:literal => $variant:ident),+ $(,)?) => {
        /// The name of an event.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[derive(strum::IntoStaticStr)]
        #[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
        pub enum EventName {
            $($(#[$doc])* #[strum(serialize = $name)] $variant,)+
        }

        impl EventName {
            /// Every event there is.
            pub const ALL: &'static [EventName] = &[$(EventName::$variant),+];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    };
}

names! {
    /// Goods were received in one session.
    "inventory_transaction.items_received" => ItemsReceived,
    /// A transfer was started.
    "inventory_transaction.transfer_order_created" => TransferOrderCreated,
    /// A shipment was packed and labelled.
    "inventory_transaction.items_ready_for_handover" => ItemsReadyForHandover,
    /// Goods are on their way to a destination.
    "inventory_transaction.asn_created" => AsnCreated,
    /// Stock was corrected for a reason.
    "inventory_transaction.adjustment_created" => AdjustmentCreated,
    /// A transfer order is over.
    "inventory_transaction.transfer_order_closed" => TransferOrderClosed,
    /// A delivery is over.
    "inventory_transaction.asn_closed" => AsnClosed,
    /// A count was completed, or a file imported.
    "inventory_count.items_counted" => ItemsCounted,
    /// Extension: a packed shipment was handed over, stock left.
    "inventory_transaction.items_shipped" => ItemsShipped,
    /// Extension: a packed shipment was unpacked again.
    "inventory_transaction.shipment_cancelled" => ShipmentCancelled,
    /// Extension: what did not arrive came back to the origin.
    "inventory_transaction.remainder_returned" => RemainderReturned,
    /// Extension: a late fact changed an accepted count's variance.
    "inventory_count.variance_corrected" => VarianceCorrected,
    /// Extension: units were sold.
    "inventory_transaction.items_sold" => ItemsSold,
    /// Extension: a customer brought units back.
    "inventory_transaction.items_returned" => ItemsReturned,
    /// Extension: units were put aside.
    "inventory_transaction.items_reserved" => ItemsReserved,
    /// Extension: units put aside went back on sale.
    "inventory_transaction.reservation_released" => ReservationReleased,
}

/// One event: the envelope.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Event {
    pub name: EventName,
    pub event_id: Uuid,
    pub store_id: StoreId,
    /// Gap-free per store, from 1.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub sequence: u64,
    /// Published as `published_at`.
    pub recorded_at: Timestamp,
    pub occurred_at: Timestamp,
    pub business_date: Date,
    pub command_id: Uuid,
    pub correlation_id: Option<Text>,
    pub origin: Option<Origin>,
    pub payload: Payload,
}

/// The payload: fields that an event does not have are absent. Field names are those of §5.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Payload {
    /// Of the count, ASN, transfer order or shipment; derived for what has a number that may be used again: that stands in
    /// a field of its own.
    pub id: Text,
    pub associate_id: Text,
    pub processed_at: Timestamp,
    pub fulfillment_location_id: Option<StoreId>,
    pub fulfillment_node_id: Option<StoreId>,
    pub asn_id: Option<DocumentId>,
    pub from_location: Option<StoreId>,
    pub order_ref: Option<Text>,
    pub shipment_ref: Option<Text>,
    pub shipment_id: Option<DocumentId>,
    pub shipment_date: Option<Timestamp>,
    pub transfer_order_id: Option<DocumentId>,
    pub transfer_order_ref: Option<Text>,
    pub origin_id: Option<StoreId>,
    pub destination_id: Option<StoreId>,
    pub order_date: Option<Timestamp>,
    pub source: Option<Source>,
    pub stock_location_name: Option<StockLocation>,
    pub service_level: Option<Text>,
    pub carrier: Option<Text>,
    pub tracking_code: Option<Text>,
    pub package_count: Option<Quantity>,
    pub reason: Option<Text>,
    pub adjustment_type: Option<Text>,
    pub adjustment_reason: Option<Text>,
    pub origin_stock_location_name: Option<StockLocation>,
    pub destination_stock_location_name: Option<StockLocation>,
    pub note: Option<Text>,
    pub status: Option<ClosedStatus>,
    pub close_reason: Option<CloseReason>,
    pub closed_by: Option<Text>,
    pub count_id: Option<DocumentId>,
    pub count_type: Option<CountType>,
    /// Published as midnight UTC.
    pub due_date: Option<Date>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub external_id: Option<Text>,
    pub caused_by: Option<OperationName>,
    pub sale_id: Option<DocumentId>,
    pub return_id: Option<DocumentId>,
    pub reservation_id: Option<DocumentId>,
    pub receipt_id: Option<DocumentId>,
    pub adjustment_id: Option<DocumentId>,
    pub import_id: Option<DocumentId>,
    /// From 1.
    pub chunk_number: u32,
    pub total_chunks: u32,
    pub items: Vec<Item>,
}

/// One item of an event.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Item {
    pub product_id: ProductId,
    pub carton_id: Option<CartonId>,
    pub condition: Option<Text>,
    pub stock_location_name: Option<StockLocation>,
    pub quantity: Option<Quantity>,
    pub rejected_quantity: Option<Quantity>,
    pub expected_quantity: Option<Quantity>,
    pub received_quantity: Option<Quantity>,
    pub received_total: Option<Quantity>,
    pub ordered_quantity: Option<Quantity>,
    pub transferred_quantity: Option<Quantity>,
    pub remaining_quantity: Option<Quantity>,
    pub stock_on_hand: Option<Quantity>,
    pub count: Option<Quantity>,
    pub correction: Option<Quantity>,
    pub variance: Option<Quantity>,
    pub external_identifiers: Option<ExternalIdentifiers>,
    pub reserved_quantity: Option<Quantity>,
}

impl Item {
    /// An item of a product, with no figure yet.
    pub fn of(product_id: ProductId) -> Self {
        Self {
            product_id,
            carton_id: None,
            condition: None,
            stock_location_name: None,
            quantity: None,
            rejected_quantity: None,
            expected_quantity: None,
            received_quantity: None,
            received_total: None,
            ordered_quantity: None,
            transferred_quantity: None,
            remaining_quantity: None,
            stock_on_hand: None,
            count: None,
            correction: None,
            variance: None,
            external_identifiers: None,
            reserved_quantity: None,
        }
    }

    /// An item with a quantity.
    pub fn with_quantity(product_id: ProductId, quantity: Quantity) -> Self {
        Self { quantity: Some(quantity), ..Self::of(product_id) }
    }
}
