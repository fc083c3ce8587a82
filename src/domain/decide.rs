//! The one entrance to the rules: a record and the rows it looks at in, a decision out.

use std::sync::Arc;

use super::cause::Cause;
use super::command::{Command, LINES_MAX, Operation};
use super::decision::{Answer, AnswerKey, Decision, Outcome};
use super::document::{Configuration, DocumentKey, StoreState};
use super::draft::{Draft, Step, Stop, store_key};
use super::ids::{StoreId, Uuid};
use super::leg::Leg;
use super::operations::{self, Shape};
use super::parking;
use super::rejection::{Code, Rejection, Value, Violation};
use super::rows::{Need, Rows};
use super::settings::Settings;
use super::stock::StockKey;
use super::time::Timestamp;

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
    let mut draft = Draft::open(settings, rows, recorded_at, input.store_id())?;
    draft.advance_clock();
    parking::expire(&mut draft)?;
    match input {
        Input::Command(command) => decide_command(&mut draft, command)?,
        Input::Leg(leg) => decide_leg(&mut draft, leg)?,
    }
    Ok(draft.close())
}

/// The rows that deciding a record will certainly look at, to be loaded for a whole batch at once.
pub fn needs(input: &Input) -> Vec<Need> {
    let store = input.store_id();
    let document = |(kind, id)| Need::Document(DocumentKey { store_id: store.clone(), kind, id });
    let mut needs =
        vec![Need::Document(store_key::<StoreState>(store)), Need::Document(store_key::<Configuration>(store))];
    let command = match input {
        Input::Command(command) => command,
        Input::Leg(leg) => {
            needs.extend(operations::documents_of_leg(leg).into_iter().map(document));
            return needs;
        }
    };
    needs.push(Need::Answer(AnswerKey { store_id: store.clone(), command_id: command.command_id }));
    if let Ok(body) = &command.body {
        let shape = operations::shape(&body.operation);
        needs.extend(shape.documents.into_iter().map(document));
        if shape.touches_stock {
            let key = |product: &_| StockKey { store_id: store.clone(), product_id: Clone::clone(product) };
            needs.extend(shape.products.iter().map(|(_, product)| Need::Stock(key(product))));
        }
    }
    needs
}

fn decide_command(draft: &mut Draft<'_>, command: &Command) -> Result<(), Need> {
    let key = AnswerKey { store_id: command.store_id.clone(), command_id: command.command_id };
    let first = draft.remembered(&key)?;
    let reused = first.is_some();
    if let Some(first) = first.filter(|first| first.fingerprint == command.fingerprint) {
        draft.decision.answers.push(first);
        return Ok(());
    }
    if command.validate_only {
        let mut trial = draft.clone();
        let (outcome, clock_clamped) = judge(&mut trial, command, reused, draft.recorded_at)?;
        answer(draft, command, reused, clock_clamped, outcome);
        return Ok(());
    }
    let (outcome, clock_clamped) = judge(draft, command, reused, draft.recorded_at)?;
    if matches!(outcome, Outcome::Parked(_)) {
        parking::park(draft, command);
    }
    answer(draft, command, reused, clock_clamped, outcome);
    parking::release(draft)
}

fn decide_leg(draft: &mut Draft<'_>, leg: &Leg) -> Result<(), Need> {
    draft.cause = Some(Cause::of_leg(leg, draft.recorded_at));
    operations::carry_out_leg(draft, leg)?;
    let event_ids = draft.cause().event_ids.clone();
    draft.decision.answers.push(Arc::new(Answer {
        store_id: leg.store_id.clone(),
        command_id: leg.command_id,
        operation: Some(leg.cause),
        fingerprint: super::command::Fingerprint::default(),
        correlation_id: leg.correlation_id.clone(),
        validate_only: false,
        reused: false,
        clock_clamped: leg.clock_clamped,
        recorded_at: draft.recorded_at,
        outcome: Outcome::Applied { leg_id: leg.leg_id, event_ids },
    }));
    parking::release(draft)
}

