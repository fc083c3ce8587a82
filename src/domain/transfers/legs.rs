//! The other half of something another store did (domain contract §6.2): an ASN opens at the destination, its figures
//! come back to the origin. A repeated or overtaken leg changes nothing.

use rustc_hash::FxHashMap;

use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rows::Need;
use crate::domain::model::document::Kind;
use crate::domain::model::document::asn::{Asn, AsnFigures, AsnHeader, AsnStatus};
use crate::domain::model::document::shipment::Shipment;
use crate::domain::model::document::transfer_order::TransferOrder;
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{ProductId, Quantity, StoreId, Text};
use crate::domain::model::leg::{AsnOpened, AsnReported, Leg, LegBody};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::transfers::adoption::adopt;
use crate::domain::transfers::transfer_order::{note_closed, order_payload};

/// The documents a leg will certainly look at.
pub(crate) fn documents(leg: &Leg) -> Vec<(Kind, Text)> {
    match &leg.body {
        LegBody::AsnOpened(opened) => vec![(Kind::Asn, opened.asn_id.text())],
        LegBody::AsnReported(reported) => vec![
            (Kind::Shipment, reported.shipment_id.text()),
            (Kind::TransferOrder, reported.transfer_order_id.text()),
        ],
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, leg: &Leg) -> Result<(), Need> {
    match &leg.body {
        LegBody::AsnOpened(opened) => open_asn(draft, &leg.from_store_id, opened),
        LegBody::AsnReported(reported) => take_report(draft, reported),
    }
}

/// Goods are on their way to this store.
fn open_asn(draft: &mut Draft<'_>, from_location: &StoreId, opened: &AsnOpened) -> Result<(), Need> {
    let by_erp = draft.find::<Asn>(&opened.asn_id)?.cloned();
    if by_erp.as_ref().is_some_and(|asn| asn.transfer.is_some()) {
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
    let asn = Asn::open(header, &opened.lines);
    match by_erp {
        Some(by_erp) => adopt(draft, by_erp, asn),
        None => {
            draft.put(&opened.asn_id, asn);
            Ok(())
        }
    }
}

/// What became of a shipment of this store: the figures of its order go on, and what is brought back is on hand again.
fn take_report(draft: &mut Draft<'_>, reported: &AsnReported) -> Result<(), Need> {
    let Some(mut shipment) = draft.find::<Shipment>(&reported.shipment_id)?.cloned() else { return Ok(()) };
    let Some(mut order) = draft.find::<TransferOrder>(&reported.transfer_order_id)?.cloned() else { return Ok(()) };
    if reported.revision <= shipment.asn_revision {
        return Ok(());
    }
    let mut returned = Vec::new();
    let before: FxHashMap<_, _> = shipment.asn_lines.iter().flatten().cloned().collect();
    let shipped: FxHashMap<_, _> = shipment.products().into_iter().collect();
    // Of an ASN that the ERP made and closed itself the lines may be others: only what was shipped is known here.
    let of_shipment = |(product, figures): &(ProductId, AsnFigures)| {
        let returned = figures.returned.min(*shipped.get(product)?);
        Some((product.clone(), AsnFigures { returned, ..*figures }))
    };
    let figures: Vec<_> = reported.lines.iter().filter_map(of_shipment).collect();
    let mut lines = order.lines_by_product();
    for (product, now) in &figures {
        let before = before.get(product).copied().unwrap_or_default();
        let line = lines.of(product);
        line.received_quantity += now.received - before.received;
        line.lost_quantity += now.lost - before.lost;
        line.returned_quantity += now.returned - before.returned;
        if now.returned > before.returned {
            returned.push((product.clone(), now.returned - before.returned));
        }
    }
    if reported.status == AsnStatus::Closed && shipment.asn_status != Some(AsnStatus::Closed) {
        order.open_shipments = order.open_shipments.saturating_sub(1);
    }
    shipment.asn_revision = reported.revision;
    shipment.asn_status = Some(reported.status);
    shipment.asn_lines = Some(figures);
    if !returned.is_empty() {
        bring_back(draft, &order, &shipment, returned)?;
    }
    note_closed(draft, &order);
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
    draft.require_stock(returned.iter().map(|(product, _)| product))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deciding::decide::Input;
    use crate::domain::model::document::receipt::ReceiveItems;
    use crate::domain::operations::Operation;
    use crate::domain::receiving::close_asn::Remainder;
    use crate::domain::testing::{
        Shop, carry, close_asn, create_order, mastered_elsewhere, moment, order, receive, receive_asn,
    };
    use crate::domain::transfers::create_transfer_order::CreateTransferOrder;

    /// 10 A are on their way from S1 to S2, by order T. Returns the ASN too.
    fn shop() -> (Shop, String) {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 10)]);
        shop.tell("09:00", "S1", create_order("T", "S2", &[("A", 10)]));
        shop.tell("10:00", "S1", carry("T", &[("A", 10)]));
        let asn = shop.made("asn_id");
        shop.news();
        shop.postings();
        (shop, asn)
    }

    fn session_begun_at(started_at: &str, asn: &str, quantity: Quantity) -> Operation {
        let started_at = Some(moment(started_at));
        Operation::ReceiveItems(ReceiveItems { started_at, ..receive(Some(asn), &[("A", quantity)]) })
    }

    #[test]
    fn the_origin_sees_what_became_of_its_goods() {
        type Deeds = fn(&str) -> Vec<Operation>;
        let table: [(_, Deeds, _); 6] = [
            ("nothing yet", |_| vec![], ""),
            ("a part", |asn| vec![receive_asn(asn, &[("A", 4)])], " received 4"),
            ("more than sent", |asn| vec![receive_asn(asn, &[("A", 12), ("B", 1)])], " received 12"),
            (
                "a part, the rest is lost",
                |asn| vec![receive_asn(asn, &[("A", 4)]), close_asn(asn, Remainder::Lost)],
                " received 4 lost 6",
            ),
            (
                "a part, the rest is lost, two are found",
                |asn| {
                    vec![
                        receive_asn(asn, &[("A", 4)]),
                        close_asn(asn, Remainder::Lost),
                        session_begun_at("10:30", asn, 2),
                    ]
                },
                " received 6 lost 4",
            ),
            ("all comes back", |asn| vec![close_asn(asn, Remainder::Returned)], " returned 10"),
        ];
        for (name, operations, figures) in table {
            let (mut shop, asn) = shop();
            for operation in operations(&asn) {
                assert_eq!(shop.tell("11:00", "S2", operation), "accepted", "{name}");
            }
            let order = format!("closed completed: A ordered 10 transferred 10{figures}");
            assert_eq!(shop.order("S1", "T"), order, "{name}");
        }
    }

    #[test]
    fn a_remainder_comes_back_once_and_the_origin_says_so() {
        let (mut shop, asn) = shop();
        shop.tell("11:00", "S2", receive_asn(&asn, &[("A", 4)]));
        shop.news();
        shop.holds_legs = true;
        shop.tell("12:00", "S2", close_asn(&asn, Remainder::Returned));
        assert_eq!(shop.on_hand("S1", "A"), 0);
        let leg = shop.under_way.clone();
        shop.under_way.extend(leg);
        shop.deliver();
        assert_eq!(shop.on_hand("S1", "A"), 6);
        assert_eq!(shop.news(), ["S2 asn_closed manual A expected 10, received 4", "S1 remainder_returned A 6"]);
        assert_eq!(shop.postings(), ["S2 A in_transit > main 4", "S1 A in_transit > main 6"]);
        let event = shop.events.last().expect("it was announced");
        assert_eq!(shop.ledger.last().map(|row| row.command_id), Some(event.command_id));
        // A later report, with the returned units still in it, brings nothing back again.
        shop.tell("12:30", "S2", session_begun_at("11:30", &asn, 1));
        shop.deliver();
        assert_eq!((shop.on_hand("S1", "A"), shop.on_hand("S2", "A")), (6, 5));
    }

    #[test]
    fn returned_goods_are_where_they_came_from() {
        let mut shop = Shop::default();
        let of_damaged = order("T", "S2", &[("A", 5)]);
        let of_damaged = CreateTransferOrder { stock_location: Some("damaged".into()), ..of_damaged };
        shop.tell("09:00", "S1", Operation::CreateTransferOrder(of_damaged));
        shop.tell("10:00", "S1", carry("T", &[("A", 5)]));
        assert_eq!(shop.on_hand_in("S1", "A", "damaged"), -5);
        let asn = shop.made("asn_id");
        shop.tell("11:00", "S2", close_asn(&asn, Remainder::Returned));
        assert_eq!(shop.on_hand_in("S1", "A", "damaged"), 0);
    }

    #[test]
    fn legs_in_any_order_and_number_end_the_same() {
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 0, 2], [1, 2, 2]] {
            let (mut shop, asn) = shop();
            shop.holds_legs = true;
            shop.tell("11:00", "S2", receive_asn(&asn, &[("A", 4)]));
            shop.tell("11:30", "S2", receive_asn(&asn, &[("A", 1)]));
            shop.tell("12:00", "S2", close_asn(&asn, Remainder::Returned));
            let legs = shop.under_way.clone();
            for index in order {
                let (at, leg) = legs[index].clone();
                shop.record(at, &Input::Leg(leg));
            }
            let end = "closed completed: A ordered 10 transferred 10 received 5 returned 5";
            assert_eq!((shop.order("S1", "T").as_str(), shop.on_hand("S1", "A")), (end, 5), "{order:?}");
        }
    }

    #[test]
    fn a_repeated_delivery_does_not_open_its_asn_again() {
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", create_order("T", "S2", &[("A", 10)]));
        shop.holds_legs = true;
        shop.tell("10:00", "S1", carry("T", &[("A", 10)]));
        let asn_id = shop.made("asn_id");
        let opened = shop.under_way.clone();
        shop.deliver();
        shop.tell("11:00", "S2", receive_asn(&asn_id, &[("A", 10)]));
        shop.under_way.extend(opened);
        shop.deliver();
        let asn: Asn = shop.document("S2", &asn_id).expect("it was opened");
        assert_eq!((asn.revision, asn.lines[0].received_quantity), (2, 10));
    }

    #[test]
    fn a_receipt_that_came_first_is_released_by_the_delivery() {
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", create_order("T", "S2", &[("A", 10)]));
        shop.holds_legs = true;
        shop.tell("10:00", "S1", carry("T", &[("A", 10)]));
        let asn = shop.made("asn_id");
        assert_eq!(shop.tell("10:01", "S2", receive_asn(&asn, &[("A", 10)])), "parked");
        shop.deliver();
        assert_eq!(shop.on_hand("S2", "A"), 10);
        assert_eq!(shop.order("S1", "T"), "closed completed: A ordered 10 transferred 10 received 10");
    }

    #[test]
    fn where_stock_is_not_kept_goods_come_from_and_go_to_elsewhere() {
        let mut shop = Shop::default();
        for store in ["S1", "DC"] {
            shop.tell("07:00", store, mastered_elsewhere());
        }
        shop.tell("09:00", "S1", create_order("T", "DC", &[("A", 10)]));
        shop.tell("10:00", "S1", carry("T", &[("A", 10)]));
        let asn = shop.made("asn_id");
        shop.tell("11:00", "DC", receive_asn(&asn, &[("A", 4)]));
        shop.tell("12:00", "DC", close_asn(&asn, Remainder::Returned));
        let rows = ["S1 A external > in_transit 10", "DC A in_transit > external 4", "S1 A in_transit > external 6"];
        assert_eq!(shop.postings(), rows);
        assert_eq!(shop.news().last().map(String::as_str), Some("S1 remainder_returned A 6"));
        assert_eq!((shop.stock("S1", "A"), shop.stock("DC", "A")), (None, None));
    }
}
