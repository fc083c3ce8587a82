//! Loading rows that a decision needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::EngineError;
use crate::codec::{Codec, keys};
use crate::domain::decision::Answer;
use crate::domain::document::{DocumentKey, Range};
use crate::domain::hash::FastMap;
use crate::domain::ids::{ProductId, StockLocation, StoreId};
use crate::domain::rows::{Moved, Need, Rows};
use crate::domain::stock::StockKey;
use crate::store::{RowKey, Store, Table};

/// Rows to be loaded at once, each once.
#[derive(Default)]
pub(super) struct Missing {
    seen: FastMap<Need, ()>,
    needs: Vec<Need>,
}

impl Missing {
    /// Adds what is not at hand. Command ids are not looked for among those added already: hardly one comes twice in a
    /// batch, and loading its answer twice does no harm.
    pub(super) fn add(&mut self, rows: &Rows, needs: impl IntoIterator<Item = Need>) {
        for need in needs {
            if rows.has(&need) {
                continue;
            }
            if matches!(need, Need::Answer(_)) || self.seen.insert(need.clone(), ()).is_none() {
                self.needs.push(need);
            }
        }
    }
}

/// Reads and decodes rows of a store.
pub(super) struct Loader<'a, S> {
    codec: &'a Codec,
    store: &'a S,
    loaded_bytes: usize,
}

impl<'a, S: Store> Loader<'a, S> {
    pub(super) fn new(codec: &'a Codec, store: &'a S) -> Self {
        Self { codec, store, loaded_bytes: 0 }
    }

    /// How much was loaded that stays at hand.
    pub(super) fn loaded_bytes(&self) -> usize {
        self.loaded_bytes
    }

    /// Loads rows, all with one look at the store. Products and histories are not rows: they are loaded when a
    /// decision asks for them.
    pub(super) fn load(&mut self, rows: &mut Rows, missing: Missing) -> Result<(), EngineError> {
        let (needs, keys): (Vec<Need>, Vec<RowKey>) =
            missing.needs.into_iter().filter_map(|need| row_key(&need).map(|key| (need, key))).unzip();
        if keys.is_empty() {
            return Ok(());
        }
        let values = self.store.get(&keys)?;
        for ((need, row), value) in needs.into_iter().zip(&keys).zip(values) {
            self.put(rows, need, &row.key, value.as_deref())?;
        }
        Ok(())
    }

    fn put(&mut self, rows: &mut Rows, need: Need, key: &[u8], value: Option<&[u8]>) -> Result<(), EngineError> {
        // What is absent does not stay at hand.
        let bytes = value.map_or(0, |value| key.len() + value.len());
        match need {
            Need::Document(index) => {
                let document = value.map(|value| self.codec.decode_document(value)).transpose();
                let document = document.map_err(|cause| EngineError::row("documents", key, cause))?;
                rows.put_document(index, document.map(|(_, document)| Arc::new(document)));
                self.loaded_bytes += bytes;
            }
            Need::Stock(index) => {
                let row = value.map(|value| self.codec.decode_stock(value)).transpose();
                let row = row.map_err(|cause| EngineError::row("stock", key, cause))?;
                rows.put_stock(index, row.map(|(_, row)| Arc::new(row)));
                self.loaded_bytes += bytes;
            }
            Need::Answer(index) => {
                let answer = value.map(|value| self.codec.decode_answer(value)).transpose();
                let answer = answer.map_err(|cause| EngineError::row("results", key, cause))?;
                // A command may have the id of a leg, whose answer is none to it.
                rows.put_answer(index, answer.filter(Answer::is_remembered).map(Arc::new));
            }
            Need::Products(_) | Need::Range(_) | Need::History(..) | Need::All(_) => {}
        }
        Ok(())
    }

    /// The products the store has a stored stock row for.
    pub(super) fn products(&self, store: &StoreId) -> Result<BTreeSet<ProductId>, EngineError> {
        let mut products = BTreeSet::new();
        self.store.scan(Table::Stock, &keys::stock_prefix(store), &mut |key, _| {
            products.extend(keys::parse_stock(key).map(|key| key.product_id));
        })?;
        Ok(products)
    }

    /// The keys of the stored documents in a range.
    pub(super) fn range(&self, range: &Range) -> Result<BTreeSet<DocumentKey>, EngineError> {
        let mut found = BTreeSet::new();
        self.store.scan(Table::Documents, &keys::range_prefix(range), &mut |key, _| {
            found.extend(keys::parse_document(key).filter(|key| range.contains(key)));
        })?;
        Ok(found)
    }

    /// The stored movements of a product in a stock location.
    pub(super) fn history(&self, key: &StockKey, location: &StockLocation) -> Result<Vec<Moved>, EngineError> {
        Ok(self.store.history(key, location)?)
    }
}

fn row_key(need: &Need) -> Option<RowKey> {
    match need {
        Need::Document(key) => Some(RowKey { table: Table::Documents, key: keys::document(key) }),
        Need::Stock(key) => Some(RowKey { table: Table::Stock, key: keys::stock(key) }),
        Need::Answer(key) => Some(RowKey { table: Table::Answers, key: keys::remembered(key) }),
        Need::Products(_) | Need::Range(_) | Need::History(..) | Need::All(_) => None,
    }
}
