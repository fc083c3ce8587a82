//! What the steps of a transfer share: the order at its origin, its shipments, and their departure (domain contract
//! §6.2, §6.3).

use rustc_hash::FxHashMap;

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::forgetting;
use crate::domain::deciding::insufficient::refuse_insufficient;
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rows::Need;
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::asn::{AsnTransfer, OutgoingAsn};
use crate::domain::model::document::closing::{CloseReason, ClosedStatus};
use crate::domain::model::document::configuration::Gate;
use crate::domain::model::document::shipment::{OrderShipment, Shipment, ShipmentStatus};
use crate::domain::model::document::transfer_order::{Source, TransferOrder};
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{DocumentId, Quantity, Text};
use crate::domain::model::leg::{AsnOpened, LegBody};
use crate::domain::model::lines::{CartonLine, summed, summed_cartons};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::rejection::{Code, Rejection, Value, Violation};

/// The shape of goods that are packed or carried off.
pub(crate) fn shape_of_goods<'c>(order: &DocumentId, lines: &'c [CartonLine]) -> Shape<'c> {
    Shape::of_lines(lines.iter().map(|line| (&line.product_id, line.quantity)))
        .gate(Gate::Transfers)
        .document(Kind::TransferOrder, order.text())
}

/// The order of an id, open or not.
pub(crate) fn find_order(draft: &Draft<'_>, id: &DocumentId) -> Step<TransferOrder> {
    match draft.find::<TransferOrder>(id)? {
        Some(order) => Ok(order.clone()),
        None => Err(Rejection::of(Code::TransferOrderUnknown, id.text()).into()),
    }
}

/// The order of an id, when it is not closed.
pub(crate) fn find_open_order(draft: &Draft<'_>, id: &DocumentId) -> Step<TransferOrder> {
    let order = find_order(draft, id)?;
    if !order.is_open() {
        return Err(Rejection::of(Code::TransferOrderClosed, id.text()).into());
    }
    Ok(order)
}

/// A shipment that was packed and neither cancelled nor handed over; of the order given, if one is.
pub(crate) fn find_packed(draft: &Draft<'_>, id: &DocumentId, order: Option<&DocumentId>) -> Step<Shipment> {
    let shipment = draft.find::<Shipment>(id)?.filter(|shipment| {
        shipment.status != ShipmentStatus::Cancelled && order.is_none_or(|order| *order == shipment.transfer_order_id)
    });
    match shipment {
        None => Err(Rejection::of(Code::ShipmentUnknown, id.text()).into()),
        Some(shipment) if shipment.status == ShipmentStatus::Shipped => {
            Err(Rejection::of(Code::ShipmentAlreadyHandedOver, id.text()).into())
        }
        Some(shipment) => Ok(shipment.clone()),
    }
}

/// Refuses goods that may not be packed or carried off, under the id their shipment would have.
pub(crate) fn refuse_goods(
    draft: &Draft<'_>,
    order: &TransferOrder,
    shipment_id: &DocumentId,
    lines: &[CartonLine],
) -> Step<()> {
    if order.source == Source::Api {
        refuse_extension(order, lines)?;
    }
    if draft.find::<Shipment>(shipment_id)?.is_some() {
        return Err(Rejection::of(Code::ShipmentAlreadyExists, shipment_id.text()).into());
    }
    let location = &order.stock_location_name;
    let lines = lines.iter().map(|line| (&line.product_id, line.quantity));
    refuse_insufficient(draft, lines, |product| {
        let row = draft.stock(product)?;
        Ok(row.map_or(0, |row| row.on_hand(location) - row.packed(location)))
    })
}

/// An order of the ERP takes neither other products nor more than was ordered.
fn refuse_extension(order: &TransferOrder, lines: &[CartonLine]) -> Result<(), Rejection> {
    let ordered: FxHashMap<_, _> = order.lines.iter().map(|line| (&line.product_id, line)).collect();
    let sent = || lines.iter().enumerate().filter(|(_, line)| line.quantity > 0);
    let others = sent()
        .filter(|(_, line)| !ordered.contains_key(&line.product_id))
        .map(|(index, line)| Violation::line(index, &line.product_id, Value::Text(line.product_id.text())));
    Rejection::if_any(Code::ProductNotOnTransferOrder, others)?;
    let mut violations = Vec::new();
    for (product, quantity) in summed(lines.iter().map(|line| (&line.product_id, line.quantity))) {
        if ordered.get(product).is_some_and(|line| quantity > line.ordered_quantity - line.gone()) {
            let first = sent().find(|(_, line)| line.product_id == *product);
            violations.extend(first.map(|(index, _)| Violation::line(index, product, Value::Number(quantity))));
        }
    }
    Rejection::if_any(Code::QuantityExceedsOrdered, violations)
}

