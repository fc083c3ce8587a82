//! What one store tells another (domain contract §6.2): the other half of a transfer.
//!
//! Legs carry whole figures with a revision, never differences: a repeated or overtaken leg changes nothing.
#![allow(missing_docs, reason = "the fields are those of the documents they come from")]

use crate::domain::model::command::Origin;
use crate::domain::model::document::asn::{AsnFigures, AsnStatus, AsnTransfer};
use crate::domain::model::ids::{DocumentId, ProductId, StoreId, Text, Uuid};
use crate::domain::model::lines::ShipmentLine;
use crate::domain::model::operation_name::OperationName;
use crate::domain::model::time::Timestamp;

/// One leg, addressed to a store.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Leg {
    /// Derived from the command that sent it; namespace of what it causes in the other store.
    pub leg_id: Uuid,
    /// The store it is for.
    pub store_id: StoreId,
    /// The store that sent it.
    pub from_store_id: StoreId,
    /// The command that sent it: events it causes carry this.
    pub command_id: Uuid,
    /// That command's operation: the cause of movements.
    pub cause: OperationName,
    pub correlation_id: Option<Text>,
    pub origin: Option<Origin>,
    pub actor_id: Text,
    /// Clamped, when the device's clock was wrong.
    pub occurred_at: Timestamp,
    pub clock_clamped: bool,
    pub body: LegBody,
}

/// What a leg says.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub enum LegBody {
    /// Goods left the origin: an ASN opens at the destination.
    AsnOpened(AsnOpened),
    /// The state of an ASN, reported back to the origin of its shipment.
    AsnReported(AsnReported),
}

/// Goods left the origin.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct AsnOpened {
    pub asn_id: DocumentId,
    pub shipment_ref: Text,
    pub shipment_date: Timestamp,
    pub transfer: AsnTransfer,
    pub lines: Vec<ShipmentLine>,
}

/// The state of an ASN at its destination.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct AsnReported {
    pub asn_id: DocumentId,
    pub shipment_id: DocumentId,
    pub transfer_order_id: DocumentId,
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub revision: u64,
    pub status: AsnStatus,
    /// Products of the shipment only.
    pub lines: Vec<(ProductId, AsnFigures)>,
}
