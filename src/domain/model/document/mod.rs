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
pub use self::shipment::{Shipment, ShipmentStatus};
pub use self::store::{ParkedReference, StoreState};
pub use self::transfer_order::{TransferOrder, TransferOrderLine, TransferOrderStatus};
pub use crate::domain::model::lines::ShipmentLine;

use crate::domain::model::ids::{StoreId, Text};

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
}

impl Document {
    /// The key under which a store keeps the document.
    pub fn key(&self, store_id: StoreId) -> DocumentKey {
        let id = match self {
            Document::TransferOrder(order) => order.transfer_order_id.text(),
            Document::Asn(asn) => asn.asn_id.text(),
            Document::Shipment(shipment) => shipment.shipment_id.text(),
            Document::Count(count) => count.count_id.text(),
            Document::Reason(reason) => reason.reason_code.text(),
            Document::Allocation(allocation) => allocation.allocation_id.text(),
            Document::Reservation(reservation) => reservation.reservation_id.text(),
            Document::Parked(parked) => parked.command.command_id.into(),
            Document::OutgoingAsn(asn) => asn.asn_id.text(),
            Document::Configuration(_) | Document::StoreState(_) => store_id.text(),
        };
        DocumentKey { store_id, kind: self.kind(), id }
    }

    /// Whether something is still to happen with it.
    pub fn is_open(&self) -> bool {
        match self {
            Document::TransferOrder(order) => order.is_open(),
            Document::Asn(asn) => asn.is_open(),
            Document::Shipment(shipment) => shipment.is_open(),
            Document::Count(count) => count.is_open(),
            Document::Allocation(_) | Document::Reservation(_) | Document::Parked(_) => true,
            Document::Configuration(_) | Document::Reason(_) | Document::StoreState(_) | Document::OutgoingAsn(_) => {
                false
            }
        }
    }
}

/// The key of a document: `store id|kind|id` on the topic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct DocumentKey {
    pub store_id: StoreId,
    pub kind: Kind,
    /// The document's id; of `configuration` and `store` the store's.
    pub id: Text,
}
