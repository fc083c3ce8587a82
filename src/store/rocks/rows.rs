//! Reading and writing rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rocksdb::{ColumnFamily, DB, Direction, IteratorMode, ReadOptions, WriteBatch};

use super::generations::{Generations, wall_clock};
use super::{DOCUMENTS, META, POSITION, PartitionStore, STOCK, Shared, WRITTEN, failure, options_of};
use crate::domain::ids::StockLocation;
use crate::domain::rows::Moved;
use crate::domain::stock::StockKey;
use crate::store::{Changes, HistoryEntry, Positions, Row, RowKey, Store, StoreError, Table, history};

/// What a write batch adds to a key and a value, at most: tag, column family, two lengths.
const ENTRY_BYTES: usize = 12;
/// About what a history entry or a position takes in a write batch.
const HISTORY_BYTES: usize = 64;

impl Store for PartitionStore {
    fn get(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut found = vec![None; keys.len()];
        let of = |table: Table| (0..keys.len()).filter(|index| keys[*index].table == table).collect::<Vec<_>>();
        self.look(STOCK, keys, of(Table::Stock), &mut found)?;
        self.look(DOCUMENTS, keys, of(Table::Documents), &mut found)?;
        let mut wanted = of(Table::Answers);
        for generation in self.answers.newest_first() {
            wanted = self.look(generation, keys, wanted, &mut found)?;
        }
        Ok(found)
    }

    fn scan(&self, table: Table, prefix: &[u8], show: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        match table {
            Table::Stock => self.scan_family(STOCK, prefix, show),
            Table::Documents => self.scan_family(DOCUMENTS, prefix, show),
            Table::Answers => {
                let mut rows = BTreeMap::new();
                for generation in self.answers.oldest_first() {
                    self.scan_family(generation, prefix, &mut |key, value| {
                        rows.insert(key.to_vec(), value.to_vec());
                    })?;
                }
                rows.iter().for_each(|(key, value)| show(key, value));
                Ok(())
            }
        }
    }

    fn documents_after(
        &self,
        key: &[u8],
        rows_max: usize,
        show: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let mode = IteratorMode::From(key, Direction::Forward);
        let mut left = rows_max;
        for entry in self.db.iterator_cf_opt(self.family(DOCUMENTS)?, options, mode) {
            let (found, value) = entry.map_err(|error| failure(&self.dir, error))?;
            if *found == *key {
                continue;
            }
            if left == 0 {
                break;
            }
            left -= 1;
            show(&found, &value);
        }
        Ok(())
    }

    fn history(&self, key: &StockKey, location: &StockLocation) -> Result<Vec<Moved>, StoreError> {
        let prefix = history::prefix(key, location);
        // By key: a movement restored twice may be in two generations.
        let mut entries = BTreeMap::new();
        let mut unreadable = false;
        for generation in self.history.oldest_first() {
            self.scan_family(generation, &prefix, &mut |key, value| match history::moved(value) {
                Some(moved) => drop(entries.insert(key.to_vec(), moved)),
                None => unreadable = true,
            })?;
        }
        if unreadable {
            return Err(StoreError::Damaged { dir: self.dir.clone(), cause: "history entry of a wrong length".into() });
        }
        Ok(entries.into_values().collect())
    }

    fn positions(&self) -> Result<Positions, StoreError> {
        let mut positions = Positions::new();
        let mut unreadable = false;
        self.scan_family(META, POSITION.as_bytes(), &mut |key, value| {
            let topic = std::str::from_utf8(&key[POSITION.len()..]).map(Arc::from);
            match (topic, <[u8; 8]>::try_from(value)) {
                (Ok(topic), Ok(offset)) => drop(positions.insert(topic, i64::from_be_bytes(offset))),
                _ => unreadable = true,
            }
        })?;
        if unreadable {
            return Err(StoreError::Damaged { dir: self.dir.clone(), cause: "position that is no number".into() });
        }
        Ok(positions)
    }

    fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        let rows =
            changes.rows.iter().map(|row| row.key.len() + row.value.as_ref().map_or(0, Bytes::len) + ENTRY_BYTES);
        let bytes = rows.sum::<usize>() + (changes.history.len() + changes.positions.len()) * HISTORY_BYTES;
        let mut batch = WriteBatch::with_capacity_bytes(bytes);
        self.put_rows(&mut batch, &changes.rows)?;
        self.put_history(&mut batch, &changes.history)?;
        let meta = self.family(META)?;
        for (topic, offset) in &changes.positions {
            batch.put_cf(meta, format!("{POSITION}{topic}"), offset.to_be_bytes());
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.db.write_opt(batch, &self.write_options).map_err(|error| failure(&self.dir, error))?;
        self.unflushed_since.get_or_insert_with(Instant::now);
        Ok(())
    }
}

