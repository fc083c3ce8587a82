//! Results: the answer to each input record.

use std::borrow::Cow;

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::Unreadable;
use super::violation::Place;
use super::wire::{Map, record};
use crate::domain::command::{Fingerprint, OperationName};
use crate::domain::decision::{Answer, Outcome};
use crate::domain::ids::{StoreId, Text, Uuid};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::time::Timestamp;

/// A result, flat: what depends on its status is there or not.
#[derive(Debug)]
struct Row<'a> {
    command_id: Uuid,
    store_id: Cow<'a, StoreId>,
    operation: Option<OperationName>,
    status: Cow<'a, str>,
    event_ids: Cow<'a, [Uuid]>,
    ids: Map<Cow<'a, str>, Cow<'a, Text>>,
    code: Option<Code>,
    retryable: Option<bool>,
    violations: Option<Vec<Place>>,
    recorded_at: Timestamp,
    clock_clamped: bool,
    correlation_id: Cow<'a, Option<Text>>,
    validate_only: bool,
    leg_id: Option<Uuid>,
    fingerprint: Fingerprint,
    reused: bool,
}

record! { Row<'a> = "Result" {
    command_id, store_id, operation?, status, event_ids, ids?, code?, retryable?, violations?, recorded_at,
    clock_clamped?, correlation_id?, validate_only?, leg_id?, fingerprint, reused?,
} }

impl Codec {
    /// A result.
    pub fn encode_answer(&self, answer: &Answer) -> Vec<u8> {
        self.encode(Topic::Results, Schema::Result, &Row::of(answer))
    }

    /// The answer of a result.
    ///
    /// # Errors
    /// When the bytes are no result.
    pub fn decode_answer(&self, value: &[u8]) -> Result<Answer, Unreadable> {
        self.decode::<Row<'static>>(Schema::Result, value)?.answer()
    }
}

impl<'a> Row<'a> {
    fn of(answer: &'a Answer) -> Self {
        let blank = Self {
            command_id: answer.command_id,
            store_id: Cow::Borrowed(&answer.store_id),
            operation: answer.operation,
            status: Cow::Borrowed(""),
            event_ids: Cow::Borrowed(&[]),
            ids: Map::default(),
            code: None,
            retryable: None,
            violations: None,
            recorded_at: answer.recorded_at,
            clock_clamped: answer.clock_clamped,
            correlation_id: Cow::Borrowed(&answer.correlation_id),
            validate_only: answer.validate_only,
            leg_id: None,
            fingerprint: answer.fingerprint,
            reused: answer.reused,
        };
        match &answer.outcome {
            Outcome::Accepted { event_ids, ids } => Self {
                status: Cow::Borrowed("accepted"),
                event_ids: Cow::Borrowed(event_ids),
                ids: ids.iter().map(|(name, id)| (Cow::Borrowed(&**name), Cow::Borrowed(id))).collect(),
                ..blank
            },
            Outcome::Rejected(rejection) => blank.refused("rejected", rejection),
            Outcome::Parked(rejection) => blank.refused("parked", rejection),
            Outcome::Applied { leg_id, event_ids } => Self {
                status: Cow::Borrowed("applied"),
                event_ids: Cow::Borrowed(event_ids),
                leg_id: Some(*leg_id),
                ..blank
            },
        }
    }

    fn refused(self, status: &'static str, rejection: &Rejection) -> Self {
        Self {
            status: Cow::Borrowed(status),
            code: Some(rejection.code),
            retryable: Some(rejection.code.retryable()),
            violations: Some(rejection.violations.iter().cloned().map(Place).collect()),
            ..self
        }
    }

    fn answer(self) -> Result<Answer, Unreadable> {
        let event_ids = self.event_ids.into_owned();
        let rejection = || {
            let code = self.code.ok_or(Unreadable::Missing("code"))?;
            let violations = self.violations.unwrap_or_default().into_iter().map(|place| place.0).collect();
            Ok::<_, Unreadable>(Rejection { code, violations })
        };
        let outcome = match self.status.as_ref() {
            "accepted" => {
                let ids =
                    self.ids.0.into_iter().map(|(name, id)| (Cow::Owned(name.into_owned()), id.into_owned())).collect();
                Outcome::Accepted { event_ids, ids }
            }
            "rejected" => Outcome::Rejected(rejection()?),
            "parked" => Outcome::Parked(rejection()?),
            "applied" => Outcome::Applied { leg_id: self.leg_id.ok_or(Unreadable::Missing("leg_id"))?, event_ids },
            other => return Err(Unreadable::unknown("status", other)),
        };
        Ok(Answer {
            store_id: self.store_id.into_owned(),
            command_id: self.command_id,
            operation: self.operation,
            fingerprint: self.fingerprint,
            correlation_id: self.correlation_id.into_owned(),
            validate_only: self.validate_only,
            reused: self.reused,
            clock_clamped: self.clock_clamped,
            recorded_at: self.recorded_at,
            outcome,
        })
    }
}
