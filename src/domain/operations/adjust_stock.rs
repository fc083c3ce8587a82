//! `adjust_stock`: stock is corrected for a reason, whose stock locations decide the accounts (domain contract §6.5).

use super::insufficient::refuse_insufficient;
use super::{Ids, Shape, summed};
use crate::domain::command::{AdjustStock, Gate};
use crate::domain::document::{Kind, Reason};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::ids::StockLocation;
use crate::domain::ledger::Posting;
use crate::domain::movement::{Account, DocumentKind};
use crate::domain::rejection::{Code, Rejection, Value, Violation};

pub(super) fn shape(adjustment: &AdjustStock) -> Shape<'_> {
    Shape::of_lines(adjustment.lines.iter().map(|line| (&line.product_id, line.quantity)))
        .gate(Gate::Adjustments)
        .document(Kind::Reason, adjustment.reason_code.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, adjustment: &AdjustStock) -> Step<Ids> {
    let code = &adjustment.reason_code;
    let Some(reason) = draft.reason(code)?.cloned() else {
        return Err(Rejection::of(Code::ReasonUnknown, code.text()).into());
    };
    if !reason.is_activated {
        return Err(Rejection::of(Code::ReasonInactive, code.text()).into());
    }
    draft.check_stock_locations(
        [&reason.origin_stock_location, &reason.destination_stock_location].into_iter().flatten(),
    )?;
    let lines = summed(adjustment.lines.iter().map(|line| (line.product_id.clone(), line.quantity)));
    if draft.is_master() {
        refuse_stale(draft, adjustment, &reason)?;
        if let Some(origin) = &reason.origin_stock_location {
            let lines = adjustment.lines.iter().map(|line| (&line.product_id, line.quantity));
            refuse_insufficient(draft, lines, |product| draft.on_hand(product, origin))?;
        }
    }

    let id = draft.id_or_derived(adjustment.adjustment_id.as_ref(), "adjustment_id");
    let account = |side: &Option<StockLocation>| {
        side.clone().map_or_else(|| Account::Adjustment(code.clone()), Account::StockLocation)
    };
    for (product, quantity) in &lines {
        draft.post(Posting {
            product_id: product,
            from: account(&reason.origin_stock_location),
            to: account(&reason.destination_stock_location),
            quantity: *quantity,
            document_kind: DocumentKind::Adjustment,
            document_id: &id,
            count: None,
        })?;
    }
    let payload = Payload {
        fulfillment_node_id: Some(draft.store_id.clone()),
        adjustment_type: Some(reason.kind),
        adjustment_reason: Some(reason.subtype),
        origin_stock_location_name: reason.origin_stock_location,
        destination_stock_location_name: reason.destination_stock_location,
        note: adjustment.note.clone(),
        ..draft.payload(id.text())
    };
    let items = lines.into_iter().map(|(product, quantity)| Item::with_quantity(product, quantity)).collect();
    draft.announce(EventName::AdjustmentCreated, payload, items);
    draft.announce_corrections();
    Ok(vec![("adjustment_id", id.text())])
}

/// Compare-and-set: on hand must be what the sender expected, on the reason's origin, else on its destination.
fn refuse_stale(draft: &Draft<'_>, adjustment: &AdjustStock, reason: &Reason) -> Step<()> {
    let Some(side) = reason.origin_stock_location.as_ref().or(reason.destination_stock_location.as_ref()) else {
        return Ok(());
    };
    let mut violations = Vec::new();
    for (index, line) in adjustment.lines.iter().enumerate() {
        let Some(expected) = line.expected_on_hand else { continue };
        let actual = draft.on_hand(&line.product_id, side)?;
        if actual != expected {
            violations.push(Violation::line(index, &line.product_id, Value::Number(actual)));
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Rejection::new(Code::StaleOnHand, violations).into()) }
}
