//! The balances of one product at one store.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::ids::{DocumentId, ProductId, Quantity, RESERVATIONS, StockLocation, StoreId};
use crate::domain::model::movement::Account;
use crate::domain::model::time::Timestamp;

/// The key of a stock row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct StockKey {
    pub store_id: StoreId,
    pub product_id: ProductId,
}

/// The balances of one product at one store.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct StockRow {
    /// One entry for each stock location that was ever touched, in order of first touch.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = locations_drawn))]
    pub locations: Vec<LocationStock>,
    /// Units promised to orders.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::balance))]
    pub allocated: Quantity,
    /// `recorded_at` of the last change.
    pub updated_at: Timestamp,
}

/// What a row keeps for one stock location.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct LocationStock {
    pub stock_location: StockLocation,
    /// Physical units; may be negative.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::balance))]
    pub on_hand: Quantity,
    /// Units in packed shipments that were not handed over: still on hand.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::balance))]
    pub packed: Quantity,
    /// Whether an import set this balance before (the first one is opening stock).
    pub imported: bool,
    /// Accepted counts, in order of acceptance (§6.4).
    pub counts: Vec<RememberedCount>,
}

/// The most accepted counts a balance remembers (§6.4): an absolute stock file every quarter of an hour must not make it grow.
pub const COUNTS_MAX: usize = 32;
#[cfg(any(test, feature = "arbitrary"))]
fn locations_drawn(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Vec<LocationStock>> {
    crate::domain::model::drawn::distinct(u, |entry: &LocationStock| entry.stock_location.clone())
}

/// An accepted count of one product in one stock location.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct RememberedCount {
    pub count_id: DocumentId,
    pub counted_at: Timestamp,
    /// As corrected by late facts.
    pub variance: Quantity,
    /// Where the variance is posted: `count_variance/<id>`, or `opening` for a first import.
    pub account: Account,
}

impl StockRow {
    /// The entry of a stock location, if it was ever touched.
    pub fn location(&self, location: &StockLocation) -> Option<&LocationStock> {
        self.locations.iter().find(|entry| entry.stock_location == *location)
    }

    /// The entry of a stock location, made when missing.
    pub fn location_mut(&mut self, location: &StockLocation) -> &mut LocationStock {
        let index = self.locations.iter().position(|entry| entry.stock_location == *location);
        let index = index.unwrap_or_else(|| {
            self.locations.push(LocationStock::new(location.clone()));
            self.locations.len() - 1
        });
        &mut self.locations[index]
    }

    /// Units on hand in a stock location, 0 where it was never touched.
    pub fn on_hand(&self, location: &StockLocation) -> Quantity {
        self.location(location).map_or(0, |entry| entry.on_hand)
    }

    /// Units packed in a stock location.
    pub fn packed(&self, location: &StockLocation) -> Quantity {
        self.location(location).map_or(0, |entry| entry.packed)
    }

    /// Units put aside for customers.
    pub fn reserved(&self) -> Quantity {
        self.locations
            .iter()
            .find(|entry| entry.stock_location.as_str() == RESERVATIONS)
            .map_or(0, |entry| entry.on_hand)
    }

    /// Available to promise: on hand of the salable stock location − packed there − allocated, never below 0 (§2).
    pub fn available_to_promise(&self, salable: &StockLocation) -> Quantity {
        (self.on_hand(salable) - self.packed(salable) - self.allocated).max(0)
    }
}

impl LocationStock {
    /// An entry with nothing in it.
    pub fn new(stock_location: StockLocation) -> Self {
        Self { stock_location, on_hand: 0, packed: 0, imported: false, counts: Vec::new() }
    }

    /// The accepted count with the latest `counted_at`, of equal ones the one accepted last: what `last_counts` shows.
    pub fn last_count(&self) -> Option<&RememberedCount> {
        self.counts.iter().max_by_key(|count| count.counted_at)
    }

