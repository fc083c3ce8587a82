//! Movements chain, and stock is their sum (domain contract §3, invariant 1).

use std::collections::{BTreeMap, HashSet};

use crate::domain::command::Quantity;
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, StockLocation, StoreId, Uuid};
use crate::domain::movement::{Account, Balance, DocumentKind, Movement};
use crate::domain::stock::{COUNTS_MAX, LocationStock, StockKey, StockRow};
use crate::domain::time::Timestamp;

use super::terms::{COUNT_FORGOTTEN, LEDGER_AGED};
use super::violation::{Rule, Violations};

/// One count of one product in one stock location: when, its id, and the account of its variance. An import's id may be
/// used again.
type CountIndex = (Timestamp, DocumentId, Account);

/// What the ledger says of counts of one index.
#[derive(Default, Debug)]
struct Variance {
    /// By how much they changed the balance, their corrections included.
    moved: Quantity,
    /// How many found a difference.
    counts: usize,
}

/// What the ledger says of one product at one store.
#[derive(Default, Debug)]
struct Product {
    /// The last row's id: one that is repeated at once is told from one that does not fit.
    last: Uuid,
    places: BTreeMap<StockLocation, Place>,
}

/// What it says of one stock location.
#[derive(Default, Debug)]
struct Place {
    balance: Quantity,
    /// The balance when the row of the table was written that it is compared with.
    shown: Quantity,
    /// The newest counts.
    variances: BTreeMap<CountIndex, Variance>,
}

/// Balances as the ledger adds them up.
#[derive(Default, Debug)]
pub struct Ledger {
    products: FastMap<StockKey, Product>,
    /// Rows seen.
    pub rows: u64,
}

impl Ledger {
    /// Takes the next row. `complete`: the topic still has its beginning, so that a chain starts at zero; `is_shown`: the
    /// row of the table was written with it or later.
    pub fn observe(&mut self, movement: &Movement, complete: bool, is_shown: bool, violations: &mut Violations) {
        self.rows += 1;
        let id = movement.movement_id;
        let mut fault = |rule, text: String| {
            violations.of_store(
                rule,
                &movement.store_id,
                format!("movement {id} of product {}: {text}", movement.product_id),
            );
        };
        if movement.quantity <= 0 {
            fault(Rule::Chain, format!("moves {} units", movement.quantity));
        }
        if movement.from_account == movement.to_account {
            fault(Rule::Chain, format!("leads from {} to itself", movement.from_account));
        }
        let key = StockKey { store_id: movement.store_id.clone(), product_id: movement.product_id.clone() };
        let product = self.products.entry(key).or_default();
        if std::mem::replace(&mut product.last, id) == id {
            fault(Rule::Repeats, "is in the ledger twice".to_owned());
        }
        for (account, balance, change) in [
            (&movement.from_account, movement.from_balance, -movement.quantity),
            (&movement.to_account, movement.to_balance, movement.quantity),
        ] {
            if let Some(text) = follow(&mut product.places, account, balance, change, complete) {
                fault(Rule::Chain, text);
            }
        }
        if is_shown {
            for place in product.places.values_mut() {
                place.shown = place.balance;
            }
        }
        if is_shown && movement.document_kind == DocumentKind::Count {
            for (location, change) in movement.changes() {
                let variances = &mut product.places.entry(location.clone()).or_default().variances;
                let account = if change > 0 { &movement.from_account } else { &movement.to_account };
                let index = (movement.occurred_at, movement.document_id.clone(), account.clone());
                let variance = variances.entry(index).or_default();
                variance.moved += change;
                variance.counts += usize::from(movement.corrects.is_none());
                // A row remembers no more than so many; those of one moment are told apart by nothing else.
                while variances.len() > 2 * COUNTS_MAX {
                    variances.pop_first();
                }
            }
        }
        violations.checked(Rule::Chain, 1);
    }

    /// The balance of a stock location when its row was written, if the ledger has any row of it.
    pub fn balance(&self, key: &StockKey, location: &StockLocation) -> Option<Quantity> {
        Some(self.products.get(key)?.places.get(location)?.shown)
    }

