//! What happened in a batch, for metrics.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{EngineError, conservation};
use crate::codec::Codec;
use crate::domain::command::OperationName;
use crate::domain::decide::Input;
use crate::domain::decision::{Answer, Decision, Outcome};
use crate::domain::document::{DocumentKey, Kind};
use crate::domain::event::EventName;
use crate::domain::leg::{Leg, LegBody};
use crate::domain::rejection::Code;
use crate::domain::rows::Rows;
use crate::store::{Store, Table};

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
    /// Answers by operation (none when it could not be read), result and code; repeats of an answer are not among them.
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
    /// Balances that a decision changed by something else than its movements: always 0.
    pub conservation_violations: u64,
    /// Legs that tell of a shipment or an order that this store has not, and so changed nothing.
    pub legs_of_nothing: u64,
    /// By how much the number of open documents changed, by kind.
    pub open_documents: BTreeMap<Kind, i64>,
}

impl Tally {
    /// Counts what a record was decided to cause. `rows` are as they were before.
    pub(super) fn add(&mut self, rows: &Rows, decision: &Decision) {
        for answer in &decision.answers {
            self.add_answer(rows, answer);
        }
        for event in &decision.events {
            *self.events.entry(event.name).or_default() += 1;
        }
        self.conservation_violations += conservation::violations(rows, decision);
        let corrections = decision.movements.iter().filter(|movement| movement.corrects.is_some());
        self.late_facts += corrections.count() as u64;
        for (key, document) in &decision.documents {
            let before = rows.document(key).ok().flatten().is_some_and(|document| document.is_open());
            let after = document.as_ref().is_some_and(|document| document.is_open());
            if before != after {
                *self.open_documents.entry(key.kind).or_default() += if after { 1 } else { -1 };
            }
        }
    }

    /// A leg may tell of a shipment that this store has not: it was forgotten since, or something is lost. Nothing changes
    /// then, and somebody has to look.
    pub(super) fn note_report_of_nothing(&mut self, rows: &Rows, input: &Input) {
        let Input::Leg(Leg { store_id, leg_id, body: LegBody::AsnReported(reported), .. }) = input else { return };
        let documents =
            [(Kind::Shipment, reported.shipment_id.text()), (Kind::TransferOrder, reported.transfer_order_id.text())];
        for (kind, id) in documents {
            let key = DocumentKey { store_id: store_id.clone(), kind, id, part: None };
            if rows.document(&key).is_ok_and(|document| document.is_none()) {
                self.legs_of_nothing += 1;
                let (kind, id) = (kind.as_str(), &key.id);
                tracing::error!(store = %store_id, leg = %leg_id, kind, %id, "a leg tells of something that is not here");
                return;
            }
        }
    }

    fn add_answer(&mut self, rows: &Rows, answer: &Arc<Answer>) {
        let (result, code) = match &answer.outcome {
            Outcome::Accepted { .. } => (CommandResult::Accepted, None),
            Outcome::Rejected(rejection) => (CommandResult::Rejected, Some(rejection.code)),
            Outcome::Parked(rejection) => (CommandResult::Parked, Some(rejection.code)),
            Outcome::Applied { .. } => {
                self.legs += 1;
                return;
            }
        };
        let is_again = || rows.answer(&answer.key()).ok().flatten().is_some_and(|first| Arc::ptr_eq(first, answer));
        let is_again = is_again();
        self.duplicates += u64::from(is_again || answer.reused);
        if !is_again {
            *self.commands.entry((answer.operation, result, code)).or_default() += 1;
        }
    }
}

/// How many documents of a store are open, by kind: what the changes in tallies are added to. Reads every document.
///
/// # Errors
/// The store is broken, or a row in it.
pub fn open_documents(codec: &Codec, store: &impl Store) -> Result<BTreeMap<Kind, i64>, EngineError> {
    let mut open = BTreeMap::new();
    let mut unreadable = None;
    store.scan(Table::Documents, b"", &mut |key, value| match codec.decode_document(value) {
        Ok((key, document)) if document.is_open() => *open.entry(key.kind).or_default() += 1,
        Ok(_) => {}
        Err(cause) => unreadable = Some(EngineError::row("documents", key, cause)),
    })?;
    unreadable.map_or(Ok(open), Err)
}
