//! The documents of a store (domain contract §8): what the processor keeps beside stock.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use super::command::{Command, CountType, Gate, LocationType, NegativeStock, Quantity, Source};
use super::ids::{CartonId, DocumentId, ProductId, ReasonCode, StockLocation, StoreId, Text, Uuid};
use super::time::{Date, TimeZone, Timestamp};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:literal => $variant:ident),+ $(,)?) => {
        /// A document of a store.
        #[derive(Clone, PartialEq, Debug)]
        pub enum Document {
            $($(#[$doc])* $variant($variant),)+
        }

        /// The kind of a document. Names are part of the topic's keys: never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Kind {
            $($(#[$doc])* $variant,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),+];

            /// The name on the wire and in keys.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Kind::$variant => $name,)+
                }
            }

            /// The kind of a name on the wire.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Kind::$variant),)+
                    _ => None,
                }
            }
        }

        impl Document {
            /// The document's kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Document::$variant(_) => Kind::$variant,)+
                }
            }
        }

        /// A type of document, for typed look-ups.
        pub trait Kept: Clone + Into<Document> {
            /// Its kind.
            const KIND: Kind;

            /// The document as this type, when it is one.
            fn of(document: &Document) -> Option<&Self>;
        }

        $(
            impl Kept for $variant {
                const KIND: Kind = Kind::$variant;

                fn of(document: &Document) -> Option<&Self> {
                    if let Document::$variant(document) = document { Some(document) } else { None }
                }
            }

            impl From<$variant> for Document {
                fn from(document: $variant) -> Self {
                    Document::$variant(document)
                }
            }
        )+
    };
}

kinds! {
    /// Goods wanted elsewhere; lives with the origin.
    "transfer_order" => TransferOrder,
    /// What a destination expects; lives with the destination.
    "asn" => Asn,
    /// Goods packed or carried off; lives with the origin.
    "shipment" => Shipment,
    /// A count.
    "count" => Count,
    /// What a store is configured to do.
    "configuration" => Configuration,
    /// A reason of adjustments.
    "reason" => Reason,
    /// Units promised to an order.
    "allocation" => Allocation,
    /// Units put aside for a customer.
    "reservation" => Reservation,
    /// What the processor remembers of a store: sequence, clock, parked commands.
    "store" => StoreState,
    /// A receipt that waits for its ASN.
    "parked" => Parked,
    /// An ASN this store made itself, by sending a shipment; only so that its receipt here is recognised.
    "outgoing_asn" => OutgoingAsn,
}

/// The key of a document: `store id|kind|id` on the topic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentKey {
    pub store_id: StoreId,
    pub kind: Kind,
    /// The document's id; of `configuration` and `store` the store's.
    pub id: Text,
}

/// Why a document was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseReason {
    /// By itself: nothing is left to do.
    Completed,
    /// By hand, after something happened.
    Manual,
    /// By hand, before anything happened.
    Cancelled,
}

impl CloseReason {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            CloseReason::Completed => "completed",
            CloseReason::Manual => "manual",
            CloseReason::Cancelled => "cancelled",
        }
    }
}

/// How and when a document was closed.
#[derive(Clone, PartialEq, Debug)]
pub struct Closing {
    pub close_reason: CloseReason,
    /// The `reason` given by hand.
    pub close_note: Option<Text>,
    /// `occurred_at` of the closing command.
    pub closed_at: Timestamp,
    /// Who closed it by hand.
    pub closed_by: Option<Text>,
}

/// `open → pending → closed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransferOrderStatus {
    Open,
    Pending,
    Closed,
}

/// A transfer order.
#[derive(Clone, PartialEq, Debug)]
pub struct TransferOrder {
    pub transfer_order_id: DocumentId,
    pub external_ref: Option<Text>,
    pub transfer_order_ref: Text,
    pub origin_id: StoreId,
    pub destination_id: StoreId,
    pub order_date: Timestamp,
    pub source: Source,
    pub stock_location_name: StockLocation,
    pub status: TransferOrderStatus,
    /// Shipment numbers used so far, cancelled ones too.
    pub shipments: u32,
    pub closing: Option<Closing>,
    pub lines: Vec<TransferOrderLine>,
}

