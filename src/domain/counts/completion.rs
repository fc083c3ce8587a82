//! What creating, submitting, reviewing and importing counts share (domain contract §6.4).

use crate::domain::counts::law::Observation;
use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rows::Need;
use crate::domain::model::document::configuration::Gate;
use crate::domain::model::document::count::{Count, CountStatus, CountType};
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::DocumentId;
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::Timestamp;

/// The gate of a kind of count.
pub(crate) fn gate_of(count_type: CountType) -> Gate {
    match count_type {
        CountType::CycleCount => Gate::Counts,
        CountType::FullCount => Gate::FullCounts,
    }
}

/// A count that is not over.
pub(crate) fn find_unfinished(draft: &Draft<'_>, count_id: &DocumentId) -> Step<Count> {
    let Some(count) = draft.find::<Count>(count_id)? else {
        return Err(Rejection::of(Code::CountUnknown, count_id.text()).into());
    };
    match count.status {
        CountStatus::Open | CountStatus::InReview => Ok(count.clone()),
        CountStatus::Completed | CountStatus::Cancelled => {
            Err(Rejection::of(Code::CountClosed, count.status.as_str()).into())
        }
    }
}

/// Compares every number with what was on record at its moment of counting. Says whether a difference is outside the
/// store's tolerance. Where stock is not kept there is nothing to compare with.
pub(crate) fn compare(draft: &Draft<'_>, count: &mut Count) -> Result<bool, Need> {
    if !draft.is_master() {
        return Ok(false);
    }
    let location = count.stock_location_name.clone();
    draft.require_past(count.lines.iter().map(|line| &line.product_id), &location)?;
    let tolerance = draft.configuration.count_tolerance;
    let mut needs_review = false;
    for line in &mut count.lines {
        let (Some(counted), Some(counted_at)) = (line.count, line.counted_at) else { continue };
        let stock_on_hand = draft.on_hand_at(&line.product_id, &location, counted_at)?;
        let variance = counted - stock_on_hand;
        let is_outside = tolerance.is_some_and(|tolerance| variance.abs() > tolerance);
        line.stock_on_hand = Some(stock_on_hand);
        line.variance = Some(variance);
        line.outside_tolerance = Some(is_outside);
        needs_review |= is_outside;
    }
    Ok(needs_review)
}

/// Completes a count that was compared just now: its numbers are what was there.
pub(crate) fn complete(draft: &mut Draft<'_>, mut count: Count) -> Result<(), Need> {
    let occurred_at = draft.context().occurred_at;
    count.status = CountStatus::Completed;
    count.started_at = Some(first_counted_at(&count).unwrap_or(occurred_at));
    count.completed_at = Some(occurred_at);
    accept(draft, &count, false)?;
    let id = count.count_id.clone();
    draft.put(&id, count);
    Ok(())
}

fn first_counted_at(count: &Count) -> Option<Timestamp> {
    let zones = count.lines.iter().flat_map(|line| &line.zones).map(|zone| zone.counted_at);
    zones.chain(count.lines.iter().filter_map(|line| line.counted_at)).min()
}

/// Posts the variances of a completed count, or of an import, and announces what was counted.
pub(crate) fn accept(draft: &mut Draft<'_>, count: &Count, is_import: bool) -> Result<(), Need> {
    for line in &count.lines {
        let (Some(variance), Some(counted_at)) = (line.variance, line.counted_at) else { continue };
        draft.accept(&Observation {
            count_id: &count.count_id,
            stock_location: &count.stock_location_name,
            product_id: &line.product_id,
            counted_at,
            variance,
            is_import,
        })?;
    }
    let payload = Payload {
        count_type: Some(count.count_type),
        fulfillment_location_id: Some(draft.store_id.clone()),
        due_date: count.due_date,
        started_at: count.started_at,
        completed_at: count.completed_at,
        external_id: count.external_id.clone(),
        stock_location_name: Some(count.stock_location_name.clone()),
        ..draft.payload(count.count_id.text())
    };
    let items = count.lines.iter().map(|line| Item {
        stock_on_hand: line.stock_on_hand,
        count: line.count,
        ..Item::of(line.product_id.clone())
    });
    draft.announce(EventName::ItemsCounted, payload, items.collect());
    draft.announce_corrections();
    Ok(())
}
