//! Whether partitions were added to the topics. Then stores belong to other partitions than those their rows are on.

use std::collections::BTreeMap;
use std::fmt;

use crate::codec::keys;
use crate::codec::record::{InputRecord, Topic};
use crate::engine::routing::partition_of;

/// Something was written when the topics had another number of partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionsAdded {
    /// What was written.
    pub place: String,
    /// How many there were, when that is known.
    pub was: Option<i32>,
    /// How many there are.
    pub now: i32,
}

impl fmt::Display for PartitionsAdded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, was, now } = self;
        write!(f, "{place} was written when the topics had ")?;
        match was {
            Some(was) => write!(f, "{was} partitions")?,
            None => write!(f, "another number of partitions")?,
        }
        write!(f, ", now they have {now}: partitions were added to the topics")
    }
}

impl std::error::Error for PartitionsAdded {}

/// Whether a row's record is on another partition than its store belongs to.
pub(super) fn misplaced(record: &InputRecord, partitions: i32) -> Option<PartitionsAdded> {
    let store = store_of(record)?;
    let belongs = partition_of(store.as_bytes(), partitions);
    (belongs != record.position.partition).then(|| PartitionsAdded {
        place: format!("{}, of store {store} that now belongs to partition {belongs},", record.position),
        was: None,
        now: partitions,
    })
}

pub(super) fn store_of(record: &InputRecord) -> Option<String> {
    let is_row = matches!(record.topic, Topic::Stock | Topic::Documents);
    let key = record.key.as_deref().filter(|_| is_row)?;
    keys::parse_store(key).map(|store| store.as_str().to_owned())
}

/// The number of partitions by which every store is where it is.
pub(super) fn number_that_fits(stores: &BTreeMap<String, i32>, now: i32) -> Option<i32> {
    let fits = |number: &i32| stores.iter().all(|(store, found)| partition_of(store.as_bytes(), *number) == *found);
    (1..now).rev().find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_number_is_the_one_that_fits() {
        let stores: BTreeMap<String, i32> = (0..20)
            .map(|number| format!("S{number}"))
            .map(|store| (store.clone(), partition_of(store.as_bytes(), 6)))
            .collect();
        assert_eq!(number_that_fits(&stores, 12), Some(6));
        assert_eq!(number_that_fits(&stores, 5), None);
    }
}
