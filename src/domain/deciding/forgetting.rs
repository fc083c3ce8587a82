//! Closed documents are forgotten one day (domain contract §8): by the store's clock, with the next record of the store, the
//! oldest first. What they told stays in events and ledger.

use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::rows::Need;
use crate::domain::model::document::asn::OutgoingAsn;
use crate::domain::model::document::shipment::{OrderShipment, Shipment};
use crate::domain::model::document::store::{Closed, in_order};
use crate::domain::model::document::{DocumentKey, Ids, Kept, Kind};
use crate::domain::model::ids::DocumentId;
use crate::domain::model::time::Timestamp;

/// The most documents, and parts of documents, that one record forgets.
const FORGOTTEN_MAX: usize = 100;
/// How far ahead is looked for the next one to be forgotten, so that not every record looks.
const AHEAD_MS: i64 = 24 * 60 * 60 * 1000;

/// Notes that a document was closed: it is forgotten when that is long ago. Noting it again changes nothing.
pub(crate) fn note_closed<T: Kept>(draft: &mut Draft<'_>, id: &DocumentId, closed_at: Timestamp) {
    let closed = Closed { closed_at, kind: T::KIND, id: id.text() };
    let since = &mut draft.state.closed_since;
    *since = Some(since.map_or(closed_at, |since| since.min(closed_at)));
    draft.put_at(draft.part_key::<Closed>(in_order(closed_at), closed.name()), closed);
}

/// Forgets documents that were closed long ago.
pub(crate) fn forget(draft: &mut Draft<'_>) -> Result<(), Need> {
    let horizon = draft.state.clock.plus_millis(-draft.settings.documents_ms);
    if draft.state.closed_since.is_none_or(|since| since >= horizon) {
        return Ok(());
    }
    let ahead = horizon.plus_millis(AHEAD_MS);
    let keys = draft.range(Kind::Closed, Ids::UpTo(in_order(ahead)))?;
    let first_kept = in_order(horizon);
    let due: Vec<DocumentKey> = keys.iter().filter(|key| key.id < first_kept).take(FORGOTTEN_MAX).cloned().collect();
    draft.require_documents(&due)?;
    let mut left = FORGOTTEN_MAX;
    for key in &due {
        let Some(closed) = draft.find_at::<Closed>(key)?.cloned() else { continue };
        let parts = parts(draft, &closed)?;
        let fits = parts.len() < left;
        for part in parts.into_iter().take(left) {
            left -= 1;
            delete_part(draft, part)?;
        }
        if !fits {
            break;
        }
        left -= 1;
        draft.delete_at(DocumentKey::new(draft.store_id.clone(), closed.kind, closed.id));
        draft.delete_at(key.clone());
    }
    let next = draft.range(Kind::Closed, Ids::UpTo(in_order(ahead)))?.first().cloned();
    let next = next.map(|key| draft.find_at::<Closed>(&key).map(|closed| closed.map(|closed| closed.closed_at)));
    draft.state.closed_since = next.transpose()?.flatten().or(Some(ahead));
    Ok(())
}

/// What goes with a document: a count's lines, an order's shipments.
fn parts(draft: &Draft<'_>, closed: &Closed) -> Result<Vec<DocumentKey>, Need> {
    let kind = match closed.kind {
        Kind::Count => Kind::CountedLine,
        Kind::TransferOrder => Kind::OrderShipment,
        Kind::Asn
        | Kind::Shipment
        | Kind::Configuration
        | Kind::Reason
        | Kind::Allocation
        | Kind::Reservation
        | Kind::StoreState
        | Kind::Parked
        | Kind::OutgoingAsn
        | Kind::CountedLine
        | Kind::Waiting
        | Kind::OrderShipment
        | Kind::Closed => return Ok(Vec::new()),
    };
    Ok(draft.range(kind, Ids::Of(closed.id.clone()))?.into_iter().collect())
}

fn delete_part(draft: &mut Draft<'_>, key: DocumentKey) -> Result<(), Need> {
    if let Some(shipment_id) = key.part.clone().filter(|_| key.kind == OrderShipment::KIND) {
        let shipment_id = DocumentId::from(shipment_id);
        if let Some(shipment) = draft.find::<Shipment>(&shipment_id)?.cloned() {
            draft.delete::<OutgoingAsn>(&shipment.asn_id);
            draft.delete::<Shipment>(&shipment_id);
        }
    }
    draft.delete_at(key);
    Ok(())
}
