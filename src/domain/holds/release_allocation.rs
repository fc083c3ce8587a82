//! `release_allocation`: a promise is taken back (domain contract §6.6).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::holds::hold;
use crate::domain::model::document::Kind;
use crate::domain::model::document::hold::Allocation;
use crate::domain::model::ids::DocumentId;
use crate::domain::model::lines::{Line, summed_lines};
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::Timestamp;

/// `release_allocation`: all that is held without lines.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ReleaseAllocation {
    pub allocation_id: DocumentId,
    pub lines: Option<Vec<Line>>,
}

impl Rule for ReleaseAllocation {
    fn shape(&self) -> Shape<'_> {
        hold::release_shape(self.lines.as_deref()).document(Kind::Allocation, self.allocation_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let id = &self.allocation_id;
        let Some(allocation) = draft.find::<Allocation>(id)?.cloned() else {
            return Err(Rejection::of(Code::AllocationUnknown, id.text()).into());
        };

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let wanted = self.lines.as_deref().map(summed_lines);
        hold::release_allocation(draft, allocation, wanted.as_deref())?;
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::holds::allocate::Allocate;
    use crate::domain::holds::release_allocation::ReleaseAllocation;
    use crate::domain::model::document::hold::Allocation;
    use crate::domain::model::ids::Quantity;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, lines, mastered_elsewhere};

    fn allocate(goods: &[(&str, Quantity)]) -> Operation {
        Operation::Allocate(Allocate { allocation_id: "ORDER".into(), lines: lines(goods) })
    }

    fn release(goods: Option<&[(&str, Quantity)]>) -> Operation {
        Operation::ReleaseAllocation(ReleaseAllocation { allocation_id: "ORDER".into(), lines: goods.map(lines) })
    }

    fn held(shop: &Shop) -> Vec<(String, Quantity)> {
        let allocation = shop.document::<Allocation>("S1", "ORDER");
        let lines = allocation.into_iter().flat_map(|allocation| allocation.lines);
        lines.map(|(product, quantity)| (product.to_string(), quantity)).collect()
    }

    #[test]
    fn only_what_can_be_promised_changes() {
        // One command after another: the answer, what is held, what of A and B can be promised to others.
        for is_master in [true, false] {
            let mut shop = Shop::default();
            if is_master {
                shop.stock_up("S1", &[("A", 10), ("B", 1)]);
            } else {
                shop.tell("08:00", "S1", mastered_elsewhere());
            }
            for (operation, answer, holds, available) in [
                (release(None), "allocation_unknown ORDER", &[][..], [10, 1]),
                (allocate(&[("A", 2), ("B", 3), ("A", 1)]), "accepted", &[("A", 3), ("B", 3)], [7, 0]),
                (allocate(&[("C", 1), ("A", 1)]), "accepted", &[("A", 4), ("B", 3), ("C", 1)], [6, 0]),
                (release(Some(&[("B", 9), ("X", 1)])), "accepted", &[("A", 4), ("C", 1)], [6, 1]),
                (release(Some(&[("B", 1)])), "accepted", &[("A", 4), ("C", 1)], [6, 1]),
                (release(Some(&[("B", 0)])), "no_lines", &[("A", 4), ("C", 1)], [6, 1]),
                (release(None), "accepted", &[], [10, 1]),
                (release(None), "allocation_unknown ORDER", &[], [10, 1]),
            ] {
                assert_eq!(shop.tell("10:00", "S1", operation), answer);
                assert!(held(&shop).iter().map(|(product, quantity)| (product.as_str(), *quantity)).eq(holds.to_vec()));
                let available = if is_master { available } else { [0, 0] };
                assert_eq!(["A", "B"].map(|product| shop.available("S1", product)), available);
            }
            assert_eq!((shop.news(), shop.postings()), (vec![], vec![]));
        }
    }
}
