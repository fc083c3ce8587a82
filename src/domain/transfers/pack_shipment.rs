//! `pack_shipment`: goods of a transfer order were packed and labelled; they are still in the store (domain contract
//! §6.2).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::shipment::Shipment;
use crate::domain::model::document::transfer_order::TransferOrderStatus;
use crate::domain::model::event::{EventName, Payload};
use crate::domain::model::ids::{DocumentId, Quantity, Text};
use crate::domain::model::lines::CartonLine;
use crate::domain::model::time::Timestamp;
use crate::domain::transfers::transfer_order::{
    change_packed, find_open_order, make_shipment, refuse_goods, shape_of_goods, shipment_payload,
};

/// `pack_shipment`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct PackShipment {
    pub transfer_order_id: DocumentId,
    pub shipment_id: Option<DocumentId>,
    pub service_level: Text,
    pub carrier: Option<Text>,
    pub tracking_code: Option<Text>,
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::optional_number))]
    pub package_count: Option<Quantity>,
    pub lines: Vec<CartonLine>,
}

impl Rule for PackShipment {
    fn shape(&self) -> Shape<'_> {
        let shape = shape_of_goods(&self.transfer_order_id, &self.lines);
        match &self.shipment_id {
            Some(id) => shape.document(Kind::Shipment, id.text()),
            None => shape,
        }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let mut order = find_open_order(draft, &self.transfer_order_id)?;
        let id = draft.id_or_derived(self.shipment_id.as_ref(), "shipment_id");
        refuse_goods(draft, &order, &id, &self.lines)?;

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let shipment = Shipment {
            service_level: Some(self.service_level.clone()),
            carrier: self.carrier.clone(),
            tracking_code: self.tracking_code.clone(),
            package_count: self.package_count,
            ..make_shipment(draft, &mut order, id.clone(), &self.lines)
        };
        change_packed(draft, &mut order, &shipment, 1)?;
        order.status = TransferOrderStatus::Pending;

