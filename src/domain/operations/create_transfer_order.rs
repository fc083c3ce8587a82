//! `create_transfer_order`: goods are wanted at another location (domain contract §6.2). No stock moves.

use super::transfer_order::order_payload;
use super::{Ids, Shape, plain, summed_lines};
use crate::domain::command::{CreateTransferOrder, Gate, Source};
use crate::domain::document::{Kind, TransferOrder, TransferOrderLine, TransferOrderStatus};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::rejection::{Code, Rejection};

pub(super) fn shape(operation: &CreateTransferOrder) -> Shape<'_> {
    let shape = Shape { touches_stock: false, ..Shape::of_lines(plain(&operation.lines)) }
        .gate(Gate::Transfers)
        .gate_if(operation.source == Source::AssociateApp, Gate::StoreInitiatedTransfers);
    match &operation.transfer_order_id {
        Some(id) => shape.document(Kind::TransferOrder, id.text()),
        None => shape,
    }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &CreateTransferOrder) -> Step<Ids> {
    let id = draft.id_or_derived(operation.transfer_order_id.as_ref(), "transfer_order_id");
    if draft.find::<TransferOrder>(&id)?.is_some() {
        return Err(Rejection::of(Code::TransferOrderAlreadyExists, id.text()).into());
    }
    if operation.destination_id == draft.store_id {
        return Err(Rejection::of(Code::DestinationIsOrigin, draft.store_id.text()).into());
    }
    draft.check_stock_locations(&operation.stock_location)?;

    let lines = summed_lines(&operation.lines);
    let order = TransferOrder {
        transfer_order_id: id.clone(),
        external_ref: operation.external_ref.clone(),
        transfer_order_ref: operation.external_ref.clone().unwrap_or_else(|| id.text()),
        origin_id: draft.store_id.clone(),
        destination_id: operation.destination_id.clone(),
        order_date: draft.cause().occurred_at,
        source: operation.source,
        stock_location_name: operation
            .stock_location
            .clone()
            .unwrap_or_else(|| draft.settings.salable_stock_location.clone()),
        status: TransferOrderStatus::Open,
        shipments: 0,
        closing: None,
        lines: lines.into_iter().map(|(product, quantity)| TransferOrderLine::ordering(product, quantity)).collect(),
    };
    if order.source == Source::AssociateApp || draft.settings.emit_transfer_order_created_for_api {
        announce(draft, &order);
    }
    draft.put(&id, order);
    Ok(vec![("transfer_order_id", id.text())])
}

fn announce(draft: &mut Draft<'_>, order: &TransferOrder) {
    let payload = Payload {
        order_date: Some(order.order_date),
        source: Some(order.source.as_str()),
        stock_location_name: Some(order.stock_location_name.clone()),
        ..order_payload(draft, order, &order.transfer_order_id)
    };
    let items = order
        .lines
        .iter()
        .map(|line| Item { ordered_quantity: Some(line.ordered_quantity), ..Item::of(line.product_id.clone()) });
    draft.announce(EventName::TransferOrderCreated, payload, items.collect());
}
