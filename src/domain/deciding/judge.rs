//! Judging one command: the checks that all operations share, then the rule of its own.

use std::sync::Arc;

use crate::domain::deciding::context::Context;
use crate::domain::deciding::decision::{Answer, Outcome};
use crate::domain::deciding::draft::{Draft, Halt, Step, Stop};
use crate::domain::deciding::rule::Ids;
use crate::domain::deciding::shape::Shape;
use crate::domain::model::command::LINES_MAX;
use crate::domain::model::ids::Uuid;
use crate::domain::model::rejection::{Code, Rejection, Value, Violation};
use crate::domain::model::time::Timestamp;
use crate::domain::operations::{Body, Command, Operation};

/// What is known of a command before it is judged.
#[derive(Clone, Copy)]
pub(crate) struct Arrival {
    /// Timestamp of the command's own record, which for a parked one is not the record that is decided.
    pub arrived_at: Timestamp,
    /// Its id is remembered with another body.
    pub reused: bool,
    /// Its id is remembered with this very body: it was parked.
    pub was_parked: bool,
}

/// Judges a command with all checks and carries it out when none refuses. Also says whether its device's clock was
/// wrong; refusals that come before the store is looked at do not say so.
pub(crate) fn judge(draft: &mut Draft<'_>, command: &Command, arrival: Arrival) -> Result<(Outcome, bool), Halt> {
    let body = match &command.body {
        Ok(body) => body,
        Err(rejection) => return Ok((Outcome::Rejected(rejection.clone()), false)),
    };
    let shape = body.operation.shape();
    let refusal = refuse_shape(&shape)
        .or_else(|| arrival.reused.then(|| id_reused(command.command_id)))
        .or_else(|| if arrival.was_parked { None } else { too_old(draft, body) });
    if let Some(rejection) = refusal {
        return Ok((Outcome::Rejected(rejection), false));
    }
    draft.context = Some(context_of(command, body, arrival.arrived_at));
    let clock_clamped = draft.context().clock_clamped;
    let outcome = match carry_out(draft, &shape, &body.operation) {
        Ok(ids) => {
            if let Some(bytes) = draft.oversize() {
                return Err(Halt::TooLarge { command_id: command.command_id, bytes });
            }
            let ids = ids.into_iter().map(|(name, id)| (name.into(), id)).collect();
            Outcome::Accepted { event_ids: draft.context().event_ids.clone(), ids }
        }
        Err(Stop::Refused(rejection)) => Outcome::Rejected(rejection),
        Err(Stop::Parked(rejection)) => Outcome::Parked(rejection),
        Err(Stop::Need(need)) => return Err(need.into()),
    };
    Ok((outcome, clock_clamped))
}

/// The context of what a command does, judged by the timestamp of its own record.
pub(crate) fn context_of(command: &Command, body: &Body, arrived_at: Timestamp) -> Context {
    let operation = &body.operation;
    Context::of_command(command, body, operation.name(), operation.device_times(), arrived_at)
}

fn carry_out(draft: &mut Draft<'_>, shape: &Shape<'_>, operation: &Operation) -> Step<Ids> {
    // Goods that were sent to a mistyped store can be closed there and come back.
    let needs_no_store = matches!(operation, Operation::ConfigureStore(_) | Operation::CloseAsn(_));
    if draft.settings.strict_configuration && !draft.is_configured && !needs_no_store {
        return Err(Rejection::of(Code::StoreUnknown, draft.store_id.text()).into());
    }
    for gate in &shape.gates {
        draft.require_open(*gate)?;
    }
    operation.check_gates(draft)?;
    refuse_products(draft, shape)?;
    let command_id = draft.context().command_id;
    if let Some(bytes) = draft.too_large.get(&command_id) {
        let value = Value::Number(i64::try_from(*bytes).unwrap_or(i64::MAX));
        let violation = Violation { value: Some(value), ..Violation::default() };
        return Err(Rejection::new(Code::TooLarge, [violation]).into());
    }
    operation.carry_out(draft)
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

/// A command that is not remembered, but may have been: so no repeat is ever carried out twice.
fn too_old(draft: &Draft<'_>, body: &Body) -> Option<Rejection> {
    let is_too_old = body.occurred_at < draft.oldest_command();
    is_too_old.then(|| Rejection::of(Code::CommandTooOld, body.occurred_at.to_string()))
}

fn refuse_products(draft: &Draft<'_>, shape: &Shape<'_>) -> Result<(), Rejection> {
    let Some(catalogue) = &draft.settings.catalogue else { return Ok(()) };
    let unknown = shape.products.iter().filter(|(_, product)| !catalogue.contains(*product));
    let violations = unknown.map(|(line, product)| Violation::line(*line, product, Value::Text(product.text())));
    Rejection::if_any(Code::ProductUnknown, violations)
}

/// Adds the answer to a command.
pub(crate) fn answer(draft: &mut Draft<'_>, command: &Command, reused: bool, clock_clamped: bool, outcome: Outcome) {
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
