//! What receiving and closing share about ASNs (domain contract §6.1–§6.3).

use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::forgetting;
use crate::domain::model::document::asn::{Asn, AsnFigures};
use crate::domain::model::document::closing::ClosedStatus;
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::DocumentId;
use crate::domain::model::leg::{AsnReported, LegBody};
use crate::domain::model::rejection::{Code, Rejection};

/// The refusal a parked receipt ends with when its ASN never comes, and the reason it waits.
pub(crate) fn asn_unknown(asn_id: &DocumentId) -> Rejection {
    Rejection::of(Code::AsnUnknown, asn_id.text())
}

/// Announces that an ASN was closed.
pub(crate) fn announce_closed(draft: &mut Draft<'_>, asn: &Asn) {
    let closing = asn.closing.as_ref();
    let payload = Payload {
        asn_id: Some(asn.asn_id.clone()),
        fulfillment_location_id: Some(draft.store_id.clone()),
        from_location: Some(asn.from_location.clone()),
        shipment_ref: Some(asn.shipment_ref.clone()),
        order_ref: asn.order_ref.clone(),
        transfer_order_ref: asn.transfer.as_ref().map(|transfer| transfer.transfer_order_ref.clone()),
        status: Some(ClosedStatus::Closed),
        close_reason: closing.map(|closing| closing.close_reason),
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
pub(crate) fn keep(draft: &mut Draft<'_>, mut asn: Asn) {
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
    if let Some(closing) = &asn.closing {
        forgetting::note_closed::<Asn>(draft, &id, closing.closed_at);
    }
    draft.put(&id, asn);
}
