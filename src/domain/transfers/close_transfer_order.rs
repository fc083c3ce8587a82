//! `close_transfer_order`: what was not transferred is not wanted any more (domain contract §6.3). Shipments on their
//! way stay receivable; a packed one may still go, or be cancelled.

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::closing::CloseReason;
use crate::domain::model::ids::{DocumentId, Text};
use crate::domain::model::time::Timestamp;
use crate::domain::transfers::transfer_order::{close, find_open_order, keep};

/// `close_transfer_order`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CloseTransferOrder {
    pub transfer_order_id: DocumentId,
    pub reason: Text,
}

impl Rule for CloseTransferOrder {
    fn shape(&self) -> Shape<'_> {
        Shape::default().document(Kind::TransferOrder, self.transfer_order_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let mut order = find_open_order(draft, &self.transfer_order_id)?;

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let reason = if order.is_untouched() { CloseReason::Cancelled } else { CloseReason::Manual };
        close(draft, &mut order, reason, Some(self.reason.clone()));
        keep(draft, order);
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::model::document::transfer_order::TransferOrder;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, carry, close_order, create_order, pack, receive_asn, shut};

    fn shop(before: Vec<Operation>) -> Shop {
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", create_order("T", "S2", &[("A", 10), ("B", 1)]));
        for operation in before {
            assert_eq!(shop.tell("09:30", "S1", operation), "accepted");
        }
        shop.news();
        shop
    }

    #[test]
    fn what_is_announced_when_an_order_is_closed_by_hand() {
        let table = [
            (
                "nothing happened",
                vec![],
                "cancelled A ordered 10, transferred 0, remaining 10; B ordered 1, transferred 0, remaining 1",
            ),
            (
                "9 of 10 went",
                vec![carry("T", &[("A", 9)])],
                "manual A ordered 10, transferred 9, remaining 1; B ordered 1, transferred 0, remaining 1",
            ),
            (
                "9 of 10 are packed",
                vec![pack("T", "P1", &[("A", 9)])],
                "manual A ordered 10, transferred 9, remaining 1; B ordered 1, transferred 0, remaining 1",
            ),
            (
                "more went than ordered",
                vec![carry("T", &[("A", 12), ("C", 2)])],
                "manual A ordered 10, transferred 12, remaining 0; B ordered 1, transferred 0, remaining 1; C ordered 0, transferred 2, remaining 0",
            ),
            (
                "gates are shut",
                vec![shut(&Gate::ALL)],
                "cancelled A ordered 10, transferred 0, remaining 10; B ordered 1, transferred 0, remaining 1",
            ),
        ];
        for (name, before, news) in table {
            let mut shop = shop(before);
            assert_eq!(shop.tell("10:00", "S1", close_order("T")), "accepted", "{name}");
            assert_eq!(shop.news(), [format!("S1 transfer_order_closed {news}")], "{name}");
        }
    }

    #[test]
    fn an_order_is_closed_once() {
        let mut shop = shop(vec![]);
        assert_eq!(shop.tell("10:00", "S1", close_order("NO")), "transfer_order_unknown NO");
        assert_eq!(shop.tell("10:00", "S1", close_order("T")), "accepted");
        assert_eq!(shop.tell("10:01", "S1", close_order("T")), "transfer_order_closed T");
        let order: TransferOrder = shop.document("S1", "T").expect("it stays");
        let closing = order.closing.expect("it is closed");
        assert_eq!(
            (closing.close_note.as_deref(), closing.closed_by.as_deref()),
            (Some("rest not found"), Some("ada"))
        );
    }

    #[test]
    fn what_was_shipped_stays_receivable() {
        let mut shop = shop(vec![carry("T", &[("A", 9)])]);
        let asn = shop.made("asn_id");
        shop.tell("10:00", "S1", close_order("T"));
        assert_eq!(shop.tell("11:00", "S2", receive_asn(&asn, &[("A", 9)])), "accepted");
        assert_eq!(shop.order("S1", "T"), "closed manual: A ordered 10 transferred 9 received 9: B ordered 1");
        assert_eq!(shop.on_hand("S2", "A"), 9);
    }
}
