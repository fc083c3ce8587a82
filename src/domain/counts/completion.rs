//! What creating, submitting, reviewing and importing counts share (domain contract §6.4).

use crate::domain::counts::law::Observation;
use crate::domain::counts::sheet::Sheet;
use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::forgetting;
use crate::domain::deciding::rows::Need;
use crate::domain::model::document::configuration::Gate;
use crate::domain::model::document::count::{Count, CountStatus, CountType, CountedLine};
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::Text;
use crate::domain::model::rejection::{Code, Rejection, Violation};
use crate::domain::model::time::Timestamp;

/// The gate of a kind of count.
pub(crate) fn gate_of(count_type: CountType) -> Gate {
    match count_type {
        CountType::CycleCount => Gate::Counts,
        CountType::FullCount => Gate::FullCounts,
    }
}

/// Refuses numbers from so long ago that what moved since is not remembered: they have to be counted again.
pub(crate) fn refuse_forgotten(draft: &Draft<'_>, sheet: &Sheet) -> Result<(), Rejection> {
    let forgotten = sheet.lines().filter(|line| line.counted_at.is_some_and(|time| draft.is_forgotten(time)));
    Rejection::if_any(Code::ObservationTooOld, forgotten.map(|line| Violation::of(line.product_id.text())))
}

/// Compares every number with what was on record at its moment of counting. Says whether a difference is outside the
/// store's tolerance. Where stock is not kept there is nothing to compare with.
pub(crate) fn compare(draft: &Draft<'_>, sheet: &mut Sheet) -> Result<bool, Need> {
    if !draft.is_master() {
        return Ok(false);
    }
    let location = sheet.count.stock_location_name.clone();
    draft.require_past(sheet.lines().map(|line| &line.product_id), &location)?;
    let tolerance = draft.configuration.count_tolerance;
    let mut needs_review = false;
    let mut compared = Vec::new();
    for line in sheet.lines() {
        let (Some(counted), Some(counted_at)) = (line.count, line.counted_at) else { continue };
        let stock_on_hand = draft.on_hand_at(&line.product_id, &location, counted_at)?;
        let variance = counted - stock_on_hand;
        let is_outside = tolerance.is_some_and(|tolerance| variance.abs() > tolerance);
        compared.push(CountedLine {
            stock_on_hand: Some(stock_on_hand),
            variance: Some(variance),
            outside_tolerance: Some(is_outside),
            ..line.clone()
        });
        needs_review |= is_outside;
    }
    compared.into_iter().for_each(|line| sheet.set(line));
    Ok(needs_review)
}

/// Completes a count that was compared just now: its numbers are what was there.
pub(crate) fn complete(draft: &mut Draft<'_>, mut sheet: Sheet) -> Result<(), Need> {
    let occurred_at = draft.context().occurred_at;
    let count = &mut sheet.count;
    count.status = CountStatus::Completed;
    count.completed_at = Some(occurred_at);
    sheet.count.started_at = Some(first_counted_at(&sheet).unwrap_or(occurred_at));
    let id = sheet.count.count_id.clone();
    let payload = payload(draft, &sheet.count, id.text());
    accept(draft, &sheet, payload, false)?;
    forgetting::note_closed::<Count>(draft, &id, occurred_at);
    sheet.keep(draft);
    Ok(())
}

fn first_counted_at(sheet: &Sheet) -> Option<Timestamp> {
    let zones = sheet.lines().flat_map(|line| &line.zones).map(|zone| zone.counted_at);
    zones.chain(sheet.lines().filter_map(|line| line.counted_at)).min()
}

/// What is announced of a count or an import, under its id in the event stream.
pub(crate) fn payload(draft: &Draft<'_>, count: &Count, id: Text) -> Payload {
    Payload {
        count_type: Some(count.count_type),
        fulfillment_location_id: Some(draft.store_id.clone()),
        due_date: count.due_date,
        started_at: count.started_at,
        completed_at: count.completed_at,
        external_id: count.external_id.clone(),
        stock_location_name: Some(count.stock_location_name.clone()),
        ..draft.payload(id)
    }
}

/// Posts the variances of a completed count, or of an import, and announces what was counted.
pub(crate) fn accept(draft: &mut Draft<'_>, sheet: &Sheet, payload: Payload, is_import: bool) -> Result<(), Need> {
    for line in sheet.lines() {
        let (Some(variance), Some(counted_at)) = (line.variance, line.counted_at) else { continue };
        draft.accept(&Observation {
            count_id: &sheet.count.count_id,
            stock_location: &sheet.count.stock_location_name,
            product_id: &line.product_id,
            counted_at,
            variance,
            is_import,
        })?;
    }
    let items = sheet.lines().map(|line| Item {
        stock_on_hand: line.stock_on_hand,
        count: line.count,
        ..Item::of(line.product_id.clone())
    });
    draft.announce(EventName::ItemsCounted, payload, items.collect());
    draft.announce_corrections();
    Ok(())
}