impl PartitionStore {
    /// Looks for `wanted` (indexes of `keys`) in one column family. Returns those not found.
    fn look(
        &self,
        family: &str,
        keys: &[RowKey],
        wanted: Vec<usize>,
        found: &mut [Option<Vec<u8>>],
    ) -> Result<Vec<usize>, StoreError> {
        if wanted.is_empty() {
            return Ok(wanted);
        }
        let family = self.family(family)?;
        let values = self.db.batched_multi_get_cf(family, wanted.iter().map(|index| &keys[*index].key), false);
        let mut missing = Vec::new();
        for (index, value) in wanted.into_iter().zip(values) {
            match value.map_err(|error| failure(&self.dir, error))? {
                Some(value) => found[index] = Some(value.to_vec()),
                None => missing.push(index),
            }
        }
        Ok(missing)
    }

    fn scan_family(&self, family: &str, prefix: &[u8], show: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        let mut options = ReadOptions::default();
        // A scan of a store's rows must not push everything else out of the cache.
        options.fill_cache(false);
        // Of histories the filters know the prefix; the other column families have no prefixes.
        options.set_prefix_same_as_start(true);
        let mode = IteratorMode::From(prefix, Direction::Forward);
        for entry in self.db.iterator_cf_opt(self.family(family)?, options, mode) {
            let (key, value) = entry.map_err(|error| failure(&self.dir, error))?;
            if !key.starts_with(prefix) {
                break;
            }
            show(&key, &value);
        }
        Ok(())
    }

    fn put_rows(&mut self, batch: &mut WriteBatch, rows: &[Row]) -> Result<(), StoreError> {
        // In the order of keys: neighbours in a memtable are neighbours in the processor's caches.
        let mut sorted: Vec<&Row> = rows.iter().collect();
        sorted.sort_by(|a, b| (a.table, &a.key).cmp(&(b.table, &b.key)));
        let answers = sorted.iter().filter(|row| row.table == Table::Answers).map(|row| row.recorded_at.millis());
        let places = place(&mut self.db, &self.shared, &mut self.answers, answers, batch);
        let mut places = places.map_err(|error| failure(&self.dir, error))?.into_iter();
        let (stock, documents) = (self.family(STOCK)?, self.family(DOCUMENTS)?);
        let answers = self.families(&self.answers)?;
        for row in sorted {
            let (family, others): (&ColumnFamily, &[&ColumnFamily]) = match row.table {
                Table::Stock => (stock, &[]),
                Table::Documents => (documents, &[]),
                Table::Answers => {
                    let index = places.next().unwrap_or(0);
                    // What was written before must not be seen: a later generation is asked first.
                    let others = if row.value.is_some() { &answers[index + 1..] } else { &answers };
                    (answers[index], others)
                }
            };
            for other in others {
                batch.delete_cf(*other, &row.key);
            }
            match &row.value {
                Some(value) => batch.put_cf(family, &row.key, value),
                None => batch.delete_cf(family, &row.key),
            }
        }
        Ok(())
    }

    fn put_history(&mut self, batch: &mut WriteBatch, entries: &[HistoryEntry]) -> Result<(), StoreError> {
        let mut sorted: Vec<_> = entries.iter().map(|entry| (history::key(entry), entry)).collect();
        sorted.sort_by_key(|(key, _)| *key);
        let times = sorted.iter().map(|(_, entry)| entry.recorded_at.millis());
        let places = place(&mut self.db, &self.shared, &mut self.history, times, batch);
        let places = places.map_err(|error| failure(&self.dir, error))?;
        let families = self.families(&self.history)?;
        for ((key, entry), index) in sorted.iter().zip(places) {
            batch.put_cf(families[index], key, history::value(entry.moved));
        }
        Ok(())
    }

    fn families(&self, generations: &Generations) -> Result<Vec<&ColumnFamily>, StoreError> {
        generations.oldest_first().map(|name| self.family(name)).collect()
    }
}

/// The generation of each record time, made where it is missing; notes in the batch that they are written now.
fn place(
    db: &mut DB,
    shared: &Shared,
    generations: &mut Generations,
    times: impl Iterator<Item = i64> + Clone,
    batch: &mut WriteBatch,
) -> Result<Vec<usize>, rocksdb::Error> {
    let now = wall_clock();
    for time in times.clone() {
        if let Err(name) = generations.place(time) {
            db.create_cf(&name, &options_of(shared, &name))?;
            // Written long ago, so that the first write is noted.
            generations.adopt(&name, Some(0));
        }
    }
    let places: Vec<usize> = times.filter_map(|time| generations.place(time).ok()).collect();
    for index in places.iter().copied().collect::<BTreeSet<_>>() {
        if generations.written(index, now) {
            batch.put(format!("{WRITTEN}{}", generations.name(index)), now.to_be_bytes());
        }
    }
    Ok(places)
}
