//! A receipt: what `receive_items` says, and a document while it waits for its ASN (domain contract §6.1).
//!
//! Every other operation's struct stands with its rule. This one is kept in a row too, and rules stand above rows.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::command::CommandOf;
use crate::domain::model::ids::{CartonId, DocumentId, ExternalIdentifiers, ProductId, Quantity, Text};
use crate::domain::model::time::Timestamp;

/// `receive_items`: lines or cartons, never both.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
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
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ReceiptLine {
    pub product_id: ProductId,
    /// Good units.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::units))]
    pub quantity: Quantity,
    /// Damaged units, on top of the good ones. 0 when left out.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::units))]
    pub rejected_quantity: Quantity,
    pub external_identifiers: Option<ExternalIdentifiers>,
}

/// A receipt that waits for its ASN; its id is the command's.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Parked {
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = receipt_drawn))]
    pub command: CommandOf<ReceiveItems>,
    /// Timestamp of its record: its device clock is judged by this.
    pub arrived_at: Timestamp,
}

#[cfg(any(test, feature = "arbitrary"))]
fn receipt_drawn(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<CommandOf<ReceiveItems>> {
    CommandOf::drawn(u, |_| crate::domain::model::operation_name::OperationName::ReceiveItems)
}
