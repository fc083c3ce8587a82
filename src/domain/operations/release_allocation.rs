//! `release_allocation`: a promise is taken back (domain contract §6.6).

use super::{Ids, Shape, hold, summed_lines};
use crate::domain::command::ReleaseAllocation;
use crate::domain::document::{Allocation, Kind};
use crate::domain::draft::{Draft, Step};
use crate::domain::rejection::{Code, Rejection};

pub(super) fn shape(operation: &ReleaseAllocation) -> Shape<'_> {
    hold::release_shape(operation.lines.as_deref()).document(Kind::Allocation, operation.allocation_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &ReleaseAllocation) -> Step<Ids> {
    let id = &operation.allocation_id;
    let Some(allocation) = draft.find::<Allocation>(id)?.cloned() else {
        return Err(Rejection::of(Code::AllocationUnknown, id.text()).into());
    };
    let wanted = operation.lines.as_deref().map(summed_lines);
    hold::release_allocation(draft, allocation, wanted.as_deref())?;
    Ok(Vec::new())
}