/// Adds the answer to a command.
pub(super) fn answer(draft: &mut Draft<'_>, command: &Command, reused: bool, clock_clamped: bool, outcome: Outcome) {
    draft.decision.answers.push(Arc::new(Answer {
        store_id: command.store_id.clone(),
        command_id: command.command_id,
        operation: command.operation_name,
        fingerprint: command.fingerprint,
        correlation_id: command.correlation_id.clone(),
        validate_only: command.validate_only,
        reused,
        clock_clamped,
        recorded_at: draft.recorded_at,
        outcome,
    }));
}

/// Judges a command with all checks and carries it out when none refuses. Also says whether its device's clock was
/// wrong; refusals that come before the store is looked at do not say so.
///
/// `arrived_at` is the timestamp of the command's own record, which for a parked one is not the record that is decided.
pub(super) fn judge(
    draft: &mut Draft<'_>,
    command: &Command,
    reused: bool,
    arrived_at: Timestamp,
) -> Result<(Outcome, bool), Need> {
    let body = match &command.body {
        Ok(body) => body,
        Err(rejection) => return Ok((Outcome::Rejected(rejection.clone()), false)),
    };
    let shape = operations::shape(&body.operation);
    if let Some(rejection) = refuse_shape(&shape).or_else(|| reused.then(|| id_reused(command.command_id))) {
        return Ok((Outcome::Rejected(rejection), false));
    }
    draft.cause = Some(Cause::of_command(command, body, arrived_at));
    let clock_clamped = draft.cause().clock_clamped;
    let outcome = match carry_out(draft, &shape, &body.operation) {
        Ok(ids) => {
            let ids = ids.into_iter().map(|(name, id)| (name.into(), id)).collect();
            Outcome::Accepted { event_ids: draft.cause().event_ids.clone(), ids }
        }
        Err(Stop::Refused(rejection)) => Outcome::Rejected(rejection),
        Err(Stop::Parked(rejection)) => Outcome::Parked(rejection),
        Err(Stop::Need(need)) => return Err(need),
    };
    Ok((outcome, clock_clamped))
}

fn carry_out(draft: &mut Draft<'_>, shape: &Shape<'_>, operation: &Operation) -> Step<operations::Ids> {
    let is_configuration = matches!(operation, Operation::ConfigureStore(_));
    if draft.settings.strict_configuration && !draft.is_configured && !is_configuration {
        return Err(Rejection::of(Code::StoreUnknown, draft.store_id.text()).into());
    }
    for gate in &shape.gates {
        draft.require_open(*gate)?;
    }
    operations::check_gates(draft, operation)?;
    refuse_products(draft, shape)?;
    operations::carry_out(draft, operation)
}

fn refuse_shape(shape: &Shape<'_>) -> Option<Rejection> {
    if shape.lines > LINES_MAX {
        let value = Value::Number(i64::try_from(shape.lines).unwrap_or(i64::MAX));
        let violation = Violation { value: Some(value), ..Violation::default() };
        return Some(Rejection::new(Code::TooManyLines, vec![violation]));
    }
    shape.is_empty.then(|| Rejection::new(Code::NoLines, Vec::new()))
}

fn id_reused(command_id: Uuid) -> Rejection {
    Rejection::of(Code::CommandIdReused, command_id.hyphenated().to_string())
}

fn refuse_products(draft: &Draft<'_>, shape: &Shape<'_>) -> Result<(), Rejection> {
    let Some(catalogue) = &draft.settings.catalogue else { return Ok(()) };
    let violations: Vec<_> = shape
        .products
        .iter()
        .filter(|(_, product)| !catalogue.contains(*product))
        .map(|(line, product)| Violation::line(*line, product, Value::Text(product.text())))
        .collect();
    if violations.is_empty() { Ok(()) } else { Err(Rejection::new(Code::ProductUnknown, violations)) }
}
