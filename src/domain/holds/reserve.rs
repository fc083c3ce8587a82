//! `reserve`: units are put aside for a customer, out of what is on sale (domain contract §6.6).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::holds::hold;
use crate::domain::model::document::Kind;
use crate::domain::model::document::configuration::Gate;
use crate::domain::model::document::hold::Reservation;
use crate::domain::model::event::EventName;
use crate::domain::model::ids::{DocumentId, RESERVATIONS, StockLocation};
use crate::domain::model::lines::{Line, plain, summed_lines};
use crate::domain::model::time::Timestamp;

/// `reserve`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Reserve {
    pub reservation_id: DocumentId,
    pub lines: Vec<Line>,
    pub expires_at: Option<Timestamp>,
}

impl Rule for Reserve {
    fn shape(&self) -> Shape<'_> {
        Shape::of_lines(plain(&self.lines))
            .gate(Gate::Reservations)
            .document(Kind::Reservation, self.reservation_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let id = &self.reservation_id;
        let held = draft.find::<Reservation>(id)?.cloned();
        let mut reservation =
            held.unwrap_or_else(|| Reservation { reservation_id: id.clone(), expires_at: None, lines: Vec::new() });
        reservation.expires_at = self.expires_at.or(reservation.expires_at);

        let lines = summed_lines(&self.lines);
        hold::add(&mut reservation.lines, lines.iter().cloned());
        draft.put(id, reservation);
        let salable = draft.settings.salable_stock_location.clone();
        hold::move_reserved(draft, EventName::ItemsReserved, id, [salable, StockLocation::from(RESERVATIONS)], lines)?;
        Ok(Vec::new())
    }
}
