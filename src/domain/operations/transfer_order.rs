//! What the steps of a transfer share: the order at its origin, its shipments, and their departure (domain contract
//! §6.2, §6.3).

use super::asn::summed_cartons;
use super::insufficient::refuse_insufficient;
use super::{Shape, summed};
use crate::domain::command::{CartonLine, Gate, Quantity, Source};
use crate::domain::document::{
    AsnTransfer, CloseReason, Closing, Kind, OutgoingAsn, Shipment, ShipmentLine, ShipmentStatus, TransferOrder,
    TransferOrderLine, TransferOrderStatus,
};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, ProductId, Text};
use crate::domain::ledger::Posting;
use crate::domain::leg::{AsnOpened, LegBody};
use crate::domain::movement::{Account, DocumentKind};
use crate::domain::rejection::{Code, Rejection, Value, Violation};
use crate::domain::rows::Need;

/// The shape of goods that are packed or carried off.
pub(super) fn shape_of_goods<'c>(order: &DocumentId, lines: &'c [CartonLine]) -> Shape<'c> {
    Shape::of_lines(lines.iter().map(|line| (&line.product_id, line.quantity)))
        .gate(Gate::Transfers)
        .document(Kind::TransferOrder, order.text())
}

/// The order of an id, open or not.
pub(super) fn find_order(draft: &Draft<'_>, id: &DocumentId) -> Step<TransferOrder> {
    match draft.find::<TransferOrder>(id)? {
        Some(order) => Ok(order.clone()),
        None => Err(Rejection::of(Code::TransferOrderUnknown, id.text()).into()),
    }
}

/// The order of an id, when it is not closed.
pub(super) fn find_open_order(draft: &Draft<'_>, id: &DocumentId) -> Step<TransferOrder> {
    let order = find_order(draft, id)?;
    if order.status == TransferOrderStatus::Closed {
        return Err(Rejection::of(Code::TransferOrderClosed, id.text()).into());
    }
    Ok(order)
}

