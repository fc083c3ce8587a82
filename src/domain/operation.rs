//! The operations a command may ask for (domain contract §4): one struct each.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

use super::command::{Gate, LocationType, NegativeStock, Quantity};
use super::ids::{CartonId, DocumentId, ProductId, ReasonCode, StockLocation, StoreId, Text};
use super::time::{Date, TimeZone, Timestamp};

macro_rules! operations {
    ($($(#[$doc:meta])* $name:literal => $variant:ident),+ $(,)?) => {
        /// What a command asks for: one variant an operation.
        #[derive(Clone, PartialEq, Debug)]
        pub enum Operation {
            $($(#[$doc])* $variant($variant),)+
        }

        /// The name of an operation, as on the wire.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum OperationName {
            $($(#[$doc])* $variant,)+
        }

        impl OperationName {
            /// Every operation there is.
            pub const ALL: &'static [OperationName] = &[$(OperationName::$variant),+];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(OperationName::$variant => $name,)+
                }
            }

            /// The operation of a name on the wire.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(OperationName::$variant),)+
                    _ => None,
                }
            }
        }

        impl Operation {
            /// The operation's name.
            pub fn name(&self) -> OperationName {
                match self {
                    $(Operation::$variant(_) => OperationName::$variant,)+
                }
            }
        }
    };
}

operations! {
    /// Goods arrived at the store.
    "receive_items" => ReceiveItems,
    /// The ERP announces a delivery.
    "create_asn" => CreateAsn,
    /// Head office or the ERP closes a delivery by hand.
    "close_asn" => CloseAsn,
    /// Goods are wanted at another location.
    "create_transfer_order" => CreateTransferOrder,
    /// Goods of a transfer order were packed and labelled.
    "pack_shipment" => PackShipment,
    /// Goods left the store.
    "ship_items" => ShipItems,
    /// A packed shipment is unpacked again.
    "cancel_shipment" => CancelShipment,
    /// Head office or the ERP closes a transfer order by hand.
    "close_transfer_order" => CloseTransferOrder,
    /// Stock is corrected for a reason.
    "adjust_stock" => AdjustStock,
    /// A count is wanted.
    "create_count" => CreateCount,
    /// An associate hands in numbers.
    "submit_count" => SubmitCount,
    /// Discrepancies were looked at.
    "review_count" => ReviewCount,
    /// A count is called off.
    "cancel_count" => CancelCount,
    /// Opening stock, or a full-count file.
    "import_stock" => ImportStock,
    /// Units were sold.
    "record_sale" => RecordSale,
    /// A customer brought units back.
    "record_return" => RecordReturn,
    /// Units are promised to an order.
    "allocate" => Allocate,
    /// A promise is taken back.
    "release_allocation" => ReleaseAllocation,
    /// Units are put aside for a customer.
    "reserve" => Reserve,
    /// Units put aside go back on sale.
    "release_reservation" => ReleaseReservation,
    /// A store's configuration changes; what is absent stays.
    "configure_store" => ConfigureStore,
    /// A reason of adjustments is defined at a store.
    "define_reason" => DefineReason,
}

/// `receive_items`: lines or cartons, never both.
#[derive(Clone, PartialEq, Debug)]
pub struct ReceiveItems {
    pub receipt_id: Option<DocumentId>,
    pub asn_id: Option<DocumentId>,
    pub carton_ids: Vec<CartonId>,
    pub order_ref: Option<Text>,
    pub shipment_ref: Option<Text>,
    /// When the receiving session began.
    pub started_at: Option<Timestamp>,
    pub lines: Vec<ReceiptLine>,
}

/// Units of one product in a receipt.
#[derive(Clone, PartialEq, Debug)]
pub struct ReceiptLine {
    pub product_id: ProductId,
    /// Good units.
    pub quantity: Quantity,
    /// Damaged units, on top of the good ones. 0 when left out.
    pub rejected_quantity: Quantity,
    pub external_identifiers: Option<ExternalIdentifiers>,
}

/// Identifiers of a product in other systems.
#[derive(Clone, PartialEq, Debug)]
pub struct ExternalIdentifiers {
    pub upc: Option<Text>,
    pub sku: Option<Text>,
}

/// `create_asn`.
#[derive(Clone, PartialEq, Debug)]
pub struct CreateAsn {
    pub asn_id: Option<DocumentId>,
    pub from_location: StoreId,
    pub shipment_ref: Text,
    pub order_ref: Option<Text>,
    pub shipment_date: Timestamp,
    pub lines: Vec<CartonLine>,
}

/// Units of one product, in a carton or loose.
#[derive(Clone, PartialEq, Debug)]
pub struct CartonLine {
    pub product_id: ProductId,
    pub quantity: Quantity,
    pub carton_id: Option<CartonId>,
}

/// Units of one product.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    pub product_id: ProductId,
    pub quantity: Quantity,
}

