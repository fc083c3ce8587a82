//! `pack_shipment`: goods of a transfer order were packed and labelled; they are still in the store (domain contract
//! §6.2).

use super::transfer_order::{
    change_packed, find_open_order, make_shipment, refuse_goods, shape_of_goods, shipment_payload,
};
use super::{Ids, Shape};
use crate::domain::command::PackShipment;
use crate::domain::document::{Kind, Shipment, TransferOrderStatus};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Payload};

pub(super) fn shape(operation: &PackShipment) -> Shape<'_> {
    let shape = shape_of_goods(&operation.transfer_order_id, &operation.lines);
    match &operation.shipment_id {
        Some(id) => shape.document(Kind::Shipment, id.text()),
        None => shape,
    }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &PackShipment) -> Step<Ids> {
    let mut order = find_open_order(draft, &operation.transfer_order_id)?;
    let id = draft.id_or_derived(operation.shipment_id.as_ref(), "shipment_id");
    refuse_goods(draft, &order, &id, &operation.lines)?;

    let shipment = Shipment {
        service_level: Some(operation.service_level.clone()),
        carrier: operation.carrier.clone(),
        tracking_code: operation.tracking_code.clone(),
        package_count: operation.package_count,
        ..make_shipment(draft, &mut order, id.clone(), &operation.lines)
    };
    change_packed(draft, &mut order, &shipment, 1)?;
    order.status = TransferOrderStatus::Pending;

    let payload = Payload {
        service_level: shipment.service_level.clone(),
        carrier: shipment.carrier.clone(),
        tracking_code: shipment.tracking_code.clone(),
        package_count: shipment.package_count,
        ..shipment_payload(draft, &order, &shipment)
    };
    draft.announce(EventName::ItemsReadyForHandover, payload, shipment.items());
    draft.put(&operation.transfer_order_id, order);
    draft.put(&id, shipment);
    Ok(vec![("shipment_id", id.text())])
}
