//! Bytes of history entries. They never leave the machine; a change of them is a new format of the folder.
//!
//! One is written for every movement and few are ever read, so they are small and of one length.

use xxhash_rust::xxh3::xxh3_128;

use super::HistoryEntry;
use crate::domain::ids::StockLocation;
#[cfg(feature = "runtime")]
use crate::domain::rows::Moved;
use crate::domain::stock::StockKey;
#[cfg(feature = "runtime")]
use crate::domain::time::Timestamp;

/// Length of a prefix.
pub(super) const PREFIX_BYTES: usize = 16;

/// What the keys of all entries of a product in a stock location begin with: a hash of the three names, wide enough
/// that no two share it.
pub(super) fn prefix(key: &StockKey, location: &StockLocation) -> [u8; PREFIX_BYTES] {
    let parts = [key.store_id.as_str(), key.product_id.as_str(), location.as_str()];
    let mut names = Vec::with_capacity(64);
    for part in parts {
        names.extend_from_slice(&part.len().to_be_bytes());
        names.extend_from_slice(part.as_bytes());
    }
    xxh3_128(&names).to_be_bytes()
}

/// The key of an entry: its prefix and the movement's id.
pub(super) fn key(entry: &HistoryEntry) -> [u8; PREFIX_BYTES + 16] {
    let mut bytes = [0; PREFIX_BYTES + 16];
    bytes[..PREFIX_BYTES].copy_from_slice(&prefix(&entry.key, &entry.location));
    bytes[PREFIX_BYTES..].copy_from_slice(entry.movement_id.as_bytes());
    bytes
}

/// The value of an entry.
#[cfg(feature = "runtime")]
pub(super) fn value(moved: Moved) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&moved.occurred_at.millis().to_be_bytes());
    bytes[8..].copy_from_slice(&moved.change.to_be_bytes());
    bytes
}

/// The movement of a value; `None` for bytes that [`value`] did not make.
#[cfg(feature = "runtime")]
pub(super) fn moved(bytes: &[u8]) -> Option<Moved> {
    let (occurred_at, change) = bytes.split_first_chunk::<8>()?;
    let change: [u8; 8] = change.try_into().ok()?;
    Some(Moved {
        occurred_at: Timestamp::from_millis(i64::from_be_bytes(*occurred_at)),
        change: i64::from_be_bytes(change),
    })
}
