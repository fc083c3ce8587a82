//! Bytes of history entries. They never leave the machine; a change of them is a new format of the folder.

use super::HistoryEntry;
use crate::domain::ids::StockLocation;
use crate::domain::rows::Moved;
use crate::domain::stock::StockKey;
use crate::domain::time::Timestamp;

/// The beginning that all entries of a product in a stock location share, and no others: each name with its length.
pub(super) fn prefix(key: &StockKey, location: &StockLocation) -> Vec<u8> {
    let parts = [key.store_id.as_str(), key.product_id.as_str(), location.as_str()];
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 2).sum::<usize>() + 16);
    for part in parts {
        // Names have at most 64 characters; a longer one could only share a beginning with another like it.
        let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// The key of an entry: its prefix and the movement's id.
pub(super) fn key(entry: &HistoryEntry) -> Vec<u8> {
    let mut bytes = prefix(&entry.key, &entry.location);
    bytes.extend_from_slice(entry.movement_id.as_bytes());
    bytes
}

/// The value of an entry.
pub(super) fn value(moved: Moved) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&moved.occurred_at.millis().to_be_bytes());
    bytes[8..].copy_from_slice(&moved.change.to_be_bytes());
    bytes
}

/// The movement of a value; `None` for bytes that [`value`] did not make.
pub(super) fn moved(bytes: &[u8]) -> Option<Moved> {
    let (occurred_at, change) = bytes.split_first_chunk::<8>()?;
    let change: [u8; 8] = change.try_into().ok()?;
    Some(Moved {
        occurred_at: Timestamp::from_millis(i64::from_be_bytes(*occurred_at)),
        change: i64::from_be_bytes(change),
    })
}
