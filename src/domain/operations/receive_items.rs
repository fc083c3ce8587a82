//! `receive_items`: goods arrived, with an ASN, by carton, or blind (domain contract §6.1).

use super::{Ids, Shape, asn};
use crate::domain::command::{ExternalIdentifiers, Gate, Quantity, ReceiveItems};
use crate::domain::document::{Asn, AsnLine, AsnStatus, CloseReason, Kind, OutgoingAsn, ReceivingMode};
use crate::domain::draft::{Draft, Step, Stop};
use crate::domain::event::{EventName, Item, Payload};
use crate::domain::hash::FastMap;
use crate::domain::ids::{CartonId, DocumentId, ProductId};
use crate::domain::ledger::Posting;
use crate::domain::movement::{Account, DocumentKind};
use crate::domain::parking::asn_unknown;
use crate::domain::rejection::{Code, Rejection, Violation};

pub(super) fn shape(receipt: &ReceiveItems) -> Shape<'_> {
    let lines = receipt.lines.iter().map(|line| (&line.product_id, line.quantity + line.rejected_quantity));
    let shape = Shape::of_lines(lines)
        .gate(Gate::Receiving)
        .gate_if(receipt.asn_id.is_none(), Gate::ReceivingWithoutAsn)
        .gate_if(!receipt.carton_ids.is_empty(), Gate::CartonReceiving);
    let shape = Shape { is_empty: shape.is_empty && receipt.carton_ids.is_empty(), ..shape };
    match &receipt.asn_id {
        Some(id) => shape.document(Kind::Asn, id.text()).document(Kind::OutgoingAsn, id.text()),
        None => shape,
    }
}

/// What arrived of one product.
struct Arrival {
    product_id: ProductId,
    good: Quantity,
    rejected: Quantity,
    external_identifiers: Option<ExternalIdentifiers>,
}

pub(super) fn carry_out(draft: &mut Draft<'_>, receipt: &ReceiveItems) -> Step<Ids> {
    let mut asn = find_asn(draft, receipt)?;
    refuse_cartons(receipt, asn.as_ref())?;

    let receipt_id = draft.id_or_derived(receipt.receipt_id.as_ref(), "receipt_id");
    let arrivals = arrivals(receipt, asn.as_ref());
    let was_open = asn.as_ref().is_some_and(|asn| asn.status == AsnStatus::Open);
    let mut items = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let line = asn.as_mut().map(|asn| asn.line_of(&arrival.product_id));
        let from = receipt.asn_id.as_ref().zip(line);
        items.push(receive(draft, &receipt_id, arrival, from, was_open)?);
    }
    if let Some(asn) = &mut asn {
        let mode = if receipt.carton_ids.is_empty() { ReceivingMode::Items } else { ReceivingMode::Cartons };
        asn.receiving_mode.get_or_insert(mode);
        for carton in asn.cartons.iter_mut().filter(|carton| receipt.carton_ids.contains(&carton.carton_id)) {
            carton.received = true;
        }
    }
    announce(draft, receipt, &receipt_id, asn.as_ref(), items);
    draft.announce_corrections();
    if let Some(mut asn) = asn {
        if was_open && asn.lines.iter().all(|line| line.outstanding() == 0) {
            asn.close(draft, CloseReason::Completed, None);
            asn::announce_closed(draft, &asn);
        }
        asn::keep(draft, asn);
    }
    Ok(vec![("receipt_id", receipt_id.text())])
}

/// The ASN the receipt names: open, or closed after the session began.
fn find_asn(draft: &Draft<'_>, receipt: &ReceiveItems) -> Step<Option<Asn>> {
    let Some(id) = &receipt.asn_id else { return Ok(None) };
    let Some(asn) = draft.find::<Asn>(id)? else {
        if draft.find::<OutgoingAsn>(id)?.is_some() {
            return Err(Rejection::of(Code::AsnWrongLocation, id.text()).into());
        }
        return Err(Stop::Parked(asn_unknown(id)));
    };
    let began = receipt.started_at.map(|time| draft.cause().device_time(time));
    let began_before_the_close =
        asn.closing.as_ref().is_none_or(|closing| began.is_some_and(|began| began < closing.closed_at));
    if !began_before_the_close {
        return Err(Rejection::of(Code::AsnClosed, id.text()).into());
    }
    Ok(Some(asn.clone()))
}

fn refuse_cartons(receipt: &ReceiveItems, asn: Option<&Asn>) -> Step<()> {
    if receipt.carton_ids.is_empty() {
        return Ok(());
    }
    let mut named: Vec<&CartonId> = Vec::new();
    for carton in &receipt.carton_ids {
        if !named.contains(&carton) {
            named.push(carton);
        }
    }
    let carton = |id: &CartonId| asn.and_then(|asn| asn.cartons.iter().find(|carton| carton.carton_id == *id));
    let refuse = |code, wrong: Vec<&&CartonId>| -> Step<()> {
        if wrong.is_empty() {
            return Ok(());
        }
        let violations = wrong.iter().map(|id| Violation::of(id.text())).collect();
        Err(Rejection::new(code, violations).into())
    };
    refuse(Code::CartonUnknown, named.iter().filter(|id| carton(id).is_none()).collect())?;
    let received = |id: &CartonId| carton(id).is_some_and(|carton| carton.received);
    refuse(Code::CartonAlreadyReceived, named.iter().filter(|id| received(id)).collect())?;
    let has_lines = receipt.lines.iter().any(|line| line.quantity + line.rejected_quantity > 0);
    let by_items = asn.is_some_and(|asn| asn.receiving_mode == Some(ReceivingMode::Items));
    match &receipt.asn_id {
        Some(id) if has_lines || by_items => Err(Rejection::of(Code::ReceivingModeConflict, id.text()).into()),
        _ => Ok(()),
    }
}

