//! Results: the answer to each input record.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Codec;
use super::format::Format;
use super::record::Topic;
use super::schemas::Schema;
use super::value::{self, Unreadable};
use super::violation::Place;
use super::wire::{Id, Map, Str, Time, is_false, text};
use crate::domain::command::{Fingerprint, OperationName};
use crate::domain::decision::{Answer, Outcome};
use crate::domain::ids::{Text, Uuid};
use crate::domain::rejection::{Code, Rejection};

/// The names of what a command can have made.
const MADE: [&str; 7] =
    ["receipt_id", "asn_id", "transfer_order_id", "shipment_id", "adjustment_id", "count_id", "import_id"];

/// A result on the wire, fields in the order of `schemas/result.avsc`.
#[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
#[serde(rename = "Result")]
pub struct Record<'a> {
    pub command_id: Id,
    pub store_id: Str<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Str<'a>>,
    pub status: Str<'a>,
    pub event_ids: Vec<Id>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub ids: Map<'a, Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub violations: Option<Vec<Place<'a>>>,
    pub recorded_at: Time,
    #[serde(default, skip_serializing_if = "is_false")]
    pub clock_clamped: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub validate_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_id: Option<Id>,
    #[serde(default)]
    pub fingerprint: Str<'a>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub reused: bool,
}

impl Codec {
    /// A result.
    pub fn encode_answer(&self, answer: &Answer) -> Vec<u8> {
        let format = self.formats.of(Topic::Results);
        value::encode(format, Schema::Result, &Record::of(format, answer))
    }

    /// The answer of a result.
    ///
    /// # Errors
    /// When the bytes are no result.
    pub fn decode_answer(&self, value: &[u8]) -> Result<Answer, Unreadable> {
        value::decode::<Record<'static>>(Schema::Result, value)?.answer()
    }
}

impl<'a> Record<'a> {
    pub fn of(format: Format, answer: &'a Answer) -> Self {
        let mut record = Self {
            command_id: Id(answer.command_id),
            store_id: Cow::Borrowed(answer.store_id.as_str()),
            operation: answer.operation.map(|operation| Cow::Borrowed(operation.as_str())),
            recorded_at: Time(answer.recorded_at),
            clock_clamped: answer.clock_clamped,
            correlation_id: text!(answer.correlation_id),
            validate_only: answer.validate_only,
            fingerprint: Cow::Owned(format!("{:032x}", answer.fingerprint.0)),
            reused: answer.reused,
            ..Self::default()
        };
        match &answer.outcome {
            Outcome::Accepted { event_ids, ids } => {
                record.status = Cow::Borrowed("accepted");
                record.event_ids = wire_ids(event_ids);
                record.ids = ids.iter().map(|(name, id)| (*name, Cow::Borrowed(&**id))).collect();
            }
            Outcome::Rejected(rejection) => record.refused("rejected", format, rejection),
            Outcome::Parked(rejection) => record.refused("parked", format, rejection),
            Outcome::Applied { leg_id, event_ids } => {
                record.status = Cow::Borrowed("applied");
                record.leg_id = Some(Id(*leg_id));
                record.event_ids = wire_ids(event_ids);
            }
        }
        record
    }

    fn refused(&mut self, status: &'static str, format: Format, rejection: &'a Rejection) {
        self.status = Cow::Borrowed(status);
        self.code = Some(Cow::Borrowed(rejection.code.as_str()));
        self.retryable = Some(rejection.code.retryable());
        self.violations = Some(rejection.violations.iter().map(|violation| Place::of(format, violation)).collect());
    }

    fn answer(&self) -> Result<Answer, Unreadable> {
        let operation =
            |name: &Str<'_>| OperationName::parse(name).ok_or_else(|| Unreadable::unknown("operation", name.as_ref()));
        Ok(Answer {
            store_id: self.store_id.as_ref().into(),
            command_id: self.command_id.0,
            operation: self.operation.as_ref().map(operation).transpose()?,
            fingerprint: fingerprint(&self.fingerprint)?,
            correlation_id: self.correlation_id.as_deref().map(Into::into),
            validate_only: self.validate_only,
            reused: self.reused,
            clock_clamped: self.clock_clamped,
            recorded_at: self.recorded_at.0,
            outcome: self.outcome()?,
        })
    }

    fn outcome(&self) -> Result<Outcome, Unreadable> {
        let event_ids = self.event_ids.iter().map(|id| id.0).collect();
        match self.status.as_ref() {
            "accepted" => Ok(Outcome::Accepted { event_ids, ids: self.made()? }),
            "rejected" => Ok(Outcome::Rejected(self.rejection()?)),
            "parked" => Ok(Outcome::Parked(self.rejection()?)),
            "applied" => Ok(Outcome::Applied { leg_id: value::required(self.leg_id, "leg_id")?.0, event_ids }),
            other => Err(Unreadable::unknown("status", other)),
        }
    }

    fn made(&self) -> Result<Vec<(&'static str, Text)>, Unreadable> {
        let known = |name: &str| MADE.into_iter().find(|known| *known == name);
        self.ids
            .0
            .iter()
            .map(|(name, id)| {
                let name = known(name).ok_or_else(|| Unreadable::unknown("ids", name.as_ref()))?;
                Ok((name, id.as_ref().into()))
            })
            .collect()
    }

    fn rejection(&self) -> Result<Rejection, Unreadable> {
        let code = value::required(self.code.as_deref(), "code")?;
        let code = Code::parse(code).ok_or_else(|| Unreadable::unknown("code", code))?;
        let violations = self.violations.iter().flatten().map(Place::violation).collect::<Result<_, _>>()?;
        Ok(Rejection { code, violations })
    }
}

fn wire_ids(ids: &[Uuid]) -> Vec<Id> {
    ids.iter().copied().map(Id).collect()
}

fn fingerprint(text: &str) -> Result<Fingerprint, Unreadable> {
    let digits = if text.len() == 32 { u128::from_str_radix(text, 16).ok() } else { None };
    digits.map(Fingerprint).ok_or_else(|| Unreadable::unknown("fingerprint", text))
}
