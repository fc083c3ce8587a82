//! The rows of one partition: RocksDB, and a twin in memory for tests and replays.
//!
//! A row's value is the value of its topic byte for byte, so restoring is copying. Two indexes are rebuilt
//! from the tail of a topic and forget by age: remembered answers (results) and history (ledger).

pub mod error;
mod history;
pub mod memory;
pub mod remedy;
#[cfg(feature = "runtime")]
pub mod rocks;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
pub use error::StoreError;
pub use remedy::Remedy;

use crate::domain::ids::{StockLocation, Uuid};
use crate::domain::movement::Movement;
use crate::domain::rows::Moved;
use crate::domain::settings::Settings;
use crate::domain::stock::StockKey;
use crate::domain::time::Timestamp;

/// A table of rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Table {
    /// Rows of the stock topic.
    Stock,
    /// Rows of the documents topic.
    Documents,
    /// Remembered answers, rows of the results topic.
    Answers,
}

/// Names one row: its table and the topic's key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RowKey {
    /// The table.
    pub table: Table,
    /// The key of the topic, byte for byte.
    pub key: Vec<u8>,
}

/// A row as it is from now on.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The table.
    pub table: Table,
    /// The key of the topic, byte for byte.
    pub key: Bytes,
    /// The value of the topic, byte for byte; `None`: the row is gone.
    pub value: Option<Bytes>,
    /// The record's timestamp: decides in which generation an answer is kept.
    pub recorded_at: Timestamp,
}

/// A movement for the history of a product in a stock location.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryEntry {
    /// The product at its store.
    pub key: StockKey,
    /// The stock location.
    pub location: StockLocation,
    /// The movement; with the two above it names the entry, so that adding it again changes nothing.
    pub movement_id: Uuid,
    /// When it happened and by how much on hand changed.
    pub moved: Moved,
    /// The record's timestamp: decides in which generation it is kept.
    pub recorded_at: Timestamp,
}

impl HistoryEntry {
    /// One for each stock location a movement touches; `recorded_at` is its record's timestamp.
    pub fn of(movement: &Movement, recorded_at: Timestamp) -> impl Iterator<Item = Self> {
        movement.changes().map(move |(location, change)| Self {
            key: StockKey { store_id: movement.store_id.clone(), product_id: movement.product_id.clone() },
            location: location.clone(),
            movement_id: movement.movement_id,
            moved: Moved { occurred_at: movement.occurred_at, change },
            recorded_at,
        })
    }
}

/// Of each topic (its full name on the broker) the next offset to be read.
pub type Positions = BTreeMap<Arc<str>, i64>;

/// What one write changes, all of it or nothing.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Changes {
    /// Rows; of several of one key the last counts.
    pub rows: Vec<Row>,
    /// Movements for the history.
    pub history: Vec<HistoryEntry>,
    /// Of each topic named the next offset to be read; others stay.
    pub positions: Vec<(Arc<str>, i64)>,
}

/// How long the indexes must remember, in ms of record time. A store may remember longer, never shorter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Movements.
    pub history_ms: i64,
    /// Answers to command ids.
    pub command_ids_ms: i64,
}

impl Retention {
    /// What a deployment's settings ask for.
    pub fn of(settings: &Settings) -> Self {
        Self { history_ms: settings.history_ms, command_ids_ms: settings.command_ids_ms }
    }
}

/// The rows of one partition.
pub trait Store {
    /// The values of rows, in the order of the keys; `None` where there is no row.
    ///
    /// # Errors
    /// The database is broken.
    fn get(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Shows every row of a table whose key begins with `prefix`, in the order of keys.
    ///
    /// # Errors
    /// The database is broken.
    fn scan(&self, table: Table, prefix: &[u8], show: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError>;

    /// Shows at most so many documents whose keys come after `key`, in the order of keys.
    ///
    /// # Errors
    /// The database is broken.
    fn documents_after(
        &self,
        key: &[u8],
        rows_max: usize,
        show: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError>;

    /// The movements of a product in a stock location, in the order of movement ids.
    ///
    /// # Errors
    /// The database is broken.
    fn history(&self, key: &StockKey, location: &StockLocation) -> Result<Vec<Moved>, StoreError>;

    /// Where reading goes on.
    ///
    /// # Errors
    /// The database is broken.
    fn positions(&self) -> Result<Positions, StoreError>;

    /// Carries changes out: all of them or none, also after a crash.
    ///
    /// # Errors
    /// The database is broken; nothing was changed.
    fn write(&mut self, changes: &Changes) -> Result<(), StoreError>;
}
