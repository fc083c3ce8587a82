//! `import_stock`: opening stock, or the file of a full count made elsewhere (domain contract §6.4).
//!
//! An import is a completed count of the products in the file that no document is kept of.

use std::collections::BTreeMap;

use super::{Ids, Shape, count};
use crate::domain::command::{CountType, ImportStock, Quantity};
use crate::domain::document::{Count, CountStatus, CountedLine};
use crate::domain::draft::{Draft, Step};
use crate::domain::ids::ProductId;

pub(super) fn shape(import: &ImportStock) -> Shape<'_> {
    let shape = Shape::of_counts(import.lines.iter().map(|line| &line.product_id));
    Shape { is_empty: import.lines.is_empty(), ..shape }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, import: &ImportStock) -> Step<Ids> {
    draft.check_stock_locations([&import.stock_location])?;
    let import_id = draft.id_or_derived(import.import_id.as_ref(), "import_id");
    let mut sums: BTreeMap<&ProductId, Quantity> = BTreeMap::new();
    for line in &import.lines {
        *sums.entry(&line.product_id).or_default() += line.count;
    }
    let occurred_at = draft.cause().occurred_at;
    let lines = sums.into_iter().map(|(product, sum)| CountedLine {
        count: Some(sum),
        counted_at: Some(occurred_at),
        ..CountedLine::uncounted(product.clone())
    });
    let mut count = Count {
        count_id: import_id.clone(),
        count_type: CountType::FullCount,
        stock_location_name: import.stock_location.clone(),
        status: CountStatus::Completed,
        created_at: occurred_at,
        due_date: None,
        external_id: import.external_id.clone(),
        blind: None,
        submitted_at: Some(occurred_at),
        started_at: Some(occurred_at),
        completed_at: Some(occurred_at),
        cancelled_at: None,
        cancel_reason: None,
        lines: lines.collect(),
    };
    // Nobody reviews an import, whatever the store's tolerance.
    count::judge(draft, &mut count)?;
    count::accept(draft, &count, true)?;
    Ok(vec![("import_id", import_id.text())])
}
