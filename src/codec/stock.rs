//! Stock rows: what everybody may see, and what the processor must remember of counts.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Codec;
use super::ledger::account;
use super::record::Topic;
use super::schemas::Schema;
use super::value::{self, Unreadable};
use super::wire::{Map, Str, Time};
use crate::domain::ids::StockLocation;
use crate::domain::movement::Account;
use crate::domain::stock::{LocationStock, RememberedCount, StockKey, StockRow};

/// A row on the wire, fields in the order of `schemas/stock.avsc`.
///
/// Maps are in the order in which stock locations were first touched, and `on_hand` has every one of them, also at 0: a
/// full count asks which products ever had a balance.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "Stock")]
pub struct Record<'a> {
    pub store_id: Str<'a>,
    pub product_id: Str<'a>,
    pub stock_on_hand: i64,
    pub available_to_promise: i64,
    pub on_hand: Map<'a, i64>,
    pub packed: Map<'a, i64>,
    pub allocated: i64,
    pub reserved: i64,
    pub last_counts: Map<'a, LastCount<'a>>,
    pub updated_at: Time,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub counts: Map<'a, Vec<Counted<'a>>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imported: Vec<Str<'a>>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct LastCount<'a> {
    pub count_id: Str<'a>,
    pub counted_at: Time,
    pub variance: i64,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "RememberedCount")]
pub struct Counted<'a> {
    pub count_id: Str<'a>,
    pub counted_at: Time,
    pub variance: i64,
    pub account: Str<'a>,
}

impl Codec {
    /// A stock row.
    pub fn encode_stock(&self, key: &StockKey, row: &StockRow) -> Vec<u8> {
        value::encode(self.formats.of(Topic::Stock), Schema::Stock, &Record::of(&self.salable_stock_location, key, row))
    }

    /// The key and the row of a value.
    ///
    /// # Errors
    /// When the bytes are no stock row.
    pub fn decode_stock(&self, value: &[u8]) -> Result<(StockKey, StockRow), Unreadable> {
        let record = value::decode::<Record<'static>>(Schema::Stock, value)?;
        let key = StockKey { store_id: record.store_id.as_ref().into(), product_id: record.product_id.as_ref().into() };
        Ok((key, record.row()))
    }
}

impl<'a> Record<'a> {
    pub fn of(salable: &StockLocation, key: &'a StockKey, row: &'a StockRow) -> Self {
        let named = || row.locations.iter().map(|entry| (entry.stock_location.as_str(), entry));
        Self {
            store_id: Cow::Borrowed(key.store_id.as_str()),
            product_id: Cow::Borrowed(key.product_id.as_str()),
            stock_on_hand: row.on_hand(salable),
            available_to_promise: row.available_to_promise(salable),
            on_hand: named().map(|(name, entry)| (name, entry.on_hand)).collect(),
            packed: named().filter(|(_, entry)| entry.packed != 0).map(|(name, entry)| (name, entry.packed)).collect(),
            allocated: row.allocated,
            reserved: row.reserved(),
            last_counts: named().filter_map(|(name, entry)| Some((name, LastCount::of(entry.last_count()?)))).collect(),
            updated_at: Time(row.updated_at),
            counts: named()
                .filter(|(_, entry)| !entry.counts.is_empty())
                .map(|(name, entry)| (name, entry.counts.iter().map(Counted::of).collect()))
                .collect(),
            imported: named().filter(|(_, entry)| entry.imported).map(|(name, _)| Cow::Borrowed(name)).collect(),
        }
    }

    fn row(&self) -> StockRow {
        let mut row = StockRow { locations: Vec::new(), allocated: self.allocated, updated_at: self.updated_at.0 };
        for (name, on_hand) in &self.on_hand.0 {
            entry(&mut row, name).on_hand = *on_hand;
        }
        for (name, packed) in &self.packed.0 {
            entry(&mut row, name).packed = *packed;
        }
        for (name, counts) in &self.counts.0 {
            entry(&mut row, name).counts = counts.iter().map(Counted::remembered).collect();
        }
        for name in &self.imported {
            entry(&mut row, name).imported = true;
        }
        row
    }
}

fn entry<'r>(row: &'r mut StockRow, name: &str) -> &'r mut LocationStock {
    row.location_mut(&StockLocation::from(name))
}

impl<'a> LastCount<'a> {
    fn of(count: &'a RememberedCount) -> Self {
        Self {
            count_id: Cow::Borrowed(count.count_id.as_str()),
            counted_at: Time(count.counted_at),
            variance: count.variance,
        }
    }
}

impl<'a> Counted<'a> {
    fn of(count: &'a RememberedCount) -> Self {
        Self {
            count_id: Cow::Borrowed(count.count_id.as_str()),
            counted_at: Time(count.counted_at),
            variance: count.variance,
            account: account(&count.account),
        }
    }

    fn remembered(&self) -> RememberedCount {
        RememberedCount {
            count_id: self.count_id.as_ref().into(),
            counted_at: self.counted_at.0,
            variance: self.variance,
            account: Account::parse(&self.account),
        }
    }
}
