//! `review_count`: differences outside tolerance are accepted, or counted again (domain contract §6.4).

use rustc_hash::FxHashSet;

use crate::domain::counts::completion;
use crate::domain::counts::sheet::Sheet;
use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::count::{CountStatus, CountedLine};
use crate::domain::model::ids::{DocumentId, ProductId};
use crate::domain::model::rejection::{Code, Rejection, Violation};
use crate::domain::model::time::Timestamp;

/// `review_count`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ReviewCount {
    pub count_id: DocumentId,
    pub decision: ReviewDecision,
    pub product_ids: Vec<ProductId>,
}

/// What a review decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum ReviewDecision {
    /// The numbers stand.
    Accept,
    /// Count again.
    Recount,
}

impl Rule for ReviewCount {
    fn shape(&self) -> Shape<'_> {
        Shape::default().document(Kind::Count, self.count_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let mut sheet = Sheet::find(draft, &self.count_id)?;
        match self.decision {
            ReviewDecision::Recount if !self.product_ids.is_empty() => {
                sheet.load(draft, self.product_ids.iter())?;
                refuse_unlisted(&sheet, self)?;
            }
            ReviewDecision::Recount | ReviewDecision::Accept => {}
        }
        if sheet.count.status == CountStatus::Open {
            return Err(Rejection::of(Code::CountIncomplete, sheet.count.status.as_str()).into());
        }
        if self.decision == ReviewDecision::Accept || self.product_ids.is_empty() {
            sheet.load_all(draft)?;
        }
        if self.decision == ReviewDecision::Accept {
            completion::refuse_forgotten(draft, &sheet)?;
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        match self.decision {
            ReviewDecision::Accept => {
                completion::compare(draft, &mut sheet)?;
                completion::complete(draft, sheet)?;
            }
            ReviewDecision::Recount => {
                forget_numbers(&mut sheet, self);
                sheet.count.status = CountStatus::Open;
                sheet.keep(draft);
            }
        }
        Ok(Vec::new())
    }
}

fn refuse_unlisted(sheet: &Sheet, review: &ReviewCount) -> Result<(), Rejection> {
    let unlisted = review.product_ids.iter().filter(|product| sheet.line(product).is_none());
    Rejection::if_any(Code::ProductNotInCount, unlisted.map(|product| Violation::of(product.text())))
}

/// Of the products named, or of those outside tolerance when none is.
fn forget_numbers(sheet: &mut Sheet, review: &ReviewCount) {
    let named: FxHashSet<&ProductId> = review.product_ids.iter().collect();
    sheet.change(|line| {
        let is_meant =
            if named.is_empty() { line.outside_tolerance == Some(true) } else { named.contains(&line.product_id) };
        is_meant.then(|| CountedLine::uncounted(line.count_id.clone(), line.product_id.clone()))
    });
}

#[cfg(test)]
mod tests {
    use crate::domain::counts::review_count::{ReviewCount, ReviewDecision};
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, count, import, sell, shut, submit, tolerance};

    fn review(decision: ReviewDecision, products: &[&str]) -> Operation {
        let product_ids = products.iter().map(|product| (*product).into()).collect();
        Operation::ReviewCount(ReviewCount { count_id: "C".into(), decision, product_ids })
    }

    /// A shop with 10 A, 5 B and 5 C on record, whose count of 7 A, 5 B and 6 C is in review.
    fn in_review() -> Shop {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", tolerance(0));
        shop.tell("08:00", "S1", import("FILE", "main", &[("A", 10), ("B", 5), ("C", 5)]));
        shop.tell("09:00", "S1", count("C", &["A", "B", "C"]));
        shop.tell("10:00", "S1", submit("C", &[("A", 7), ("B", 5), ("C", 6)]));
        assert_eq!(
            shop.sheet("S1", "C"),
            "in_review: A counted 7, on record 10, variance -3 !; B counted 5, on record 5, variance 0; C counted 6, on record 5, variance 1 !"
        );
        shop.news();
        shop.postings();
        shop
    }

    #[test]
    fn accepted_with_what_is_on_record_by_now() {
        let mut shop = in_review();
        shop.tell_late("10:30", "09:30", "S1", sell("LATE", &[("A", 2)]));
        shop.tell("10:40", "S1", sell("AFTER", &[("C", 1)]));
        shop.tell("10:50", "S1", tolerance(1));
        shop.news();
        assert_eq!(
            shop.tell("11:00", "S1", review(ReviewDecision::Accept, &["X"])),
            "accepted",
            "products mean nothing"
        );
        assert_eq!(
            shop.sheet("S1", "C"),
            "completed: A counted 7, on record 8, variance -1; B counted 5, on record 5, variance 0; C counted 6, on record 5, variance 1"
        );
        assert_eq!(
            shop.news(),
            ["S1 items_counted A on record 8, counted 7; B on record 5, counted 5; C on record 5, counted 6"]
        );
        assert_eq!((shop.on_hand("S1", "A"), shop.on_hand("S1", "C")), (7, 5));
    }

    #[test]
    fn counted_again() {
        for (products, sheet) in [
            (&[][..], "open: A; B counted 5, on record 5, variance 0; C"),
            (&["B", "A"], "open: A; B; C counted 6, on record 5, variance 1 !"),
        ] {
            let mut shop = in_review();
            assert_eq!(shop.tell("11:00", "S1", review(ReviewDecision::Recount, products)), "accepted");
            assert_eq!(shop.sheet("S1", "C"), sheet);
            assert_eq!(shop.tell("11:10", "S1", review(ReviewDecision::Accept, &[])), "count_incomplete open");
            assert_eq!(shop.tell("11:20", "S1", submit("C", &[("A", 10), ("B", 5), ("C", 5)])), "accepted");
            assert_eq!(
                shop.sheet("S1", "C"),
                "completed: A counted 10, on record 10, variance 0; B counted 5, on record 5, variance 0; C counted 5, on record 5, variance 0"
            );
        }
    }

    #[test]
    fn refusals() {
        let mut shop = Shop::default();
        assert_eq!(shop.tell("09:00", "S1", review(ReviewDecision::Accept, &[])), "count_unknown C");
        shop.tell("09:00", "S1", count("C", &["A"]));
        assert_eq!(shop.tell("09:00", "S1", review(ReviewDecision::Recount, &[])), "count_incomplete open");
        shop.tell("10:00", "S1", submit("C", &[("A", 7)]));
        assert_eq!(shop.tell("11:00", "S1", review(ReviewDecision::Accept, &[])), "count_closed completed");
        assert_eq!(
            in_review().tell("11:00", "S1", review(ReviewDecision::Recount, &["A", "Y", "Z"])),
            "product_not_in_count Y, Z"
        );
    }

    #[test]
    fn no_gate_keeps_a_review_from_its_end() {
        let mut shop = in_review();
        shop.tell("10:30", "S1", shut(&[Gate::Counts, Gate::FullCounts]));
        assert_eq!(shop.tell("11:00", "S1", review(ReviewDecision::Accept, &[])), "accepted");
    }
}
