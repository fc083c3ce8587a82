//! Results: the answer to each input record. What depends on its status is there or not.

use std::borrow::Cow;

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::{Checked, Unreadable, required};
use super::violation::Place;
use super::wire::{Map, record};
use crate::domain::decision::{Answer, Outcome};
use crate::domain::ids::{Text, Uuid};
use crate::domain::rejection::{Code, Rejection};

record! { Checked<'a, Answer> = "Result" of row {
    command_id, store_id, operation?,
    [status of String = Cow::Borrowed(status(&row.outcome))],
    [event_ids of Vec<Uuid> = *event_ids(&row.outcome)],
    [ids? of Map<String, Text> = ids(&row.outcome)],
    [code? of Option<Code> = rejection(&row.outcome).map(|rejection| rejection.code)],
    [retryable? of Option<bool> = rejection(&row.outcome).map(|rejection| rejection.code.retryable())],
    [violations? of Option<Vec<Place>> = rejection(&row.outcome).map(places)],
    recorded_at, clock_clamped?, correlation_id?, validate_only?,
    [leg_id? of Option<Uuid> = leg_id(&row.outcome)],
    fingerprint, reused?,
} answer: Answer {
    outcome: match outcome(&status, event_ids, ids, (code.map(|code| code.told_retryable(retryable.unwrap_or_default())), violations), leg_id) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Checked(Err(error))),
    }
} => Checked(Ok(Cow::Owned(answer))) }

fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Rejected(_) => "rejected",
        Outcome::Parked(_) => "parked",
        Outcome::Applied { .. } => "applied",
    }
}

fn event_ids(outcome: &Outcome) -> &Vec<Uuid> {
    match outcome {
        Outcome::Accepted { event_ids, .. } | Outcome::Applied { event_ids, .. } => event_ids,
        Outcome::Rejected(_) | Outcome::Parked(_) => const { &Vec::new() },
    }
}

fn ids(outcome: &Outcome) -> Map<Cow<'_, str>, Cow<'_, Text>> {
    let Outcome::Accepted { ids, .. } = outcome else { return Map::default() };
    ids.iter().map(|(name, id)| (Cow::Borrowed(&**name), Cow::Borrowed(id))).collect()
}

fn rejection(outcome: &Outcome) -> Option<&Rejection> {
    if let Outcome::Rejected(rejection) | Outcome::Parked(rejection) = outcome { Some(rejection) } else { None }
}

fn places(rejection: &Rejection) -> Vec<Place> {
    rejection.violations.iter().cloned().map(Place).collect()
}

fn leg_id(outcome: &Outcome) -> Option<Uuid> {
    if let Outcome::Applied { leg_id, .. } = outcome { Some(*leg_id) } else { None }
}

fn outcome(
    status: &str,
    event_ids: Vec<Uuid>,
    ids: Map<String, Text>,
    (code, violations): (Option<Code>, Option<Vec<Place>>),
    leg_id: Option<Uuid>,
) -> Result<Outcome, Unreadable> {
    let rejection = || {
        let violations = violations.unwrap_or_default().into_iter().map(|place| place.0).collect();
        Ok::<_, Unreadable>(Rejection { code: required(code, "code")?, violations })
    };
    Ok(match status {
        "accepted" => {
            let ids = ids.0.into_iter().map(|(name, id)| (Cow::Owned(name), id)).collect();
            Outcome::Accepted { event_ids, ids }
        }
        "rejected" => Outcome::Rejected(rejection()?),
        "parked" => Outcome::Parked(rejection()?),
        "applied" => Outcome::Applied { leg_id: required(leg_id, "leg_id")?, event_ids },
        other => return Err(Unreadable::unknown("status", other)),
    })
}

impl Codec {
    /// A result.
    pub fn encode_answer(&self, answer: &Answer) -> Vec<u8> {
        self.encode(Topic::Results, Schema::Result, &Checked::of(answer))
    }

    /// The answer of a result.
    ///
    /// # Errors
    /// When the bytes are no result.
    pub fn decode_answer(&self, value: &[u8]) -> Result<Answer, Unreadable> {
        self.decode::<Checked<'static, Answer>>(Schema::Result, value)?.read()
    }
}
