//! Commands as they are sent: an operation in its envelope, on time or late, once or again.

use arbitrary::{Result, Unstructured};
use stockroom::domain::command::{Actor, Body, Command, Fingerprint, Operation, Origin};
use stockroom::domain::ids::{StoreId, Text, Uuid};
use stockroom::domain::time::Timestamp;

use super::choices::one_in;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// By how much the records' clock goes on: mostly a little, sometimes over one of the limits, sometimes back.
pub fn pause(u: &mut Unstructured<'_>) -> Result<i64> {
    Ok(match u.int_in_range(0..=63_u8)? {
        0 => DAY_MS,
        1 => 31 * DAY_MS,
        2 => 15 * DAY_MS,
        3 => 401 * DAY_MS,
        4 => -MINUTE_MS,
        5 => -2 * DAY_MS,
        6 => -40 * DAY_MS,
        7 => 61 * MINUTE_MS,
        8..16 => 0,
        few => 1_000 * i64::from(few),
    })
}

/// When it happened, by the device: mostly just now.
fn device_time(u: &mut Unstructured<'_>, now: Timestamp) -> Result<Timestamp> {
    Ok(now.plus_millis(match u.int_in_range(0..=31_u8)? {
        0 => -DAY_MS,
        1 => -13 * DAY_MS,
        2 => -14 * DAY_MS - 1,
        3 => -30 * DAY_MS,
        4 => -30 * DAY_MS - 1,
        5 => 4 * MINUTE_MS,
        6 => 5 * MINUTE_MS + 1,
        7 => DAY_MS,
        few => -MINUTE_MS * i64::from(few - 8),
    }))
}

/// A command of an operation under an id of its own.
pub fn command(
    u: &mut Unstructured<'_>,
    number: u64,
    store: &StoreId,
    now: Timestamp,
    operation: Operation,
) -> Result<Command> {
    let is_long = one_in(u, 64)?;
    Ok(Command {
        command_id: Uuid::from_u64_pair(0x0190_a6f0_3b1c_7c50, number),
        store_id: store.clone(),
        correlation_id: if is_long { Some(Text::from("ü".repeat(1_024))) } else { None },
        validate_only: one_in(u, 16)?,
        fingerprint: Fingerprint::default(),
        operation_name: Some(operation.name()),
        body: Ok(Body {
            occurred_at: device_time(u, now)?,
            actor: Actor { id: "ada".into(), role: None, device: None },
            origin: if one_in(u, 16)? { Some(Origin { system: "erp".into(), id: "7".into() }) } else { None },
            operation,
        }),
    })
}
