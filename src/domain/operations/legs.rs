//! The other half of something another store did (domain contract §6.2): an ASN opens at the destination, its figures
//! come back to the origin. A repeated or overtaken leg changes nothing.

use super::asn::{self, AsnHeader};
use super::transfer_order::order_payload;
use crate::domain::command::Quantity;
use crate::domain::document::{Asn, AsnFigures, Kind, Shipment, TransferOrder};
use crate::domain::draft::Draft;
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::ids::{ProductId, StoreId, Text};
use crate::domain::ledger::Posting;
use crate::domain::leg::{AsnOpened, AsnReported, Leg, LegBody};
use crate::domain::movement::{Account, DocumentKind};
use crate::domain::rows::Need;

/// The documents a leg will certainly look at.
pub(super) fn documents(leg: &Leg) -> Vec<(Kind, Text)> {
    match &leg.body {
        LegBody::AsnOpened(opened) => vec![(Kind::Asn, opened.asn_id.text())],
        LegBody::AsnReported(reported) => vec![
            (Kind::Shipment, reported.shipment_id.text()),
            (Kind::TransferOrder, reported.transfer_order_id.text()),
        ],
    }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, leg: &Leg) -> Result<(), Need> {
    match &leg.body {
        LegBody::AsnOpened(opened) => open_asn(draft, &leg.from_store_id, opened),
        LegBody::AsnReported(reported) => take_report(draft, reported),
    }
}

/// Goods are on their way to this store.
fn open_asn(draft: &mut Draft<'_>, from_location: &StoreId, opened: &AsnOpened) -> Result<(), Need> {
    if draft.find::<Asn>(&opened.asn_id)?.is_some() {
        return Ok(());
    }
    let header = AsnHeader {
        asn_id: opened.asn_id.clone(),
        from_location: from_location.clone(),
        shipment_ref: opened.shipment_ref.clone(),
        shipment_date: opened.shipment_date,
        order_ref: None,
        transfer: Some(opened.transfer.clone()),
    };
    draft.put(&opened.asn_id, asn::open(header, &opened.lines));
    Ok(())
}

/// What became of a shipment of this store: the figures of its order go on, and what is brought back is on hand again.
fn take_report(draft: &mut Draft<'_>, reported: &AsnReported) -> Result<(), Need> {
    let Some(mut shipment) = draft.find::<Shipment>(&reported.shipment_id)?.cloned() else { return Ok(()) };
    let Some(mut order) = draft.find::<TransferOrder>(&reported.transfer_order_id)?.cloned() else { return Ok(()) };
    if reported.revision <= shipment.asn_revision {
        return Ok(());
    }
    let mut returned = Vec::new();
    for (product, now) in &reported.lines {
        let before = shipment.figures_of(product);
        let line = order.line_of(product);
        line.received_quantity += now.received - before.received;
        line.lost_quantity += now.lost - before.lost;
        line.returned_quantity += now.returned - before.returned;
        if now.returned > before.returned {
            returned.push((product.clone(), now.returned - before.returned));
        }
    }
    shipment.asn_revision = reported.revision;
    shipment.asn_status = Some(reported.status);
    shipment.asn_lines = Some(reported.lines.clone());
    if !returned.is_empty() {
        bring_back(draft, &order, &shipment, returned)?;
    }
    draft.put(&reported.transfer_order_id, order);
    draft.put(&reported.shipment_id, shipment);
    Ok(())
}

/// What the destination sent back is where it came from.
fn bring_back(
    draft: &mut Draft<'_>,
    order: &TransferOrder,
    shipment: &Shipment,
    returned: Vec<(ProductId, Quantity)>,
) -> Result<(), Need> {
    for (product, quantity) in &returned {
        draft.post(Posting {
            product_id: product,
            from: Account::InTransit(shipment.asn_id.clone()),
            to: Account::StockLocation(shipment.stock_location_name.clone()),
            quantity: *quantity,
            document_kind: DocumentKind::Asn,
            document_id: &shipment.asn_id,
            count: None,
        })?;
    }
    let payload = Payload {
        asn_id: Some(shipment.asn_id.clone()),
        shipment_ref: Some(shipment.shipment_ref.clone()),
        stock_location_name: Some(shipment.stock_location_name.clone()),
        ..order_payload(draft, order, &draft.derived("returned"))
    };
    let items = returned.into_iter().map(|(product, quantity)| Item::with_quantity(product, quantity)).collect();
    draft.announce(EventName::RemainderReturned, payload, items);
    draft.announce_corrections();
    Ok(())
}

impl Shipment {
    /// What was last reported of a product.
    fn figures_of(&self, product: &ProductId) -> AsnFigures {
        let mut reported = self.asn_lines.iter().flatten();
        reported.find(|(other, _)| other == product).map(|(_, figures)| *figures).unwrap_or_default()
    }
}
