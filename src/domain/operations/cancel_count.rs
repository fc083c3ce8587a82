//! `cancel_count`: a count that is not completed will never be (domain contract §6.4).

use super::{Ids, Shape, count};
use crate::domain::command::CancelCount;
use crate::domain::document::{CountStatus, Kind};
use crate::domain::draft::{Draft, Step};

pub(super) fn shape(cancel: &CancelCount) -> Shape<'_> {
    Shape::default().document(Kind::Count, cancel.count_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, cancel: &CancelCount) -> Step<Ids> {
    let mut count = count::find_unfinished(draft, &cancel.count_id)?;
    count.status = CountStatus::Cancelled;
    count.cancelled_at = Some(draft.cause().occurred_at);
    count.cancel_reason = Some(cancel.reason.clone());
    draft.put(&cancel.count_id, count);
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use crate::domain::command::{CancelCount, Operation};
    use crate::domain::document::Count;
    use crate::domain::testing::{Shop, count, moment, submit, tolerance};

    fn cancel() -> Operation {
        Operation::CancelCount(CancelCount { count_id: "C".into(), reason: "wrong shelf".into() })
    }

    #[test]
    fn any_but_a_completed_one() {
        let mut shop = Shop::default();
        assert_eq!(shop.tell("09:00", "S1", cancel()), "count_unknown C");
        for (units, sheet, answers) in [
            (None, "completed: A 7/0/7", ["count_closed completed", "count_closed completed"]),
            (Some(0), "cancelled: A 7/0/7 !", ["accepted", "count_closed cancelled"]),
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
