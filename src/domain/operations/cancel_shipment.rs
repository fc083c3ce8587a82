//! `cancel_shipment`: a packed shipment is unpacked again; everything is as before it was packed (domain contract
//! §6.2).

use super::transfer_order::{change_packed, find_order, find_packed, keep, shipment_payload};
use super::{Ids, Shape};
use crate::domain::command::CancelShipment;
use crate::domain::document::{Kind, Shipment, ShipmentStatus, TransferOrderStatus};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Payload};

pub(super) fn shape(operation: &CancelShipment) -> Shape<'_> {
    Shape::default().document(Kind::Shipment, operation.shipment_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &CancelShipment) -> Step<Ids> {
    let id = &operation.shipment_id;
    let shipment = find_packed(draft, id, None)?;
    let mut order = find_order(draft, &shipment.transfer_order_id)?;

    change_packed(draft, &mut order, &shipment, -1)?;
    // Of a closed order nothing else changes.
    if order.status != TransferOrderStatus::Closed {
        order.lines.retain(|line| line.ordered_quantity > 0 || line.gone() > 0);
        if order.is_untouched() {
            order.status = TransferOrderStatus::Open;
        }
    }
    let payload = Payload { reason: Some(operation.reason.clone()), ..shipment_payload(draft, &order, &shipment) };
    draft.announce(EventName::ShipmentCancelled, payload, shipment.items());
    keep(draft, order);
    let cancel_reason = Some(operation.reason.clone());
    draft.put(id, Shipment { status: ShipmentStatus::Cancelled, cancel_reason, ..shipment });
    Ok(Vec::new())
}
