//! The rows a decision may look at, and how it asks for one that is not at hand.
//!
//! A decision is pure: it never reads a database. It looks at [`Rows`]; when it meets a row that was not
//! loaded it stops with the [`Need`], its caller loads that row and asks again.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::domain::deciding::decision::{Answer, AnswerKey, Decision};
use crate::domain::model::document::{Document, DocumentKey, Range};
use crate::domain::model::ids::{ProductId, Quantity, StockLocation, StoreId};
use crate::domain::model::stock::{StockKey, StockRow};
use crate::domain::model::time::Timestamp;

/// A row that must be loaded before the decision can be made.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Need {
    /// A document.
    Document(DocumentKey),
    /// A stock row.
    Stock(StockKey),
    /// The remembered answer to a command id.
    Answer(AnswerKey),
    /// The products a store has a stock row for.
    Products(StoreId),
    /// The movements of a product in a stock location, as far back as history is kept.
    History(StockKey, StockLocation),
    /// Which documents there are in a range.
    Range(Range),
    /// Several rows, each to be loaded before the decision is tried again. Never nested.
    All(Vec<Need>),
}

/// One movement as history keeps it: when it happened, and by how much on hand changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved {
    /// Device time of the movement.
    pub occurred_at: Timestamp,
    /// Above 0: into the stock location.
    pub change: Quantity,
}

/// Rows at hand, decoded. What is known to be absent is at hand too.
#[derive(Default, Debug)]
pub struct Rows {
    documents: FxHashMap<DocumentKey, Arc<Document>>,
    /// Documents there are none of.
    absent: FxHashMap<DocumentKey, ()>,
    /// By store first: of all rows these are the most, and looked up most.
    stock: FxHashMap<StoreId, FxHashMap<ProductId, Arc<StockRow>>>,
    /// Stock rows there are none of.
    absent_stock: FxHashMap<StockKey, ()>,
    answers: FxHashMap<AnswerKey, Option<Arc<Answer>>>,
    products: FxHashMap<StoreId, BTreeSet<ProductId>>,
    /// Keys in order.
    ranges: FxHashMap<Range, BTreeSet<DocumentKey>>,
    history: FxHashMap<(StockKey, StockLocation), Vec<Moved>>,
}

impl Rows {
    /// A document, `None` when there is none.
    ///
    /// # Errors
    /// The need, when it was not loaded.
    pub fn document(&self, key: &DocumentKey) -> Result<Option<&Arc<Document>>, Need> {
        match self.documents.get(key) {
            None if !self.absent.contains_key(key) => Err(Need::Document(key.clone())),
            document => Ok(document),
        }
    }

    /// A stock row, `None` when the product was never touched at the store.
    ///
    /// # Errors
    /// The need, when it was not loaded.
    pub fn stock(&self, key: &StockKey) -> Result<Option<&Arc<StockRow>>, Need> {
        match self.stock.get(&key.store_id).and_then(|rows| rows.get(&key.product_id)) {
            None if !self.absent_stock.contains_key(key) => Err(Need::Stock(key.clone())),
            row => Ok(row),
        }
    }

    /// The remembered answer to a command id, `None` when the id was never used (or too long ago).
    ///
    /// # Errors
    /// The need, when it was not loaded.
    pub fn answer(&self, key: &AnswerKey) -> Result<Option<&Arc<Answer>>, Need> {
        self.answers.get(key).map(Option::as_ref).ok_or_else(|| Need::Answer(key.clone()))
    }

    /// The products a store has a stock row for.
    ///
    /// # Errors
    /// The need, when they were not loaded.
    pub fn products(&self, store: &StoreId) -> Result<&BTreeSet<ProductId>, Need> {
        self.products.get(store).ok_or_else(|| Need::Products(store.clone()))
    }

    /// The keys of the documents in a range, in order.
    ///
    /// # Errors
    /// The need, when it was not loaded.
    pub fn range(&self, range: &Range) -> Result<&BTreeSet<DocumentKey>, Need> {
        self.ranges.get(range).ok_or_else(|| Need::Range(range.clone()))
    }

    /// The movements of a product in a stock location, oldest recorded first.
    ///
    /// # Errors
    /// The need, when they were not loaded.
    pub fn history(&self, key: &StockKey, location: &StockLocation) -> Result<&[Moved], Need> {
        let index = (key.clone(), location.clone());
        self.history.get(&index).map(Vec::as_slice).ok_or(Need::History(index.0, index.1))
    }

