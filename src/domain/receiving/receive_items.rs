//! `receive_items`: goods arrived, with an ASN, by carton, or blind (domain contract §6.1).

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::deciding::draft::{Draft, Step, Stop};
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::asn::{Asn, AsnCarton, AsnLine, AsnStatus, OutgoingAsn, ReceivingMode};
use crate::domain::model::document::closing::CloseReason;
use crate::domain::model::document::configuration::Gate;
pub use crate::domain::model::document::receipt::ReceiveItems;
use crate::domain::model::document::store::WAITING_MAX;
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{CartonId, DocumentId, ExternalIdentifiers, ProductId, Quantity};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::rejection::{Code, Rejection, Violation};
use crate::domain::model::time::Timestamp;
use crate::domain::receiving::asn;
use crate::domain::receiving::asn::asn_unknown;

impl Rule for ReceiveItems {
    fn shape(&self) -> Shape<'_> {
        let lines = self.lines.iter().map(|line| (&line.product_id, line.quantity + line.rejected_quantity));
        let shape = Shape::of_lines(lines)
            .gate(Gate::Receiving)
            .gate_if(self.asn_id.is_none(), Gate::ReceivingWithoutAsn)
            .gate_if(!self.carton_ids.is_empty(), Gate::CartonReceiving);
        let shape = Shape {
            lines: shape.lines.max(self.carton_ids.len()),
            is_empty: shape.is_empty && self.carton_ids.is_empty(),
            ..shape
        };
        match &self.asn_id {
            Some(id) => shape.document(Kind::Asn, id.text()).document(Kind::OutgoingAsn, id.text()),
            None => shape,
        }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        self.started_at.into_iter().collect()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let mut asn = find_asn(draft, self)?;
        refuse_cartons(self, asn.as_ref())?;

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let receipt_id = draft.id_or_derived(self.receipt_id.as_ref(), "receipt_id");
        let arrivals = arrivals(self, asn.as_ref());
        draft.require_stock(arrivals.iter().map(|arrival| &arrival.product_id))?;
        let was_open = asn.as_ref().is_some_and(|asn| asn.status == AsnStatus::Open);
        let mut items = Vec::with_capacity(arrivals.len());
        let mut lines = asn.as_mut().map(Asn::lines_by_product);
        for arrival in arrivals {
            let line = lines.as_mut().map(|lines| lines.of(&arrival.product_id));
            let from = self.asn_id.as_ref().zip(line);
            items.push(receive(draft, &receipt_id, arrival, from, was_open)?);
        }
        if let Some(asn) = &mut asn {
            let mode = if self.carton_ids.is_empty() { ReceivingMode::Items } else { ReceivingMode::Cartons };
            asn.receiving_mode.get_or_insert(mode);
            let scanned: FxHashSet<_> = self.carton_ids.iter().collect();
            for carton in asn.cartons.iter_mut().filter(|carton| scanned.contains(&carton.carton_id)) {
                carton.received = true;
            }
        }
        announce(draft, self, &receipt_id, asn.as_ref(), items);
        draft.announce_corrections();
        if let Some(mut asn) = asn {
            if was_open && asn.lines.iter().all(|line| line.outstanding() == 0) {
                asn.close(draft.context().closing(CloseReason::Completed, None));
                asn::announce_closed(draft, &asn);
            }
            asn::keep(draft, asn);
        }
        Ok(vec![("receipt_id", receipt_id.text())])
    }
}

/// What arrived of one product.
struct Arrival {
    product_id: ProductId,
    good: Quantity,
    rejected: Quantity,
    external_identifiers: Option<ExternalIdentifiers>,
}

