//! Events and movements in words.

use crate::domain::command::OperationName;
use crate::domain::event::{Event, Item};
use crate::domain::movement::Movement;
use crate::domain::time::Timestamp;

use super::super::output::{Colour, paint};
use super::script::Expected;

/// At most so many items are told of one event.
const ITEMS_TOLD: usize = 3;
/// At most so many rows of the ledger are told at once.
const ROWS_TOLD: usize = 4;

/// `HH:MM` of an instant.
pub fn clock(at: Timestamp) -> String {
    at.to_string().get(11..16).unwrap_or_default().to_owned()
}

/// Text in lines of at most so many characters.
pub fn folded(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if lines.last().is_some_and(|line| !line.is_empty() && line.chars().count() + word.chars().count() >= width) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// Operations that move units whenever they are accepted.
pub fn always_moves(operation: OperationName) -> bool {
    use OperationName::{
        AdjustStock, CreateAsn, ImportStock, ReceiveItems, RecordReturn, RecordSale, ReleaseReservation, Reserve,
        ShipItems,
    };
    [
        AdjustStock,
        CreateAsn,
        ImportStock,
        ReceiveItems,
        RecordReturn,
        RecordSale,
        ReleaseReservation,
        Reserve,
        ShipItems,
    ]
    .contains(&operation)
}

/// What was published, in words.
#[derive(Default)]
pub struct Published {
    /// Events.
    pub events: Vec<String>,
    /// Rows of the ledger.
    pub movements: Vec<String>,
    /// Stores a leg reached.
    pub heard: Vec<String>,
}

impl Published {
    /// Events first, then what moved, then who heard of it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.events.clone();
        lines.extend(self.movements.iter().take(ROWS_TOLD).cloned());
        if self.movements.len() > ROWS_TOLD {
            lines.push(paint(&format!("and {} rows more", self.movements.len() - ROWS_TOLD), Colour::Faint));
        }
        lines.extend(self.heard.iter().cloned());
        lines
    }
}

/// An event in a line.
pub fn event(event: &Event) -> String {
    let name = event.name.as_str().rsplit('.').next().unwrap_or_default();
    let items = &event.payload.items;
    let mut told: Vec<String> = items.iter().take(ITEMS_TOLD).map(item).collect();
    if items.len() > ITEMS_TOLD {
        told.push(format!("and {} more", items.len() - ITEMS_TOLD));
    }
    let how = event.payload.close_reason.map_or_else(String::new, |reason| format!(" ({})", reason.as_str()));
    let event_no = paint(&format!("event {} of {}", event.sequence, event.store_id), Colour::Faint);
    format!("{} {}{how}: {}", event_no, paint(name, Colour::Notable), told.join(", "))
}

fn item(item: &Item) -> String {
    let figures = [
        (item.rejected_quantity, "damaged"),
        (item.expected_quantity, "expected"),
        (item.received_quantity, "received"),
        (item.received_total, "so far"),
        (item.ordered_quantity, "ordered"),
        (item.transferred_quantity, "transferred"),
        (item.remaining_quantity, "released"),
        (item.stock_on_hand, "on record"),
        (item.count, "counted"),
        (item.correction, "corrected"),
        (item.variance, "variance now"),
    ];
    let figures: Vec<String> =
        figures.iter().filter_map(|(figure, name)| figure.map(|figure| format!("{figure} {name}"))).collect();
    let name = item
        .quantity
        .map_or_else(|| item.product_id.to_string(), |quantity| format!("{quantity} × {}", item.product_id));
    if figures.is_empty() { name } else { format!("{name} ({})", figures.join(", ")) }
}

/// A movement in a line.
pub fn movement(movement: &Movement) -> String {
    let balance = |balance: Option<crate::domain::movement::Balance>| {
        balance.map_or_else(String::new, |balance| format!(" ({} → {})", balance.before, balance.after))
    };
    let correction = if movement.corrects.is_some() { " takes the late fact back" } else { "" };
    format!(
        "{} {} {}: {}{} → {}{}{correction}",
        paint(&format!("ledger of {}", movement.store_id), Colour::Faint),
        movement.quantity,
        movement.product_id,
        movement.from_account,
        balance(movement.from_balance),
        movement.to_account,
        balance(movement.to_balance)
    )
}

/// What became of many commands.
#[derive(Default)]
pub struct Summary {
    accepted: usize,
    rejected: usize,
    parked: usize,
    dead: usize,
}

impl Summary {
    /// Counts one.
    pub fn add(&mut self, became: Expected) {
        *match became {
            Expected::Accepted => &mut self.accepted,
            Expected::Rejected(_) => &mut self.rejected,
            Expected::Parked => &mut self.parked,
            Expected::DeadLetter => &mut self.dead,
        } += 1;
    }

    /// In words.
    pub fn text(&self) -> String {
        format!(
            "{} {}, {} {}, {} {}",
            self.accepted,
            paint("accepted", Colour::Good),
            self.rejected,
            paint("rejected", Colour::Bad),
            self.dead,
            paint("dead letters", Colour::Bad)
        )
    }
}