    /// Compares with the stock table. Stores that are not mastered have no rows. `complete`: no row was deleted by age.
    pub fn finish(
        &self,
        stock: &FastMap<StockKey, StockRow>,
        unmastered: &HashSet<StoreId>,
        complete: bool,
        violations: &mut Violations,
    ) {
        for (key, product) in &self.products {
            violations.checked(Rule::Stock, u64::try_from(product.places.len()).unwrap_or(0));
            for (location, Place { shown: balance, .. }) in &product.places {
                let shown = stock.get(key).map_or(0, |row| row.on_hand(location));
                if shown != *balance {
                    let text = format!(
                        "product {}: {shown} on hand in {location}, its movements add up to {balance}",
                        key.product_id
                    );
                    violations.of_store(Rule::Stock, &key.store_id, text);
                }
            }
        }
        for (key, row) in stock {
            if unmastered.contains(&key.store_id) {
                let text = format!("product {}: has a stock row, but the store is not mastered here", key.product_id);
                violations.of_store(Rule::Stock, &key.store_id, text);
            }
            for entry in &row.locations {
                if complete {
                    self.compare_counts(key, entry, violations);
                }
                let moved = self.balance(key, &entry.stock_location).is_some();
                if !complete && !moved {
                    violations.left_out(Rule::Stock, 1, LEDGER_AGED);
                }
                if complete && !moved && entry.on_hand != 0 {
                    let text = format!(
                        "product {}: {} on hand in {}, but no movement made it",
                        key.product_id, entry.on_hand, entry.stock_location
                    );
                    violations.of_store(Rule::Stock, &key.store_id, text);
                }
            }
        }
    }
}

impl Ledger {
    /// The variance of an accepted count is what its rows, and the corrections of them, add up to.
    fn compare_counts(&self, key: &StockKey, entry: &LocationStock, violations: &mut Violations) {
        let mut shown: BTreeMap<CountIndex, (Quantity, usize)> = BTreeMap::new();
        for count in &entry.counts {
            let index = (count.counted_at, count.count_id.clone(), count.account.clone());
            let (variance, counts) = shown.entry(index).or_default();
            *variance += count.variance;
            *counts += usize::from(count.variance != 0);
        }
        let oldest = shown.keys().next().map(|(counted_at, ..)| *counted_at);
        let place = self.products.get(key).and_then(|product| product.places.get(&entry.stock_location));
        for (index, (variance, counts)) in shown {
            let found = place.and_then(|place| place.variances.get(&index));
            let (moved, found) = found.map_or((0, 0), |found| (found.moved, found.counts));
            if moved == variance {
                continue;
            }
            if Some(index.0) == oldest && found > counts.max(1) {
                violations.left_out(Rule::Stock, 1, COUNT_FORGOTTEN);
                continue;
            }
            let text = format!(
                "product {}: count {} shows a variance of {variance} in {}, its movements add up to {moved}",
                key.product_id, index.1, entry.stock_location
            );
            violations.of_store(Rule::Stock, &key.store_id, text);
        }
    }
}