/// What becomes of units that did not arrive when an ASN is closed by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Remainder {
    /// Written off.
    #[default]
    Lost,
    /// Brought back to where they came from.
    Returned,
}

/// `close_asn`.
#[derive(Clone, PartialEq, Debug)]
pub struct CloseAsn {
    pub asn_id: DocumentId,
    pub reason: Text,
    pub remainder: Remainder,
}

/// Who may have started a transfer order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// An associate in the store: ship what you pick.
    AssociateApp,
    /// The ERP: neither more nor other products than ordered.
    Api,
}

impl Source {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::AssociateApp => "associate_app",
            Source::Api => "api",
        }
    }
}

/// `create_transfer_order`.
#[derive(Clone, PartialEq, Debug)]
pub struct CreateTransferOrder {
    pub transfer_order_id: Option<DocumentId>,
    pub external_ref: Option<Text>,
    pub destination_id: StoreId,
    pub stock_location: Option<StockLocation>,
    pub source: Source,
    pub lines: Vec<Line>,
}

/// `pack_shipment`.
#[derive(Clone, PartialEq, Debug)]
pub struct PackShipment {
    pub transfer_order_id: DocumentId,
    pub shipment_id: Option<DocumentId>,
    pub service_level: Text,
    pub carrier: Option<Text>,
    pub tracking_code: Option<Text>,
    pub package_count: Option<Quantity>,
    pub lines: Vec<CartonLine>,
}

/// `ship_items`.
#[derive(Clone, PartialEq, Debug)]
pub struct ShipItems {
    pub transfer_order_id: DocumentId,
    pub goods: ShippedGoods,
}

/// What leaves the store.
#[derive(Clone, PartialEq, Debug)]
pub enum ShippedGoods {
    /// A packed shipment is handed over.
    Packed(DocumentId),
    /// Units are carried, without a shipment.
    Carried(Vec<CartonLine>),
}

/// `cancel_shipment`.
#[derive(Clone, PartialEq, Debug)]
pub struct CancelShipment {
    pub shipment_id: DocumentId,
    pub reason: Text,
}

/// `close_transfer_order`.
#[derive(Clone, PartialEq, Debug)]
pub struct CloseTransferOrder {
    pub transfer_order_id: DocumentId,
    pub reason: Text,
}

/// `adjust_stock`.
#[derive(Clone, PartialEq, Debug)]
pub struct AdjustStock {
    pub adjustment_id: Option<DocumentId>,
    pub reason_code: ReasonCode,
    pub note: Option<Text>,
    pub lines: Vec<AdjustmentLine>,
}

/// Units of one product in an adjustment.
#[derive(Clone, PartialEq, Debug)]
pub struct AdjustmentLine {
    pub product_id: ProductId,
    /// More than 0; the reason gives the direction.
    pub quantity: Quantity,
    /// Compare-and-set: on hand of the reason's origin, or of its destination when it has no origin. May be negative.
    pub expected_on_hand: Option<Quantity>,
}

/// The kinds of count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CountType {
    /// The listed products.
    CycleCount,
    /// Everything in the stock location.
    FullCount,
}

impl CountType {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            CountType::CycleCount => "cycle_count",
            CountType::FullCount => "full_count",
        }
    }
}

