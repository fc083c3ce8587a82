//! `cancel_count`: a count that is not completed will never be (domain contract §6.4).

use crate::domain::counts::sheet::Sheet;
use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::forgetting;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::count::{Count, CountStatus};
use crate::domain::model::ids::{DocumentId, Text};
use crate::domain::model::time::Timestamp;

/// `cancel_count`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CancelCount {
    pub count_id: DocumentId,
    pub reason: Text,
}

impl Rule for CancelCount {
    fn shape(&self) -> Shape<'_> {
        Shape::default().document(Kind::Count, self.count_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let mut sheet = Sheet::find(draft, &self.count_id)?;

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let cancelled_at = draft.context().occurred_at;
        sheet.count.status = CountStatus::Cancelled;
        sheet.count.cancelled_at = Some(cancelled_at);
        sheet.count.cancel_reason = Some(self.reason.clone());
        sheet.keep(draft);
        forgetting::note_closed::<Count>(draft, &self.count_id, cancelled_at);
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::counts::cancel_count::CancelCount;
    use crate::domain::model::document::count::Count;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, count, moment, submit, tolerance};

    fn cancel() -> Operation {
        Operation::CancelCount(CancelCount { count_id: "C".into(), reason: "wrong shelf".into() })
    }

    #[test]
    fn any_but_a_completed_one() {
        let mut shop = Shop::default();
        assert_eq!(shop.tell("09:00", "S1", cancel()), "count_unknown C");
        for (units, sheet, answers) in [
            (
                None,
                "completed: A counted 7, on record 0, variance 7",
                ["count_closed completed", "count_closed completed"],
            ),
            (Some(0), "cancelled: A counted 7, on record 0, variance 7 !", ["accepted", "count_closed cancelled"]),
        ] {
            let mut shop = Shop::default();
            units.map(|units| shop.tell("08:00", "S1", tolerance(units)));
            shop.tell("09:00", "S1", count("C", &["A"]));
            shop.tell("10:00", "S1", submit("C", &[("A", 7)]));
            assert_eq!([cancel(), cancel()].map(|cancel| shop.tell("11:00", "S1", cancel)), answers);
            assert_eq!(shop.sheet("S1", "C"), sheet);
        }
    }

    #[test]
    fn it_says_why_and_moves_nothing() {
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", count("C", &["A"]));
        assert_eq!(shop.tell("10:00", "S1", cancel()), "accepted");
        let count = shop.document::<Count>("S1", "C").expect("there");
        assert_eq!((count.cancelled_at, count.cancel_reason.as_deref()), (Some(moment("10:00")), Some("wrong shelf")));
        assert_eq!((shop.news(), shop.postings()), (vec![], vec![]));
        assert_eq!(shop.tell("11:00", "S1", submit("C", &[("A", 7)])), "count_closed cancelled");
    }
}
