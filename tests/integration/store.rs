//! RocksDB and its twin in memory behave the same; a crash loses rows and positions together.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use stockroom::domain::ids::{StockLocation, Uuid};
use stockroom::domain::rows::Moved;
use stockroom::domain::stock::StockKey;
use stockroom::domain::time::Timestamp;
use stockroom::store::memory::MemoryStore;
use stockroom::store::rocks::{Limits, PartitionStore, Shared};
use stockroom::store::{Changes, HistoryEntry, Remedy, Retention, Row, RowKey, Store, StoreError, Table};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const RETENTION: Retention = Retention { history_ms: 14 * DAY_MS, command_ids_ms: 30 * DAY_MS };
const TABLES: [Table; 3] = [Table::Stock, Table::Documents, Table::Answers];

fn shared() -> Arc<Shared> {
    Arc::new(Shared::new(Limits::default()).unwrap())
}

fn open(shared: &Arc<Shared>, dir: &Path) -> PartitionStore {
    PartitionStore::open(shared, dir, 0, RETENTION).unwrap()
}

fn a_row() -> impl Strategy<Value = Row> {
    let table = prop::sample::select(&TABLES[..]);
    let value = prop::option::weighted(0.9, prop::collection::vec(any::<u8>(), 0..40));
    // Few keys, so that rows are overwritten; two years, so that generations are more than there may be.
    (table, "S[12]\\|[a-d]{1,2}", value, 0..730_i64).prop_map(|(table, key, value, day)| Row {
        table,
        key: key.into(),
        value: value.map(Into::into),
        recorded_at: Timestamp::from_millis(day * DAY_MS),
    })
}

fn a_movement() -> impl Strategy<Value = HistoryEntry> {
    ("S[12]?", "[a-c|]{1,2}", "main|damaged", 0..60_u128, 0..730_i64, -9..9_i64).prop_map(
        |(store, product, location, id, day, change)| HistoryEntry {
            key: StockKey { store_id: store.into(), product_id: product.into() },
            location: location.into(),
            movement_id: Uuid::from_u128(id),
            moved: Moved { occurred_at: Timestamp::from_millis(day), change },
            // One movement is always of one time, however often it is restored.
            recorded_at: Timestamp::from_millis(i64::try_from(id).unwrap() * 12 * DAY_MS),
        },
    )
}

/// Longer than it was kept: what is too old is thrown away already, and only the topics have it.
#[test]
fn a_copy_that_forgot_sooner_than_it_is_asked_to_is_restored() {
    let (shared, dir) = (shared(), tempfile::tempdir().unwrap());
    let kept = |history_days: i64, id_days: i64| {
        let retention = Retention { history_ms: history_days * DAY_MS, command_ids_ms: id_days * DAY_MS };
        let mut store = PartitionStore::open(&shared, dir.path(), 0, retention)?;
        store.write(&Changes { positions: vec![("topic".into(), 1)], ..Changes::default() })?;
        store.flush()
    };
    kept(14, 30).unwrap();
    kept(14, 30).unwrap();
    for (history_days, id_days, key) in [(15, 30, "history_ms"), (14, 31, "command_ids_ms")] {
        let error = kept(history_days, id_days).unwrap_err();
        assert_eq!(error.remedy(), Remedy::Rebuild);
        assert!(error.to_string().contains(key), "{error}");
    }
    kept(7, 30).unwrap();
    assert!(kept(14, 30).is_err(), "a week is forgotten by now");
}

fn some_changes() -> impl Strategy<Value = Changes> {
    let rows = prop::collection::vec(a_row(), 0..20);
    let history = prop::collection::vec(a_movement(), 0..10);
    (rows, history).prop_map(|(rows, history)| Changes { rows, history, positions: Vec::new() })
}