/// A shipment that was packed and neither cancelled nor handed over; of the order given, if one is.
pub(super) fn find_packed(draft: &Draft<'_>, id: &DocumentId, order: Option<&DocumentId>) -> Step<Shipment> {
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
pub(super) fn refuse_goods(
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
    let ordered: FastMap<_, _> = order.lines.iter().map(|line| (&line.product_id, line)).collect();
    let sent = || lines.iter().enumerate().filter(|(_, line)| line.quantity > 0);
    let others: Vec<_> = sent()
        .filter(|(_, line)| !ordered.contains_key(&line.product_id))
        .map(|(index, line)| Violation::line(index, &line.product_id, Value::Text(line.product_id.text())))
        .collect();
    if !others.is_empty() {
        return Err(Rejection::new(Code::ProductNotOnTransferOrder, others));
    }
    let mut violations = Vec::new();
    for (product, quantity) in summed(lines.iter().map(|line| (&line.product_id, line.quantity))) {
        if ordered.get(product).is_some_and(|line| quantity > line.ordered_quantity - line.gone()) {
            let first = sent().find(|(_, line)| line.product_id == *product);
            violations.extend(first.map(|(index, _)| Violation::line(index, product, Value::Number(quantity))));
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Rejection::new(Code::QuantityExceedsOrdered, violations)) }
}

/// The next shipment of an order: its number is used up, and its ASN is this store's own from now on.
pub(super) fn make_shipment(
    draft: &mut Draft<'_>,
    order: &mut TransferOrder,
    shipment_id: DocumentId,
    lines: &[CartonLine],
) -> Shipment {
    order.shipments += 1;
    let asn_id = draft.derived("asn_id");
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
pub(super) fn depart(draft: &mut Draft<'_>, order: &TransferOrder, shipment: &mut Shipment) -> Result<(), Need> {
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
    let shipment_date = draft.cause().occurred_at;
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
pub(super) fn change_packed(
    draft: &mut Draft<'_>,
    order: &mut TransferOrder,
    shipment: &Shipment,
    direction: Quantity,
) -> Result<(), Need> {
    draft.require_stock(shipment.lines.iter().map(|line| &line.product_id))?;
    for (product, quantity) in shipment.products() {
        order.line_of(&product).packed_quantity += direction * quantity;
        if draft.is_master() {
            let row = draft.stock_mut(&product)?;
            row.location_mut(&shipment.stock_location_name).packed += direction * quantity;
        }
    }
    Ok(())
}

/// Closes an order by itself when nothing remains to be shipped, and keeps it.
pub(super) fn keep(draft: &mut Draft<'_>, mut order: TransferOrder) {
    if order.status != TransferOrderStatus::Closed && order.is_complete() {
        close(draft, &mut order, CloseReason::Completed, None);
    }
    let id = order.transfer_order_id.clone();
    draft.put(&id, order);
}

/// Closes an order and announces its figures: they are frozen, and what is packed counts as transferred.
pub(super) fn close(draft: &mut Draft<'_>, order: &mut TransferOrder, reason: CloseReason, note: Option<Text>) {
    let by_hand = reason != CloseReason::Completed;
    let closed_by = by_hand.then(|| draft.cause().actor_id.clone());
    order.status = TransferOrderStatus::Closed;
    order.closing = Some(Closing {
        close_reason: reason,
        close_note: note,
        closed_at: draft.cause().occurred_at,
        closed_by: closed_by.clone(),
    });
    for line in &mut order.lines {
        line.transferred_quantity += line.packed_quantity;
    }
    let payload = Payload {
        status: Some("closed"),
        close_reason: Some(reason.as_str()),
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
pub(super) fn order_payload(draft: &Draft<'_>, order: &TransferOrder, id: &DocumentId) -> Payload {
    Payload {
        transfer_order_id: Some(order.transfer_order_id.clone()),
        transfer_order_ref: Some(order.transfer_order_ref.clone()),
        origin_id: Some(order.origin_id.clone()),
        destination_id: Some(order.destination_id.clone()),
        ..draft.payload(id.text())
    }
}

/// A payload about a packed shipment.
pub(super) fn shipment_payload(draft: &Draft<'_>, order: &TransferOrder, shipment: &Shipment) -> Payload {
    Payload {
        shipment_id: Some(shipment.shipment_id.clone()),
        shipment_ref: Some(shipment.shipment_ref.clone()),
        ..order_payload(draft, order, &shipment.shipment_id)
    }
}

impl Shipment {
    /// What is in it by product, in order of first mention.
    pub(super) fn products(&self) -> Vec<(ProductId, Quantity)> {
        summed(self.lines.iter().map(|line| (line.product_id.clone(), line.quantity)))
    }

    /// What is in it, as events show it.
    pub(super) fn items(&self) -> Vec<Item> {
        let item = |line: &ShipmentLine| Item {
            carton_id: line.carton_id.clone(),
            ..Item::with_quantity(line.product_id.clone(), line.quantity)
        };
        self.lines.iter().map(item).collect()
    }
}

impl TransferOrderLine {
    /// A line of which nothing was packed or shipped yet.
    pub(super) fn ordering(product_id: ProductId, ordered_quantity: Quantity) -> Self {
        Self {
            product_id,
            ordered_quantity,
            packed_quantity: 0,
            transferred_quantity: 0,
            received_quantity: 0,
            lost_quantity: 0,
            returned_quantity: 0,
        }
    }

    /// Units that left the shelf: packed, or shipped.
    pub(super) fn gone(&self) -> Quantity {
        self.packed_quantity + self.transferred_quantity
    }
}

impl TransferOrder {
    /// The line of a product; one that was not ordered extends the order.
    pub(super) fn line_of(&mut self, product: &ProductId) -> &mut TransferOrderLine {
        let index = self.lines.iter().position(|line| line.product_id == *product).unwrap_or_else(|| {
            self.lines.push(TransferOrderLine::ordering(product.clone(), 0));
            self.lines.len() - 1
        });
        &mut self.lines[index]
    }

    /// Whether every line was transferred as ordered, and no packed shipment waits to be handed over.
    fn is_complete(&self) -> bool {
        self.lines.iter().all(|line| line.packed_quantity == 0 && line.transferred_quantity >= line.ordered_quantity)
    }

    /// Whether nothing of it was packed or shipped so far.
    pub(super) fn is_untouched(&self) -> bool {
        self.lines.iter().all(|line| line.gone() == 0)
    }
}
