//! Rows from the records of our own topics. Restoring is copying: only what is not kept as it is gets decoded.

use super::{Context, EngineError};
use crate::codec::keys;
use crate::codec::record::{InputRecord, Topic};
use crate::codec::schemas::Schema;
use crate::store::{Changes, HistoryEntry, Row, Table};

/// Topics a partition's rows are restored from. Stock and documents from the beginning; results and the ledger from the
/// time on that must be remembered.
pub const TOPICS: [Topic; 4] = [Topic::Stock, Topic::Documents, Topic::Results, Topic::Ledger];

/// Adds to `changes` what a record of one of [`TOPICS`] means for the store. Positions are the caller's.
///
/// # Errors
/// The record is of a later release, or can't be read.
pub fn apply(context: &Context, record: &InputRecord, changes: &mut Changes) -> Result<(), EngineError> {
    let (topic, codec) = (record.topic, &context.codec);
    let key = record.key.clone().unwrap_or_default();
    let failed = |cause| EngineError::row(topic.name(), record.key.as_deref().unwrap_or_default(), cause);
    if let (Some(schema), Some(value)) = (Schema::of_topic(topic), &record.value) {
        codec.check_version(schema, value).map_err(failed)?;
    }
    let row = |changes: &mut Changes, table| {
        let key = key.clone();
        changes.rows.push(Row { table, key, value: record.value.clone(), recorded_at: record.timestamp });
    };
    match (topic, &record.value) {
        (Topic::Stock, _) => row(changes, Table::Stock),
        (Topic::Documents, _) => row(changes, Table::Documents),
        (Topic::Results, Some(_)) => {
            if keys::is_of_an_id(&key) {
                row(changes, Table::Answers);
            }
        }
        (Topic::Ledger, Some(value)) => {
            let movement = codec.decode_movement(value).map_err(failed)?;
            changes.history.extend(HistoryEntry::of(&movement, record.timestamp));
        }
        (Topic::Results | Topic::Ledger, None) => {}
        (Topic::Commands | Topic::Legs | Topic::Events | Topic::DeadLetters, _) => {}
    }
    Ok(())
}
