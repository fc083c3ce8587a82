//! What everybody reads of a stock row (`stock_on_hand`, `available_to_promise`, `reserved`, `last_counts`) is what the
//! row's own stock locations come to (domain contract §8).

use crate::codec::stock::Shown;
use crate::domain::ids::StockLocation;
use crate::domain::stock::{StockKey, StockRow};

use super::violation::{Rule, Violations};

/// Compares one state of a row with what it shows.
pub fn audit(key: &StockKey, row: &StockRow, shown: &Shown, salable: &StockLocation, violations: &mut Violations) {
    violations.checked(Rule::Figures, 1);
    let mut differ = |what: &str, shown: i64, own: i64| {
        if shown != own {
            let text = format!("product {}: shows {what} {shown}, its stock locations come to {own}", key.product_id);
            violations.of_store(Rule::Figures, &key.store_id, text);
        }
    };
    differ("stock_on_hand", shown.stock_on_hand, row.on_hand(salable));
    differ("available_to_promise", shown.available_to_promise, row.available_to_promise(salable));
    differ("reserved", shown.reserved, row.reserved());
    for entry in &row.locations {
        let location = &entry.stock_location;
        let last = entry.last_count().map(|count| (&count.count_id, count.counted_at, count.variance));
        let told = shown.last_counts.iter().find(|(name, _)| name == location);
        let told = told.map(|(_, (id, counted_at, variance))| (id, *counted_at, *variance));
        if told != last {
            let text = format!(
                "product {}: shows the last count {told:?} in {location}, it remembers {last:?}",
                key.product_id
            );
            violations.of_store(Rule::Figures, &key.store_id, text);
        }
    }
    for (location, _) in shown.last_counts.iter().filter(|(location, _)| row.location(location).is_none()) {
        let text = format!("product {}: shows a count in {location}, where it has no balance", key.product_id);
        violations.of_store(Rule::Figures, &key.store_id, text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::stock_row;
    use super::*;
    use crate::domain::ids::RESERVATIONS;
    use crate::domain::movement::Account;
    use crate::domain::stock::RememberedCount;
    use crate::domain::time::Timestamp;

    #[test]
    fn each_wrong_figure_is_found() {
        let (key, mut row) = stock_row(&[("main", 9), (RESERVATIONS, 2)]);
        let main = row.location_mut(&"main".into());
        main.packed = 4;
        main.counts.push(RememberedCount {
            count_id: "c".into(),
            counted_at: Timestamp::default(),
            variance: 1,
            account: Account::Opening,
        });
        row.allocated = 3;
        let last = (StockLocation::from("main"), ("c".into(), Timestamp::default(), 1));
        let sound = Shown { stock_on_hand: 9, available_to_promise: 2, reserved: 2, last_counts: vec![last.clone()] };
        let other = |variance| vec![("main".into(), ("c".into(), Timestamp::default(), variance))];
        let elsewhere = ("cellar".into(), last.1.clone());
        for (shown, expected) in [
            (sound.clone(), 0),
            (Shown { stock_on_hand: 8, ..sound.clone() }, 1),
            (Shown { available_to_promise: 9, ..sound.clone() }, 1),
            (Shown { reserved: 0, ..sound.clone() }, 1),
            (Shown { last_counts: other(2), ..sound.clone() }, 1),
            (Shown { last_counts: Vec::new(), ..sound.clone() }, 1),
            (Shown { last_counts: vec![last, elsewhere], ..sound }, 1),
        ] {
            let mut violations = Violations::default();
            audit(&key, &row, &shown, &"main".into(), &mut violations);
            assert_eq!(violations.sorted().len(), expected, "{shown:?}");
        }
    }
}