/// The ASN the receipt names: open, or closed after the session began.
fn find_asn(draft: &Draft<'_>, receipt: &ReceiveItems) -> Step<Option<Asn>> {
    let Some(id) = &receipt.asn_id else { return Ok(None) };
    let Some(asn) = draft.find::<Asn>(id)? else {
        if draft.find::<OutgoingAsn>(id)?.is_some() {
            return Err(Rejection::of(Code::AsnWrongLocation, id.text()).into());
        }
        let refusal = asn_unknown(id);
        return Err(if draft.state.waiting < WAITING_MAX { Stop::Parked(refusal) } else { refusal.into() });
    };
    let began = receipt.started_at.map(|time| draft.context().device_time(time));
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
    let cartons = cartons_of(asn);
    let named = || each_once(&receipt.carton_ids);
    let violation = |id: &CartonId| Violation::of(id.text());
    let unknown = named().filter(|id| !cartons.contains_key(id));
    Rejection::if_any(Code::CartonUnknown, unknown.map(violation))?;
    let received = named().filter(|id| cartons.get(id).is_some_and(|carton| carton.received));
    Rejection::if_any(Code::CartonAlreadyReceived, received.map(violation))?;
    let has_lines = receipt.lines.iter().any(|line| line.quantity + line.rejected_quantity > 0);
    let by_items = asn.is_some_and(|asn| asn.receiving_mode == Some(ReceivingMode::Items));
    match &receipt.asn_id {
        Some(id) if has_lines || by_items => Err(Rejection::of(Code::ReceivingModeConflict, id.text()).into()),
        _ => Ok(()),
    }
}

/// The cartons of an ASN by id.
fn cartons_of(asn: Option<&Asn>) -> FxHashMap<&CartonId, &AsnCarton> {
    asn.into_iter().flat_map(|asn| &asn.cartons).map(|carton| (&carton.carton_id, carton)).collect()
}

/// Cartons in order of first mention.
fn each_once(ids: &[CartonId]) -> impl Iterator<Item = &CartonId> {
    let mut named = FxHashSet::default();
    ids.iter().filter(move |id| named.insert(*id))
}

/// What arrived by product, in order of first mention: the contents of the cartons, or the lines.
fn arrivals(receipt: &ReceiveItems, asn: Option<&Asn>) -> Vec<Arrival> {
    let cartons = cartons_of(asn);
    let mut arrivals: Vec<Arrival> = Vec::new();
    let mut index = FxHashMap::default();
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
    for (product, quantity) in each_once(&receipt.carton_ids).filter_map(|id| cartons.get(id)).flat_map(|c| &c.lines) {
        add(product, *quantity, 0, None);
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
        receipt_id: Some(receipt_id.clone()),
        fulfillment_location_id: Some(draft.store_id.clone()),
        asn_id: receipt.asn_id.clone(),
        order_ref: order_ref.or_else(|| receipt.order_ref.clone()),
        shipment_ref: asn.map(|asn| asn.shipment_ref.clone()).or_else(|| receipt.shipment_ref.clone()),
        stock_location_name: Some(draft.settings.salable_stock_location.clone()),
        ..draft.payload(draft.derived("receipt").text())
    };
    draft.announce(EventName::ItemsReceived, payload, items);
}

#[cfg(test)]
mod tests {
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::model::ids::Quantity;
    use crate::domain::operations::Operation;
    use crate::domain::receiving::close_asn::Remainder;
    use crate::domain::testing::{Shop, announce, close_asn, moment, receive, receive_asn, receive_blind, shut};

    /// A shop that expects 10 A, in two boxes of 4 and 6.
    fn expecting() -> Shop {
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", announce("ASN", &[("A", 4, "BOX1"), ("A", 6, "BOX2")]));
        shop.postings();
        shop
    }

    fn boxes(ids: &[&str], goods: &[(&str, Quantity)]) -> Operation {
        let mut receipt = receive(Some("ASN"), goods);
        receipt.carton_ids = ids.iter().map(|id| (*id).into()).collect();
        Operation::ReceiveItems(receipt)
    }

    /// A session that began at a time of day, with rejected units.
    fn session(began: &str, good: Quantity, rejected: Quantity) -> Operation {
        let mut receipt = receive(Some("ASN"), &[("A", good)]);
        receipt.started_at = Some(moment(began));
        receipt.lines[0].rejected_quantity = rejected;
        Operation::ReceiveItems(receipt)
    }

    #[test]
    fn sessions_of_one_delivery() {
        // What is received, what is announced, what is posted; one session after another.
        let mut shop = expecting();
        for (goods, news, postings) in [
            (
                &[("A", 4)][..],
                &["S1 items_received A good 4, expected 10, total 4"][..],
                &["S1 A in_transit/ASN > main 4"][..],
            ),
            (&[("B", 1)], &["S1 items_received B good 1, expected 0, total 1"], &["S1 B supplier > main 1"]),
            (
                &[("A", 8)],
                &[
                    "S1 items_received A good 8, expected 10, total 12",
                    "S1 asn_closed completed A expected 10, received 12; B expected 0, received 1",
                ],
                &["S1 A in_transit/ASN > main 6", "S1 A supplier > main 2"],
            ),
        ] {
            assert_eq!(shop.tell("10:00", "S1", receive_asn("ASN", goods)), "accepted");
            assert_eq!(shop.news(), news);
            assert_eq!(shop.postings(), postings);
        }
        assert_eq!(shop.tell("10:00", "S1", receive_asn("ASN", &[("A", 1)])), "asn_closed ASN");
        assert_eq!((shop.on_hand("S1", "A"), shop.on_hand("S1", "B")), (12, 1));
    }

