//! What a decision consists of: values that the engine carries out.

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::model::command::Fingerprint;
use crate::domain::model::document::{Document, DocumentKey};
use crate::domain::model::event::Event;
use crate::domain::model::ids::{StoreId, Text, Uuid};
use crate::domain::model::leg::Leg;
use crate::domain::model::movement::Movement;
use crate::domain::model::operation_name::OperationName;
use crate::domain::model::rejection::Rejection;
use crate::domain::model::stock::{StockKey, StockRow};
use crate::domain::model::time::Timestamp;

/// Everything one command or leg changes and announces, and the answers it gets.
#[derive(Clone, Default, Debug)]
pub struct Decision {
    /// Answers, in order: of commands that expired, of this one, of parked ones it released.
    pub answers: Vec<Arc<Answer>>,
    /// Events, in order.
    pub events: Vec<Event>,
    /// Ledger rows, in order.
    pub movements: Vec<Movement>,
    /// Legs to other stores, in order.
    pub legs: Vec<Leg>,
    /// Documents as they are now; `None`: deleted.
    pub documents: Vec<(DocumentKey, Option<Arc<Document>>)>,
    /// Stock rows as they are now.
    pub stock: Vec<(StockKey, Arc<StockRow>)>,
}

/// One record for the results topic.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Answer {
    /// The store that answers.
    pub store_id: StoreId,
    /// The command answered; of a leg the command that sent it.
    pub command_id: Uuid,
    /// The operation, when it could be read.
    pub operation: Option<OperationName>,
    /// Of the command's body.
    pub fingerprint: Fingerprint,
    /// Echoed.
    pub correlation_id: Option<Text>,
    /// The command only asked.
    pub validate_only: bool,
    /// The id was used before with another body: the answer does not replace the first.
    pub reused: bool,
    /// The device's clock was wrong and was set to the record's time.
    pub clock_clamped: bool,
    /// From the record, never from a clock.
    pub recorded_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
}

/// The key under which the answer to a command id is remembered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AnswerKey {
    /// The store that answered.
    pub store_id: StoreId,
    /// The command's id.
    pub command_id: Uuid,
}

impl Answer {
    /// Whether repeats of the command id get this answer again: parked and final ones, not what was only asked, not
    /// refusals of a used id, not legs.
    pub fn is_remembered(&self) -> bool {
        self.is_last_of_its_id() && !matches!(self.outcome, Outcome::Applied { .. })
    }

    /// Whether its record takes the place of the last one of its id, a command's or a leg's.
    pub fn is_last_of_its_id(&self) -> bool {
        !self.reused && !self.validate_only
    }

    /// The key it is remembered under.
    pub fn key(&self) -> AnswerKey {
        AnswerKey { store_id: self.store_id.clone(), command_id: self.command_id }
    }
}

/// What became of a command or leg.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub enum Outcome {
    /// It was carried out.
    Accepted {
        /// The ids of its events, in order.
        event_ids: Vec<Uuid>,
        /// What it made: (`receipt_id`, …), (`asn_id`, …), in the contract's order.
        #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::ids))]
        ids: Vec<(Cow<'static, str>, Text)>,
    },
    /// It was refused, and nothing changed.
    Rejected(Rejection),
    /// It waits for its ASN; the rejection is what it would be refused with.
    Parked(Rejection),
    /// A leg took effect.
    Applied {
        /// The leg.
        leg_id: Uuid,
        /// The ids of events it caused.
        event_ids: Vec<Uuid>,
    },
}
