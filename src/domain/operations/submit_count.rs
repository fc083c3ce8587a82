//! `submit_count`: the numbers of a count, in one go or in parts (domain contract §6.4).

use std::collections::BTreeMap;

use super::count::{self, gate_of};
use super::{Ids, Shape};
use crate::domain::command::{CountType, SubmitCount};
use crate::domain::document::{Count, CountStatus, CountedLine, Kind, ZoneCount};
use crate::domain::draft::{Draft, Step};
use crate::domain::hash::FastMap;
use crate::domain::ids::{ProductId, Text};
use crate::domain::rejection::{Code, Rejection, Value, Violation};
use crate::domain::rows::Need;

pub(super) fn shape(submit: &SubmitCount) -> Shape<'_> {
    let shape = Shape::of_counts(submit.lines.iter().map(|line| &line.product_id));
    let shape = Shape { touches_stock: !submit.partial, ..shape };
    shape.document(Kind::Count, submit.count_id.text())
}

/// The gate depends on the kind of the count. One that is not there has none.
pub(super) fn check_gates(draft: &Draft<'_>, submit: &SubmitCount) -> Step<()> {
    match draft.find::<Count>(&submit.count_id)? {
        Some(count) => draft.require_open(gate_of(count.count_type)),
        None => Ok(()),
    }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, submit: &SubmitCount) -> Step<Ids> {
    let mut count = count::find_unfinished(draft, &submit.count_id)?;
    if count.count_type == CountType::CycleCount {
        refuse_unlisted(&count, submit)?;
    }
    enter(draft, &mut count, submit);
    if submit.partial {
        count.status = CountStatus::Open;
        draft.put(&submit.count_id, count);
        return Ok(Vec::new());
    }
    match count.count_type {
        CountType::CycleCount => refuse_incomplete(&count)?,
        CountType::FullCount => enter_uncounted(draft, &mut count)?,
    }
    count.submitted_at = Some(draft.cause().occurred_at);
    if count::judge(draft, &mut count)? {
        count.status = CountStatus::InReview;
        draft.put(&submit.count_id, count);
    } else {
        count::complete(draft, count)?;
    }
    Ok(Vec::new())
}

fn refuse_unlisted(count: &Count, submit: &SubmitCount) -> Result<(), Rejection> {
    let is_listed = |product: &ProductId| count.lines.binary_search_by(|line| line.product_id.cmp(product)).is_ok();
    let violations: Vec<_> = submit
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !is_listed(&line.product_id))
        .map(|(index, line)| Violation::line(index, &line.product_id, Value::Text(line.product_id.text())))
        .collect();
    if violations.is_empty() { Ok(()) } else { Err(Rejection::new(Code::ProductNotInCount, violations)) }
}

fn refuse_incomplete(count: &Count) -> Result<(), Rejection> {
    let violations: Vec<_> = count
        .lines
        .iter()
        .filter(|line| line.count.is_none())
        .map(|line| Violation::of(line.product_id.text()))
        .collect();
    if violations.is_empty() { Ok(()) } else { Err(Rejection::new(Code::CountIncomplete, violations)) }
}

/// What one command says of one zone of a product: several lines of it are summed, the latest time counts.
fn zones(draft: &Draft<'_>, submit: &SubmitCount) -> Vec<(ProductId, ZoneCount)> {
    let mut zones: Vec<(ProductId, ZoneCount)> = Vec::with_capacity(submit.lines.len());
    let mut index: FastMap<(&ProductId, Option<&Text>), usize> = FastMap::default();
    for line in &submit.lines {
        let cause = draft.cause();
        let counted_at = line.counted_at.map_or(cause.occurred_at, |time| cause.device_time(time));
        let at = *index.entry((&line.product_id, line.zone.as_ref())).or_insert(zones.len());
        if at == zones.len() {
            let zone = line.zone.clone().unwrap_or_default();
            zones.push((line.product_id.clone(), ZoneCount { zone, count: 0, counted_at }));
        }
        let zone = &mut zones[at].1;
        zone.count += line.count;
        zone.counted_at = zone.counted_at.max(counted_at);
    }
    zones
}

/// Enters the numbers into the document: they replace those of the same zone.
fn enter(draft: &Draft<'_>, count: &mut Count, submit: &SubmitCount) {
    let mut lines = by_product(count);
    for (product, zone) in zones(draft, submit) {
        let line = lines.entry(product.clone()).or_insert_with(|| CountedLine::uncounted(product));
        match line.zones.iter_mut().find(|other| other.zone == zone.zone) {
            Some(other) => *other = zone,
            None => line.zones.push(zone),
        }
        *line = CountedLine {
            count: Some(line.zones.iter().map(|zone| zone.count).sum()),
            counted_at: line.zones.iter().map(|zone| zone.counted_at).max(),
            zones: std::mem::take(&mut line.zones),
            ..CountedLine::uncounted(line.product_id.clone())
        };
    }
    count.lines = lines.into_values().collect();
}

/// What nobody counted in a full count is not there: products listed, and those with a balance in the stock location.
fn enter_uncounted(draft: &Draft<'_>, count: &mut Count) -> Result<(), Need> {
    let mut lines = by_product(count);
    if draft.is_master() {
        let products = draft.products()?;
        draft.require(products.iter().map(|product| Need::Stock(draft.stock_key(product))))?;
        for product in products {
            let row = draft.stock(&product)?;
            if row.is_some_and(|row| row.location(&count.stock_location_name).is_some()) {
                lines.entry(product.clone()).or_insert_with(|| CountedLine::uncounted(product));
            }
        }
    }
    count.lines = lines.into_values().collect();
    for line in count.lines.iter_mut().filter(|line| line.zones.is_empty()) {
        line.count = Some(0);
        line.counted_at = Some(draft.cause().occurred_at);
    }
    Ok(())
}

fn by_product(count: &mut Count) -> BTreeMap<ProductId, CountedLine> {
    std::mem::take(&mut count.lines).into_iter().map(|line| (line.product_id.clone(), line)).collect()
}
