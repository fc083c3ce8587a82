//! What happened in a batch, for metrics.

use std::collections::BTreeMap;

use crate::domain::command::OperationName;
use crate::domain::document::Kind;
use crate::domain::event::EventName;
use crate::domain::rejection::Code;

/// What became of a command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CommandResult {
    /// It was carried out.
    Accepted,
    /// It was refused.
    Rejected,
    /// It waits for its ASN.
    Parked,
}

impl CommandResult {
    /// The name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            CommandResult::Accepted => "accepted",
            CommandResult::Rejected => "rejected",
            CommandResult::Parked => "parked",
        }
    }
}

/// What happened in a batch.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tally {
    /// Answers by operation (none when it could not be read), result and code.
    pub commands: BTreeMap<(Option<OperationName>, CommandResult, Option<Code>), u64>,
    /// Events by name.
    pub events: BTreeMap<EventName, u64>,
    /// Legs that took effect.
    pub legs: u64,
    /// Movements that came after a count they happened before.
    pub late_facts: u64,
    /// Commands whose id was used before, with the same body or another.
    pub duplicates: u64,
    /// Records nobody could answer, by `error-code`.
    pub dead_letters: BTreeMap<&'static str, u64>,
    /// Records handed to the partition they belong to.
    pub forwarded: u64,
    /// By how much the number of open documents changed, by kind.
    pub open_documents: BTreeMap<Kind, i64>,
}