/// What arrived by product, in order of first mention: the contents of the cartons, or the lines.
fn arrivals(receipt: &ReceiveItems, asn: Option<&Asn>) -> Vec<Arrival> {
    let cartons = asn.iter().flat_map(|asn| &asn.cartons);
    let scanned = |id: &CartonId| cartons.clone().find(|carton| carton.carton_id == *id);
    let mut named: Vec<&CartonId> = Vec::new();
    let mut arrivals: Vec<Arrival> = Vec::new();
    let mut index = FastMap::default();
    let mut add = |product: &ProductId, good, rejected, identifiers: Option<&ExternalIdentifiers>| {
        if good + rejected == 0 {
            return;
        }
        let at = *index.entry(product.clone()).or_insert(arrivals.len());
        if at == arrivals.len() {
            arrivals.push(Arrival { product_id: product.clone(), good: 0, rejected: 0, external_identifiers: None });
        }
        let arrival = &mut arrivals[at];
        arrival.good += good;
        arrival.rejected += rejected;
        arrival.external_identifiers = arrival.external_identifiers.take().or_else(|| identifiers.cloned());
    };
    for id in &receipt.carton_ids {
        if !named.contains(&id) {
            named.push(id);
            for (product, quantity) in scanned(id).into_iter().flat_map(|carton| &carton.lines) {
                add(product, *quantity, 0, None);
            }
        }
    }
    for line in &receipt.lines {
        add(&line.product_id, line.quantity, line.rejected_quantity, line.external_identifiers.as_ref());
    }
    arrivals
}

/// Books what arrived of one product: good units first, each from what is outstanding (or was lost), then from the
/// supplier. Returns the event's item.
fn receive(
    draft: &mut Draft<'_>,
    receipt_id: &DocumentId,
    arrival: Arrival,
    from: Option<(&DocumentId, &mut AsnLine)>,
    was_open: bool,
) -> Step<Item> {
    let salable = draft.settings.salable_stock_location.clone();
    let damaged = draft.settings.damaged_stock_location.clone();
    let (announced, account) = match &from {
        Some((id, line)) if was_open => (line.outstanding(), Account::InTransit((*id).clone())),
        Some((id, line)) => (line.lost_quantity, Account::LostInTransit((*id).clone())),
        None => (0, Account::Supplier),
    };
    let mut left = announced;
    for (quantity, location) in [(arrival.good, salable), (arrival.rejected, damaged)] {
        let expected = quantity.min(left);
        left -= expected;
        for (from, quantity) in [(account.clone(), expected), (Account::Supplier, quantity - expected)] {
            draft.post(Posting {
                product_id: &arrival.product_id,
                from,
                to: Account::StockLocation(location.clone()),
                quantity,
                document_kind: DocumentKind::Receipt,
                document_id: receipt_id,
                count: None,
            })?;
        }
    }
    let mut item = Item {
        rejected_quantity: (arrival.rejected > 0).then_some(arrival.rejected),
        external_identifiers: arrival.external_identifiers,
        ..Item::with_quantity(arrival.product_id, arrival.good)
    };
    if let Some((_, line)) = from {
        let units = arrival.good + arrival.rejected;
        if was_open {
            line.received_quantity += units;
        } else {
            line.late_quantity += units;
            line.lost_quantity = left;
        }
        item.expected_quantity = Some(line.expected_quantity);
        item.received_total = Some(line.received_quantity + line.late_quantity);
    }
    Ok(item)
}

fn announce(
    draft: &mut Draft<'_>,
    receipt: &ReceiveItems,
    receipt_id: &DocumentId,
    asn: Option<&Asn>,
    items: Vec<Item>,
) {
    let order_ref = asn.and_then(|asn| match &asn.transfer {
        Some(transfer) => Some(transfer.transfer_order_ref.clone()),
        None => asn.order_ref.clone(),
    });
    let payload = Payload {
        fulfillment_location_id: Some(draft.store_id.clone()),
        asn_id: receipt.asn_id.clone(),
        order_ref: order_ref.or_else(|| receipt.order_ref.clone()),
        shipment_ref: asn.map(|asn| asn.shipment_ref.clone()).or_else(|| receipt.shipment_ref.clone()),
        stock_location_name: Some(draft.settings.salable_stock_location.clone()),
        ..draft.payload(receipt_id.text())
    };
    draft.announce(EventName::ItemsReceived, payload, items);
}

impl Asn {
    /// The line of a product; one that is not on the ASN becomes a line with nothing expected.
    fn line_of(&mut self, product: &ProductId) -> &mut AsnLine {
        let index = self.lines.iter().position(|line| line.product_id == *product).unwrap_or_else(|| {
            self.lines.push(AsnLine::expecting(product.clone(), 0));
            self.lines.len() - 1
        });
        &mut self.lines[index]
    }
}
