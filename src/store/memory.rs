//! The twin of RocksDB in memory, for tests and replays. It forgets nothing.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Changes, Positions, RowKey, Store, StoreError, Table, history};
use crate::domain::ids::StockLocation;
use crate::domain::rows::Moved;
use crate::domain::stock::StockKey;

/// The rows of one partition, in memory.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MemoryStore {
    rows: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    history: BTreeMap<[u8; history::PREFIX_BYTES + 16], Moved>,
    positions: Positions,
}

impl Store for MemoryStore {
    fn get(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(keys.iter().map(|row| self.rows.get(&(row.table, row.key.clone())).cloned()).collect())
    }

    fn scan(&self, table: Table, prefix: &[u8], show: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        let from = (table, prefix.to_vec());
        for ((_, key), value) in
            self.rows.range(from..).take_while(|((of, key), _)| *of == table && key.starts_with(prefix))
        {
            show(key, value);
        }
        Ok(())
    }

    fn documents_after(
        &self,
        key: &[u8],
        rows_max: usize,
        show: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let after = (Bound::Excluded((Table::Documents, key.to_vec())), Bound::Unbounded);
        let rows = self.rows.range(after).take_while(|((table, _), _)| *table == Table::Documents);
        rows.take(rows_max).for_each(|((_, key), value)| show(key, value));
        Ok(())
    }

    fn history(&self, key: &StockKey, location: &StockLocation) -> Result<Vec<Moved>, StoreError> {
        let prefix = history::prefix(key, location);
        let mut from = [0; history::PREFIX_BYTES + 16];
        from[..history::PREFIX_BYTES].copy_from_slice(&prefix);
        let entries = self.history.range(from..).take_while(|(key, _)| key.starts_with(&prefix));
        Ok(entries.map(|(_, moved)| *moved).collect())
    }

    fn positions(&self) -> Result<Positions, StoreError> {
        Ok(self.positions.clone())
    }

    fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        for row in &changes.rows {
            let index = (row.table, row.key.to_vec());
            match &row.value {
                Some(value) => self.rows.insert(index, value.to_vec()),
                None => self.rows.remove(&index),
            };
        }
        for entry in &changes.history {
            self.history.insert(history::key(entry), entry.moved);
        }
        self.positions.extend(changes.positions.iter().cloned());
        Ok(())
    }
}
