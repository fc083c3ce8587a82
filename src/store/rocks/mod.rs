//! The rows of one partition in RocksDB.
//!
//! There is no write-ahead log: a crash loses what was not flushed, rows and positions alike, and the partition is
//! restored from its positions on. Flushes take all column families at once, so that they never disagree.

mod generations;
mod rows;
mod shared;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use generations::{Generations, wall_clock};
use rocksdb::{ColumnFamily, ColumnFamilyDescriptor, DB, ErrorKind, FlushOptions, Options, WriteOptions};
pub use shared::{Limits, Shared};

use super::{Retention, Store, StoreError};

/// The folder's format. Another one is not read but restored from the topics.
const FORMAT: &str = "1";
const FORMAT_KEY: &[u8] = b"format";
const PARTITIONS_KEY: &[u8] = b"partitions";
/// How long answers and histories are kept: two numbers of milliseconds.
const RETENTION_KEY: &[u8] = b"retention";
/// Column families. Positions, the format, the number of partitions and the age of generations are in `default`.
const META: &str = "default";
const STOCK: &str = "stock";
const DOCUMENTS: &str = "documents";
const ANSWERS: &str = "answers";
const HISTORY: &str = "history";
/// Beginnings of keys in `default`.
const POSITION: &str = "position/";
const WRITTEN: &str = "written/";

/// The database of one partition. One writer, which owns it.
pub struct PartitionStore {
    db: DB,
    dir: PathBuf,
    shared: Arc<Shared>,
    write_options: WriteOptions,
    answers: Generations,
    history: Generations,
    /// Since when something waits for a flush.
    unflushed_since: Option<Instant>,
}

impl PartitionStore {
    /// Where the rows of a partition are, below the folder of all of them.
    pub fn folder(state_dir: &Path, partition: i32) -> PathBuf {
        state_dir.join(format!("partition-{partition}"))
    }

    /// Opens the rows of a partition, or begins with none.
    ///
    /// # Errors
    /// The folder is in use, damaged, of another format, or the disk refuses: [`StoreError::remedy`].
    pub fn open(
        shared: &Arc<Shared>,
        state_dir: &Path,
        partition: i32,
        retention: Retention,
    ) -> Result<Self, StoreError> {
        let dir = Self::folder(state_dir, partition);
        let failed = |error| failure(&dir, error);
        std::fs::create_dir_all(&dir)
            .map_err(|error| StoreError::Disk { dir: dir.clone(), cause: error.to_string() })?;
        let options = shared.database();
        let exists = dir.join("CURRENT").exists();
        let mut names = if exists { DB::list_cf(&options, &dir).map_err(failed)? } else { Vec::new() };
        for name in [META, STOCK, DOCUMENTS] {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let families = names.iter().map(|name| ColumnFamilyDescriptor::new(name, options_of(shared, name)));
        let db = DB::open_cf_descriptors(&options, &dir, families).map_err(failed)?;
        let mut write_options = WriteOptions::default();
        write_options.disable_wal(true);
        let mut store = Self {
            db,
            dir: dir.clone(),
            shared: Arc::clone(shared),
            write_options,
            answers: Generations::new(ANSWERS, retention.command_ids_ms),
            history: Generations::new(HISTORY, retention.history_ms),
            unflushed_since: None,
        };
        store.check_format(exists)?;
        store.check_retention(retention)?;
        store.adopt_generations(&names)?;
        Ok(store)
    }

    /// Deletes the rows of a partition that is not open; they are restored from the topics.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn delete(state_dir: &Path, partition: i32) -> Result<(), StoreError> {
        let dir = Self::folder(state_dir, partition);
        match std::fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::Disk { dir, cause: error.to_string() })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn check_format(&mut self, exists: bool) -> Result<(), StoreError> {
        let found = self.meta(FORMAT_KEY)?;
        match found {
            Some(found) if found == FORMAT.as_bytes() => Ok(()),
            // A crash before the first flush leaves a database with nothing in it.
            None if !exists || self.positions()?.is_empty() => self
                .db
                .put_cf_opt(self.family(META)?, FORMAT_KEY, FORMAT, &self.write_options)
                .map_err(|error| failure(&self.dir, error)),
            found => Err(StoreError::Format {
                dir: self.dir.clone(),
                found: found.map_or("unknown".into(), |found| String::from_utf8_lossy(&found).into_owned()),
                expected: FORMAT,
            }),
        }
    }