/// A line of a transfer order.
#[derive(Clone, PartialEq, Debug)]
pub struct TransferOrderLine {
    pub product_id: ProductId,
    pub ordered_quantity: Quantity,
    pub packed_quantity: Quantity,
    pub transferred_quantity: Quantity,
    pub received_quantity: Quantity,
    pub lost_quantity: Quantity,
    pub returned_quantity: Quantity,
}

/// `open → closed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AsnStatus {
    Open,
    Closed,
}

/// How an ASN is received: decided by its first session, for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceivingMode {
    Items,
    Cartons,
}

/// An advance shipping notice.
#[derive(Clone, PartialEq, Debug)]
pub struct Asn {
    pub asn_id: DocumentId,
    pub from_location: StoreId,
    pub shipment_ref: Text,
    pub shipment_date: Timestamp,
    pub order_ref: Option<Text>,
    /// Of a transfer of ours.
    pub transfer: Option<AsnTransfer>,
    pub status: AsnStatus,
    /// 1 when made, +1 for each command that changed it.
    pub revision: u64,
    pub receiving_mode: Option<ReceivingMode>,
    pub closing: Option<Closing>,
    pub lines: Vec<AsnLine>,
    pub cartons: Vec<AsnCarton>,
}

/// The transfer an ASN belongs to.
#[derive(Clone, PartialEq, Debug)]
pub struct AsnTransfer {
    pub shipment_id: DocumentId,
    pub transfer_order_id: DocumentId,
    pub transfer_order_ref: Text,
}

/// A line of an ASN.
#[derive(Clone, PartialEq, Debug)]
pub struct AsnLine {
    pub product_id: ProductId,
    pub expected_quantity: Quantity,
    pub received_quantity: Quantity,
    /// Received after the close.
    pub late_quantity: Quantity,
    /// Falls when late goods come.
    pub lost_quantity: Quantity,
    pub returned_quantity: Quantity,
}

/// A carton of an ASN.
#[derive(Clone, PartialEq, Debug)]
pub struct AsnCarton {
    pub carton_id: CartonId,
    pub received: bool,
    pub lines: Vec<(ProductId, Quantity)>,
}

/// `packed → shipped | cancelled`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShipmentStatus {
    Packed,
    Shipped,
    Cancelled,
}

/// A shipment of a transfer order.
#[derive(Clone, PartialEq, Debug)]
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
    pub asn_revision: u64,
    pub asn_status: Option<AsnStatus>,
    /// As last reported, by product.
    pub asn_lines: Option<Vec<(ProductId, AsnFigures)>>,
    pub lines: Vec<ShipmentLine>,
}

/// A line of a shipment.
#[derive(Clone, PartialEq, Debug)]
pub struct ShipmentLine {
    pub product_id: ProductId,
    pub quantity: Quantity,
    pub carton_id: Option<CartonId>,
}

/// What became of a product of a shipment at its destination.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AsnFigures {
    /// With late ones.
    pub received: Quantity,
    pub lost: Quantity,
    pub returned: Quantity,
}

/// `open → in_review → completed`, any but completed `→ cancelled`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CountStatus {
    Open,
    InReview,
    Completed,
    Cancelled,
}

impl CountStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            CountStatus::Open => "open",
            CountStatus::InReview => "in_review",
            CountStatus::Completed => "completed",
            CountStatus::Cancelled => "cancelled",
        }
    }
}

