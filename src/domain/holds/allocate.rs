//! `allocate`: units are promised to an order; only what can be promised to others falls (domain contract §6.6).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::holds::hold;
use crate::domain::model::document::Kind;
use crate::domain::model::document::hold::Allocation;
use crate::domain::model::ids::DocumentId;
use crate::domain::model::lines::{Line, plain, summed_lines};
use crate::domain::model::time::Timestamp;

/// `allocate`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Allocate {
    pub allocation_id: DocumentId,
    pub lines: Vec<Line>,
}

impl Rule for Allocate {
    fn shape(&self) -> Shape<'_> {
        Shape::of_lines(plain(&self.lines)).document(Kind::Allocation, self.allocation_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let id = &self.allocation_id;
        let held = draft.find::<Allocation>(id)?.cloned();
        let mut allocation = held.unwrap_or_else(|| Allocation { allocation_id: id.clone(), lines: Vec::new() });
        let lines = summed_lines(&self.lines);
        if draft.is_master() {
            for (product, quantity) in &lines {
                draft.stock_mut(product)?.allocated += quantity;
            }
        }
        hold::add(&mut allocation.lines, lines);
        draft.put(id, allocation);
        Ok(Vec::new())
    }
}