        let payload = Payload {
            service_level: shipment.service_level.clone(),
            carrier: shipment.carrier.clone(),
            tracking_code: shipment.tracking_code.clone(),
            package_count: shipment.package_count,
            ..shipment_payload(draft, &order, &shipment)
        };
        draft.announce(EventName::ItemsReadyForHandover, payload, shipment.items());
        draft.put(&self.transfer_order_id, order);
        draft.put(&id, shipment);
        Ok(vec![("shipment_id", id.text())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{
        Shop, cancel_shipment, cartons, close_order, create_order, create_order_by_api, mastered_elsewhere, pack,
        receive_asn, sell, shut, strict,
    };

    /// A store with 10 A and 10 B, an associate's order AO and one of the ERP, EO, each of 10 A for S2.
    fn shop() -> Shop {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 10), ("B", 10)]);
        shop.tell("09:00", "S1", create_order("AO", "S2", &[("A", 10)]));
        shop.tell("09:00", "S1", create_order_by_api("EO", "S2", &[("A", 10)]));
        shop.news();
        shop
    }

    #[test]
    fn packing_moves_no_stock_but_cannot_be_promised_any_more() {
        let mut shop = shop();
        assert_eq!(shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 4), ("A", 2)])), "accepted");
        assert_eq!((shop.on_hand("S1", "A"), shop.packed("S1", "A"), shop.available("S1", "A")), (10, 6, 4));
        assert_eq!(shop.order("S1", "AO"), "pending: A ordered 10 packed 6");
        assert_eq!(shop.news(), ["S1 items_ready_for_handover A 6"]);
        assert_eq!((shop.postings().len(), shop.under_way.len()), (0, 0));
    }

    #[test]
    fn an_associate_packs_what_is_picked() {
        let mut shop = shop();
        assert_eq!(shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 12), ("B", 3)])), "accepted");
        assert_eq!(shop.order("S1", "AO"), "pending: A ordered 10 packed 12: B packed 3");
    }

    #[test]
    fn what_may_not_be_packed() {
        let packed = |goods| vec![pack("EO", "P0", goods)];
        let table: [(_, Vec<Operation>, _, _); 11] = [
            ("nothing", vec![], pack("AO", "P1", &[("A", 0)]), "no_lines"),
            (
                "transfers are off",
                vec![shut(&[Gate::Transfers])],
                pack("AO", "P1", &[("A", 1)]),
                "feature_disabled transfers",
            ),
            ("unknown order", vec![], pack("NO", "P1", &[("A", 1)]), "transfer_order_unknown NO"),
            ("closed order", vec![close_order("AO")], pack("AO", "P1", &[("A", 1)]), "transfer_order_closed AO"),
            (
                "not ordered by the ERP",
                vec![],
                pack("EO", "P1", &[("B", 1), ("A", 99), ("C", 0), ("B", 2)]),
                "product_not_on_transfer_order 0 B B, 3 B B",
            ),
            (
                "more than the ERP ordered",
                vec![],
                pack("EO", "P1", &[("A", 0), ("A", 6), ("A", 5)]),
                "quantity_exceeds_ordered 1 A 11",
            ),
            ("more than is left", packed(&[("A", 7)]), pack("EO", "P1", &[("A", 4)]), "quantity_exceeds_ordered 0 A 4"),
            ("all that is left", packed(&[("A", 7)]), pack("EO", "P1", &[("A", 3)]), "accepted"),
            ("under a used number", packed(&[("A", 7)]), pack("AO", "P0", &[("A", 1)]), "shipment_already_exists P0"),
            (
                "more than a strict store has",
                vec![strict(), pack("EO", "P0", &[("A", 7)]), sell("1", &[("A", 1)])],
                pack("AO", "P1", &[("A", 1), ("B", 9), ("A", 2)]),
                "insufficient_stock 0 A 2, 2 A 2",
            ),
            (
                "all a strict store has",
                vec![strict(), pack("EO", "P0", &[("A", 7)])],
                pack("AO", "P1", &[("A", 3)]),
                "accepted",
            ),
        ];
        for (name, before, operation, answer) in table {
            let mut shop = shop();
            for operation in before {
                assert_eq!(shop.tell("09:30", "S1", operation), "accepted", "{name}");
            }
            assert_eq!(shop.tell("10:00", "S1", operation), answer, "{name}");
        }
    }

    #[test]
    fn shipment_numbers_run_on_after_a_cancellation() {
        let mut shop = shop();
        for (shipment, reference) in [("P1", "AO-1"), ("P2", "AO-2"), ("P3", "AO-3")] {
            shop.tell("10:00", "S1", pack("AO", shipment, &[("A", 1)]));
            let made: Shipment = shop.document("S1", shipment).expect("it was packed");
            assert_eq!(&*made.shipment_ref, reference);
            shop.tell("10:01", "S1", cancel_shipment(shipment));
        }
        // Nor is the number of a cancelled one free again.
        assert_eq!(shop.tell("10:02", "S1", pack("AO", "P1", &[("A", 1)])), "shipment_already_exists P1");
    }

    #[test]
    fn a_box_is_of_one_carton_and_product() {
        let mut shop = shop();
        let lines = cartons(&[("A", 1, "X"), ("A", 2, "Y"), ("B", 3, "X"), ("A", 4, "X"), ("A", 5, "")]);
        let Operation::PackShipment(packed) = pack("AO", "P1", &[]) else { unreachable!() };
        shop.tell("10:00", "S1", Operation::PackShipment(PackShipment { lines, ..packed }));
        assert_eq!(shop.news(), ["S1 items_ready_for_handover A X 5; A Y 2; B X 3; A 5"]);
    }

    #[test]
    fn the_stores_own_delivery_cannot_be_received_here_already() {
        let mut shop = shop();
        shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 1)]));
        let asn = shop.asn_of("S1", "P1");
        assert_eq!(shop.tell("10:01", "S1", receive_asn(&asn, &[("A", 1)])), format!("asn_wrong_location {asn}"));
    }

    #[test]
    fn where_stock_is_not_kept_nothing_is_packed_in_a_row() {
        let mut shop = Shop::default();
        shop.tell("07:00", "S1", mastered_elsewhere());
        shop.tell("09:00", "S1", create_order("AO", "S2", &[("A", 10)]));
        assert_eq!(shop.tell("10:00", "S1", pack("AO", "P1", &[("A", 6)])), "accepted");
        assert_eq!(shop.order("S1", "AO"), "pending: A ordered 10 packed 6");
        assert_eq!(shop.stock("S1", "A"), None);
    }
}
