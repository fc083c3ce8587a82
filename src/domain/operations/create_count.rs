//! `create_count`: products, or a whole stock location, are to be counted (domain contract §6.4).

use std::collections::BTreeSet;

use super::count::gate_of;
use super::{Ids, Shape};
use crate::domain::command::{CountType, CreateCount};
use crate::domain::document::{Count, CountStatus, CountedLine, Kind};
use crate::domain::draft::{Draft, Step};
use crate::domain::ids::ProductId;
use crate::domain::rejection::{Code, Rejection};

pub(super) fn shape(operation: &CreateCount) -> Shape<'_> {
    let shape = Shape {
        is_empty: operation.count_type == CountType::CycleCount && operation.product_ids.is_empty(),
        products: operation.product_ids.iter().enumerate().collect(),
        ..Shape::default()
    };
    let shape = shape.gate(gate_of(operation.count_type));
    match &operation.count_id {
        Some(id) => shape.document(Kind::Count, id.text()),
        None => shape,
    }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &CreateCount) -> Step<Ids> {
    draft.check_stock_locations(&operation.stock_location)?;
    let count_id = draft.id_or_derived(operation.count_id.as_ref(), "count_id");
    if draft.find::<Count>(&count_id)?.is_some() {
        return Err(Rejection::of(Code::CountAlreadyExists, count_id.text()).into());
    }

    let products: BTreeSet<&ProductId> = operation.product_ids.iter().collect();
    let salable = &draft.settings.salable_stock_location;
    let count = Count {
        count_id: count_id.clone(),
        count_type: operation.count_type,
        stock_location_name: operation.stock_location.as_ref().unwrap_or(salable).clone(),
        status: CountStatus::Open,
        created_at: draft.cause().occurred_at,
        due_date: operation.due_date,
        external_id: operation.external_id.clone(),
        blind: operation.blind,
        submitted_at: None,
        started_at: None,
        completed_at: None,
        cancelled_at: None,
        cancel_reason: None,
        lines: products.into_iter().cloned().map(CountedLine::uncounted).collect(),
    };
    draft.put(&count_id, count);
    Ok(vec![("count_id", count_id.text())])
}
