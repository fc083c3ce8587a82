//! Receipts that came before their ASN wait for it, a day long (domain contract §6.1). No timers: what expires does so
//! with the next record of its store.

use crate::domain::deciding::decision::Outcome;
use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::judge::{answer, context_of, judge};
use crate::domain::deciding::rows::Need;
use crate::domain::model::command::CommandOf;
use crate::domain::model::document::asn::Asn;
use crate::domain::model::document::receipt::{Parked, ReceiveItems};
use crate::domain::model::document::store::ParkedReference;
use crate::domain::model::ids::DocumentId;
use crate::domain::operations::Command;
use crate::domain::receiving::asn::asn_unknown;

/// Puts a receipt aside until its ASN appears.
pub(crate) fn park(draft: &mut Draft<'_>, command: &Command) {
    let Some((receipt, asn_id)) = awaiting(command) else { return };
    let arrived_at = draft.recorded_at;
    draft.put(&command.command_id.into(), Parked { command: receipt, arrived_at });
    draft.state.parked.push(ParkedReference { command_id: command.command_id, asn_id, arrived_at });
}

/// A command as the receipt it is, and the ASN it waits for.
fn awaiting(command: &Command) -> Option<(CommandOf<ReceiveItems>, DocumentId)> {
    let receipt = command.receipt()?;
    let asn_id = receipt.body.as_ref().ok()?.operation.asn_id.clone()?;
    Some((receipt, asn_id))
}

/// Refuses what has waited too long, in order of arrival, before the record itself is judged.
pub(crate) fn expire(draft: &mut Draft<'_>) -> Result<(), Need> {
    let (now, waits) = (draft.recorded_at, draft.settings.parked_for_ms);
    let parked = std::mem::take(&mut draft.state.parked);
    let (expired, waiting): (Vec<_>, Vec<_>) =
        parked.into_iter().partition(|parked| now >= parked.arrived_at.plus_millis(waits));
    draft.state.parked = waiting;
    for reference in expired {
        let Some(parked) = take(draft, &reference)? else { continue };
        let command = Command::from(parked.command);
        let body = command.body.as_ref();
        let clock_clamped = body.is_ok_and(|body| context_of(&command, body, parked.arrived_at).clock_clamped);
        let outcome = Outcome::Rejected(asn_unknown(&reference.asn_id));
        answer(draft, &command, false, clock_clamped, outcome);
    }
    Ok(())
}

/// Judges receipts again whose ASN has appeared with this record, in order of arrival.
pub(crate) fn release(draft: &mut Draft<'_>) -> Result<(), Need> {
    let parked = std::mem::take(&mut draft.state.parked);
    let (released, waiting): (Vec<_>, Vec<_>) =
        parked.into_iter().partition(|parked| draft.has_put::<Asn>(&parked.asn_id));
    draft.state.parked = waiting;
    for reference in released {
        let Some(parked) = take(draft, &reference)? else { continue };
        let command = Command::from(parked.command);
        let (outcome, clock_clamped) = judge(draft, &command, false, parked.arrived_at)?;
        answer(draft, &command, false, clock_clamped, outcome);
    }
    Ok(())
}

fn take(draft: &mut Draft<'_>, reference: &ParkedReference) -> Result<Option<Parked>, Need> {
    let id: DocumentId = reference.command_id.into();
    let parked = draft.find::<Parked>(&id)?.cloned();
    draft.delete::<Parked>(&id);
    Ok(parked)
}
