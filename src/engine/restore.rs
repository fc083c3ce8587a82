//! Rows from the records of our own topics. Restoring is copying: only what is not kept as it is gets decoded.

use bytes::Bytes;

use super::{Context, EngineError};
use crate::codec::keys;
use crate::codec::record::Topic;
use crate::domain::time::Timestamp;
use crate::store::{Changes, HistoryEntry, Row, Table};

/// Topics a partition's rows are restored from. Stock and documents from the beginning; results and the ledger from the
/// time on that must be remembered.
pub const TOPICS: [Topic; 4] = [Topic::Stock, Topic::Documents, Topic::Results, Topic::Ledger];

/// Adds to `changes` what a record of one of [`TOPICS`] means for the store. Positions are the caller's.
///
/// # Errors
/// The record can't be read.
pub fn apply(
    context: &Context,
    topic: Topic,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    timestamp: Timestamp,
    changes: &mut Changes,
) -> Result<(), EngineError> {
    let key = key.unwrap_or_default();
    let mut row = |table| {
        let (key, value) = (Bytes::copy_from_slice(key), value.map(Bytes::copy_from_slice));
        changes.rows.push(Row { table, key, value, recorded_at: timestamp });
    };
    match (topic, value) {
        (Topic::Stock, _) => row(Table::Stock),
        (Topic::Documents, _) => row(Table::Documents),
        (Topic::Results, Some(value)) => {
            if keys::parse_remembered(key).is_some() {
                let answer = context.codec.decode_answer(value);
                if answer.map_err(|cause| EngineError::row(topic.name(), key, cause))?.is_remembered() {
                    row(Table::Answers);
                }
            }
        }
        (Topic::Ledger, Some(value)) => {
            let movement = context.codec.decode_movement(value);
            let movement = movement.map_err(|cause| EngineError::row(topic.name(), key, cause))?;
            changes.history.extend(HistoryEntry::of(&movement, timestamp));
        }
        (Topic::Results | Topic::Ledger, None) => {}
        (Topic::Commands | Topic::Legs | Topic::Events | Topic::DeadLetters, _) => {}
    }
    Ok(())
}
