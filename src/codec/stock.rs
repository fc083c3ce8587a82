//! Stock rows: what everybody may see, and what the processor must remember of counts.

use std::borrow::Cow;

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::Unreadable;
use super::wire::{Map, record};
use crate::domain::ids::{DocumentId, ProductId, StockLocation, StoreId};
use crate::domain::stock::{LocationStock, RememberedCount, StockKey, StockRow};
use crate::domain::time::Timestamp;

type Location<'a> = Cow<'a, StockLocation>;

/// A row. Maps are in the order in which stock locations were first touched, and `on_hand` has every one of them, also
/// at 0: a full count asks which products ever had a balance.
#[derive(Debug)]
#[allow(clippy::owned_cow, reason = "a list is written as it stands in the row")]
struct Row<'a> {
    store_id: Cow<'a, StoreId>,
    product_id: Cow<'a, ProductId>,
    stock_on_hand: i64,
    available_to_promise: i64,
    on_hand: Map<Location<'a>, i64>,
    packed: Map<Location<'a>, i64>,
    allocated: i64,
    reserved: i64,
    last_counts: Map<Location<'a>, LastCount>,
    updated_at: Timestamp,
    counts: Map<Location<'a>, Cow<'a, Vec<RememberedCount>>>,
    imported: Vec<Location<'a>>,
}

record! { Row<'a> = "Stock" {
    store_id, product_id, stock_on_hand, available_to_promise, on_hand, packed, allocated, reserved, last_counts,
    updated_at, counts?, imported?,
} }

/// What a stock row shows that follows from its stock locations: most readers look at nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// On hand of the salable stock location.
    pub stock_on_hand: i64,
    /// What may still be sold.
    pub available_to_promise: i64,
    /// Units put aside for customers.
    pub reserved: i64,
    /// The newest count of each stock location: which, when, and its variance.
    pub last_counts: Vec<(StockLocation, (DocumentId, Timestamp, i64))>,
}

/// The newest count of a stock location.
#[derive(Debug)]
struct LastCount {
    count_id: DocumentId,
    counted_at: Timestamp,
    variance: i64,
}

record! { LastCount = "LastCount" { count_id, counted_at, variance, } }
record! { RememberedCount = "RememberedCount" { count_id, counted_at, variance, account, } }

impl Codec {
    /// A stock row.
    pub fn encode_stock(&self, key: &StockKey, row: &StockRow) -> Vec<u8> {
        let located = || row.locations.iter().map(|entry| (Cow::Borrowed(&entry.stock_location), entry));
        let salable = &self.salable_stock_location;
        let last = |count: &RememberedCount| LastCount {
            count_id: count.count_id.clone(),
            counted_at: count.counted_at,
            variance: count.variance,
        };
        let record = Row {
            store_id: Cow::Borrowed(&key.store_id),
            product_id: Cow::Borrowed(&key.product_id),
            stock_on_hand: row.on_hand(salable),
            available_to_promise: row.available_to_promise(salable),
            on_hand: located().map(|(name, entry)| (name, entry.on_hand)).collect(),
            packed: located()
                .filter(|(_, entry)| entry.packed != 0)
                .map(|(name, entry)| (name, entry.packed))
                .collect(),
            allocated: row.allocated,
            reserved: row.reserved(),
            last_counts: located().filter_map(|(name, entry)| Some((name, last(entry.last_count()?)))).collect(),
            updated_at: row.updated_at,
            counts: located()
                .filter(|(_, entry)| !entry.counts.is_empty())
                .map(|(name, entry)| (name, Cow::Borrowed(&entry.counts)))
                .collect(),
            imported: located().filter(|(_, entry)| entry.imported).map(|(name, _)| name).collect(),
        };
        self.encode(Topic::Stock, Schema::Stock, &record)
    }

    /// The key and the row of a value.
    ///
    /// # Errors
    /// When the bytes are no stock row.
    pub fn decode_stock(&self, value: &[u8]) -> Result<(StockKey, StockRow), Unreadable> {
        Ok(self.decode_stock_shown(value)?.0)
    }

    /// The key and the row of a value, and what it shows of the row to those who do not add up themselves.
    ///
    /// # Errors
    /// When the bytes are no stock row.
    pub fn decode_stock_shown(&self, value: &[u8]) -> Result<((StockKey, StockRow), Shown), Unreadable> {
        let record: Row<'static> = self.decode(Schema::Stock, value)?;
        let last_counts = record.last_counts.0;
        let shown = Shown {
            stock_on_hand: record.stock_on_hand,
            available_to_promise: record.available_to_promise,
            reserved: record.reserved,
            last_counts: last_counts
                .into_iter()
                .map(|(location, last)| (location.into_owned(), (last.count_id, last.counted_at, last.variance)))
                .collect(),
        };
        let mut row = StockRow { locations: Vec::new(), allocated: record.allocated, updated_at: record.updated_at };
        for (name, on_hand) in &record.on_hand.0 {
            entry(&mut row, name).on_hand = *on_hand;
        }
        for (name, packed) in &record.packed.0 {
            entry(&mut row, name).packed = *packed;
        }
        for (name, counts) in record.counts.0 {
            entry(&mut row, &name).counts = counts.into_owned();
        }
        for name in &record.imported {
            entry(&mut row, name).imported = true;
        }
        let key = StockKey { store_id: record.store_id.into_owned(), product_id: record.product_id.into_owned() };
        Ok(((key, row), shown))
    }
}

fn entry<'r>(row: &'r mut StockRow, name: &StockLocation) -> &'r mut LocationStock {
    row.location_mut(name)
}
