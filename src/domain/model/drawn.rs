//! Values drawn from bytes, for property tests and fuzzing: what must hold of them that their types do not say.
//!
//! A value drawn is one that a command, a row or an answer can hold, so that what is written can be read again.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::domain::model::ids::{QUANTITY_MAX, Quantity, Text};

/// Values of other types are drawn small more often than large, negative too: a count, a balance, a total.
const SMALL: Quantity = 255;

/// The quantity of a line of a command.
pub(crate) fn units(u: &mut Unstructured<'_>) -> Result<Quantity> {
    quantity_from(0, u)
}

/// The quantity of a line of a command that must be more than 0.
pub(crate) fn positive_units(u: &mut Unstructured<'_>) -> Result<Quantity> {
    quantity_from(1, u)
}

/// A number in a command that is 0 or more, if there is one.
pub(crate) fn optional_number(u: &mut Unstructured<'_>) -> Result<Option<Quantity>> {
    option(u, |u| u.int_in_range(0..=Quantity::MAX))
}

fn quantity_from(least: Quantity, u: &mut Unstructured<'_>) -> Result<Quantity> {
    let most = if u.ratio(3, 4)? { SMALL } else { QUANTITY_MAX };
    u.int_in_range(least..=most)
}

/// A balance: available to promise, which is the difference of some, can't overflow.
pub(crate) fn balance(u: &mut Unstructured<'_>) -> Result<Quantity> {
    let most = if u.ratio(3, 4)? { SMALL } else { Quantity::MAX >> 8 };
    u.int_in_range(-most..=most)
}

/// A counter: as long as Avro's numbers are.
pub(crate) fn counter(u: &mut Unstructured<'_>) -> Result<u64> {
    u.int_in_range(0..=i64::MAX.cast_unsigned())
}

/// The index of a line, if there is one.
pub(crate) fn line(u: &mut Unstructured<'_>) -> Result<Option<usize>> {
    option(u, |u| u.int_in_range(0..=2_000))
}

/// The name of a zone; empty: none was named.
pub(crate) fn zone(u: &mut Unstructured<'_>) -> Result<Text> {
    Ok(u.arbitrary::<Option<Text>>()?.unwrap_or_default())
}

/// JSON text that is neither a text nor a number of 64 bits.
pub(crate) fn json(u: &mut Unstructured<'_>) -> Result<Text> {
    const ALL: [&str; 6] = ["2.5", "true", "1e+100", "[1,null]", "{\"a\":\"b\"}", "10000000000000000000"];
    Ok(Text::from(*u.choose(&ALL)?))
}

/// A value or none.
pub(crate) fn option<'a, T>(
    u: &mut Unstructured<'a>,
    draw: impl FnOnce(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Option<T>> {
    if u.arbitrary()? { draw(u).map(Some) } else { Ok(None) }
}

/// A list of which no two items have the same key.
pub(crate) fn distinct<'a, T: Arbitrary<'a>, K: Eq + Hash>(
    u: &mut Unstructured<'a>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>> {
    let mut items: Vec<T> = u.arbitrary()?;
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(key(item)));
    Ok(items)
}

/// The entries of a map, in any order.
pub(crate) fn entries<'a, K: Arbitrary<'a> + Eq + Hash + Clone, V: Arbitrary<'a>>(
    u: &mut Unstructured<'a>,
) -> Result<Vec<(K, V)>> {
    distinct(u, |(key, _): &(K, V)| key.clone())
}

/// The entries of a map, or no map.
pub(crate) fn optional_entries<'a, K: Arbitrary<'a> + Eq + Hash + Clone, V: Arbitrary<'a>>(
    u: &mut Unstructured<'a>,
) -> Result<Option<Vec<(K, V)>>> {
    option(u, entries)
}

/// The entries of a map of which the order does not matter: in that of their keys.
pub(crate) fn sorted_entries<'a, K: Arbitrary<'a> + Hash + Ord + Clone, V: Arbitrary<'a> + Ord>(
    u: &mut Unstructured<'a>,
) -> Result<Vec<(K, V)>> {
    let mut entries = entries(u)?;
    entries.sort_unstable();
    Ok(entries)
}

/// Ids by what they are of.
pub(crate) fn ids(u: &mut Unstructured<'_>) -> Result<Vec<(Cow<'static, str>, Text)>> {
    Ok(entries(u)?.into_iter().map(|(name, id): (Text, Text)| (name.to_string().into(), id)).collect())
}