/// A count.
#[derive(Clone, PartialEq, Debug)]
pub struct Count {
    pub count_id: DocumentId,
    pub count_type: CountType,
    pub stock_location_name: StockLocation,
    pub status: CountStatus,
    pub created_at: Timestamp,
    pub due_date: Option<Date>,
    pub external_id: Option<Text>,
    pub blind: Option<bool>,
    /// Last submit without `partial`.
    pub submitted_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
    pub cancel_reason: Option<Text>,
    /// By the bytes of the product's id.
    pub lines: Vec<CountedLine>,
}

/// A line of a count.
#[derive(Clone, PartialEq, Debug)]
pub struct CountedLine {
    pub product_id: ProductId,
    pub count: Option<Quantity>,
    pub counted_at: Option<Timestamp>,
    pub zones: Vec<ZoneCount>,
    pub stock_on_hand: Option<Quantity>,
    pub variance: Option<Quantity>,
    pub outside_tolerance: Option<bool>,
}

/// What was counted in one zone.
#[derive(Clone, PartialEq, Debug)]
pub struct ZoneCount {
    /// Empty: none named.
    pub zone: Text,
    pub count: Quantity,
    pub counted_at: Timestamp,
}

/// What a store is configured to do, defaults filled in.
#[derive(Clone, PartialEq, Debug)]
pub struct Configuration {
    /// Open or shut, in the order of [`Gate::ALL`].
    pub features: [bool; Gate::ALL.len()],
    pub inventory_master: bool,
    pub location_type: LocationType,
    pub time_zone: TimeZone,
    pub negative_stock: NegativeStock,
    pub count_tolerance: Option<Quantity>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            features: [true; Gate::ALL.len()],
            inventory_master: true,
            location_type: LocationType::Store,
            time_zone: TimeZone::utc(),
            negative_stock: NegativeStock::Allow,
            count_tolerance: None,
        }
    }
}

impl Configuration {
    /// Whether a gate is open.
    pub fn is_open(&self, gate: Gate) -> bool {
        self.features[gate as usize]
    }
}

/// A reason of adjustments: its stock locations decide the accounts.
#[derive(Clone, PartialEq, Debug)]
pub struct Reason {
    pub reason_code: ReasonCode,
    /// `type` on the wire.
    pub kind: Text,
    pub subtype: Text,
    pub origin_stock_location: Option<StockLocation>,
    pub destination_stock_location: Option<StockLocation>,
    pub is_activated: bool,
}

/// Units still held under one id, by product in order of first mention.
#[derive(Clone, PartialEq, Debug)]
pub struct Allocation {
    pub allocation_id: DocumentId,
    pub lines: Vec<(ProductId, Quantity)>,
}

/// Units still put aside under one id.
#[derive(Clone, PartialEq, Debug)]
pub struct Reservation {
    pub reservation_id: DocumentId,
    pub expires_at: Option<Timestamp>,
    pub lines: Vec<(ProductId, Quantity)>,
}

/// What the processor remembers of a store.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StoreState {
    /// Sequence of the last event.
    pub sequence: u64,
    /// Highest timestamp of a record (command or leg) the store has seen.
    pub clock: Timestamp,
    /// Parked commands in order of arrival.
    pub parked: Vec<ParkedReference>,
}

/// A parked command as its store lists it.
#[derive(Clone, PartialEq, Debug)]
pub struct ParkedReference {
    pub command_id: Uuid,
    pub asn_id: DocumentId,
    /// Timestamp of its record: it expires a while after this.
    pub arrived_at: Timestamp,
}

/// A receipt that waits for its ASN; its id is the command's.
#[derive(Clone, PartialEq, Debug)]
pub struct Parked {
    pub command: Command,
    /// Timestamp of its record: its device clock is judged by this.
    pub arrived_at: Timestamp,
}

/// The ASN of a shipment of this very store, whatever became of it: it can't be received here (§6.1).
#[derive(Clone, PartialEq, Debug)]
pub struct OutgoingAsn {
    pub asn_id: DocumentId,
    pub shipment_id: DocumentId,
}
