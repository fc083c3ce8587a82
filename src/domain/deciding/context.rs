//! The context in which things are carried out: the command (or leg) that everything made is owed to.

use crate::domain::model::command::{BodyOf, CommandOf, Origin};
use crate::domain::model::document::closing::{CloseReason, Closing};
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation, Text, Uuid};
use crate::domain::model::leg::Leg;
use crate::domain::model::operation_name::OperationName;
use crate::domain::model::time::Timestamp;

/// How far a device's clock may run ahead of the record's before it is set to it (domain contract §3).
pub(crate) const CLOCK_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// What everything that is posted, announced or sent while a command or leg is carried out has in common.
#[derive(Clone, Debug)]
pub(crate) struct Context {
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
    pub corrections: Vec<Correction>,
}

/// A late fact changed the variance of an accepted count.
#[derive(Clone, Debug)]
pub(crate) struct Correction {
    /// The count (or import) whose variance changed.
    pub count_id: DocumentId,
    /// Where it counted.
    pub stock_location: StockLocation,
    /// What it counted.
    pub product_id: ProductId,
    /// By how much the variance changed.
    pub correction: Quantity,
    /// The variance as it is now.
    pub variance: Quantity,
}

/// A device time, set to the record's when it is more than five minutes ahead of it.
fn clamped(device: Timestamp, arrived_at: Timestamp) -> Timestamp {
    if device > arrived_at.plus_millis(CLOCK_TOLERANCE_MS) { arrived_at } else { device }
}

impl Context {
    /// The context of what a command does, its device times judged by the timestamp of its own record.
    pub fn of_command<O>(
        command: &CommandOf<O>,
        body: &BodyOf<O>,
        operation: OperationName,
        device_times: Vec<Timestamp>,
        arrived_at: Timestamp,
    ) -> Self {
        let occurred_at = clamped(body.occurred_at, arrived_at);
        let clock_clamped =
            occurred_at != body.occurred_at || device_times.into_iter().any(|time| clamped(time, arrived_at) != time);
        Self {
            namespace: command.command_id,
            command_id: command.command_id,
            operation,
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

    /// The context of what a leg does. A clamp is shown on the command's own rows only.
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

    /// How a document ends that is closed now: by hand, unless nothing is left to do.
    pub fn closing(&self, close_reason: CloseReason, close_note: Option<Text>) -> Closing {
        let by_hand = close_reason != CloseReason::Completed;
        Closing {
            close_reason,
            close_note,
            closed_at: self.occurred_at,
            closed_by: by_hand.then(|| self.actor_id.clone()),
        }
    }
}