/// Everything a store shows.
fn contents(store: &impl Store, asked: &[Changes]) -> Vec<String> {
    let mut contents = Vec::new();
    for table in TABLES {
        for prefix in ["", "S1|", "S1|b", "S3"] {
            let mut show = |key: &[u8], value: &[u8]| contents.push(format!("{table:?} {prefix} {key:?} {value:?}"));
            store.scan(table, prefix.as_bytes(), &mut show).unwrap();
        }
    }
    let rows = asked.iter().flat_map(|changes| &changes.rows);
    let keys: Vec<_> = rows.map(|row| RowKey { table: row.table, key: row.key.to_vec() }).collect();
    contents.extend(store.get(&keys).unwrap().into_iter().map(|value| format!("{value:?}")));
    for entry in asked.iter().flat_map(|changes| &changes.history) {
        contents.push(format!("{:?}", store.history(&entry.key, &entry.location).unwrap()));
    }
    contents.push(format!("{:?}", store.positions().unwrap()));
    contents
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn rocksdb_and_memory_behave_the_same(
        all in prop::collection::vec((some_changes(), 0..10_u8), 1..12)
    ) {
        let dir = tempfile::tempdir().unwrap();
        let shared = shared();
        let mut rocks = open(&shared, dir.path());
        let mut memory = MemoryStore::default();
        let mut asked = Vec::new();
        for (index, (mut changes, then)) in all.into_iter().enumerate() {
            changes.positions.push((Arc::from(format!("topic-{then}")), i64::try_from(index).unwrap()));
            rocks.write(&changes).unwrap();
            memory.write(&changes).unwrap();
            asked.push(changes);
            match then {
                0 => rocks.flush().unwrap(),
                1 => rocks.maintain(Duration::ZERO).unwrap(),
                2 => {
                    drop(rocks);
                    rocks = open(&shared, dir.path());
                }
                _ => {}
            }
        }
        prop_assert_eq!(contents(&rocks, &asked), contents(&memory, &asked));
    }
}

/// The state after `writes` writes, and how to make one.
fn write(number: i64) -> Changes {
    let row = |table| Row {
        table,
        key: format!("S1|{}", number % 7).into(),
        value: Some(number.to_be_bytes().to_vec().into()),
        recorded_at: Timestamp::from_millis(number * DAY_MS),
    };
    let entry = HistoryEntry {
        key: StockKey { store_id: "S1".into(), product_id: "A".into() },
        location: StockLocation::from("main"),
        movement_id: Uuid::from_u128(u128::try_from(number).unwrap()),
        moved: Moved { occurred_at: Timestamp::default(), change: number },
        recorded_at: Timestamp::from_millis(number * DAY_MS),
    };
    let positions = vec![(Arc::from("inventory.commands"), number + 1)];
    Changes { rows: TABLES.into_iter().map(row).collect(), history: vec![entry], positions }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().filter_map(Result::ok) {
        if entry.file_name() != "LOCK" {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn after_a_crash_rows_and_positions_agree() {
    let (dir, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let shared = shared();
    let mut store = open(&shared, dir.path());
    let mut asked = Vec::new();
    for number in 0..200 {
        asked.push(write(number));
        store.write(&write(number)).unwrap();
        if number % 60 == 59 {
            store.flush().unwrap();
        }
        if number % 25 == 0 {
            // What a machine finds that lost its process now: the files, without what was only in memory.
            let name = number.to_string();
            let to = crashed.path().join(&name);
            copy(&PartitionStore::folder(dir.path(), 0), &PartitionStore::folder(&to, 0));
            let found = open(&shared, &to);
            let position = found.positions().unwrap().into_values().next().unwrap_or(0);
            assert_eq!(position, number / 60 * 60, "what was flushed is there, what was not is gone");
            let mut expected = MemoryStore::default();
            (0..position).for_each(|number| expected.write(&write(number)).unwrap());
            assert_eq!(contents(&found, &asked), contents(&expected, &asked), "crash after write {number}");
        }
    }
}

#[test]
fn a_folder_in_use_or_damaged_says_what_helps() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared();
    let mut store = open(&shared, dir.path());
    let Err(error) = PartitionStore::open(&shared, dir.path(), 0, RETENTION) else { panic!("opened twice") };
    assert!(matches!(error, StoreError::Locked { .. }) && error.remedy() == Remedy::Retry, "{error}");
    store.write(&write(1)).unwrap();
    store.flush().unwrap();
    drop(store);

    let folder = PartitionStore::folder(dir.path(), 0);
    let files = || std::fs::read_dir(&folder).unwrap().filter_map(Result::ok).map(|entry| entry.path());
    for file in files().filter(|file| file.extension().is_some_and(|extension| extension == "sst")) {
        std::fs::remove_file(file).unwrap();
    }
    let opened = PartitionStore::open(&shared, dir.path(), 0, RETENTION);
    let Err(error) = opened.and_then(|store| store.positions()) else { panic!("opened without its files") };
    assert!(error.remedy() == Remedy::Rebuild, "{error}");

    std::fs::write(folder.join("CURRENT"), "no manifest\n").unwrap();
    let Err(error) = PartitionStore::open(&shared, dir.path(), 0, RETENTION) else { panic!("opened rubbish") };
    assert!(error.remedy() == Remedy::Rebuild, "{error}");

    PartitionStore::delete(dir.path(), 0).unwrap();
    PartitionStore::delete(dir.path(), 0).unwrap();
    assert!(open(&shared, dir.path()).positions().unwrap().is_empty());
}
