//! The invariants of the contract (§3), worked out again from what was written, record by record.

use std::collections::{BTreeMap, HashMap, HashSet};

use stockroom::codec::Codec;
use stockroom::codec::record::{OutputRecord, Topic};
use stockroom::domain::command::{OperationName, Quantity};
use stockroom::domain::document::{Asn, AsnStatus, Kept as _};
use stockroom::domain::ids::{DocumentId, ProductId, StockLocation, StoreId, Uuid};
use stockroom::domain::leg::{Leg, LegBody};
use stockroom::domain::movement::{Account, Balance, Movement};
use stockroom::domain::stock::StockKey;

use super::tables::Tables;

type Line = (DocumentId, ProductId);

/// What the ledger and the events add up to.
#[derive(Default)]
pub struct Balances {
    on_hand: HashMap<(StoreId, ProductId, StockLocation), Quantity>,
    in_transit: BTreeMap<Line, Quantity>,
    /// Brought back from the account of an ASN.
    returned: HashMap<Line, Quantity>,
    lost: HashMap<Line, Quantity>,
    sequences: HashMap<StoreId, u64>,
    ids: HashSet<Uuid>,
}

impl Balances {
    /// Takes a record of any topic.
    pub fn observe(&mut self, codec: &Codec, output: &OutputRecord) {
        let Some(value) = output.value.as_deref() else { return };
        match output.topic {
            Topic::Ledger => self.moved(&codec.decode_movement(value).unwrap()),
            Topic::Events => {
                let event = codec.decode_event(value).unwrap();
                let last = self.sequences.entry(event.store_id.clone()).or_default();
                assert_eq!(event.sequence, *last + 1, "a gap in the events of {}", event.store_id);
                *last += 1;
                assert!(self.ids.insert(event.event_id), "an event twice: {}", event.event_id);
                assert!(event.payload.items.len() <= 500, "an event of {} items", event.payload.items.len());
            }
            Topic::Commands | Topic::Legs | Topic::Stock | Topic::Documents | Topic::Results | Topic::DeadLetters => {}
        }
    }

    fn moved(&mut self, movement: &Movement) {
        assert!(movement.quantity > 0, "a movement of nothing: {movement:?}");
        assert!(self.ids.insert(movement.movement_id), "a movement twice: {movement:?}");
        let shown = [&movement.from_balance, &movement.to_balance];
        let accounts = [&movement.from_account, &movement.to_account];
        for ((account, shown), change) in accounts.into_iter().zip(shown).zip([-movement.quantity, movement.quantity]) {
            let line = |asn: &DocumentId| (asn.clone(), movement.product_id.clone());
            match account {
                Account::StockLocation(location) => {
                    let key = (movement.store_id.clone(), movement.product_id.clone(), location.clone());
                    let balance = self.on_hand.entry(key).or_default();
                    let before = *balance;
                    *balance += change;
                    assert_eq!(*shown, Some(Balance { before, after: *balance }), "{movement:?}");
                }
                Account::InTransit(asn) => {
                    *self.in_transit.entry(line(asn)).or_default() += change;
                    let is_return = change < 0
                        && movement.cause != OperationName::ReceiveItems
                        && !matches!(movement.to_account, Account::LostInTransit(_))
                        && !(movement.to_account == Account::Supplier && movement.cause == OperationName::ShipItems);
                    if is_return {
                        *self.returned.entry(line(asn)).or_default() -= change;
                    }
                }
                Account::LostInTransit(asn) => *self.lost.entry(line(asn)).or_default() += change,
                _ => assert_eq!(*shown, None, "{movement:?}"),
            }
        }
    }

    /// Compares with the tables, as they are between two records; `waiting` are the legs under way.
    pub fn compare(&self, tables: &Tables, waiting: &[Leg]) {
        for (key, row) in &tables.stock {
            for entry in &row.locations {
                let sum = (key.store_id.clone(), key.product_id.clone(), entry.stock_location.clone());
                let sum = self.on_hand.get(&sum).copied().unwrap_or(0);
                assert_eq!(entry.on_hand, sum, "{} of {} in {}", key.product_id, key.store_id, entry.stock_location);
            }
        }
        for ((store, product, location), sum) in &self.on_hand {
            let key = StockKey { store_id: store.clone(), product_id: product.clone() };
            assert_eq!(tables.stock.get(&key).map_or(0, |row| row.on_hand(location)), *sum);
        }
        self.compare_transit(tables, waiting);
    }

    fn compare_transit(&self, tables: &Tables, waiting: &[Leg]) {
        let mut expected: BTreeMap<Line, Quantity> = BTreeMap::new();
        let mut lost: BTreeMap<Line, Quantity> = BTreeMap::new();
        let reports: HashSet<&DocumentId> = waiting.iter().filter_map(reported).collect();
        for asn in tables.documents.values().filter_map(Asn::of) {
            for line in &asn.lines {
                let key = (asn.asn_id.clone(), line.product_id.clone());
                *lost.entry(key.clone()).or_default() += line.lost_quantity;
                let left = if asn.status == AsnStatus::Open { line.outstanding() } else { 0 };
                let back = if reports.contains(&asn.asn_id) { line.returned_quantity } else { 0 };
                *expected.entry(key).or_default() += left + back;
            }
        }
        for leg in waiting {
            if let LegBody::AsnOpened(opened) = &leg.body {
                for line in &opened.lines {
                    *expected.entry((opened.asn_id.clone(), line.product_id.clone())).or_default() += line.quantity;
                }
            }
        }
        for (line, units) in &self.in_transit {
            let back = if reports.contains(&line.0) { self.returned.get(line).copied().unwrap_or(0) } else { 0 };
            let wanted = expected.remove(line).unwrap_or(0) - back;
            assert_eq!(*units, wanted, "{} in transit of {}", line.1, line.0);
        }
        for (line, units) in expected {
            assert_eq!(units, 0, "{} of {} is expected and was never sent", line.1, line.0);
        }
        for (line, units) in lost {
            assert_eq!(self.lost.get(&line).copied().unwrap_or(0), units, "{} lost of {}", line.1, line.0);
        }
    }
}

fn reported(leg: &Leg) -> Option<&DocumentId> {
    if let LegBody::AsnReported(reported) = &leg.body { Some(&reported.asn_id) } else { None }
}
