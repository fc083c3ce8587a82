//! `cancel_count`: a count that is not completed will never be (domain contract §6.4).

use super::{Ids, Shape, count};
use crate::domain::command::CancelCount;
use crate::domain::document::{CountStatus, Kind};
use crate::domain::draft::{Draft, Step};

pub(super) fn shape(cancel: &CancelCount) -> Shape<'_> {
    Shape::default().document(Kind::Count, cancel.count_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, cancel: &CancelCount) -> Step<Ids> {
    let mut count = count::find_unfinished(draft, &cancel.count_id)?;
    count.status = CountStatus::Cancelled;
    count.cancelled_at = Some(draft.cause().occurred_at);
    count.cancel_reason = Some(cancel.reason.clone());
    draft.put(&cancel.count_id, count);
    Ok(Vec::new())
}
