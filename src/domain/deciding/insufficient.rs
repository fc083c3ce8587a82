//! Stores that refuse negative stock: adjustments and goods packed or carried off must be there (domain contract §3).

use rustc_hash::FxHashMap;

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rows::Need;
use crate::domain::model::document::configuration::NegativeStock;
use crate::domain::model::ids::{ProductId, Quantity};
use crate::domain::model::lines::summed;
use crate::domain::model::rejection::{Code, Rejection, Value, Violation};

/// Refuses lines whose product is not available in the quantity that all lines of the command take together.
pub(crate) fn refuse_insufficient<'l>(
    draft: &Draft<'_>,
    lines: impl Iterator<Item = (&'l ProductId, Quantity)> + Clone,
    available: impl Fn(&ProductId) -> Result<Quantity, Need>,
) -> Step<()> {
    if draft.configuration.negative_stock == NegativeStock::Allow || !draft.is_master() {
        return Ok(());
    }
    let wanted: FxHashMap<_, _> = summed(lines.clone()).into_iter().collect();
    let mut violations = Vec::new();
    for (index, (product, quantity)) in lines.enumerate() {
        let available = available(product)?;
        if quantity > 0 && wanted.get(product).is_some_and(|wanted| *wanted > available) {
            violations.push(Violation::line(index, product, Value::Number(available)));
        }
    }
    Ok(Rejection::if_any(Code::InsufficientStock, violations)?)
}
