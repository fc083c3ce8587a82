//! The law of counting (domain contract §6.4): a count is an observation at a moment, not a "set".
//!
//! On hand now = counted + Σ movements after the moment of counting, in whatever order counts and movements arrive.
//! What comes later is posted by `deciding/ledger.rs`, which corrects the variance of the count it belongs into.

use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::ledger::{CountPosting, Posting};
use crate::domain::deciding::rows::Need;
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::stock::RememberedCount;
use crate::domain::model::time::Timestamp;

/// A number that is accepted as what was there.
pub(crate) struct Observation<'o> {
    /// The count or import it belongs to.
    pub count_id: &'o DocumentId,
    pub stock_location: &'o StockLocation,
    pub product_id: &'o ProductId,
    pub counted_at: Timestamp,
    /// What was counted − what was on record at that moment.
    pub variance: Quantity,
    /// Imports of a stock location that had none yet are opening stock.
    pub is_import: bool,
}

impl Draft<'_> {
    /// Stops with everything that looking back on these products needs, so that it is loaded at once.
    pub fn require_past<'p>(
        &self,
        products: impl Iterator<Item = &'p ProductId>,
        location: &StockLocation,
    ) -> Result<(), Need> {
        let needs = products.flat_map(|product| {
            let key = self.stock_key(product);
            [Need::Stock(key.clone()), Need::History(key, location.clone())]
        });
        self.require(needs)
    }

    /// Units on hand at a moment, as the ledger knows it now. Not of one before the [horizon](Draft::horizon): observations
    /// that old are refused.
    pub fn on_hand_at(
        &self,
        product: &ProductId,
        location: &StockLocation,
        moment: Timestamp,
    ) -> Result<Quantity, Need> {
        Ok(self.on_hand(product, location)? - self.moved_since(product, location, moment)?)
    }

    /// Accepts a number: posts the variance at the moment of counting, and remembers the count for facts that come late.
    pub fn accept(&mut self, observation: &Observation<'_>) -> Result<(), Need> {
        if !self.is_master() {
            return Ok(());
        }
        let Observation { count_id, stock_location, product_id, counted_at, variance, is_import } = *observation;
        let entry = self.stock_mut(product_id)?.location_mut(stock_location);
        let account =
            if is_import && !entry.imported { Account::Opening } else { Account::CountVariance(count_id.clone()) };
        entry.imported |= is_import;

        let here = Account::StockLocation(stock_location.clone());
        let (from, to) = if variance < 0 { (here, account.clone()) } else { (account.clone(), here) };
        self.post(Posting {
            product_id,
            from,
            to,
            quantity: variance.abs(),
            document_kind: DocumentKind::Count,
            document_id: count_id,
            count: Some(CountPosting { count_id: count_id.clone(), counted_at }),
        })?;

        let horizon = self.horizon();
        let entry = self.stock_mut(product_id)?.location_mut(stock_location);
        entry.counts.push(RememberedCount { count_id: count_id.clone(), counted_at, variance, account });
        entry.forget_counts(horizon);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, count, import, mastered_elsewhere, numbers, sell, submit};

    fn late(id: &str, count: Quantity, counted_at: &str) -> Operation {
        numbers(id, false, &[("A", count, "", counted_at)])
    }

    /// Arrives at, happened at, what.
    type Told<'t> = (&'t str, &'t str, Operation);

    #[test]
    fn golden_scenarios() {
        // What is on record first; what is told; what is on hand in the end, and the variance of the latest count by then.
        let told: [(_, _, Vec<Told<'_>>, _); 6] = [
            (
                "9: a sale between counting and submitting survives",
                10,
                vec![("10:05", "10:05", sell("1", &[("A", 1)])), ("10:10", "10:10", late("C", 9, "10:00"))],
                (8, -1),
            ),
            (
                "10: a late sale from before the count changes nothing but the variance",
                12,
                vec![
                    ("11:00", "11:00", submit("C", &[("A", 10)])),
                    ("11:05", "11:05", sell("1", &[("A", 1)])),
                    ("11:10", "10:30", sell("2", &[("A", 2)])),
                ],
                (9, 0),
            ),
            (
                "11: what was sold before the count is no variance",
                100,
                vec![("09:30", "09:30", sell("1", &[("A", 15)])), ("10:00", "10:00", submit("C", &[("A", 80)]))],
                (80, -5),
            ),
            (
                "13: two counts of one product, the later one wins",
                10,
                vec![("10:00", "10:00", submit("C", &[("A", 20)])), ("10:01", "10:01", submit("D", &[("A", 30)]))],
                (30, 10),
            ),
            (
                "13: also when it came first",
                10,
                vec![("11:00", "11:00", submit("D", &[("A", 30)])), ("11:10", "11:10", late("C", 20, "10:00"))],
                (30, 10),
            ),
            (
                "13: of two at the same time the one accepted last",
                10,
                vec![("10:00", "10:00", submit("C", &[("A", 20)])), ("10:00", "10:00", submit("D", &[("A", 30)]))],
                (30, 10),
            ),
        ];
        for (what, on_record, told, (on_hand, variance)) in told {
            let mut shop = shop(on_record);
            for (at, occurred_at, operation) in told {
                assert_eq!(shop.tell_late(at, occurred_at, "S1", operation), "accepted", "{what}");
            }
            let row = shop.stock("S1", "A").and_then(|row| row.location(&"main".into())).expect("counted");
            let last = row.last_count().map(|count| count.variance);
            assert_eq!((row.on_hand, last), (on_hand, Some(variance)), "{what}");
        }
    }

    /// A shop with some A on record, which counts them twice.
    fn shop(on_record: Quantity) -> Shop {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", import("FILE", "main", &[("A", on_record)]));
        shop.tell("08:30", "S1", count("C", &["A"]));
        shop.tell("08:30", "S1", count("D", &["A"]));
        shop.news();
        shop
    }

    #[test]
    fn what_was_counted_too_long_ago_is_counted_again() {
        // It is 10:00; movements are remembered for 14 days.
        const OLD: &str = "2026-02-16T09:59:59.999Z";
        const IN_TIME: &str = "2026-02-16T10:00:00.000Z";
        for (partial, counted_at, answer) in [
            (false, IN_TIME, "accepted"),
            (true, IN_TIME, "accepted"),
            (false, OLD, "observation_too_old 0 A 2026-02-16T09:59:59.999Z"),
            (true, OLD, "observation_too_old 0 A 2026-02-16T09:59:59.999Z"),
        ] {
            let mut shop = shop(10);
            let told = numbers("C", partial, &[("A", 9, "", counted_at)]);
            assert_eq!(shop.tell("10:00", "S1", told), answer, "{counted_at}");
        }
        for (occurred_at, answer) in [(IN_TIME, "accepted"), (OLD, "observation_too_old 2026-02-16T09:59:59.999Z")] {
            let mut shop = shop(10);
            assert_eq!(shop.tell_late("10:00", occurred_at, "S1", import("AGAIN", "main", &[("A", 9)])), answer);
            assert_eq!(shop.on_hand("S1", "A"), 10);
        }
        // A number that was in time when it was handed in, and is not any more at the last submit.
        let mut shop = shop(10);
        shop.tell("10:00", "S1", numbers("C", true, &[("A", 9, "", IN_TIME)]));
        assert_eq!(shop.tell("10:00:01", "S1", submit("C", &[])), "observation_too_old A");
        assert_eq!(shop.tell("10:00:01", "S1", submit("C", &[("A", 9)])), "accepted");
    }

    #[test]
    fn where_stock_is_not_kept_no_number_is_too_old() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", mastered_elsewhere());
        shop.tell("08:30", "S1", count("C", &["A"]));
        let long_ago = "2026-02-10T10:00:00Z";
        assert_eq!(shop.tell("10:00", "S1", numbers("C", false, &[("A", 9, "", long_ago)])), "accepted");
        assert_eq!(shop.tell_late("10:00", long_ago, "S1", import("FILE", "main", &[("A", 9)])), "accepted");
    }

    #[test]
    fn a_late_fact_belongs_into_the_first_count_after_it() {
        // The counts are of 10:00 (C) and 11:00 (D), the opening stock is of 08:00.
        for (occurred_at, news) in [
            ("07:59", Some("FILE corrected 2, variance 12")),
            ("08:00", Some("FILE corrected 2, variance 12")),
            ("08:00:01", Some("C corrected 2, variance 2")),
            ("10:00", Some("C corrected 2, variance 2")),
            ("10:00:01", Some("D corrected 2, variance 2")),
            ("11:00:01", None),
        ] {
            let mut shop = shop(10);
            shop.tell("10:00", "S1", submit("C", &[("A", 10)]));
            shop.tell("11:00", "S1", submit("D", &[("A", 10)]));
            shop.news();
            shop.tell_late("12:00", occurred_at, "S1", sell("POS", &[("A", 2)]));
            let told = shop.events.last().filter(|event| event.payload.caused_by.is_some());
            let told = told.map(|event| {
                let item = &event.payload.items[0];
                let figure = |figure: Option<Quantity>| figure.unwrap_or_default();
                let count = event.payload.count_id.as_ref().expect("a correction names its count");
                format!("{count} corrected {}, variance {}", figure(item.correction), figure(item.variance))
            });
            assert_eq!(told.as_deref(), news, "{occurred_at}");
            assert_eq!(shop.on_hand("S1", "A"), if news.is_some() { 10 } else { 8 }, "{occurred_at}");
        }
    }
}
