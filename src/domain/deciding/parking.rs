//! Receipts that came before their ASN wait for it, a day long (domain contract §6.1). No timers: what expires does so
//! with the next record of its store.
//!
//! A parked receipt is a document; its place among those that wait is another one, whose key has when it came and which ASN
//! it waits for.

use rustc_hash::FxHashSet;

use crate::domain::deciding::decision::Outcome;
use crate::domain::deciding::draft::{Draft, Halt};
use crate::domain::deciding::judge::{Arrival, answer, context_of, judge};
use crate::domain::deciding::rows::Need;
use crate::domain::model::command::CommandOf;
use crate::domain::model::document::asn::Asn;
use crate::domain::model::document::receipt::{Parked, ReceiveItems};
use crate::domain::model::document::store::{Waiting, in_order};
use crate::domain::model::document::{DocumentKey, Ids, Kind};
use crate::domain::model::ids::{DocumentId, Text, Uuid};
use crate::domain::model::time::Timestamp;
use crate::domain::operations::Command;
use crate::domain::receiving::asn::asn_unknown;

/// Puts a receipt aside until its ASN appears.
pub(crate) fn park(draft: &mut Draft<'_>, command: &Command) {
    let Some((receipt, asn_id)) = awaiting(command) else { return };
    let arrived_at = draft.recorded_at;
    draft.put(&command.command_id.into(), Parked { command: receipt, arrived_at });
    wait(draft, command.command_id, asn_id, arrived_at);
}

fn wait(draft: &mut Draft<'_>, command_id: Uuid, asn_id: DocumentId, arrived_at: Timestamp) {
    let state = &mut draft.state;
    state.parked_ever += 1;
    state.waiting += 1;
    state.waiting_since = Some(state.waiting_since.map_or(arrived_at, |since| since.min(arrived_at)));
    let waiting = Waiting { command_id, asn_id, arrived_at, number: state.parked_ever };
    draft.put_at(draft.part_key::<Waiting>(waiting.place(), waiting.asn_id.text()), waiting);
}

/// A command as the receipt it is, and the ASN it waits for.
fn awaiting(command: &Command) -> Option<(CommandOf<ReceiveItems>, DocumentId)> {
    let receipt = command.receipt()?;
    let asn_id = receipt.body.as_ref().ok()?.operation.asn_id.clone()?;
    Some((receipt, asn_id))
}

/// Receipts that the first release listed in the store's state wait in places of their own from now on.
fn take_over(draft: &mut Draft<'_>) {
    for reference in std::mem::take(&mut draft.state.parked) {
        wait(draft, reference.command_id, reference.asn_id, reference.arrived_at);
    }
}

/// Refuses what has waited too long, in order of arrival, before the record itself is judged.
pub(crate) fn expire(draft: &mut Draft<'_>) -> Result<(), Need> {
    take_over(draft);
    let last = draft.recorded_at.plus_millis(-draft.settings.parked_for_ms);
    if draft.state.waiting_since.is_none_or(|since| since > last) {
        return Ok(());
    }
    let latest = in_order(last);
    for (waiting, parked) in take(draft, |key| key.id.get(..latest.len()).is_some_and(|arrived| *arrived <= *latest))? {
        let command = Command::from(parked.command);
        let body = command.body.as_ref();
        let clock_clamped = body.is_ok_and(|body| context_of(&command, body, parked.arrived_at).clock_clamped);
        let outcome = Outcome::Rejected(asn_unknown(&waiting.asn_id));
        answer(draft, &command, false, clock_clamped, outcome);
    }
    Ok(())
}

/// Judges receipts again whose ASN has appeared with this record, in order of arrival.
pub(crate) fn release(draft: &mut Draft<'_>) -> Result<(), Halt> {
    let appeared: FxHashSet<Text> = draft.put_ids::<Asn>().cloned().collect();
    if draft.state.waiting == 0 || appeared.is_empty() {
        return Ok(());
    }
    for (_, parked) in take(draft, |key| key.part.as_ref().is_some_and(|asn| appeared.contains(asn)))? {
        let command = Command::from(parked.command);
        let arrival = Arrival { arrived_at: parked.arrived_at, reused: false, was_parked: true };
        let (outcome, clock_clamped) = judge(draft, &command, arrival)?;
        answer(draft, &command, false, clock_clamped, outcome);
    }
    Ok(())
}

/// Takes receipts out of those that wait, in order of arrival.
fn take(draft: &mut Draft<'_>, is_meant: impl Fn(&DocumentKey) -> bool) -> Result<Vec<(Waiting, Parked)>, Need> {
    let (meant, others): (Vec<DocumentKey>, Vec<DocumentKey>) =
        draft.range(Kind::Waiting, Ids::All)?.into_iter().partition(is_meant);
    draft.require_documents(&meant)?;
    let mut places = Vec::with_capacity(meant.len());
    for key in meant {
        let waiting = draft.find_at::<Waiting>(&key)?.cloned();
        places.extend(waiting.map(|waiting| (draft.key::<Parked>(&waiting.command_id.into()), key, waiting)));
    }
    places.sort_by_key(|(_, _, waiting)| waiting.number);
    draft.require_documents(places.iter().map(|(parked, ..)| parked))?;
    let mut taken = Vec::with_capacity(places.len());
    for (parked_key, key, waiting) in places {
        let parked = draft.find_at::<Parked>(&parked_key)?.cloned();
        draft.delete_at(parked_key);
        draft.delete_at(key);
        taken.extend(parked.map(|parked| (waiting, parked)));
    }
    draft.state.waiting = others.len() as u64;
    draft.state.waiting_since = others.iter().filter_map(|key| arrived_at(&key.id)).min();
    Ok(taken)
}

fn arrived_at(place: &Text) -> Option<Timestamp> {
    let (arrived, _) = place.split_once('-')?;
    arrived.parse().ok().map(Timestamp::from_millis)
}
