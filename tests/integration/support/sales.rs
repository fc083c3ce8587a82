//! Commands to send: sales of a few stores, some twice, some that nobody can read, some on the wrong partition.

use serde_json::json;
use stockroom::domain::time::Timestamp;
use stockroom::kafka::sender::Outgoing;

use super::random::Random;

/// Makes commands, the same ones for the same seed.
pub struct Sales {
    random: Random,
    stores: u64,
    clock: Timestamp,
    made: u64,
    last: Option<Outgoing>,
    /// Whether to mix in repeats, bad bytes and strangers.
    mixed: bool,
}

impl Sales {
    pub fn new(seed: u64, stores: u64, mixed: bool) -> Self {
        let clock = Timestamp::parse("2026-03-02T10:00:00.000Z").unwrap();
        Self { random: Random::new(seed), stores, clock, made: 0, last: None, mixed }
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
        let store = format!("S{}", self.random.below(self.stores));
        let mut outgoing = Outgoing {
            key: Some(store.clone().into_bytes()),
            value: Some(self.sale(&store)),
            headers: Vec::new(),
            timestamp: Some(self.clock),
        };
        if dice < 7 {
            outgoing.value = Some(vec![0xff; 5]);
        } else if dice < 12 {
            // A stranger's partitioner: the key of another store.
            outgoing.key = Some(format!("S{}", self.random.below(self.stores)).into_bytes());
        } else {
            self.last = Some(outgoing.clone());
        }
        outgoing
    }

    fn sale(&mut self, store: &str) -> Vec<u8> {
        let product = format!("P{}", self.random.below(5));
        let value = json!({
            "command_id": self.random.uuid(),
            "store_id": store,
            "occurred_at": self.clock.to_string(),
            "actor": {"id": "till"},
            "operation": {"record_sale": {
                "sale_id": format!("sale-{}", self.made),
                "lines": [{"product_id": product, "quantity": 1 + self.random.below(3)}],
            }},
        });
        value.to_string().into_bytes()
    }
}
