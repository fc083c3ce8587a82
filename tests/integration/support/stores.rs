//! Stores by where they stand.

use stockroom::engine::routing::partition_of;

/// Stores of one partition, of so many.
pub fn stores_of(partition: i32, partitions: i32) -> impl Iterator<Item = String> {
    (0..)
        .map(|number| format!("S{number}"))
        .filter(move |store| partition_of(store.as_bytes(), partitions) == partition)
}
