//! Rows from the records of our own topics.

use super::{Context, EngineError};
use crate::codec::record::Topic;
use crate::domain::time::Timestamp;
use crate::store::{Changes, Row, Table};

/// Topics a partition's rows are restored from.
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
    let _ = context;
    let table = match topic {
        Topic::Stock => Table::Stock,
        Topic::Documents => Table::Documents,
        Topic::Results => Table::Answers,
        Topic::Ledger | Topic::Commands | Topic::Legs | Topic::Events | Topic::DeadLetters => return Ok(()),
    };
    let (key, value) = (key.unwrap_or_default().to_vec(), value.map(<[u8]>::to_vec));
    changes.rows.push(Row { table, key, value, recorded_at: timestamp });
    Ok(())
}