/// Moves the balance of one end on; what is wrong with it, if anything is.
fn follow(
    places: &mut BTreeMap<StockLocation, Place>,
    account: &Account,
    balance: Option<Balance>,
    change: Quantity,
    complete: bool,
) -> Option<String> {
    let (location, balance) = match (account.stock_location(), balance) {
        (None, None) => return None,
        (None, Some(_)) => return Some(format!("{account} is no stock location and shows a balance")),
        (Some(location), None) => return Some(format!("{location} is a stock location and shows no balance")),
        (Some(location), Some(balance)) => (location, balance),
    };
    let known = places.get(location).map(|place| place.balance);
    // The row's own word is followed: one wrong row is one violation, not one for each row after it.
    places.entry(location.clone()).or_default().balance = balance.after;
    let before = known.unwrap_or(if complete { 0 } else { balance.before });
    if balance.before != before {
        return Some(format!("says {} in {location} before it, {before} were there", balance.before));
    }
    (balance.after != balance.before + change)
        .then(|| format!("says {} → {} in {location}, but moves {change}", balance.before, balance.after))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{movement, stock_row, stock_table};
    use super::*;
    use crate::domain::stock::RememberedCount;

    fn audit(rows: &[Movement], stock: &FastMap<StockKey, StockRow>) -> Vec<Rule> {
        let (mut ledger, mut violations) = (Ledger::default(), Violations::default());
        rows.iter().for_each(|row| ledger.observe(row, true, true, &mut violations));
        ledger.finish(stock, &HashSet::new(), true, &mut violations);
        violations.rules()
    }

    #[test]
    fn a_sound_ledger_has_no_violation() {
        let rows = [movement(1, "supplier", "main", 5, 0, 5), movement(2, "main", "customer", 2, 5, 3)];
        assert_eq!(audit(&rows, &stock_table(&[("main", 3)])), []);
    }

    #[test]
    fn each_break_is_found() {
        let first = movement(1, "supplier", "main", 5, 0, 5);
        let table = [
            ("starts above zero", vec![movement(1, "supplier", "main", 5, 1, 6)], 6, Rule::Chain),
            ("row missing", vec![first.clone(), movement(3, "main", "customer", 1, 3, 2)], 2, Rule::Chain),
            ("wrong sum", vec![movement(1, "supplier", "main", 5, 0, 4)], 4, Rule::Chain),
            ("no quantity", vec![movement(1, "supplier", "main", 0, 0, 0)], 0, Rule::Chain),
            ("to itself", vec![movement(1, "main", "main", 0, 0, 0)], 0, Rule::Chain),
            ("twice", vec![first.clone(), first.clone()], 5, Rule::Repeats),
            ("table differs", vec![first.clone()], 4, Rule::Stock),
            ("table without movement", vec![], 1, Rule::Stock),
        ];
        for (name, rows, on_hand, rule) in table {
            let found = audit(&rows, &stock_table(&[("main", on_hand)]));
            assert!(found.contains(&rule), "{name}: {found:?}");
        }
    }

    #[test]
    fn a_counts_variance_is_that_of_its_movements() {
        let by_count = |id, from: &str, quantity, before| {
            let row = movement(id, from, "main", quantity, before, before + quantity);
            Movement { document_kind: DocumentKind::Count, document_id: "c".into(), ..row }
        };
        let first = by_count(1, "opening", 5, 0);
        let [second, third] = [(2, 5), (3, 6)].map(|(id, before)| by_count(id, "count_variance/c", 1, before));
        // All of one id and moment; the row may have forgotten the older ones.
        let all = [first, second, third];
        for (rows, account, variance, found) in [
            (&all[..1], Account::Opening, 5, vec![]),
            (&all[..1], Account::Opening, 4, vec![Rule::Stock]),
            (&all[..1], Account::CountVariance("c".into()), 0, vec![]),
            (&all[..2], Account::CountVariance("c".into()), 1, vec![]),
            (&all[..2], Account::CountVariance("c".into()), 0, vec![Rule::Stock]),
            (&all[..3], Account::CountVariance("c".into()), 1, vec![]),
        ] {
            let mut stock = stock_table(&[("main", rows.iter().map(|row| row.quantity).sum())]);
            for row in stock.values_mut() {
                row.location_mut(&"main".into()).counts.push(RememberedCount {
                    count_id: "c".into(),
                    counted_at: Timestamp::default(),
                    variance,
                    account: account.clone(),
                });
            }
            assert_eq!(audit(rows, &stock), found, "{account} {variance} {}", rows.len());
        }
    }

    #[test]
    fn a_balance_belongs_to_stock_locations_and_to_nothing_else() {
        let mut bare = movement(1, "supplier", "main", 5, 0, 5);
        bare.to_balance = None;
        assert_eq!(audit(&[bare], &stock_table(&[])), [Rule::Chain]);
        let mut odd = movement(1, "supplier", "main", 5, 0, 5);
        odd.from_balance = odd.to_balance;
        assert_eq!(audit(&[odd], &stock_table(&[("main", 5)])), [Rule::Chain]);
    }

    #[test]
    fn a_store_that_is_not_mastered_has_no_stock() {
        let mut violations = Violations::default();
        let stock = FastMap::from_iter([stock_row(&[("main", 0)])]);
        let unmastered = stock.keys().map(|key| key.store_id.clone()).collect();
        Ledger::default().finish(&stock, &unmastered, true, &mut violations);
        assert_eq!(violations.rules(), [Rule::Stock]);
    }
}
