//! `release_reservation`: units put aside go back on sale (domain contract §6.6).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::holds::hold;
use crate::domain::model::document::Kind;
use crate::domain::model::document::hold::Reservation;
use crate::domain::model::event::EventName;
use crate::domain::model::ids::{DocumentId, RESERVATIONS, StockLocation};
use crate::domain::model::lines::{Line, summed_lines};
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::Timestamp;

/// `release_reservation`: all that is held without lines.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ReleaseReservation {
    pub reservation_id: DocumentId,
    pub lines: Option<Vec<Line>>,
    pub expires_at: Option<Timestamp>,
}

impl Rule for ReleaseReservation {
    fn shape(&self) -> Shape<'_> {
        hold::release_shape(self.lines.as_deref()).document(Kind::Reservation, self.reservation_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let id = &self.reservation_id;
        let Some(held) = draft.find::<Reservation>(id)? else {
            return Err(Rejection::of(Code::ReservationUnknown, id.text()).into());
        };

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let mut reservation = held.clone();
        reservation.expires_at = self.expires_at.or(reservation.expires_at);
        let wanted = self.lines.as_deref().map(summed_lines);
        let taken = hold::take(&mut reservation.lines, wanted.as_deref());
        if reservation.lines.is_empty() {
            draft.delete::<Reservation>(id);
        } else if reservation != *held {
            draft.put(id, reservation);
        }
        if !taken.is_empty() {
            let salable = draft.settings.salable_stock_location.clone();
            let sides = [StockLocation::from(RESERVATIONS), salable];
            hold::move_reserved(draft, EventName::ReservationReleased, id, sides, taken)?;
        }
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::holds::release_reservation::ReleaseReservation;
    use crate::domain::holds::reserve::Reserve;
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::model::document::hold::Reservation;
    use crate::domain::model::ids::Quantity;
    use crate::domain::model::stock::StockRow;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, lines, mastered_elsewhere, moment, shut};

    fn reserve(goods: &[(&str, Quantity)], expires_at: Option<&str>) -> Operation {
        let expires_at = expires_at.map(moment);
        Operation::Reserve(Reserve { reservation_id: "R".into(), lines: lines(goods), expires_at })
    }

    fn release(goods: Option<&[(&str, Quantity)]>, expires_at: Option<&str>) -> Operation {
        let (lines, expires_at) = (goods.map(lines), expires_at.map(moment));
        Operation::ReleaseReservation(ReleaseReservation { reservation_id: "R".into(), lines, expires_at })
    }

    #[test]
    fn units_are_put_aside_and_come_back() {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 10)]);
        // One command after another: the answer, the events, A on sale and put aside.
        for (operation, answer, news, figures) in [
            (release(None, None), "reservation_unknown R", &[][..], (10, 0)),
            (reserve(&[("A", 1), ("B", 1), ("A", 1)], None), "accepted", &["S1 items_reserved A 2; B 1"], (8, 2)),
            (reserve(&[("A", 3)], None), "accepted", &["S1 items_reserved A 3"], (5, 5)),
            (release(Some(&[("A", 1), ("X", 1)]), None), "accepted", &["S1 reservation_released A 1"], (6, 4)),
            (release(Some(&[("X", 1)]), None), "accepted", &[], (6, 4)),
            (release(Some(&[("A", 0)]), None), "no_lines", &[], (6, 4)),
            (release(None, None), "accepted", &["S1 reservation_released A 4; B 1"], (10, 0)),
            (release(None, None), "reservation_unknown R", &[], (10, 0)),
        ] {
            assert_eq!(shop.tell("10:00", "S1", operation), answer);
            assert_eq!(shop.news(), news);
            let aside = shop.stock("S1", "A").map_or(0, StockRow::reserved);
            assert_eq!((shop.on_hand("S1", "A"), aside), figures);
        }
        assert_eq!(shop.ledger.len(), 7, "one row a product and command");
    }

    #[test]
    fn the_last_expiry_given_counts() {
        let mut shop = Shop::default();
        for (operation, expires_at) in [
            (reserve(&[("A", 2)], None), None),
            (reserve(&[("A", 2)], Some("12:00")), Some("12:00")),
            (reserve(&[("A", 2)], None), Some("12:00")),
            (reserve(&[("A", 2)], Some("11:00")), Some("11:00")),
            (release(Some(&[("A", 1)]), Some("13:00")), Some("13:00")),
            (release(Some(&[("A", 1)]), None), Some("13:00")),
        ] {
            assert_eq!(shop.tell("14:00", "S1", operation), "accepted");
            let reservation = shop.document::<Reservation>("S1", "R").expect("something is held");
            assert_eq!(reservation.expires_at, expires_at.map(moment));
        }
    }

    #[test]
    fn a_shut_gate_keeps_nobody_from_releasing() {
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", reserve(&[("A", 2)], None));
        shop.tell("10:00", "S1", shut(&[Gate::Reservations]));
        assert_eq!(shop.tell("11:00", "S1", reserve(&[("A", 2)], None)), "feature_disabled reservations");
        assert_eq!(shop.tell("11:00", "S1", release(None, None)), "accepted");
    }

    #[test]
    fn elsewhere_it_is_announced_and_not_posted() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", mastered_elsewhere());
        shop.tell("10:00", "S1", reserve(&[("A", 2)], None));
        assert_eq!(shop.tell("11:00", "S1", release(None, None)), "accepted");
        assert_eq!(shop.news(), ["S1 items_reserved A 2", "S1 reservation_released A 2"]);
        assert!(shop.postings().is_empty() && shop.stock("S1", "A").is_none());
    }
}
