//! `reserve`: units are put aside for a customer, out of what is on sale (domain contract §6.6).

use super::{Ids, Shape, hold, plain, summed_lines};
use crate::domain::command::{Gate, Reserve};
use crate::domain::document::{Kind, Reservation};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::EventName;
use crate::domain::ids::{RESERVATIONS, StockLocation};

pub(super) fn shape(operation: &Reserve) -> Shape<'_> {
    Shape::of_lines(plain(&operation.lines))
        .gate(Gate::Reservations)
        .document(Kind::Reservation, operation.reservation_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &Reserve) -> Step<Ids> {
    let id = &operation.reservation_id;
    let held = draft.find::<Reservation>(id)?.cloned();
    let mut reservation =
        held.unwrap_or_else(|| Reservation { reservation_id: id.clone(), expires_at: None, lines: Vec::new() });
    reservation.expires_at = operation.expires_at.or(reservation.expires_at);

    let lines = summed_lines(&operation.lines);
    hold::add(&mut reservation.lines, lines.iter().cloned());
    draft.put(id, reservation);
    let salable = draft.settings.salable_stock_location.clone();
    hold::move_reserved(draft, EventName::ItemsReserved, id, [salable, StockLocation::from(RESERVATIONS)], lines)?;
    Ok(Vec::new())
}
