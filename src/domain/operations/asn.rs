//! What receiving, closing and transfers share about ASNs (domain contract §6.1–§6.3).

use super::summed;
use crate::domain::command::{CartonLine, Quantity};
use crate::domain::document::{
    Asn, AsnCarton, AsnFigures, AsnLine, AsnStatus, AsnTransfer, CloseReason, Closing, ShipmentLine,
};
use crate::domain::draft::Draft;
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::ids::{DocumentId, ProductId, StoreId, Text};
use crate::domain::leg::{AsnReported, LegBody};
use crate::domain::time::Timestamp;

/// Where an ASN comes from and how it is referred to.
pub(super) struct AsnHeader {
    pub asn_id: DocumentId,
    pub from_location: StoreId,
    pub shipment_ref: Text,
    pub shipment_date: Timestamp,
    pub order_ref: Option<Text>,
    pub transfer: Option<AsnTransfer>,
}

/// A new ASN: its lines by product, its cartons with their contents.
pub(super) fn open(header: AsnHeader, lines: &[ShipmentLine]) -> Asn {
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
    Asn {
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

/// Lines of one product and carton summed, in order of first mention.
pub(super) fn summed_cartons(lines: &[CartonLine]) -> Vec<ShipmentLine> {
    let keyed = lines.iter().map(|line| ((line.product_id.clone(), line.carton_id.clone()), line.quantity));
    summed(keyed)
        .into_iter()
        .map(|((product_id, carton_id), quantity)| ShipmentLine { product_id, quantity, carton_id })
        .collect()
}

impl AsnLine {
    /// A line of which nothing arrived yet.
    pub(super) fn expecting(product_id: ProductId, expected_quantity: Quantity) -> Self {
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
    pub(super) fn outstanding(&self) -> Quantity {
        (self.expected_quantity - self.received_quantity).max(0)
    }
}

impl Asn {
    /// Closes the document for good.
    pub(super) fn close(&mut self, draft: &Draft<'_>, close_reason: CloseReason, close_note: Option<Text>) {
        let by_hand = close_reason != CloseReason::Completed;
        self.status = AsnStatus::Closed;
        self.closing = Some(Closing {
            close_reason,
            close_note,
            closed_at: draft.cause().occurred_at,
            closed_by: by_hand.then(|| draft.cause().actor_id.clone()),
        });
    }
}

/// Announces that an ASN was closed.
pub(super) fn announce_closed(draft: &mut Draft<'_>, asn: &Asn) {
    let closing = asn.closing.as_ref();
    let payload = Payload {
        asn_id: Some(asn.asn_id.clone()),
        fulfillment_location_id: Some(draft.store_id.clone()),
        from_location: Some(asn.from_location.clone()),
        shipment_ref: Some(asn.shipment_ref.clone()),
        order_ref: asn.order_ref.clone(),
        transfer_order_ref: asn.transfer.as_ref().map(|transfer| transfer.transfer_order_ref.clone()),
        status: Some("closed"),
        close_reason: closing.map(|closing| closing.close_reason.as_str()),
        closed_by: closing.and_then(|closing| closing.closed_by.clone()),
        ..draft.payload(asn.asn_id.text())
    };
    let items = asn.lines.iter().map(|line| Item {
        expected_quantity: Some(line.expected_quantity),
        received_quantity: Some(line.received_quantity),
        ..Item::of(line.product_id.clone())
    });
    draft.announce(EventName::AsnClosed, payload, items.collect());
}

/// Keeps a changed ASN under its next revision and reports it to the origin of its shipment.
pub(super) fn keep(draft: &mut Draft<'_>, mut asn: Asn) {
    asn.revision += 1;
    if let Some(transfer) = &asn.transfer {
        let lines = asn.lines.iter().filter(|line| line.expected_quantity > 0).map(|line| {
            let figures = AsnFigures {
                received: line.received_quantity + line.late_quantity,
                lost: line.lost_quantity,
                returned: line.returned_quantity,
            };
            (line.product_id.clone(), figures)
        });
        let report = AsnReported {
            asn_id: asn.asn_id.clone(),
            shipment_id: transfer.shipment_id.clone(),
            transfer_order_id: transfer.transfer_order_id.clone(),
            revision: asn.revision,
            status: asn.status,
            lines: lines.collect(),
        };
        draft.send(asn.from_location.clone(), LegBody::AsnReported(report));
    }
    let id = asn.asn_id.clone();
    draft.put(&id, asn);
}
