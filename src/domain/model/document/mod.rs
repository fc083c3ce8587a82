//! The documents of a store (domain contract §8): what the processor keeps beside stock. One file a document.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

pub(crate) mod asn;
pub(crate) mod closing;
pub(crate) mod configuration;
pub(crate) mod count;
pub(crate) mod hold;
pub(crate) mod receipt;
pub(crate) mod shipment;
pub(crate) mod store;
pub(crate) mod transfer_order;

pub use self::asn::{Asn, AsnCarton, AsnFigures, AsnLine, AsnStatus, AsnTransfer, OutgoingAsn, ReceivingMode};
pub use self::closing::{CloseReason, ClosedStatus, Closing};
pub use self::configuration::{Configuration, Reason};
pub use self::count::{Count, CountStatus, CountedLine, ZoneCount};
pub use self::hold::{Allocation, Reservation};
pub use self::receipt::Parked;
pub use self::shipment::{OrderShipment, Shipment, ShipmentStatus};
pub use self::store::{Closed, ParkedReference, StoreState, Waiting};
pub use self::transfer_order::{TransferOrder, TransferOrderLine, TransferOrderStatus};
pub use crate::domain::model::lines::ShipmentLine;

use crate::domain::model::ids::{DocumentId, StoreId, Text};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:literal => $variant:ident),+ $(,)?) => {
        /// A document of a store.
        #[derive(Clone, PartialEq, Debug)]
        #[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
        pub enum Document {
            $($(#[$doc])* $variant($variant),)+
        }

        /// The kind of a document. Names are part of the topic's keys: never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[derive(strum::EnumString, strum::IntoStaticStr)]
        #[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
        pub enum Kind {
            $($(#[$doc])* #[strum(serialize = $name)] $variant,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),+];

            /// The name on the wire and in keys.
            pub fn as_str(self) -> &'static str {
                self.into()
            }

            /// The kind of a name on the wire.
            pub fn parse(name: &str) -> Option<Self> {
                name.parse().ok()
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
    /// A line of a count.
    "count_line" => CountedLine,
    /// The place of a parked receipt among those that wait.
    "waiting" => Waiting,
    /// A shipment of a transfer order.
    "order_shipment" => OrderShipment,
    /// A closed document, which is to be forgotten one day.
    "closed" => Closed,
}

/// No line of a document has more bytes as a record: an id of 64 characters or two, a few figures.
const LINE_BYTES_MAX: usize = 1_200;
/// No zone of a count's line has more: free text of 1,024 characters, each escaped.
const ZONE_BYTES_MAX: usize = 7 << 10;
/// Nothing else in a document has more: free texts, and a parked command.
const REST_BYTES_MAX: usize = 2 << 20;

impl Document {
    /// No record of the document has more bytes, in any format.
    pub(crate) fn bytes_at_most(&self) -> usize {
        let lines = match self {
            Document::TransferOrder(order) => order.lines.len(),
            Document::Asn(asn) => {
                asn.lines.len() + asn.cartons.iter().map(|carton| 1 + carton.lines.len()).sum::<usize>()
            }
            Document::Shipment(shipment) => shipment.lines.len() + shipment.asn_lines.as_ref().map_or(0, Vec::len),
            Document::Count(count) => count.lines.len(),
            Document::Allocation(allocation) => allocation.lines.len(),
            Document::Reservation(reservation) => reservation.lines.len(),
            Document::StoreState(state) => state.parked.len(),
            Document::CountedLine(line) => return REST_BYTES_MAX + line.zones.len() * ZONE_BYTES_MAX,
            Document::Configuration(_)
            | Document::Reason(_)
            | Document::Parked(_)
            | Document::OutgoingAsn(_)
            | Document::Waiting(_)
            | Document::OrderShipment(_)
            | Document::Closed(_) => 0,
        };
        REST_BYTES_MAX + lines * LINE_BYTES_MAX
    }

    /// The key under which a store keeps the document.
    pub fn key(&self, store_id: StoreId) -> DocumentKey {
        let (id, part) = match self {
            Document::TransferOrder(order) => (order.transfer_order_id.text(), None),
            Document::Asn(asn) => (asn.asn_id.text(), None),
            Document::Shipment(shipment) => (shipment.shipment_id.text(), None),
            Document::Count(count) => (count.count_id.text(), None),
            Document::CountedLine(line) => (line.count_id.text(), Some(line.product_id.text())),
            Document::Reason(reason) => (reason.reason_code.text(), None),
            Document::Allocation(allocation) => (allocation.allocation_id.text(), None),
            Document::Reservation(reservation) => (reservation.reservation_id.text(), None),
            Document::Parked(parked) => (DocumentId::from(parked.command.command_id).text(), None),
            Document::Waiting(waiting) => (waiting.place(), Some(waiting.asn_id.text())),
            Document::OutgoingAsn(asn) => (asn.asn_id.text(), None),
            Document::OrderShipment(shipment) => (shipment.transfer_order_id.text(), Some(shipment.shipment_id.text())),
            Document::Closed(closed) => (closed.place(), Some(closed.name())),
            Document::Configuration(_) | Document::StoreState(_) => (store_id.text(), None),
        };
        DocumentKey { store_id, kind: self.kind(), id, part }
    }

    /// Whether something is still to happen with it.
    pub fn is_open(&self) -> bool {
        match self {
            Document::TransferOrder(order) => order.is_open(),
            Document::Asn(asn) => asn.is_open(),
            Document::Shipment(shipment) => shipment.is_open(),
            Document::Count(count) => count.is_open(),
            Document::Allocation(_) | Document::Reservation(_) | Document::Parked(_) => true,
            Document::Configuration(_)
            | Document::Reason(_)
            | Document::StoreState(_)
            | Document::OutgoingAsn(_)
            | Document::CountedLine(_)
            | Document::Waiting(_)
            | Document::OrderShipment(_)
            | Document::Closed(_) => false,
        }
    }
}

/// The key of a document: `store id|kind|id` on the topic, of some kinds with a further part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct DocumentKey {
    pub store_id: StoreId,
    pub kind: Kind,
    /// The document's id; of `configuration` and `store` the store's.
    pub id: Text,
    /// What tells documents of one id from each other: of a count's lines the product.
    pub part: Option<Text>,
}

impl DocumentKey {
    /// The key of a document that has no further part.
    pub fn new(store_id: StoreId, kind: Kind, id: impl Into<Text>) -> Self {
        Self { store_id, kind, id: id.into(), part: None }
    }
}

/// Documents of one kind at a store, which are looked for together.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Range {
    pub store_id: StoreId,
    pub kind: Kind,
    pub ids: Ids,
}

/// Which ids a range has.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Ids {
    /// This one: all parts of a document.
    Of(Text),
    /// All up to this one, by their bytes.
    UpTo(Text),
    /// All of them.
    All,
}

impl Range {
    /// Whether a document is in it.
    pub fn contains(&self, key: &DocumentKey) -> bool {
        let is_among = match &self.ids {
            Ids::Of(id) => *id == key.id,
            Ids::UpTo(last) => key.id <= *last,
            Ids::All => true,
        };
        is_among && key.kind == self.kind && key.store_id == self.store_id
    }
}
