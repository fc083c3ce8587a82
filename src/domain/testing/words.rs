//! What a shop says, in words that a shop manager reads: `cfg(test)`, like the whole bench.

use std::fmt::Write as _;

use crate::domain::deciding::decision::Outcome;
use crate::domain::model::document::CloseReason;
use crate::domain::model::event::{Event, EventName, Item};
use crate::domain::model::ids::{Quantity, Uuid};
use crate::domain::model::movement::{Account, Movement};
use crate::domain::model::operation_name::OperationName;
use crate::domain::model::rejection::{Rejection, Value};

/// An outcome in words: `accepted`, `parked`, or the code and what breaks it, line by line.
pub(crate) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { .. } => "accepted".to_owned(),
        Outcome::Applied { .. } => "applied".to_owned(),
        Outcome::Parked(_) => "parked".to_owned(),
        Outcome::Rejected(rejection) => refusal(rejection),
    }
}

fn refusal(rejection: &Rejection) -> String {
    let places = rejection.violations.iter().map(|violation| {
        let value = violation.value.as_ref().map(|value| match value {
            Value::Text(text) | Value::Json(text) => text.to_string(),
            Value::Number(number) => number.to_string(),
        });
        let parts = [
            violation.line.map(|line| line.to_string()),
            violation.product_id.as_ref().map(ToString::to_string),
            violation.field.as_ref().map(ToString::to_string),
            value,
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let places: Vec<_> = places.collect();
    format!("{} {}", rejection.code.as_str(), places.join(", ")).trim_end().to_owned()
}

pub(crate) fn headline(event: &Event) -> String {
    let (_, name) = event.name.as_str().split_once('.').unwrap_or_default();
    let mut line = format!("{} {name}", event.store_id);
    let reason = event.payload.close_reason.map(CloseReason::as_str);
    for word in [reason, event.payload.caused_by.map(OperationName::as_str)].into_iter().flatten() {
        write!(line, " {word}").expect("a string takes everything");
    }
    let items: Vec<_> = event.payload.items.iter().map(|item| figures(item, event.name)).collect();
    format!("{line} {}", items.join("; ")).trim_end().to_owned()
}

/// `A good 7, rejected 4`: the product, its carton or condition, its figures by name. A plain quantity has none, but that of
/// a receipt, which stands beside the rejected one.
fn figures(item: &Item, name: EventName) -> String {
    let mut words = vec![item.product_id.to_string()];
    words.extend(item.carton_id.as_ref().map(ToString::to_string));
    words.extend(item.condition.as_ref().map(ToString::to_string));
    let figures = [
        (if name == EventName::ItemsReceived { "good " } else { "" }, item.quantity),
        ("rejected ", item.rejected_quantity),
        ("reserved ", item.reserved_quantity),
        ("ordered ", item.ordered_quantity),
        ("transferred ", item.transferred_quantity),
        ("remaining ", item.remaining_quantity),
        ("expected ", item.expected_quantity),
        ("received ", item.received_quantity),
        ("total ", item.received_total),
        ("on record ", item.stock_on_hand),
        ("counted ", item.count),
        ("corrected ", item.correction),
        ("variance ", item.variance),
    ];
    words.push(named(figures));
    words.join(" ")
}

/// The figures there are, each after its name.
pub(crate) fn named(figures: impl IntoIterator<Item = (&'static str, Option<Quantity>)>) -> String {
    let there = figures.into_iter().filter_map(|(name, figure)| Some(format!("{name}{}", figure?)));
    there.collect::<Vec<_>>().join(", ")
}

pub(crate) fn posting(movement: &Movement) -> String {
    let Movement { store_id, product_id, from_account, to_account, quantity, .. } = movement;
    format!("{store_id} {product_id} {} > {} {quantity}", name(from_account), name(to_account))
}

/// The account's name; ids the processor made itself are left out.
fn name(account: &Account) -> String {
    let name = account.to_string();
    match name.split_once('/') {
        Some((kind, id)) if Uuid::parse_str(id).is_ok() => kind.to_owned(),
        _ => name,
    }
}