    /// A copy that forgot sooner than is asked for now would judge a count or a repeated command by what it still has;
    /// one that is restored judges by what the topics have.
    fn check_retention(&mut self, asked: Retention) -> Result<(), StoreError> {
        let settings =
            [("deployment.command_ids_ms", asked.command_ids_ms), ("deployment.history_ms", asked.history_ms)];
        if let Some(found) = self.meta(RETENTION_KEY)? {
            let (found, _) = found.as_chunks();
            for ((key, asked), found) in settings.into_iter().zip(found.iter().copied().map(i64::from_be_bytes)) {
                if asked > found {
                    return Err(StoreError::Retention { dir: self.dir.clone(), key, found, asked });
                }
            }
        }
        let asked: Vec<u8> = settings.iter().flat_map(|(_, asked)| asked.to_be_bytes()).collect();
        self.db
            .put_cf_opt(self.family(META)?, RETENTION_KEY, asked, &self.write_options)
            .map_err(|error| failure(&self.dir, error))
    }

    /// Of how many partitions this one was when its rows were first written: noted the first time it is asked for.
    ///
    /// # Errors
    /// The database is broken.
    pub fn made_for(&mut self, partitions: i32) -> Result<i32, StoreError> {
        if let Some(bytes) = self.meta(PARTITIONS_KEY)? {
            return bytes.try_into().map(i32::from_be_bytes).map_err(|_| StoreError::Damaged {
                dir: self.dir.clone(),
                cause: "the number of partitions is unreadable".to_owned(),
            });
        }
        self.db
            .put_cf_opt(self.family(META)?, PARTITIONS_KEY, partitions.to_be_bytes(), &self.write_options)
            .map_err(|error| failure(&self.dir, error))?;
        Ok(partitions)
    }

    fn adopt_generations(&mut self, names: &[String]) -> Result<(), StoreError> {
        for name in names {
            let written = self.meta(format!("{WRITTEN}{name}").as_bytes())?;
            let written = written.and_then(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)));
            let _ = self.answers.adopt(name, written) || self.history.adopt(name, written);
        }
        Ok(())
    }

    /// Flushes when something has waited for `age`, so that the durable positions of a quiet partition do not fall
    /// behind what the topics retain; drops generations nobody can need any more. To be called every few seconds; the
    /// flush itself goes on in the background.
    ///
    /// # Errors
    /// The database is broken.
    pub fn maintain(&mut self, age: Duration) -> Result<(), StoreError> {
        let now = wall_clock();
        for name in self.answers.expired(now).into_iter().chain(self.history.expired(now)) {
            self.db.drop_cf(&name).map_err(|error| failure(&self.dir, error))?;
            let mark = format!("{WRITTEN}{name}");
            self.db.delete_opt(mark, &self.write_options).map_err(|error| failure(&self.dir, error))?;
            tracing::info!(dir = %self.dir.display(), generation = name, "dropped a generation");
        }
        if self.unflushed_since.is_some_and(|since| since.elapsed() >= age) {
            self.flush_all(false)?;
        }
        Ok(())
    }

    /// Flushes everything and waits for it.
    ///
    /// # Errors
    /// The database is broken.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        self.flush_all(true)
    }

    fn flush_all(&mut self, wait: bool) -> Result<(), StoreError> {
        let mut options = FlushOptions::default();
        options.set_wait(wait);
        let names = [META, STOCK, DOCUMENTS].into_iter();
        let names = names.chain(self.answers.newest_first()).chain(self.history.newest_first());
        let families = names.map(|name| self.family(name)).collect::<Result<Vec<_>, _>>()?;
        self.db.flush_cfs_opt(&families, &options).map_err(|error| failure(&self.dir, error))?;
        self.unflushed_since = None;
        Ok(())
    }

    fn family(&self, name: &str) -> Result<&ColumnFamily, StoreError> {
        self.db.cf_handle(name).ok_or_else(|| StoreError::Damaged {
            dir: self.dir.clone(),
            cause: format!("column family {name} is missing"),
        })
    }

    fn meta(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.db.get_cf(self.family(META)?, key).map_err(|error| failure(&self.dir, error))
    }
}

/// Options of a column family, by its name.
fn options_of(shared: &Shared, name: &str) -> Options {
    if [META, STOCK, DOCUMENTS].contains(&name) {
        shared.table()
    } else if name.starts_with(HISTORY) {
        shared.history()
    } else {
        shared.answers()
    }
}

/// What an error of RocksDB means for its folder.
fn failure(dir: &Path, error: rocksdb::Error) -> StoreError {
    let dir = dir.to_path_buf();
    let kind = error.kind();
    let cause = error.into_string();
    let is_disk = kind == ErrorKind::IOError && !cause.contains("No such file");
    if is_disk && (cause.contains("lock file") || cause.contains("lock hold")) {
        StoreError::Locked { dir, cause }
    } else if is_disk || kind == ErrorKind::Busy || kind == ErrorKind::TryAgain {
        StoreError::Disk { dir, cause }
    } else {
        StoreError::Damaged { dir, cause }
    }
}