    /// Forgets counts of before the horizon and those that are not among the newest [`COUNTS_MAX`], but never the newest.
    /// Of counts at the same moment the one accepted later is newer.
    pub(crate) fn forget_counts(&mut self, horizon: Timestamp) {
        let is_in_time = |count: &RememberedCount| count.counted_at >= horizon;
        if self.counts.len() <= COUNTS_MAX && self.counts.iter().all(is_in_time) {
            return;
        }
        let mut newest: Vec<usize> = (0..self.counts.len()).collect();
        newest.sort_by_key(|index| std::cmp::Reverse((self.counts[*index].counted_at, *index)));
        newest.truncate(COUNTS_MAX);
        let mut index = 0;
        self.counts.retain(|count| {
            let here = index;
            index += 1;
            newest.first() == Some(&here) || (is_in_time(count) && newest.contains(&here))
        });
    }

    /// The count that a fact of an earlier device time belongs into: of those at or after it the earliest, of equal
    /// ones the one accepted first. A count's own variance belongs only into strictly later ones.
    pub(crate) fn count_that_includes(
        &mut self,
        occurred_at: Timestamp,
        is_count: bool,
    ) -> Option<&mut RememberedCount> {
        self.counts
            .iter_mut()
            .filter(|count| count.counted_at > occurred_at || (!is_count && count.counted_at == occurred_at))
            .min_by_key(|count| count.counted_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::moment;

    #[test]
    fn a_balance_remembers_its_newest_counts_and_no_more() {
        let mut entry = LocationStock::new("main".into());
        let mut remember = |id: usize, minutes: i64| {
            let account = Account::Opening;
            let counted_at = moment("09:00").plus_millis(minutes * 60_000);
            entry.counts.push(RememberedCount { count_id: id.to_string().into(), counted_at, variance: 0, account });
            entry.forget_counts(moment("00:00"));
            entry.counts.iter().map(|count| count.count_id.to_string()).collect::<Vec<_>>()
        };
        // Two at the first moment, one at each later one.
        for (id, minutes) in [0, 0].into_iter().chain(1..31).enumerate() {
            assert_eq!(remember(id, minutes).len(), id + 1);
        }
        assert_eq!(
            remember(32, -1).last().map(String::as_str),
            Some("31"),
            "one that is older than all is not remembered"
        );
        assert_eq!(remember(33, 5).first().map(String::as_str), Some("1"), "of equal ones the one accepted first goes");
        assert_eq!(remember(34, 40).first().map(String::as_str), Some("2"));
        assert_eq!(remember(35, 41).len(), COUNTS_MAX);
    }

    #[test]
    fn counts_of_before_the_horizon_are_forgotten_but_not_the_newest() {
        // Counts by hour in order of acceptance, the horizon, those remembered then.
        for (counted, horizon, remembered) in [
            (&[9, 10, 11][..], 10, &[10, 11][..]),
            (&[11, 9, 10], 10, &[11, 10]),
            (&[10, 9, 8], 12, &[10]),
            (&[9, 10, 10], 12, &[10]),
            (&[9], 12, &[9]),
            (&[], 12, &[]),
        ] {
            let at = |hour: &i32| moment(&format!("{hour:02}:00"));
            let mut entry = LocationStock::new("main".into());
            entry.counts = counted
                .iter()
                .enumerate()
                .map(|(index, hour)| {
                    let id = DocumentId::from(index.to_string());
                    let account = Account::CountVariance(id.clone());
                    RememberedCount { count_id: id, counted_at: at(hour), variance: 0, account }
                })
                .collect();
            let last = entry.last_count().map(|count| count.count_id.clone());
            entry.forget_counts(at(&horizon));
            let times = entry.counts.iter().map(|count| count.counted_at);
            assert!(times.eq(remembered.iter().map(at)), "{counted:?}");
            assert_eq!(entry.last_count().map(|count| count.count_id.clone()), last, "{counted:?}");
        }
    }
}
