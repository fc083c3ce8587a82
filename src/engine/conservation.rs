//! The law of the ledger, checked on every decision: on hand changes by what its movements say, and by nothing else.

use crate::domain::command::Quantity;
use crate::domain::decision::Decision;
use crate::domain::rows::Rows;

/// How many balances a decision changes by something else than its movements; `rows` are as they were before. Says
/// which.
pub(super) fn violations(rows: &Rows, decision: &Decision) -> u64 {
    if decision.stock.is_empty() && decision.movements.is_empty() {
        return 0;
    }
    // By balance: what the rows gained, less what the movements say. A list to be sorted, as it is short: a hash map of
    // each decision would cost more than the rest of the check.
    let mut changes = Vec::with_capacity(8);
    for (key, after) in &decision.stock {
        let before = rows.stock(key).ok().flatten();
        let after = after.locations.iter().map(|entry| (entry, entry.on_hand));
        let before = before.into_iter().flat_map(|row| &row.locations).map(|entry| (entry, -entry.on_hand));
        let balance = |entry| (&key.store_id, &key.product_id, entry);
        changes.extend(after.chain(before).map(|(entry, on_hand)| (balance(&entry.stock_location), on_hand)));
    }
    for movement in &decision.movements {
        let balance = |location| (&movement.store_id, &movement.product_id, location);
        changes.extend(movement.changes().map(|(location, change)| (balance(location), -change)));
    }
    changes.sort_unstable();
    let mut violations = 0;
    for changes in changes.chunk_by(|one, other| one.0 == other.0) {
        let by: Quantity = changes.iter().map(|(_, change)| change).sum();
        if by != 0 {
            let (store, product, location) = changes[0].0;
            violations += 1;
            tracing::error!(%store, %product, %location, by, "on hand changes by something else than its movements");
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::decide::Input;
    use crate::domain::testing::{Shop, moment, sell};
    use crate::engine::Tally;

    #[test]
    fn broken_decisions_are_counted_by_their_balances() {
        let (mut shop, mut rows) = (Shop::default(), Rows::default());
        let sale = |shop: &mut Shop| {
            let command = shop.command("S1", "10:00", sell("POS", &[("A", 2), ("B", 1)]));
            shop.record(moment("10:00"), &Input::Command(command))
        };
        let first = sale(&mut shop);
        assert_eq!(violations(&rows, &first), 0);
        rows.apply(&first);
        let sound = sale(&mut shop);
        assert_eq!(violations(&rows, &sound), 0);
        assert_eq!(violations(&Rows::default(), &sound), 2, "rows that were not what the decision looked at");

        let mut lost = sound.clone();
        lost.movements.pop();
        let mut tally = Tally::default();
        tally.add(&rows, &lost);
        assert_eq!(tally.conservation_violations, 1, "a change without a movement");
        let mut unwritten = sound.clone();
        unwritten.stock.clear();
        assert_eq!(violations(&rows, &unwritten), 2, "movements without a change");
        let mut emptied = sound.clone();
        Arc::make_mut(&mut emptied.stock[0].1).locations.clear();
        assert_eq!(violations(&rows, &emptied), 1, "a balance that vanished");
        let mut wrong = sound;
        Arc::make_mut(&mut wrong.stock[1].1).locations[0].on_hand += 1;
        assert_eq!(violations(&rows, &wrong), 1, "a change of another size");
    }
}