    #[test]
    fn damaged_units_come_on_top_and_good_ones_come_out_of_transit_first() {
        let mut shop = expecting();
        assert_eq!(shop.tell("10:00", "S1", session("10:00", 7, 4)), "accepted");
        assert_eq!(
            shop.postings(),
            ["S1 A in_transit/ASN > main 7", "S1 A in_transit/ASN > damaged 3", "S1 A supplier > damaged 1"]
        );
        assert_eq!(
            shop.news(),
            [
                "S1 items_received A good 7, rejected 4, expected 10, total 11",
                "S1 asn_closed completed A expected 10, received 11"
            ]
        );
    }

    #[test]
    fn a_late_session_finds_what_was_written_off() {
        for (began, answer, postings) in [
            ("10:59", "accepted", &["S1 A lost_in_transit/ASN > main 10", "S1 A supplier > main 1"][..]),
            ("11:00", "asn_closed ASN", &[]),
        ] {
            let mut shop = expecting();
            shop.tell("11:00", "S1", close_asn("ASN", Remainder::Lost));
            shop.postings();
            assert_eq!(shop.tell("12:00", "S1", session(began, 11, 0)), answer);
            assert_eq!(shop.postings(), postings);
        }
    }

    #[test]
    fn cartons() {
        for (sessions, answer) in [
            (vec![boxes(&["BOX1"], &[]), boxes(&["BOX2"], &[])], "accepted"),
            (vec![boxes(&["BOX1", "BOX1"], &[])], "accepted"),
            (vec![boxes(&["BOX1"], &[]), boxes(&[], &[("A", 1)])], "accepted"),
            (vec![boxes(&["BOX1"], &[]), boxes(&["BOX1"], &[])], "carton_already_received BOX1"),
            (vec![boxes(&["BOX9", "BOX1", "BOX9"], &[])], "carton_unknown BOX9"),
            (vec![boxes(&["BOX1"], &[("A", 1)])], "receiving_mode_conflict ASN"),
            (vec![boxes(&[], &[("A", 1)]), boxes(&["BOX1"], &[])], "receiving_mode_conflict ASN"),
        ] {
            let mut shop = expecting();
            let answers = sessions.into_iter().map(|session| shop.tell("10:00", "S1", session));
            assert_eq!(answers.last().as_deref(), Some(answer));
        }
    }

    #[test]
    fn gates() {
        for (gate, operation, answer) in [
            (Gate::Receiving, receive_asn("ASN", &[("A", 1)]), "feature_disabled receiving"),
            (Gate::ReceivingWithoutAsn, receive_blind(&[("A", 1)]), "feature_disabled receiving_without_asn"),
            (Gate::ReceivingWithoutAsn, receive_asn("ASN", &[("A", 1)]), "accepted"),
            (Gate::CartonReceiving, boxes(&["BOX1"], &[]), "feature_disabled carton_receiving"),
            (Gate::CartonReceiving, receive_asn("ASN", &[("A", 1)]), "accepted"),
        ] {
            let mut shop = expecting();
            shop.tell("09:30", "S1", shut(&[gate]));
            assert_eq!(shop.tell("10:00", "S1", operation), answer);
        }
    }

    #[test]
    fn a_receipt_before_its_asn_waits_a_day_and_is_then_refused() {
        for (asn_at, answers) in [
            ("2026-03-03T09:59:59Z", &["parked", "accepted", "accepted"][..]),
            ("2026-03-03T10:00:00Z", &["parked", "asn_unknown ASN", "accepted"]),
        ] {
            let mut shop = Shop::default();
            shop.tell("10:00", "S1", receive_asn("ASN", &[("A", 4)]));
            shop.tell(asn_at, "S1", announce("ASN", &[("A", 10, "")]));
            let all: Vec<_> =
                shop.answers.iter().map(|answer| crate::domain::testing::outcome(&answer.outcome)).collect();
            assert_eq!(all, answers);
        }
    }
}
