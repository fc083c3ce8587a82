//! `ship_items`: goods leave the store: a packed shipment is handed over, or they are carried (domain contract §6.2).

use super::transfer_order::{
    change_packed, depart, find_open_order, find_order, find_packed, keep, make_shipment, order_payload, refuse_goods,
    shape_of_goods, shipment_payload,
};
use super::{Ids, Shape};
use crate::domain::command::{CartonLine, ShipItems, ShippedGoods};
use crate::domain::document::{Kind, Shipment, TransferOrder, TransferOrderStatus};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Payload};
use crate::domain::ids::DocumentId;

pub(super) fn shape(operation: &ShipItems) -> Shape<'_> {
    match &operation.goods {
        // What was packed may go at any time.
        ShippedGoods::Packed(id) => Shape::default()
            .document(Kind::TransferOrder, operation.transfer_order_id.text())
            .document(Kind::Shipment, id.text()),
        ShippedGoods::Carried(lines) => shape_of_goods(&operation.transfer_order_id, lines),
    }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &ShipItems) -> Step<Ids> {
    match &operation.goods {
        ShippedGoods::Packed(id) => hand_over(draft, &operation.transfer_order_id, id),
        ShippedGoods::Carried(lines) => carry(draft, &operation.transfer_order_id, lines),
    }
}

/// A packed shipment goes, also when its order was closed meanwhile.
fn hand_over(draft: &mut Draft<'_>, order_id: &DocumentId, id: &DocumentId) -> Step<Ids> {
    let mut order = find_order(draft, order_id)?;
    let mut shipment = find_packed(draft, id, Some(order_id))?;

    change_packed(draft, &mut order, &shipment, -1)?;
    depart(draft, &order, &mut shipment)?;
    let payload = shipment_payload(draft, &order, &shipment);
    draft.announce(EventName::ItemsShipped, payload, shipment.items());
    if draft.settings.emit_asn_created_for_packed {
        announce_asn(draft, &order, &shipment);
    }
    draft.announce_corrections();
    // A closed order counted what was packed as transferred.
    if order.status != TransferOrderStatus::Closed {
        count_as_transferred(&mut order, &shipment);
    }
    keep(draft, order);
    let ids = vec![("asn_id", shipment.asn_id.text())];
    draft.put(id, shipment);
    Ok(ids)
}

/// Goods go as they are picked, without a packed shipment.
fn carry(draft: &mut Draft<'_>, order_id: &DocumentId, lines: &[CartonLine]) -> Step<Ids> {
    let mut order = find_open_order(draft, order_id)?;
    let id = draft.derived("shipment_id");
    refuse_goods(draft, &order, &id, lines)?;

    let mut shipment = Shipment { carried: true, ..make_shipment(draft, &mut order, id.clone(), lines) };
    depart(draft, &order, &mut shipment)?;
    announce_asn(draft, &order, &shipment);
    draft.announce_corrections();
    order.status = TransferOrderStatus::Pending;
    count_as_transferred(&mut order, &shipment);
    keep(draft, order);
    let ids = vec![("shipment_id", id.text()), ("asn_id", shipment.asn_id.text())];
    draft.put(&id, shipment);
    Ok(ids)
}

fn count_as_transferred(order: &mut TransferOrder, shipment: &Shipment) {
    for (product, quantity) in shipment.products() {
        order.line_of(&product).transferred_quantity += quantity;
    }
}

fn announce_asn(draft: &mut Draft<'_>, order: &TransferOrder, shipment: &Shipment) {
    let payload = Payload {
        shipment_id: (!shipment.carried).then(|| shipment.shipment_id.clone()),
        shipment_ref: Some(shipment.shipment_ref.clone()),
        shipment_date: shipment.shipment_date,
        ..order_payload(draft, order, &shipment.asn_id)
    };
    draft.announce(EventName::AsnCreated, payload, shipment.items());
}
