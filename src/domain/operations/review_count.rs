//! `review_count`: differences outside tolerance are accepted, or counted again (domain contract §6.4).

use super::{Ids, Shape, count};
use crate::domain::command::{Decision, ReviewCount};
use crate::domain::document::{Count, CountStatus, CountedLine, Kind};
use crate::domain::draft::{Draft, Step};
use crate::domain::ids::ProductId;
use crate::domain::rejection::{Code, Rejection, Violation};

pub(super) fn shape(review: &ReviewCount) -> Shape<'_> {
    Shape::default().document(Kind::Count, review.count_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, review: &ReviewCount) -> Step<Ids> {
    let mut count = count::find_unfinished(draft, &review.count_id)?;
    if review.decision == Decision::Recount {
        refuse_unlisted(&count, review)?;
    }
    if count.status == CountStatus::Open {
        return Err(Rejection::of(Code::CountIncomplete, count.status.as_str()).into());
    }
    match review.decision {
        Decision::Accept => {
            count::judge(draft, &mut count)?;
            count::complete(draft, count)?;
        }
        Decision::Recount => {
            forget_numbers(&mut count, review);
            count.status = CountStatus::Open;
            draft.put(&review.count_id, count);
        }
    }
    Ok(Vec::new())
}

fn line_of(count: &Count, product: &ProductId) -> Option<usize> {
    count.lines.binary_search_by(|line| line.product_id.cmp(product)).ok()
}

fn refuse_unlisted(count: &Count, review: &ReviewCount) -> Result<(), Rejection> {
    let violations: Vec<_> = review
        .product_ids
        .iter()
        .filter(|product| line_of(count, product).is_none())
        .map(|product| Violation::of(product.text()))
        .collect();
    if violations.is_empty() { Ok(()) } else { Err(Rejection::new(Code::ProductNotInCount, violations)) }
}

/// Of the products named, or of those outside tolerance when none is.
fn forget_numbers(count: &mut Count, review: &ReviewCount) {
    let forget = |line: &mut CountedLine| *line = CountedLine::uncounted(line.product_id.clone());
    if review.product_ids.is_empty() {
        count.lines.iter_mut().filter(|line| line.outside_tolerance == Some(true)).for_each(forget);
    }
    for product in &review.product_ids {
        if let Some(index) = line_of(count, product) {
            forget(&mut count.lines[index]);
        }
    }
}