/// The next shipment of an order: its number is used up, and its ASN is this store's own from now on.
pub(crate) fn make_shipment(
    draft: &mut Draft<'_>,
    order: &mut TransferOrder,
    shipment_id: DocumentId,
    lines: &[CartonLine],
) -> Shipment {
    order.shipments += 1;
    order.open_shipments += 1;
    let asn_id = draft.derived("asn_id");
    let order_id = order.transfer_order_id.clone();
    let of_order = OrderShipment { transfer_order_id: order_id, shipment_id: shipment_id.clone() };
    draft.put_at(draft.part_key::<OrderShipment>(order.transfer_order_id.text(), shipment_id.text()), of_order);
    draft.put(&asn_id, OutgoingAsn { asn_id: asn_id.clone(), shipment_id: shipment_id.clone() });
    Shipment {
        shipment_id,
        transfer_order_id: order.transfer_order_id.clone(),
        shipment_ref: format!("{}-{}", order.transfer_order_ref, order.shipments).into(),
        asn_id,
        destination_id: order.destination_id.clone(),
        stock_location_name: order.stock_location_name.clone(),
        status: ShipmentStatus::Packed,
        carried: false,
        service_level: None,
        carrier: None,
        tracking_code: None,
        package_count: None,
        shipment_date: None,
        cancel_reason: None,
        asn_revision: 0,
        asn_status: None,
        asn_lines: None,
        lines: summed_cartons(lines),
    }
}

/// The goods leave the store: they are in transit from now on, and the destination hears of them.
pub(crate) fn depart(draft: &mut Draft<'_>, order: &TransferOrder, shipment: &mut Shipment) -> Result<(), Need> {
    for (product, quantity) in shipment.products() {
        draft.post(Posting {
            product_id: &product,
            from: Account::StockLocation(shipment.stock_location_name.clone()),
            to: Account::InTransit(shipment.asn_id.clone()),
            quantity,
            document_kind: DocumentKind::Shipment,
            document_id: &shipment.shipment_id,
            count: None,
        })?;
    }
    let shipment_date = draft.context().occurred_at;
    shipment.status = ShipmentStatus::Shipped;
    shipment.shipment_date = Some(shipment_date);
    let opened = AsnOpened {
        asn_id: shipment.asn_id.clone(),
        shipment_ref: shipment.shipment_ref.clone(),
        shipment_date,
        transfer: AsnTransfer {
            shipment_id: shipment.shipment_id.clone(),
            transfer_order_id: order.transfer_order_id.clone(),
            transfer_order_ref: order.transfer_order_ref.clone(),
        },
        lines: shipment.lines.clone(),
    };
    draft.send(shipment.destination_id.clone(), LegBody::AsnOpened(opened));
    Ok(())
}

/// Changes what is packed in the store by `direction` times what the shipment holds, on the order and in the stock
/// rows.
pub(crate) fn change_packed(
    draft: &mut Draft<'_>,
    order: &mut TransferOrder,
    shipment: &Shipment,
    direction: Quantity,
) -> Result<(), Need> {
    draft.require_stock(shipment.lines.iter().map(|line| &line.product_id))?;
    let mut lines = order.lines_by_product();
    for (product, quantity) in shipment.products() {
        lines.of(&product).packed_quantity += direction * quantity;
        if draft.is_master() {
            let row = draft.stock_mut(&product)?;
            row.location_mut(&shipment.stock_location_name).packed += direction * quantity;
        }
    }
    Ok(())
}

/// Closes an order by itself when nothing remains to be shipped, and keeps it.
pub(crate) fn keep(draft: &mut Draft<'_>, mut order: TransferOrder) {
    if order.is_open() && order.is_complete() {
        close(draft, &mut order, CloseReason::Completed, None);
    }
    note_closed(draft, &order);
    let id = order.transfer_order_id.clone();
    draft.put(&id, order);
}

/// An order that is closed and whose shipments have all come to their end is forgotten one day, and they with it.
pub(crate) fn note_closed(draft: &mut Draft<'_>, order: &TransferOrder) {
    if let Some(closing) = order.closing.as_ref().filter(|_| order.open_shipments == 0) {
        forgetting::note_closed::<TransferOrder>(draft, &order.transfer_order_id, closing.closed_at);
    }
}

/// Closes an order and announces its figures.
pub(crate) fn close(draft: &mut Draft<'_>, order: &mut TransferOrder, reason: CloseReason, note: Option<Text>) {
    let closing = draft.context().closing(reason, note);
    let closed_by = closing.closed_by.clone();
    order.close(closing);
    let payload = Payload {
        status: Some(ClosedStatus::Closed),
        close_reason: Some(reason),
        closed_by,
        ..order_payload(draft, order, &order.transfer_order_id)
    };
    let items = order.lines.iter().map(|line| Item {
        ordered_quantity: Some(line.ordered_quantity),
        transferred_quantity: Some(line.transferred_quantity),
        remaining_quantity: Some((line.ordered_quantity - line.transferred_quantity).max(0)),
        ..Item::of(line.product_id.clone())
    });
    draft.announce(EventName::TransferOrderClosed, payload, items.collect());
}

/// A payload of the document `id` with what every event of a transfer says of its order.
pub(crate) fn order_payload(draft: &Draft<'_>, order: &TransferOrder, id: &DocumentId) -> Payload {
    Payload {
        transfer_order_id: Some(order.transfer_order_id.clone()),
        transfer_order_ref: Some(order.transfer_order_ref.clone()),
        origin_id: Some(order.origin_id.clone()),
        destination_id: Some(order.destination_id.clone()),
        ..draft.payload(id.text())
    }
}

/// A payload about a packed shipment.
pub(crate) fn shipment_payload(draft: &Draft<'_>, order: &TransferOrder, shipment: &Shipment) -> Payload {
    Payload {
        shipment_id: Some(shipment.shipment_id.clone()),
        shipment_ref: Some(shipment.shipment_ref.clone()),
        ..order_payload(draft, order, &shipment.shipment_id)
    }
}
