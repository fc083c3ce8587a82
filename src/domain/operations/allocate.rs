//! `allocate`: units are promised to an order; only what can be promised to others falls (domain contract §6.6).

use super::{Ids, Shape, hold, plain, summed_lines};
use crate::domain::command::Allocate;
use crate::domain::document::{Allocation, Kind};
use crate::domain::draft::{Draft, Step};

pub(super) fn shape(operation: &Allocate) -> Shape<'_> {
    Shape::of_lines(plain(&operation.lines)).document(Kind::Allocation, operation.allocation_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &Allocate) -> Step<Ids> {
    let id = &operation.allocation_id;
    let held = draft.find::<Allocation>(id)?.cloned();
    let mut allocation = held.unwrap_or_else(|| Allocation { allocation_id: id.clone(), lines: Vec::new() });
    let lines = summed_lines(&operation.lines);
    if draft.is_master() {
        for (product, quantity) in &lines {
            draft.stock_mut(product)?.allocated += quantity;
        }
    }
    hold::add(&mut allocation.lines, lines);
    draft.put(id, allocation);
    Ok(Vec::new())
}
