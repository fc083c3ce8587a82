//! Holds: units promised under an id, still counted by product (domain contract §6.6).

use crate::domain::command::Quantity;
use crate::domain::document::Allocation;
use crate::domain::draft::Draft;
use crate::domain::ids::ProductId;
use crate::domain::rows::Need;

/// Takes at most `wanted` units from what is held, all of it without `wanted`. Returns what was taken, by product in
/// the order of `wanted`; lines that hold nothing any more are gone.
pub(super) fn take(
    held: &mut Vec<(ProductId, Quantity)>,
    wanted: Option<&[(ProductId, Quantity)]>,
) -> Vec<(ProductId, Quantity)> {
    let all;
    let wanted = if let Some(wanted) = wanted {
        wanted
    } else {
        all = held.clone();
        &all
    };
    let mut taken = Vec::new();
    for (product, quantity) in wanted {
        let Some((_, holds)) = held.iter_mut().find(|(other, _)| other == product) else { continue };
        let units = (*quantity).min(*holds);
        *holds -= units;
        if units > 0 {
            taken.push((product.clone(), units));
        }
    }
    held.retain(|(_, quantity)| *quantity > 0);
    taken
}

/// Takes units out of an allocation: available to promise grows again. An empty allocation is deleted.
pub(super) fn release_allocation(
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
