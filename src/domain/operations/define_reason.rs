//! `define_reason`: a reason of adjustments, at one store (domain contract §6.5).

use super::Ids;
use crate::domain::command::DefineReason;
use crate::domain::document::Reason;
use crate::domain::draft::{Draft, Step};
use crate::domain::rejection::{Code, Rejection, Violation};

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &DefineReason) -> Step<Ids> {
    let sides = [&operation.origin_stock_location, &operation.destination_stock_location];
    if sides.iter().all(|side| side.is_none()) {
        return Err(Rejection::new(Code::StockLocationUnknown, vec![Violation::default()]).into());
    }
    draft.check_stock_locations(sides.into_iter().flatten())?;

    let reason = Reason {
        reason_code: operation.reason_code.clone(),
        kind: operation.kind.clone(),
        subtype: operation.subtype.clone(),
        origin_stock_location: operation.origin_stock_location.clone(),
        destination_stock_location: operation.destination_stock_location.clone(),
        is_activated: operation.is_activated,
    };
    draft.put(&operation.reason_code.text().into(), reason);
    Ok(Vec::new())
}
