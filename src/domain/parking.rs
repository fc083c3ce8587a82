//! Receipts that came before their ASN wait for it, a day long (domain contract §6.1). No timers: what expires does so
//! with the next record of its store.

use super::cause::Cause;
use super::command::Command;
use super::decide::{answer, judge};
use super::decision::Outcome;
use super::document::{Asn, Parked, ParkedReference};
use super::draft::Draft;
use super::ids::DocumentId;
use super::operation::Operation;
use super::rejection::{Code, Rejection};
use super::rows::Need;

/// The refusal a parked receipt ends with when its ASN never comes, and the reason it waits.
pub(super) fn asn_unknown(asn_id: &DocumentId) -> Rejection {
    Rejection::of(Code::AsnUnknown, asn_id.text())
}

/// Puts a receipt aside until its ASN appears.
pub(super) fn park(draft: &mut Draft<'_>, command: &Command) {
    let Some(asn_id) = awaited(command) else { return };
    let arrived_at = draft.recorded_at;
    draft.put(&command.command_id.into(), Parked { command: command.clone(), arrived_at });
    draft.state.parked.push(ParkedReference { command_id: command.command_id, asn_id, arrived_at });
}

fn awaited(command: &Command) -> Option<DocumentId> {
    if let Ok(body) = &command.body
        && let Operation::ReceiveItems(receipt) = &body.operation
    {
        receipt.asn_id.clone()
    } else {
        None
    }
}

/// Refuses what has waited too long, in order of arrival, before the record itself is judged.
pub(super) fn expire(draft: &mut Draft<'_>) -> Result<(), Need> {
    let (now, waits) = (draft.recorded_at, draft.settings.parked_for_ms);
    let parked = std::mem::take(&mut draft.state.parked);
    let (expired, waiting): (Vec<_>, Vec<_>) =
        parked.into_iter().partition(|parked| now >= parked.arrived_at.plus_millis(waits));
    draft.state.parked = waiting;
    for reference in expired {
        let Some(parked) = take(draft, &reference)? else { continue };
        let clock_clamped = parked
            .command
            .body
            .as_ref()
            .is_ok_and(|body| Cause::of_command(&parked.command, body, parked.arrived_at).clock_clamped);
        let outcome = Outcome::Rejected(asn_unknown(&reference.asn_id));
        answer(draft, &parked.command, false, clock_clamped, outcome);
    }
    Ok(())
}

/// Judges receipts again whose ASN has appeared with this record, in order of arrival.
pub(super) fn release(draft: &mut Draft<'_>) -> Result<(), Need> {
    let parked = std::mem::take(&mut draft.state.parked);
    let (released, waiting): (Vec<_>, Vec<_>) =
        parked.into_iter().partition(|parked| draft.has_put::<Asn>(&parked.asn_id));
    draft.state.parked = waiting;
    for reference in released {
        let Some(parked) = take(draft, &reference)? else { continue };
        let (outcome, clock_clamped) = judge(draft, &parked.command, false, parked.arrived_at)?;
        answer(draft, &parked.command, false, clock_clamped, outcome);
    }
    Ok(())
}

fn take(draft: &mut Draft<'_>, reference: &ParkedReference) -> Result<Option<Parked>, Need> {
    let id: DocumentId = reference.command_id.into();
    let parked = draft.find::<Parked>(&id)?.cloned();
    draft.delete::<Parked>(&id);
    Ok(parked)
}
