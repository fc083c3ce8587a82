//! `record_return`: a customer brought units back (domain contract §6.6). Never refused.

use super::{Ids, Shape, summed};
use crate::domain::command::RecordReturn;
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::ledger::Posting;
use crate::domain::movement::{Account, DocumentKind};

/// The condition of units that go back on sale.
const SELLABLE: &str = "sellable";

pub(super) fn shape(operation: &RecordReturn) -> Shape<'_> {
    Shape::of_lines(operation.lines.iter().map(|line| (&line.product_id, line.quantity)))
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &RecordReturn) -> Step<Ids> {
    let keyed = operation.lines.iter().map(|line| ((line.product_id.clone(), line.condition.clone()), line.quantity));
    let mut items = Vec::with_capacity(operation.lines.len());
    for ((product, condition), quantity) in summed(keyed) {
        let settings = draft.settings;
        let is_sellable = &*condition == SELLABLE;
        let location = if is_sellable { &settings.salable_stock_location } else { &settings.damaged_stock_location };
        draft.post(Posting {
            product_id: &product,
            from: Account::Customer,
            to: Account::StockLocation(location.clone()),
            quantity,
            document_kind: DocumentKind::Return,
            document_id: &operation.return_id,
            count: None,
        })?;
        items.push(Item {
            condition: Some(condition),
            stock_location_name: Some(location.clone()),
            ..Item::with_quantity(product, quantity)
        });
    }
    let payload = Payload {
        return_id: Some(operation.return_id.clone()),
        fulfillment_location_id: Some(draft.store_id.clone()),
        ..draft.payload(draft.derived("return").text())
    };
    draft.announce(EventName::ItemsReturned, payload, items);
    draft.announce_corrections();
    Ok(Vec::new())
}
