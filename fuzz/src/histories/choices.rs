//! Drawing from bytes: one of several, more of this than of that.

use arbitrary::{Result, Unstructured};
use stockroom::domain::command::{QUANTITY_MAX, Quantity};

/// One in so many.
pub fn one_in(u: &mut Unstructured<'_>, many: u8) -> Result<bool> {
    u.ratio(1, many)
}

/// One of a list.
pub fn one_of<'l, T: ?Sized>(u: &mut Unstructured<'_>, list: &[&'l T]) -> Result<&'l T> {
    u.choose(list).copied()
}

/// A value in some cases.
pub fn perhaps<T>(u: &mut Unstructured<'_>, value: T) -> Result<Option<T>> {
    Ok(one_in(u, 3)?.then_some(value))
}

/// How many units: few, or as many as a line may have.
pub fn units(u: &mut Unstructured<'_>) -> Result<Quantity> {
    Ok(match u.int_in_range(0..=31_u8)? {
        0 => 0,
        1 => QUANTITY_MAX,
        2 => QUANTITY_MAX - 1,
        few => Quantity::from(few) / 3,
    })
}

/// About so many units.
pub fn about(u: &mut Unstructured<'_>, units: Quantity) -> Result<Quantity> {
    let about = match u.int_in_range(0..=7_u8)? {
        0 => units / 2,
        1 => units + 1,
        2 => units - 1,
        3 => 0,
        _ => units,
    };
    Ok(about.clamp(0, QUANTITY_MAX))
}
