//! The one entrance to the rules: a record and the rows it looks at in, a decision out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::domain::deciding::context::Context;
use crate::domain::deciding::decision::{Answer, AnswerKey, Decision, Outcome};
use crate::domain::deciding::draft::{Draft, Halt, store_key};
use crate::domain::deciding::forgetting;
use crate::domain::deciding::judge::{Arrival, answer, judge};
use crate::domain::deciding::parking;
use crate::domain::deciding::rows::{Need, Rows};
use crate::domain::model::command::Fingerprint;
use crate::domain::model::document::DocumentKey;
use crate::domain::model::document::configuration::Configuration;
use crate::domain::model::document::store::StoreState;
use crate::domain::model::ids::{StoreId, Text, Uuid};
use crate::domain::model::leg::Leg;
use crate::domain::model::settings::Settings;
use crate::domain::model::stock::StockKey;
use crate::domain::model::time::Timestamp;
use crate::domain::operations::Command;
use crate::domain::transfers::legs;

/// What a record asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// A command from an upstream application.
    Command(Command),
    /// The other half of something another store did.
    Leg(Leg),
}

impl Input {
    /// The store that decides.
    pub fn store_id(&self) -> &StoreId {
        match self {
            Input::Command(command) => &command.store_id,
            Input::Leg(leg) => &leg.store_id,
        }
    }
}

/// Decides one record. Pure: the same settings, rows and record give the same decision on any machine, for ever.
///
/// `recorded_at` is the record's Kafka timestamp. Rejections are part of the decision.
///
/// # Errors
/// The [`Need`] of a row that is not at hand: load it and ask again.
pub fn decide(settings: &Settings, rows: &Rows, recorded_at: Timestamp, input: &Input) -> Result<Decision, Need> {
    let mut too_large = FxHashMap::default();
    loop {
        match attempt(settings, rows, recorded_at, input, &too_large) {
            Ok(decision) => return Ok(decision),
            Err(Halt::Need(need)) => return Err(need),
            // What a command would write is known only when it is carried out; then it is too late to refuse it.
            Err(Halt::TooLarge { command_id, bytes }) => drop(too_large.insert(command_id, bytes)),
        }
    }
}

fn attempt(
    settings: &Settings,
    rows: &Rows,
    recorded_at: Timestamp,
    input: &Input,
    too_large: &FxHashMap<Uuid, usize>,
) -> Result<Decision, Halt> {
    let mut draft = Draft::open(settings, rows, recorded_at, input.store_id(), too_large)?;
    draft.advance_clock();
    parking::expire(&mut draft)?;
    forgetting::forget(&mut draft)?;
    match input {
        Input::Command(command) => decide_command(&mut draft, command)?,
        Input::Leg(leg) => decide_leg(&mut draft, leg)?,
    }
    Ok(draft.close())
}

/// The rows that deciding a record will certainly look at, to be loaded for a whole batch at once.
pub fn needs(input: &Input) -> Vec<Need> {
    let store = input.store_id();
    let document = |(kind, id): (_, Text)| Need::Document(DocumentKey::new(store.clone(), kind, id));
    let mut needs =
        vec![Need::Document(store_key::<StoreState>(store)), Need::Document(store_key::<Configuration>(store))];
    let command = match input {
        Input::Command(command) => command,
        Input::Leg(leg) => {
            needs.extend(legs::documents(leg).into_iter().map(document));
            return needs;
        }
    };
    needs.push(Need::Answer(AnswerKey { store_id: store.clone(), command_id: command.command_id }));
    if let Ok(body) = &command.body {
        let shape = body.operation.shape();
        needs.extend(shape.documents.into_iter().map(document));
        if shape.touches_stock {
            let key = |product: &_| StockKey { store_id: store.clone(), product_id: Clone::clone(product) };
            needs.extend(shape.products.iter().map(|(_, product)| Need::Stock(key(product))));
        }
    }
    needs
}

fn decide_command(draft: &mut Draft<'_>, command: &Command) -> Result<(), Halt> {
    let key = AnswerKey { store_id: command.store_id.clone(), command_id: command.command_id };
    let first = draft.remembered(&key)?;
    let reused = first.is_some();
    if let Some(first) = first.filter(|first| first.fingerprint == command.fingerprint) {
        draft.decision.answers.push(first);
        return Ok(());
    }
    let arrival = Arrival { arrived_at: draft.recorded_at, reused, was_parked: false };
    if command.validate_only {
        let mut trial = draft.clone();
        let (outcome, clock_clamped) = judge(&mut trial, command, arrival)?;
        answer(draft, command, reused, clock_clamped, outcome);
        return Ok(());
    }
    let (outcome, clock_clamped) = judge(draft, command, arrival)?;
    if matches!(outcome, Outcome::Parked(_)) {
        parking::park(draft, command);
    }
    answer(draft, command, reused, clock_clamped, outcome);
    parking::release(draft)
}

fn decide_leg(draft: &mut Draft<'_>, leg: &Leg) -> Result<(), Halt> {
    draft.context = Some(Context::of_leg(leg, draft.recorded_at));
    legs::carry_out(draft, leg)?;
    let event_ids = draft.context().event_ids.clone();
    draft.decision.answers.push(Arc::new(Answer {
        store_id: leg.store_id.clone(),
        command_id: leg.command_id,
        operation: Some(leg.cause),
        fingerprint: Fingerprint::default(),
        correlation_id: leg.correlation_id.clone(),
        validate_only: false,
        reused: false,
        clock_clamped: leg.clock_clamped,
        recorded_at: draft.recorded_at,
        outcome: Outcome::Applied { leg_id: leg.leg_id, event_ids },
    }));
    parking::release(draft)
}
