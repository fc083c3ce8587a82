//! Holds: units promised under an id, still counted by product (domain contract §6.6).

use rustc_hash::FxHashMap;

use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rows::Need;
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::hold::Allocation;
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation};
use crate::domain::model::lines::{Line, plain};
use crate::domain::model::movement::{Account, DocumentKind};

/// The shape of a release: all that is held without lines.
pub(crate) fn release_shape(lines: Option<&[Line]>) -> Shape<'_> {
    lines.map_or_else(Shape::default, |lines| Shape::of_lines(plain(lines)))
}

/// Where each product is.
fn index_of(held: &[(ProductId, Quantity)]) -> FxHashMap<ProductId, usize> {
    held.iter().enumerate().map(|(index, (product, _))| (product.clone(), index)).collect()
}

/// Adds units to what is held.
pub(crate) fn add(held: &mut Vec<(ProductId, Quantity)>, more: impl IntoIterator<Item = (ProductId, Quantity)>) {
    let index = index_of(held);
    for (product, quantity) in more {
        match index.get(&product) {
            Some(at) => held[*at].1 += quantity,
            None => held.push((product, quantity)),
        }
    }
}

/// Takes at most `wanted` units from what is held, all of it without `wanted`. Returns what was taken, by product in
/// the order of `wanted`; lines that hold nothing any more are gone.
pub(crate) fn take(
    held: &mut Vec<(ProductId, Quantity)>,
    wanted: Option<&[(ProductId, Quantity)]>,
) -> Vec<(ProductId, Quantity)> {
    let Some(wanted) = wanted else { return std::mem::take(held) };
    let index = index_of(held);
    let mut taken = Vec::new();
    for (product, quantity) in wanted {
        let Some(at) = index.get(product) else { continue };
        let units = (*quantity).min(held[*at].1);
        held[*at].1 -= units;
        if units > 0 {
            taken.push((product.clone(), units));
        }
    }
    held.retain(|(_, quantity)| *quantity > 0);
    taken
}

/// Moves reserved units from one stock location to another, and announces it.
pub(crate) fn move_reserved(
    draft: &mut Draft<'_>,
    name: EventName,
    reservation_id: &DocumentId,
    [origin, destination]: [StockLocation; 2],
    lines: Vec<(ProductId, Quantity)>,
) -> Result<(), Need> {
    for (product, quantity) in &lines {
        draft.post(Posting {
            product_id: product,
            from: Account::StockLocation(origin.clone()),
            to: Account::StockLocation(destination.clone()),
            quantity: *quantity,
            document_kind: DocumentKind::Reservation,
            document_id: reservation_id,
            count: None,
        })?;
    }
    let payload = Payload {
        reservation_id: Some(reservation_id.clone()),
        fulfillment_location_id: Some(draft.store_id.clone()),
        origin_stock_location_name: Some(origin),
        destination_stock_location_name: Some(destination),
        ..draft.payload(draft.derived("reservation").text())
    };
    let items = lines.into_iter().map(|(product, quantity)| Item::with_quantity(product, quantity)).collect();
    draft.announce(name, payload, items);
    draft.announce_corrections();
    Ok(())
}

/// Takes units out of an allocation: available to promise grows again. An empty allocation is deleted.
pub(crate) fn release_allocation(
    draft: &mut Draft<'_>,
    mut allocation: Allocation,
    wanted: Option<&[(ProductId, Quantity)]>,
) -> Result<(), Need> {
    let taken = take(&mut allocation.lines, wanted);
    if draft.is_master() {
        for (product, quantity) in &taken {
            draft.stock_mut(product)?.allocated -= quantity;
        }
    }
    let id = allocation.allocation_id.clone();
    if allocation.lines.is_empty() {
        draft.delete::<Allocation>(&id);
    } else if !taken.is_empty() {
        draft.put(&id, allocation);
    }
    Ok(())
}
