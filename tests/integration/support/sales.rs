//! Commands to send: sales of a few stores and transfers between them; some commands twice, some that nobody can read,
//! some on the wrong partition, some receipts before their goods were announced.

use std::collections::VecDeque;

use serde_json::{Value, json};
use stockroom::domain::ids::{StoreId, Uuid, derived_id};
use stockroom::domain::time::Timestamp;
use stockroom::kafka::client::sender::Outgoing;

use super::random::Random;

/// Makes commands, the same ones for the same seed.
pub struct Sales {
    random: Random,
    stores: u64,
    clock: Timestamp,
    made: u64,
    last: Option<Outgoing>,
    /// Steps of transfers that are still to come.
    coming: VecDeque<(String, Value)>,
    /// Whether to mix in everything but plain sales.
    mixed: bool,
}

impl Sales {
    pub fn new(seed: u64, stores: u64, mixed: bool) -> Self {
        Self::on("2026-03-02", seed, stores, mixed)
    }

    /// From ten o'clock of a day on.
    pub fn on(day: &str, seed: u64, stores: u64, mixed: bool) -> Self {
        let clock = Timestamp::parse(&format!("{day}T10:00:00.000Z")).unwrap();
        let (made, last, coming) = (0, None, VecDeque::new());
        Self { random: Random::new(seed), stores, clock, made, last, coming, mixed }
    }

    /// The next command.
    pub fn next(&mut self) -> Outgoing {
        self.made += 1;
        self.clock = self.clock.plus_millis(i64::try_from(self.random.below(20)).unwrap());
        let dice = if self.mixed { self.random.below(100) } else { 99 };
        if dice < 5
            && let Some(mut again) = self.last.clone()
        {
            again.timestamp = Some(self.clock);
            return again;
        }
        if dice < 10 {
            self.transfer();
        }
        let (store, command) = match self.coming.pop_front() {
            Some(step) if dice < 40 => step,
            step => {
                self.coming.extend(step);
                self.sale()
            }
        };
        let mut outgoing = Outgoing {
            key: Some(store.into_bytes()),
            value: Some(command.to_string().into_bytes()),
            headers: Vec::new(),
            timestamp: Some(self.clock),
        };
        if (40..42).contains(&dice) {
            outgoing.value = Some(vec![0xff; 5]);
        } else if (42..47).contains(&dice) {
            // A stranger's partitioner: the key of another store.
            outgoing.key = Some(self.store().into_bytes());
        } else {
            self.last = Some(outgoing.clone());
        }
        outgoing
    }

    fn store(&mut self) -> String {
        format!("S{}", self.random.below(self.stores))
    }

    fn command(&mut self, id: &str, store: &str, operation: &Value) -> (String, Value) {
        let occurred_at = self.clock.to_string();
        let command = json!({
            "command_id": id, "store_id": store, "occurred_at": occurred_at,
            "actor": {"id": "till"}, "operation": operation,
        });
        (store.to_owned(), command)
    }

    fn sale(&mut self) -> (String, Value) {
        let (store, product) = (self.store(), format!("P{}", self.random.below(5)));
        let lines = json!([{"product_id": product, "quantity": 1 + self.random.below(3)}]);
        let sale = json!({"record_sale": {"sale_id": format!("sale-{}", self.made), "lines": lines}});
        let id = self.random.uuid();
        self.command(&id, &store, &sale)
    }

    /// An order of 3 pieces, carried to another store and received there in part, perhaps before they are announced.
    fn transfer(&mut self) {
        let (origin, destination, order) = (self.store(), self.store(), self.random.uuid());
        let line = |quantity: u64| json!([{"product_id": "P1", "quantity": quantity}]);
        let ids: [String; 3] = std::array::from_fn(|_| self.random.uuid());
        let ship: Uuid = ids[1].parse().unwrap();
        let asn = derived_id(ship, &StoreId::from(origin.as_str()), "asn_id").to_string();
        let steps = [
            (
                &origin,
                json!({"create_transfer_order": {"transfer_order_id": order, "destination_id": destination,
                "source": "api", "lines": line(3)}}),
            ),
            (&origin, json!({"ship_items": {"transfer_order_id": order, "lines": line(3)}})),
            (&destination, json!({"receive_items": {"asn_id": asn, "lines": line(2)}})),
        ];
        for ((store, operation), id) in steps.into_iter().zip(ids) {
            let step = self.command(&id, store, &operation);
            self.coming.push_back(step);
        }
    }
}