    /// Puts a document in place, or notes that there is none.
    pub fn put_document(&mut self, key: DocumentKey, document: Option<Arc<Document>>) {
        for (_, keys) in self.ranges.iter_mut().filter(|(range, _)| range.contains(&key)) {
            if document.is_some() {
                keys.insert(key.clone())
            } else {
                keys.remove(&key)
            };
        }
        match document {
            Some(document) => {
                self.absent.remove(&key);
                self.documents.insert(key, document);
            }
            None => {
                self.documents.remove(&key);
                self.absent.insert(key, ());
            }
        }
    }

    /// Puts a stock row in place, or notes that there is none.
    pub fn put_stock(&mut self, key: StockKey, row: Option<Arc<StockRow>>) {
        let Some(row) = row else {
            self.absent_stock.insert(key, ());
            return;
        };
        if let Some(products) = self.products.get_mut(&key.store_id) {
            products.insert(key.product_id.clone());
        }
        self.stock.entry(key.store_id).or_default().insert(key.product_id, row);
    }

    /// Puts a remembered answer in place, or notes that there is none.
    pub fn put_answer(&mut self, key: AnswerKey, answer: Option<Arc<Answer>>) {
        self.answers.insert(key, answer);
    }

    /// Whether a row is at hand: what a need asks for.
    pub fn has(&self, need: &Need) -> bool {
        match need {
            Need::Document(key) => self.documents.contains_key(key) || self.absent.contains_key(key),
            Need::Stock(key) => self.stock(key).is_ok(),
            Need::Answer(key) => self.answers.contains_key(key),
            Need::Products(store) => self.products.contains_key(store),
            Need::Range(range) => self.ranges.contains_key(range),
            Need::History(key, location) => self.history.contains_key(&(key.clone(), location.clone())),
            Need::All(needs) => needs.iter().all(|need| self.has(need)),
        }
    }

    /// Carries out a decision on the rows at hand, so that the next one sees it. Never fails: `decide` checked.
    pub fn apply(&mut self, decision: &Decision) {
        for (key, document) in &decision.documents {
            self.put_document(key.clone(), document.clone());
        }
        for (key, row) in &decision.stock {
            self.put_stock(key.clone(), Some(Arc::clone(row)));
        }
        for answer in decision.answers.iter().filter(|answer| answer.is_remembered()) {
            self.put_answer(answer.key(), Some(Arc::clone(answer)));
        }
        for movement in &decision.movements {
            let key = StockKey { store_id: movement.store_id.clone(), product_id: movement.product_id.clone() };
            for (location, change) in movement.changes() {
                self.extend_history(&key, location, Moved { occurred_at: movement.occurred_at, change });
            }
        }
    }

    /// Puts the list of a store's products in place.
    pub fn put_products(&mut self, store: StoreId, products: BTreeSet<ProductId>) {
        self.products.insert(store, products);
    }

    /// Puts the keys of a range in place.
    pub fn put_range(&mut self, range: Range, keys: BTreeSet<DocumentKey>) {
        self.ranges.insert(range, keys);
    }

    /// Puts the movements of a product in a stock location in place.
    pub fn put_history(&mut self, key: StockKey, location: StockLocation, moved: Vec<Moved>) {
        self.history.insert((key, location), moved);
    }

    /// Adds a movement to a history that is at hand; one that is not will be loaded with it.
    pub fn extend_history(&mut self, key: &StockKey, location: &StockLocation, moved: Moved) {
        if let Some(history) = self.history.get_mut(&(key.clone(), location.clone())) {
            history.push(moved);
        }
    }

    /// Forgets answers, products, ranges and histories, which are seldom looked at twice, and which documents and stock rows are
    /// absent: a sale asks for an allocation that hardly ever exists, under an id that never comes again, and refused
    /// products would stay for ever. Only between batches.
    pub fn forget_indexes(&mut self) {
        self.absent.clear();
        self.absent_stock.clear();
        self.answers.clear();
        self.products.clear();
        self.ranges.clear();
        self.history.clear();
    }

    /// Forgets every row. Only between batches: nothing that was decided may be unwritten.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_known_for_one_batch() {
        let key = |product: &str| StockKey { store_id: "S1".into(), product_id: product.into() };
        let mut rows = Rows::default();
        rows.put_stock(key("here"), Some(Arc::default()));
        rows.put_stock(key("nowhere"), None);
        assert!(rows.has(&Need::Stock(key("nowhere"))));
        assert_eq!(rows.stock(&key("nowhere")), Ok(None));
        rows.forget_indexes();
        assert_eq!(rows.stock(&key("nowhere")), Err(Need::Stock(key("nowhere"))));
        assert!(rows.has(&Need::Stock(key("here"))));
        // What comes to be after all is there.
        rows.put_stock(key("nowhere"), None);
        rows.put_stock(key("nowhere"), Some(Arc::default()));
        assert!(matches!(rows.stock(&key("nowhere")), Ok(Some(_))));
    }
}
