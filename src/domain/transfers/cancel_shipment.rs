//! `cancel_shipment`: a packed shipment is unpacked again; everything is as before it was packed (domain contract
//! §6.2).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::shipment::{Shipment, ShipmentStatus};
use crate::domain::model::document::transfer_order::TransferOrderStatus;
use crate::domain::model::event::{EventName, Payload};
use crate::domain::model::ids::{DocumentId, Text};
use crate::domain::model::time::Timestamp;
use crate::domain::transfers::transfer_order::{change_packed, find_order, find_packed, keep, shipment_payload};

/// `cancel_shipment`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CancelShipment {
    pub shipment_id: DocumentId,
    pub reason: Text,
}

impl Rule for CancelShipment {
    fn shape(&self) -> Shape<'_> {
        Shape::default().document(Kind::Shipment, self.shipment_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let id = &self.shipment_id;
        let shipment = find_packed(draft, id, None)?;
        let mut order = find_order(draft, &shipment.transfer_order_id)?;

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        change_packed(draft, &mut order, &shipment, -1)?;
        order.open_shipments = order.open_shipments.saturating_sub(1);
        // Of a closed order nothing else changes.
        if order.status != TransferOrderStatus::Closed {
            order.lines.retain(|line| line.ordered_quantity > 0 || line.gone() > 0);
            if order.is_untouched() {
                order.status = TransferOrderStatus::Open;
            }
        }
        let payload = Payload { reason: Some(self.reason.clone()), ..shipment_payload(draft, &order, &shipment) };
        draft.announce(EventName::ShipmentCancelled, payload, shipment.items());
        keep(draft, order);
        let cancel_reason = Some(self.reason.clone());
        draft.put(id, Shipment { status: ShipmentStatus::Cancelled, cancel_reason, ..shipment });
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, cancel_shipment, carry, close_order, create_order, hand_over, pack, shut};

    fn shop(before: Vec<Operation>) -> Shop {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 10)]);
        shop.tell("09:00", "S1", create_order("T", "S2", &[("A", 10)]));
        for operation in before {
            assert_eq!(shop.tell("09:30", "S1", operation), "accepted");
        }
        shop.news();
        shop
    }

    #[test]
    fn everything_is_as_before_packing() {
        let mut shop = shop(vec![pack("T", "P1", &[("A", 12), ("B", 3)])]);
        assert_eq!(shop.tell("10:00", "S1", cancel_shipment("P1")), "accepted");
        assert_eq!(shop.order("S1", "T"), "open: A ordered 10");
        assert_eq!((shop.on_hand("S1", "A"), shop.packed("S1", "A"), shop.available("S1", "A")), (10, 0, 10));
        assert_eq!(shop.packed("S1", "B"), 0);
        assert_eq!(shop.news(), ["S1 shipment_cancelled A 12; B 3"]);
    }

    #[test]
    fn what_the_order_is_after_a_cancellation() {
        let pack_a = || pack("T", "P1", &[("A", 5)]);
        let table = [
            ("the only box", vec![pack_a()], "open: A ordered 10"),
            ("one of two boxes", vec![pack_a(), pack("T", "P2", &[("A", 2)])], "pending: A ordered 10 packed 2"),
            (
                "one of two boxes with another product",
                vec![pack("T", "P1", &[("B", 1)]), pack("T", "P2", &[("B", 2)])],
                "pending: A ordered 10: B packed 2",
            ),
            ("some was carried", vec![pack_a(), carry("T", &[("A", 9)])], "pending: A ordered 10 transferred 9"),
            (
                "all was carried",
                vec![pack_a(), carry("T", &[("A", 10)])],
                "closed completed: A ordered 10 transferred 10",
            ),
            ("closed meanwhile", vec![pack_a(), close_order("T")], "closed manual: A ordered 10 transferred 5"),
        ];
        for (name, before, order) in table {
            let mut shop = shop(before);
            assert_eq!(shop.tell("10:00", "S1", cancel_shipment("P1")), "accepted", "{name}");
            assert_eq!(shop.order("S1", "T"), order, "{name}");
        }
    }

    #[test]
    fn a_surplus_box_holds_up_the_closing_until_it_is_cancelled() {
        let mut shop = shop(vec![pack("T", "P1", &[("A", 5)]), carry("T", &[("A", 10)])]);
        shop.tell("10:00", "S1", cancel_shipment("P1"));
        assert_eq!(
            shop.news(),
            [
                "S1 shipment_cancelled A 5",
                "S1 transfer_order_closed completed A ordered 10, transferred 10, remaining 0"
            ]
        );
    }

    #[test]
    fn what_may_be_cancelled() {
        let packed = || pack("T", "P1", &[("A", 5)]);
        let table = [
            ("transfers are off", vec![packed(), shut(&[Gate::Transfers])], "accepted"),
            ("unknown", vec![], "shipment_unknown P1"),
            ("cancelled before", vec![packed(), cancel_shipment("P1")], "shipment_unknown P1"),
            ("handed over", vec![packed(), hand_over("T", "P1")], "shipment_already_handed_over P1"),
        ];
        for (name, before, answer) in table {
            assert_eq!(shop(before).tell("10:00", "S1", cancel_shipment("P1")), answer, "{name}");
        }
        let mut shop = shop(vec![carry("T", &[("A", 5)])]);
        let carried = shop.made("shipment_id");
        let answer = shop.tell("10:00", "S1", cancel_shipment(&carried));
        assert_eq!(answer, format!("shipment_already_handed_over {carried}"));
    }
}
