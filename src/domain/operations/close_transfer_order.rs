//! `close_transfer_order`: what was not transferred is not wanted any more (domain contract §6.3). Shipments on their
//! way stay receivable; a packed one may still go, or be cancelled.

use super::transfer_order::{close, find_open_order, keep};
use super::{Ids, Shape};
use crate::domain::command::CloseTransferOrder;
use crate::domain::document::{CloseReason, Kind};
use crate::domain::draft::{Draft, Step};

pub(super) fn shape(operation: &CloseTransferOrder) -> Shape<'_> {
    Shape::default().document(Kind::TransferOrder, operation.transfer_order_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &CloseTransferOrder) -> Step<Ids> {
    let mut order = find_open_order(draft, &operation.transfer_order_id)?;

    let reason = if order.is_untouched() { CloseReason::Cancelled } else { CloseReason::Manual };
    close(draft, &mut order, reason, Some(operation.reason.clone()));
    keep(draft, order);
    Ok(Vec::new())
}