/// `create_count`.
#[derive(Clone, PartialEq, Debug)]
pub struct CreateCount {
    pub count_id: Option<DocumentId>,
    pub count_type: CountType,
    pub product_ids: Vec<ProductId>,
    pub due_date: Option<Date>,
    pub external_id: Option<Text>,
    pub stock_location: Option<StockLocation>,
    pub blind: Option<bool>,
}

/// `submit_count`.
#[derive(Clone, PartialEq, Debug)]
pub struct SubmitCount {
    pub count_id: DocumentId,
    /// Keep the numbers, judge nothing yet.
    pub partial: bool,
    pub lines: Vec<CountLine>,
}

/// The number of one product in one zone.
#[derive(Clone, PartialEq, Debug)]
pub struct CountLine {
    pub product_id: ProductId,
    pub count: Quantity,
    pub counted_at: Option<Timestamp>,
    pub zone: Option<Text>,
}

/// What a review decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The numbers stand.
    Accept,
    /// Count again.
    Recount,
}

/// `review_count`.
#[derive(Clone, PartialEq, Debug)]
pub struct ReviewCount {
    pub count_id: DocumentId,
    pub decision: Decision,
    pub product_ids: Vec<ProductId>,
}

/// `cancel_count`.
#[derive(Clone, PartialEq, Debug)]
pub struct CancelCount {
    pub count_id: DocumentId,
    pub reason: Text,
}

/// `import_stock`.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportStock {
    pub import_id: Option<DocumentId>,
    pub stock_location: StockLocation,
    pub external_id: Option<Text>,
    pub lines: Vec<ImportLine>,
}

/// The number of one product in an import.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportLine {
    pub product_id: ProductId,
    pub count: Quantity,
}

/// `record_sale`.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordSale {
    pub sale_id: DocumentId,
    pub allocation_id: Option<DocumentId>,
    pub lines: Vec<Line>,
}

/// `record_return`.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordReturn {
    pub return_id: DocumentId,
    pub lines: Vec<ReturnLine>,
}

/// Units of one product that came back.
#[derive(Clone, PartialEq, Debug)]
pub struct ReturnLine {
    pub product_id: ProductId,
    pub quantity: Quantity,
    /// `sellable` goes back on sale, everything else is damaged.
    pub condition: Text,
}

/// `allocate`.
#[derive(Clone, PartialEq, Debug)]
pub struct Allocate {
    pub allocation_id: DocumentId,
    pub lines: Vec<Line>,
}

/// `release_allocation`: all that is held without lines.
#[derive(Clone, PartialEq, Debug)]
pub struct ReleaseAllocation {
    pub allocation_id: DocumentId,
    pub lines: Option<Vec<Line>>,
}

/// `reserve`.
#[derive(Clone, PartialEq, Debug)]
pub struct Reserve {
    pub reservation_id: DocumentId,
    pub lines: Vec<Line>,
    pub expires_at: Option<Timestamp>,
}

/// `release_reservation`: all that is held without lines.
#[derive(Clone, PartialEq, Debug)]
pub struct ReleaseReservation {
    pub reservation_id: DocumentId,
    pub lines: Option<Vec<Line>>,
    pub expires_at: Option<Timestamp>,
}

/// `configure_store`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ConfigureStore {
    /// Open (true) or shut, of the gates named.
    pub features: Vec<(Gate, bool)>,
    pub inventory_master: Option<bool>,
    pub location_type: Option<LocationType>,
    pub time_zone: Option<TimeZone>,
    pub negative_stock: Option<NegativeStock>,
    /// Units.
    pub count_tolerance: Option<Quantity>,
}

/// `define_reason`.
#[derive(Clone, PartialEq, Debug)]
pub struct DefineReason {
    pub reason_code: ReasonCode,
    /// The event's `adjustment_type`.
    pub kind: Text,
    /// The event's `adjustment_reason`.
    pub subtype: Text,
    pub origin_stock_location: Option<StockLocation>,
    pub destination_stock_location: Option<StockLocation>,
    pub is_activated: bool,
}
