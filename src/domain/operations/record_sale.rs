//! `record_sale`: units left with a customer (domain contract §6.6). Never refused for stock.

use super::{Ids, Shape, hold, plain, summed_lines};
use crate::domain::command::RecordSale;
use crate::domain::document::{Allocation, Kind};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::ids::DocumentId;
use crate::domain::ledger::Posting;
use crate::domain::movement::{Account, DocumentKind};

/// The allocation a sale uses up: the one it names, else the one under its own id.
fn allocation_of(sale: &RecordSale) -> &DocumentId {
    sale.allocation_id.as_ref().unwrap_or(&sale.sale_id)
}

pub(super) fn shape(sale: &RecordSale) -> Shape<'_> {
    Shape::of_lines(plain(&sale.lines)).document(Kind::Allocation, allocation_of(sale).text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, sale: &RecordSale) -> Step<Ids> {
    let salable = draft.settings.salable_stock_location.clone();
    let lines = summed_lines(&sale.lines);
    for (product, quantity) in &lines {
        draft.post(Posting {
            product_id: product,
            from: Account::StockLocation(salable.clone()),
            to: Account::Customer,
            quantity: *quantity,
            document_kind: DocumentKind::Sale,
            document_id: &sale.sale_id,
            count: None,
        })?;
    }
    if let Some(allocation) = draft.find::<Allocation>(allocation_of(sale))?.cloned() {
        hold::release_allocation(draft, allocation, Some(&lines))?;
    }

    let payload = Payload {
        sale_id: Some(sale.sale_id.clone()),
        fulfillment_location_id: Some(draft.store_id.clone()),
        stock_location_name: Some(salable),
        ..draft.payload(draft.derived("sale").text())
    };
    let items = lines.into_iter().map(|(product, quantity)| Item::with_quantity(product, quantity)).collect();
    draft.announce(EventName::ItemsSold, payload, items);
    draft.announce_corrections();
    Ok(Vec::new())
}
