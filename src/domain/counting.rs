//! The law of counting (domain contract §6.4): a count is an observation at a moment, not a "set".
//!
//! On hand now = counted + Σ movements after the moment of counting, in whatever order counts and movements arrive.
//! What comes later is posted by `ledger.rs`, which corrects the variance of the count it belongs into.

use super::command::Quantity;
use super::draft::Draft;
use super::ids::{DocumentId, ProductId, StockLocation};
use super::ledger::{CountPosting, Posting};
use super::movement::{Account, DocumentKind};
use super::rows::Need;
use super::stock::{LocationStock, RememberedCount};
use super::time::Timestamp;

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

    /// Units on hand at a moment, as the ledger knows it now. Of a moment further back than movements are remembered:
    /// at that horizon.
    pub fn on_hand_at(
        &self,
        product: &ProductId,
        location: &StockLocation,
        moment: Timestamp,
    ) -> Result<Quantity, Need> {
        let since = moment.max(self.horizon());
        Ok(self.on_hand(product, location)? - self.moved_since(product, location, since)?)
    }

    /// Accepts a number: posts the variance at the moment of counting, and remembers the count for facts that come late.
    pub fn accept(&mut self, observation: &Observation<'_>) -> Result<(), Need> {
        if !self.is_master() {
            return Ok(());
        }
        let Observation { count_id, stock_location, product_id, counted_at, variance, is_import } = *observation;
        let entry = self.stock_mut(product_id)?.location_mut(stock_location);
        let account = if is_import && !entry.imported { Account::Opening } else { count_variance(count_id) };
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
        entry.forget_counts_before(horizon);
        Ok(())
    }
}

fn count_variance(count_id: &DocumentId) -> Account {
    Account::CountVariance(count_id.clone())
}

impl LocationStock {
    /// Forgets counts of before the horizon, but never the newest.
    pub(super) fn forget_counts_before(&mut self, horizon: Timestamp) {
        if self.counts.iter().all(|count| count.counted_at >= horizon) {
            return;
        }
        let newest = self.counts.iter().map(|count| count.counted_at).max();
        let last = self.counts.iter().rposition(|count| Some(count.counted_at) == newest);
        let mut index = 0;
        self.counts.retain(|count| {
            index += 1;
            count.counted_at >= horizon || Some(index - 1) == last
        });
    }

    /// The count that a fact of an earlier device time belongs into: of those at or after it the earliest, of equal
    /// ones the one accepted first. A count's own variance belongs only into strictly later ones.
    pub(super) fn count_that_includes(
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
