//! `ship_items`: goods leave the store: a packed shipment is handed over, or they are carried (domain contract §6.2).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::shipment::Shipment;
use crate::domain::model::document::transfer_order::{TransferOrder, TransferOrderStatus};
use crate::domain::model::event::{EventName, Payload};
use crate::domain::model::ids::DocumentId;
use crate::domain::model::lines::CartonLine;
use crate::domain::model::time::Timestamp;
use crate::domain::transfers::transfer_order::{
    change_packed, depart, find_open_order, find_order, find_packed, keep, make_shipment, order_payload, refuse_goods,
    shape_of_goods, shipment_payload,
};

/// `ship_items`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ShipItems {
    pub transfer_order_id: DocumentId,
    pub goods: ShippedGoods,
}

/// What leaves the store.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub enum ShippedGoods {
    /// A packed shipment is handed over.
    Packed(DocumentId),
    /// Units are carried, without a shipment.
    Carried(Vec<CartonLine>),
}

impl Rule for ShipItems {
    fn shape(&self) -> Shape<'_> {
        match &self.goods {
            // What was packed may go at any time.
            ShippedGoods::Packed(id) => Shape::default()
                .document(Kind::TransferOrder, self.transfer_order_id.text())
                .document(Kind::Shipment, id.text()),
            ShippedGoods::Carried(lines) => shape_of_goods(&self.transfer_order_id, lines),
        }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        match &self.goods {
            ShippedGoods::Packed(id) => hand_over(draft, &self.transfer_order_id, id),
            ShippedGoods::Carried(lines) => carry(draft, &self.transfer_order_id, lines),
        }
    }
}

/// A packed shipment goes, also when its order was closed meanwhile.
fn hand_over(draft: &mut Draft<'_>, order_id: &DocumentId, id: &DocumentId) -> Step<Ids> {
    let mut order = find_order(draft, order_id)?;
    let mut shipment = find_packed(draft, id, Some(order_id))?;

    // Point of no return: every refusal is above; below only a row that is not at hand stops.
    change_packed(draft, &mut order, &shipment, -1)?;
    depart(draft, &order, &mut shipment)?;
    let payload = shipment_payload(draft, &order, &shipment);
    draft.announce(EventName::ItemsShipped, payload, shipment.items());
    if draft.settings.emit_asn_created_for_packed {
        announce_asn(draft, &order, &shipment);
    }
    draft.announce_corrections();
    // A closed order counted what was packed as transferred.
    if order.status != TransferOrderStatus::Closed {
        count_as_transferred(&mut order, &shipment);
    }
    keep(draft, order);
    let ids = vec![("asn_id", shipment.asn_id.text())];
    draft.put(id, shipment);
    Ok(ids)
}

/// Goods go as they are picked, without a packed shipment.
fn carry(draft: &mut Draft<'_>, order_id: &DocumentId, lines: &[CartonLine]) -> Step<Ids> {
    let mut order = find_open_order(draft, order_id)?;
    let id = draft.derived("shipment_id");
    refuse_goods(draft, &order, &id, lines)?;

    // Point of no return: every refusal is above; below only a row that is not at hand stops.
    let mut shipment = Shipment { carried: true, ..make_shipment(draft, &mut order, id.clone(), lines) };
    depart(draft, &order, &mut shipment)?;
    announce_asn(draft, &order, &shipment);
    draft.announce_corrections();
    order.status = TransferOrderStatus::Pending;
    count_as_transferred(&mut order, &shipment);
    keep(draft, order);
    let ids = vec![("shipment_id", id.text()), ("asn_id", shipment.asn_id.text())];
    draft.put(&id, shipment);
    Ok(ids)
}

fn count_as_transferred(order: &mut TransferOrder, shipment: &Shipment) {
    let mut lines = order.lines_by_product();
    for (product, quantity) in shipment.products() {
        lines.of(&product).transferred_quantity += quantity;
    }
}

