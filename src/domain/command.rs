//! What upstream applications may ask for (domain contract §4), as typed values.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

use super::ids::{StoreId, Text, Uuid};
use super::rejection::Rejection;
use super::time::Timestamp;

pub use super::operation::*;

/// A quantity in base units. In a line of a command 0 to 1,000,000,000, so that no balance can overflow.
pub type Quantity = i64;

/// The largest quantity of one line.
pub const QUANTITY_MAX: Quantity = 1_000_000_000;
/// The most lines one command may hold.
pub const LINES_MAX: usize = 1_000;

/// One command: the envelope and the operation.
#[derive(Clone, PartialEq, Debug)]
pub struct Command {
    /// Idempotency key, made by the client.
    pub command_id: Uuid,
    /// The store that owns the change.
    pub store_id: StoreId,
    /// Echoed on everything the command causes.
    pub correlation_id: Option<Text>,
    /// Answer what would happen, change nothing.
    pub validate_only: bool,
    /// Identifies the body: equal for two commands with the same decoded known fields, however they were written.
    pub fingerprint: Fingerprint,
    /// The operation's name, when it could be read.
    pub operation_name: Option<OperationName>,
    /// What is asked, or why it does not fit the schema.
    pub body: Result<Body, Rejection>,
}

/// 128-bit hash of a command's body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Fingerprint(pub u128);

/// The part of a command that can only be read when the command fits the schema.
#[derive(Clone, PartialEq, Debug)]
pub struct Body {
    /// Device time: when it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// Who caused it outside, so that echoes can be recognised.
    pub origin: Option<Origin>,
    /// What is asked.
    pub operation: Operation,
}

/// An associate or a user.
#[derive(Clone, PartialEq, Debug)]
pub struct Actor {
    /// Who.
    pub id: Text,
    /// In which role.
    pub role: Option<Text>,
    /// On which device.
    pub device: Option<Text>,
}

/// The outside system that caused a command.
#[derive(Clone, PartialEq, Debug)]
pub struct Origin {
    /// The system's name.
    pub system: Text,
    /// The id there.
    pub id: Text,
}

/// The gates of a store, in the order in which documents list them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Gate {
    Receiving,
    ReceivingWithoutAsn,
    CartonReceiving,
    Transfers,
    StoreInitiatedTransfers,
    Adjustments,
    Counts,
    FullCounts,
    Reservations,
}

impl Gate {
    /// Every gate.
    pub const ALL: [Gate; 9] = [
        Gate::Receiving,
        Gate::ReceivingWithoutAsn,
        Gate::CartonReceiving,
        Gate::Transfers,
        Gate::StoreInitiatedTransfers,
        Gate::Adjustments,
        Gate::Counts,
        Gate::FullCounts,
        Gate::Reservations,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Gate::Receiving => "receiving",
            Gate::ReceivingWithoutAsn => "receiving_without_asn",
            Gate::CartonReceiving => "carton_receiving",
            Gate::Transfers => "transfers",
            Gate::StoreInitiatedTransfers => "store_initiated_transfers",
            Gate::Adjustments => "adjustments",
            Gate::Counts => "counts",
            Gate::FullCounts => "full_counts",
            Gate::Reservations => "reservations",
        }
    }

    /// The gate of a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.as_str() == name)
    }
}

/// What kind of place a location is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocationType {
    /// A store.
    Store,
    /// A distribution centre; never mastered here.
    Dc,
}

/// What happens when an outbound operation would drive stock below zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NegativeStock {
    /// It goes below zero and is reported as is.
    Allow,
    /// Outbound transfers and adjustments are refused.
    Refuse,
}
