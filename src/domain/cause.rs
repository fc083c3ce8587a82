//! Who and what a change is owed to: the command (or leg) that is being carried out.

use super::command::{Body, Command, Operation, OperationName, Origin};
use super::ids::{Text, Uuid};
use super::leg::Leg;
use super::time::Timestamp;

/// How far a device's clock may run ahead of the record's before it is set to it (domain contract §3).
const CLOCK_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// What everything that is posted, announced or sent while a command or leg is carried out has in common.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    /// Namespace of the ids made: the command's id, or the leg's.
    pub namespace: Uuid,
    pub command_id: Uuid,
    pub operation: OperationName,
    /// Device time, clamped.
    pub occurred_at: Timestamp,
    pub clock_clamped: bool,
    pub actor_id: Text,
    pub correlation_id: Option<Text>,
    pub origin: Option<Origin>,
    /// The timestamp device times are judged by: that of the command's own record, also after it was parked.
    pub arrived_at: Timestamp,
    /// Ids of the events announced so far.
    pub event_ids: Vec<Uuid>,
    /// Ledger rows posted so far.
    pub movements: usize,
    /// Legs sent so far.
    pub legs: usize,
    /// Variances that late facts changed, not announced yet.
    pub corrections: Vec<super::ledger::Correction>,
}

/// A device time, set to the record's when it is more than five minutes ahead of it.
fn clamped(device: Timestamp, arrived_at: Timestamp) -> Timestamp {
    if device > arrived_at.plus_millis(CLOCK_TOLERANCE_MS) { arrived_at } else { device }
}

/// The other device times a command carries.
fn device_times(operation: &Operation) -> Vec<Timestamp> {
    if let Operation::ReceiveItems(receipt) = operation {
        receipt.started_at.into_iter().collect()
    } else if let Operation::SubmitCount(submit) = operation {
        submit.lines.iter().filter_map(|line| line.counted_at).collect()
    } else {
        Vec::new()
    }
}

impl Cause {
    /// The cause of what a command does, its device times judged by the timestamp of its own record.
    pub fn of_command(command: &Command, body: &Body, arrived_at: Timestamp) -> Self {
        let occurred_at = clamped(body.occurred_at, arrived_at);
        let clock_clamped = occurred_at != body.occurred_at
            || device_times(&body.operation).into_iter().any(|time| clamped(time, arrived_at) != time);
        Self {
            namespace: command.command_id,
            command_id: command.command_id,
            operation: body.operation.name(),
            occurred_at,
            clock_clamped,
            actor_id: body.actor.id.clone(),
            correlation_id: command.correlation_id.clone(),
            origin: body.origin.clone(),
            arrived_at,
            event_ids: Vec::new(),
            movements: 0,
            legs: 0,
            corrections: Vec::new(),
        }
    }

    /// The cause of what a leg does. A clamp is shown on the command's own rows only.
    pub fn of_leg(leg: &Leg, recorded_at: Timestamp) -> Self {
        Self {
            namespace: leg.leg_id,
            command_id: leg.command_id,
            operation: leg.cause,
            occurred_at: leg.occurred_at,
            clock_clamped: false,
            actor_id: leg.actor_id.clone(),
            correlation_id: leg.correlation_id.clone(),
            origin: leg.origin.clone(),
            arrived_at: recorded_at,
            event_ids: Vec::new(),
            movements: 0,
            legs: 0,
            corrections: Vec::new(),
        }
    }

    /// Another device time of the same command (`started_at`, `counted_at`), clamped.
    pub fn device_time(&self, time: Timestamp) -> Timestamp {
        clamped(time, self.arrived_at)
    }
}