fn announce_asn(draft: &mut Draft<'_>, order: &TransferOrder, shipment: &Shipment) {
    let payload = Payload {
        shipment_id: (!shipment.carried).then(|| shipment.shipment_id.clone()),
        shipment_ref: Some(shipment.shipment_ref.clone()),
        shipment_date: shipment.shipment_date,
        ..order_payload(draft, order, &shipment.asn_id)
    };
    draft.announce(EventName::AsnCreated, payload, shipment.items());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::document::asn::Asn;
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::model::settings::Settings;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{
        Shop, cancel_shipment, carry, close_order, create_order, create_order_by_api, hand_over, mastered_elsewhere,
        moment, pack, sell, shut, strict,
    };

    /// A store with 10 A, and an associate's order AO of 10 A for S2.
    fn shop_with(settings: Settings) -> Shop {
        let mut shop = Shop::with(settings);
        shop.stock_up("S1", &[("A", 10)]);
        shop.tell("09:00", "S1", create_order("AO", "S2", &[("A", 10)]));
        shop.news();
        shop
    }

    fn shop() -> Shop {
        shop_with(Settings::default())
    }

    #[test]
    fn handing_over_moves_stock() {
        let mut shop = shop();
        shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 6)]));
        shop.tell("10:00", "S1", pack("AO", "P2", &[("A", 4)]));
        shop.news();
        assert_eq!(shop.tell("11:00", "S1", hand_over("AO", "P1")), "accepted");
        assert_eq!((shop.on_hand("S1", "A"), shop.packed("S1", "A"), shop.available("S1", "A")), (4, 4, 0));
        assert_eq!(shop.order("S1", "AO"), "pending: A ordered 10 packed 4 transferred 6");
        assert_eq!(shop.news(), ["S1 items_shipped A 6"]);
        assert_eq!(shop.tell("11:30", "S1", hand_over("AO", "P2")), "accepted");
        assert_eq!(shop.order("S1", "AO"), "closed completed: A ordered 10 transferred 10");
        assert_eq!(
            shop.news(),
            ["S1 items_shipped A 4", "S1 transfer_order_closed completed A ordered 10, transferred 10, remaining 0"]
        );
        assert_eq!(shop.postings(), ["S1 A main > in_transit 6", "S1 A main > in_transit 4"]);
    }

    #[test]
    fn the_asn_of_a_handed_over_shipment_is_announced_where_configured() {
        let mut shop = shop_with(Settings { emit_asn_created_for_packed: true, ..Settings::default() });
        shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 6)]));
        shop.news();
        shop.tell("11:00", "S1", hand_over("AO", "P1"));
        assert_eq!(shop.news(), ["S1 items_shipped A 6", "S1 asn_created A 6"]);
    }

    #[test]
    fn what_is_carried_leaves_at_once_and_appears_at_the_destination() {
        let mut shop = shop();
        assert_eq!(shop.tell_late("11:00", "10:30", "S1", carry("AO", &[("A", 5), ("A", 4)])), "accepted");
        assert_eq!(shop.news(), ["S1 asn_created A 9"]);
        assert_eq!(shop.order("S1", "AO"), "pending: A ordered 10 transferred 9");
        let (shipment, asn_id) = (shop.made("shipment_id"), shop.made("asn_id"));
        let shipment: Shipment = shop.document("S1", &shipment).expect("it was carried");
        assert!(shipment.carried && shipment.shipment_date == Some(moment("10:30")));
        let asn: Asn = shop.document("S2", &asn_id).expect("the destination expects it");
        assert_eq!((&*asn.shipment_ref, asn.revision, asn.lines[0].expected_quantity), ("AO-1", 1, 9));
        assert_eq!(asn.from_location, "S1".into());
    }

    #[test]
    fn an_associate_carries_what_is_picked() {
        let mut shop = shop();
        shop.tell("11:00", "S1", carry("AO", &[("A", 12), ("B", 3)]));
        assert_eq!(shop.order("S1", "AO"), "closed completed: A ordered 10 transferred 12: B transferred 3");
        assert_eq!(
            shop.news(),
            [
                "S1 asn_created A 12; B 3",
                "S1 transfer_order_closed completed A ordered 10, transferred 12, remaining 0; B ordered 0, transferred 3, remaining 0"
            ]
        );
        assert_eq!((shop.on_hand("S1", "A"), shop.on_hand("S1", "B")), (-2, -3));
    }

    #[test]
    fn what_may_not_leave() {
        let shut_transfers = || shut(&[Gate::Transfers]);
        let packed = || pack("AO", "P1", &[("A", 6)]);
        let table: [(_, Vec<Operation>, _, _); 16] = [
            ("a box, transfers are off", vec![packed(), shut_transfers()], hand_over("AO", "P1"), "accepted"),
            ("a box of a closed order", vec![packed(), close_order("AO")], hand_over("AO", "P1"), "accepted"),
            (
                "a box, sold meanwhile",
                vec![strict(), packed(), sell("1", &[("A", 9)])],
                hand_over("AO", "P1"),
                "accepted",
            ),
            ("a box of an unknown order", vec![packed()], hand_over("NO", "P1"), "transfer_order_unknown NO"),
            ("a box of another order", vec![packed()], hand_over("EO", "P1"), "shipment_unknown P1"),
            ("an unknown box", vec![packed()], hand_over("AO", "P2"), "shipment_unknown P2"),
            ("an unpacked box", vec![packed(), cancel_shipment("P1")], hand_over("AO", "P1"), "shipment_unknown P1"),
            (
                "a box that left",
                vec![packed(), hand_over("AO", "P1")],
                hand_over("AO", "P1"),
                "shipment_already_handed_over P1",
            ),
            (
                "loose, transfers are off",
                vec![shut_transfers()],
                carry("AO", &[("A", 1)]),
                "feature_disabled transfers",
            ),
            ("nothing", vec![], carry("AO", &[("A", 0)]), "no_lines"),
            ("loose, of an unknown order", vec![], carry("NO", &[("A", 1)]), "transfer_order_unknown NO"),
            ("loose, of a closed order", vec![close_order("AO")], carry("AO", &[("A", 1)]), "transfer_order_closed AO"),
            ("not ordered by the ERP", vec![], carry("EO", &[("B", 1)]), "product_not_on_transfer_order 0 B B"),
            (
                "more than the ERP ordered",
                vec![pack("EO", "P1", &[("A", 6)])],
                carry("EO", &[("A", 5)]),
                "quantity_exceeds_ordered 0 A 5",
            ),
            (
                "more than a strict store has",
                vec![strict(), packed()],
                carry("AO", &[("A", 5)]),
                "insufficient_stock 0 A 4",
            ),
            ("all a strict store has", vec![strict(), packed()], carry("AO", &[("A", 4)]), "accepted"),
        ];
        for (name, before, operation, answer) in table {
            let mut shop = shop();
            shop.tell("09:00", "S1", create_order_by_api("EO", "S2", &[("A", 10)]));
            for operation in before {
                assert_eq!(shop.tell("09:30", "S1", operation), "accepted", "{name}");
            }
            assert_eq!(shop.tell("10:00", "S1", operation), answer, "{name}");
        }
    }

    #[test]
    fn a_box_that_goes_after_the_order_was_closed_changes_none_of_its_figures() {
        let mut shop = shop();
        shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 6)]));
        shop.tell("10:30", "S1", close_order("AO"));
        assert_eq!(shop.order("S1", "AO"), "closed manual: A ordered 10 packed 6 transferred 6");
        shop.news();
        shop.tell("11:00", "S1", hand_over("AO", "P1"));
        assert_eq!(shop.order("S1", "AO"), "closed manual: A ordered 10 transferred 6");
        assert_eq!(shop.news(), ["S1 items_shipped A 6"]);
        assert_eq!((shop.on_hand("S1", "A"), shop.packed("S1", "A")), (4, 0));
    }

    #[test]
    fn goods_of_a_store_we_do_not_master_are_in_transit_all_the_same() {
        let mut shop = Shop::default();
        shop.tell("07:00", "S1", mastered_elsewhere());
        shop.tell("07:00", "S1", strict());
        shop.tell("09:00", "S1", create_order("AO", "S2", &[("A", 10)]));
        assert_eq!(shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 6)])), "accepted");
        assert_eq!(shop.tell("10:00", "S1", hand_over("AO", "P1")), "accepted");
        assert_eq!(shop.tell("10:00", "S1", carry("AO", &[("A", 4)])), "accepted");
        assert_eq!(shop.postings(), ["S1 A external > in_transit 6", "S1 A external > in_transit 4"]);
        assert_eq!(shop.stock("S1", "A"), None);
    }
}
