//! `release_reservation`: units put aside go back on sale (domain contract §6.6).

use super::{Ids, Shape, hold, summed_lines};
use crate::domain::command::ReleaseReservation;
use crate::domain::document::{Kind, Reservation};
use crate::domain::draft::{Draft, Step};
use crate::domain::event::EventName;
use crate::domain::ids::{RESERVATIONS, StockLocation};
use crate::domain::rejection::{Code, Rejection};

pub(super) fn shape(operation: &ReleaseReservation) -> Shape<'_> {
    hold::release_shape(operation.lines.as_deref()).document(Kind::Reservation, operation.reservation_id.text())
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &ReleaseReservation) -> Step<Ids> {
    let id = &operation.reservation_id;
    let Some(held) = draft.find::<Reservation>(id)? else {
        return Err(Rejection::of(Code::ReservationUnknown, id.text()).into());
    };
    let mut reservation = held.clone();
    reservation.expires_at = operation.expires_at.or(reservation.expires_at);
    let wanted = operation.lines.as_deref().map(summed_lines);
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
