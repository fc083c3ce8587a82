//! The law of counting (domain contract §6.4), from events and ledger alone: on hand is what was counted last, and what
//! moved after that moment. A processor that forgets to correct a count for a fact that came late is found by it.
//!
//! Which count is the newest, and of which moment, is what the stock row shows in `last_counts`; rows are taken before
//! events and movements. What was counted is what `items_counted` announced.

use crate::domain::command::Quantity;
use crate::domain::event::{Event, EventName};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, StockLocation};
use crate::domain::movement::Movement;
use crate::domain::stock::{StockKey, StockRow};
use crate::domain::time::Timestamp;

use super::ledger::Ledger;
use super::terms::{AGED, LEDGER_AGED};
use super::violation::{Rule, Violations};

/// A device's clock may run ahead by so much, so what happened at a moment was recorded so much earlier at most.
const AHEAD_MS: i64 = 5 * 60 * 1000;

/// The newest count of one product in one stock location.
#[derive(Debug)]
struct Counted {
    count_id: DocumentId,
    counted_at: Timestamp,
    /// What was counted, as announced.
    count: Option<Quantity>,
    /// What moved since, by the time of the facts.
    moved: Quantity,
}

/// The newest counts.
#[derive(Default, Debug)]
pub struct Law(FastMap<(StockKey, StockLocation), Counted>);

impl Law {
    /// Takes the next state of a stock row.
    pub fn observe_row(&mut self, key: &StockKey, row: &StockRow) {
        for entry in &row.locations {
            let place = (key.clone(), entry.stock_location.clone());
            match entry.last_count() {
                Some(last) => {
                    let (count_id, counted_at) = (last.count_id.clone(), last.counted_at);
                    self.0.insert(place, Counted { count_id, counted_at, count: None, moved: 0 });
                }
                None => drop(self.0.remove(&place)),
            }
        }
    }

    /// Takes a row of the ledger.
    pub fn observe_movement(&mut self, movement: &Movement) {
        let key = StockKey { store_id: movement.store_id.clone(), product_id: movement.product_id.clone() };
        for (location, change) in movement.changes() {
            let counted = self.0.get_mut(&(key.clone(), location.clone()));
            if let Some(counted) = counted.filter(|counted| movement.occurred_at > counted.counted_at) {
                counted.moved += change;
            }
        }
    }

    /// Takes an event. `is_shown` says whether the row of a product was written with it, or later.
    pub fn observe_event(&mut self, event: &Event, is_shown: impl Fn(&StockKey) -> bool, violations: &mut Violations) {
        let payload = &event.payload;
        let (EventName::ItemsCounted, Some(location)) = (event.name, &payload.stock_location_name) else { return };
        // The number of an import may be used again, at another time.
        let is_import = payload.import_id.is_some();
        let is_named = |id: &DocumentId| Some(id) == payload.import_id.as_ref() || id.text() == payload.id;
        let started_at = payload.started_at.unwrap_or(event.occurred_at);
        for item in &payload.items {
            // Where stock is not kept nothing is on record.
            if item.stock_on_hand.is_none() {
                continue;
            }
            let key = StockKey { store_id: event.store_id.clone(), product_id: item.product_id.clone() };
            if !is_shown(&key) {
                continue;
            }
            match self.0.get_mut(&(key, location.clone())) {
                Some(counted)
                    if is_named(&counted.count_id)
                        && started_at <= counted.counted_at
                        && (!is_import || started_at == counted.counted_at) =>
                {
                    counted.count = item.count;
                }
                Some(counted) if counted.counted_at >= started_at => {}
                Some(_) | None => {
                    let text = format!(
                        "product {}: was counted in {location} by {}, its row shows an older count or none",
                        item.product_id, payload.id
                    );
                    violations.of_store(Rule::Law, &event.store_id, text);
                }
            }
        }
    }

    /// Compares with the balances of the ledger. Earlier events and movements may be deleted by age.
    pub fn finish(&self, ledger: &Ledger, [events_since, ledger_since]: [Timestamp; 2], violations: &mut Violations) {
        for ((key, location), counted) in &self.0 {
            let Counted { count_id, counted_at, count, moved } = counted;
            let name = format!("product {}: count {count_id} in {location} at {counted_at}", key.product_id);
            let Some(count) = count else {
                if *counted_at <= events_since {
                    violations.left_out(Rule::Law, 1, AGED);
                } else {
                    violations.checked(Rule::Law, 1);
                    violations.of_store(Rule::Law, &key.store_id, format!("{name} was not announced"));
                }
                continue;
            };
            if counted_at.plus_millis(-AHEAD_MS) <= ledger_since && ledger_since.millis() != i64::MIN {
                violations.left_out(Rule::Law, 1, LEDGER_AGED);
                continue;
            }
            violations.checked(Rule::Law, 1);
            let balance = ledger.balance(key, location).unwrap_or(0);
            if balance != count + moved {
                let text = format!("{name} says {count}, {moved} moved since, and {balance} are on hand");
                violations.of_store(Rule::Law, &key.store_id, text);
            }
        }
    }
}
