//! An advance shipping notice: what a destination expects (domain contract §6.1).
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::document::closing::Closing;
use crate::domain::model::ids::{CartonId, DocumentId, ProductId, Quantity, StoreId, Text};
use crate::domain::model::lines::{ByProduct, ShipmentLine, summed};
use crate::domain::model::time::Timestamp;

/// `open → closed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum AsnStatus {
    Open,
    Closed,
}

/// How an ASN is received: decided by its first session, for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum ReceivingMode {
    Items,
    Cartons,
}

/// An advance shipping notice.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
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
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub revision: u64,
    pub receiving_mode: Option<ReceivingMode>,
    pub closing: Option<Closing>,
    pub lines: Vec<AsnLine>,
    pub cartons: Vec<AsnCarton>,
}

/// The transfer an ASN belongs to.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct AsnTransfer {
    pub shipment_id: DocumentId,
    pub transfer_order_id: DocumentId,
    pub transfer_order_ref: Text,
}

/// A line of an ASN.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
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
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct AsnCarton {
    pub carton_id: CartonId,
    pub received: bool,
    pub lines: Vec<(ProductId, Quantity)>,
}

/// What became of a product of a shipment at its destination.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct AsnFigures {
    /// With late ones.
    pub received: Quantity,
    pub lost: Quantity,
    pub returned: Quantity,
}

/// The ASN of a shipment of this very store, whatever became of it: it can't be received here (§6.1).
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct OutgoingAsn {
    pub asn_id: DocumentId,
    pub shipment_id: DocumentId,
}

/// Where an ASN comes from and how it is referred to.
pub(crate) struct AsnHeader {
    pub asn_id: DocumentId,
    pub from_location: StoreId,
    pub shipment_ref: Text,
    pub shipment_date: Timestamp,
    pub order_ref: Option<Text>,
    pub transfer: Option<AsnTransfer>,
}

impl Asn {
    /// A new ASN: its lines by product, its cartons with their contents.
    pub(crate) fn open(header: AsnHeader, lines: &[ShipmentLine]) -> Self {
        let mut cartons: Vec<AsnCarton> = Vec::new();
        for line in lines {
            let Some(carton_id) = &line.carton_id else { continue };
            let content = (line.product_id.clone(), line.quantity);
            match cartons.iter_mut().find(|carton| carton.carton_id == *carton_id) {
                Some(carton) => carton.lines.push(content),
                None => {
                    let carton_id = carton_id.clone();
                    cartons.push(AsnCarton { carton_id, received: false, lines: vec![content] });
                }
            }
        }
        let expected = summed(lines.iter().map(|line| (line.product_id.clone(), line.quantity)));
        Self {
            asn_id: header.asn_id,
            from_location: header.from_location,
            shipment_ref: header.shipment_ref,
            shipment_date: header.shipment_date,
            order_ref: header.order_ref,
            transfer: header.transfer,
            status: AsnStatus::Open,
            revision: 1,
            receiving_mode: None,
            closing: None,
            lines: expected.into_iter().map(|(product, quantity)| AsnLine::expecting(product, quantity)).collect(),
            cartons,
        }
    }

    /// Whether something is still to happen with it.
    pub fn is_open(&self) -> bool {
        self.status == AsnStatus::Open
    }

    /// Closes the document for good.
    pub(crate) fn close(&mut self, closing: Closing) {
        self.status = AsnStatus::Closed;
        self.closing = Some(closing);
    }

    /// The lines by product; one that is not on the ASN becomes a line with nothing expected.
    pub(crate) fn lines_by_product(&mut self) -> ByProduct<'_, AsnLine> {
        ByProduct::new(&mut self.lines, |line| &line.product_id, |product| AsnLine::expecting(product, 0))
    }
}

impl AsnLine {
    /// A line of which nothing arrived yet.
    pub(crate) fn expecting(product_id: ProductId, expected_quantity: Quantity) -> Self {
        Self {
            product_id,
            expected_quantity,
            received_quantity: 0,
            late_quantity: 0,
            lost_quantity: 0,
            returned_quantity: 0,
        }
    }

    /// Units still expected; never below 0.
    pub fn outstanding(&self) -> Quantity {
        (self.expected_quantity - self.received_quantity).max(0)
    }
}
