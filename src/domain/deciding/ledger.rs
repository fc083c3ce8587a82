//! Posting: the only way on hand changes, and the law of late facts (domain contract §3, §6.4).

use crate::domain::deciding::context::{Context, Correction};
use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::rows::Need;
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation, Uuid, derived_id};
use crate::domain::model::movement::{Account, Balance, DocumentKind, Movement};
use crate::domain::model::time::Timestamp;

/// What is to be posted: `quantity` units of a product from one account to another.
pub(crate) struct Posting<'p> {
    pub product_id: &'p ProductId,
    pub from: Account,
    pub to: Account,
    /// Units; nothing is posted when 0.
    pub quantity: Quantity,
    pub document_kind: DocumentKind,
    pub document_id: &'p DocumentId,
    /// Set for the variance of a count (and an import): its rows name it.
    pub count: Option<CountPosting>,
}

/// What is special about the variance of a count.
#[derive(Clone)]
pub(crate) struct CountPosting {
    pub count_id: DocumentId,
    /// The moment of the observation: the device time of the movement.
    pub counted_at: Timestamp,
}

impl Draft<'_> {
    /// Posts a movement, and right after it the corrections of counts that it comes too late for.
    ///
    /// At a store that is not mastered here only rows to and from (lost) in transit are written, with `external` in
    /// place of a stock location (§6.7).
    pub fn post(&mut self, posting: Posting<'_>) -> Result<(), Need> {
        if posting.quantity == 0 {
            return Ok(());
        }
        if !self.is_master() {
            self.post_elsewhere(posting);
            return Ok(());
        }
        let occurred_at = posting.count.as_ref().map_or(self.context().occurred_at, |count| count.counted_at);
        let is_count = posting.count.is_some();
        let product = posting.product_id.clone();
        let sides = [
            (posting.from.stock_location().cloned(), -posting.quantity),
            (posting.to.stock_location().cloned(), posting.quantity),
        ];
        let fact = self.write(posting, occurred_at, None)?;
        for (location, change) in sides {
            if let Some(location) = location {
                self.correct_count(&product, &location, change, occurred_at, is_count, fact)?;
            }
        }
        Ok(())
    }

    fn post_elsewhere(&mut self, posting: Posting<'_>) {
        let is_transit = |account: &Account| matches!(account, Account::InTransit(_) | Account::LostInTransit(_));
        if !is_transit(&posting.from) && !is_transit(&posting.to) {
            return;
        }
        let outside = |account| if matches!(account, Account::StockLocation(_)) { Account::External } else { account };
        let posting = Posting { from: outside(posting.from), to: outside(posting.to), ..posting };
        let occurred_at = self.context().occurred_at;
        self.append(posting, occurred_at, None, None, None);
    }

    /// Changes the balances and appends the row. Returns its id.
    fn write(&mut self, posting: Posting<'_>, occurred_at: Timestamp, corrects: Option<Uuid>) -> Result<Uuid, Need> {
        let mut change = |account: &Account, by: Quantity| -> Result<Option<Balance>, Need> {
            let Some(location) = account.stock_location() else { return Ok(None) };
            let entry = self.stock_mut(posting.product_id)?.location_mut(location);
            let before = entry.on_hand;
            entry.on_hand += by;
            Ok(Some(Balance { before, after: entry.on_hand }))
        };
        let from_balance = change(&posting.from, -posting.quantity)?;
        let to_balance = change(&posting.to, posting.quantity)?;
        Ok(self.append(posting, occurred_at, from_balance, to_balance, corrects))
    }

    fn append(
        &mut self,
        posting: Posting<'_>,
        occurred_at: Timestamp,
        from_balance: Option<Balance>,
        to_balance: Option<Balance>,
        corrects: Option<Uuid>,
    ) -> Uuid {
        let store_id = self.store_id.clone();
        let recorded_at = self.recorded_at;
        let business_date = self.configuration.time_zone.date_at(occurred_at);
        let context: &mut Context = self.context_mut();
        let movement_id = derived_id(context.namespace, &store_id, &format!("movement/{}", context.movements));
        context.movements += 1;
        let movement = Movement {
            movement_id,
            store_id,
            product_id: posting.product_id.clone(),
            from_account: posting.from,
            to_account: posting.to,
            quantity: posting.quantity,
            from_balance,
            to_balance,
            cause: context.operation,
            command_id: context.command_id,
            document_kind: posting.document_kind,
            document_id: posting.document_id.clone(),
            actor_id: context.actor_id.clone(),
            correlation_id: context.correlation_id.clone(),
            occurred_at,
            recorded_at,
            business_date,
            count_id: posting.count.map(|count| count.count_id),
            corrects,
            clock_clamped: context.clock_clamped,
        };
        self.decision.movements.push(movement);
        movement_id
    }

    /// A movement of before an accepted count changes on hand by zero: its negation corrects that count's variance.
    fn correct_count(
        &mut self,
        product: &ProductId,
        location: &StockLocation,
        change: Quantity,
        occurred_at: Timestamp,
        is_count: bool,
        fact: Uuid,
    ) -> Result<(), Need> {
        let horizon = self.horizon();
        let entry = self.stock_mut(product)?.location_mut(location);
        entry.forget_counts(horizon);
        let Some(count) = entry.count_that_includes(occurred_at, is_count) else { return Ok(()) };
        count.variance -= change;
        let count = count.clone();
        let here = Account::StockLocation(location.clone());
        let (from, to) = if change < 0 { (count.account, here) } else { (here, count.account) };
        let posting = Posting {
            product_id: product,
            from,
            to,
            quantity: change.abs(),
            document_kind: DocumentKind::Count,
            document_id: &count.count_id,
            count: Some(CountPosting { count_id: count.count_id.clone(), counted_at: count.counted_at }),
        };
        self.write(posting, count.counted_at, Some(fact))?;
        self.context_mut().corrections.push(Correction {
            count_id: count.count_id,
            stock_location: location.clone(),
            product_id: product.clone(),
            correction: -change,
            variance: count.variance,
        });
        Ok(())
    }
}
