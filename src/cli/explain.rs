//! `stockroom explain`: the movements of one product at one store, in the order in which they were recorded.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::codec::keys;
use crate::codec::record::Topic;
use crate::domain::command::Quantity;
use crate::domain::ids::{StockLocation, Uuid};
use crate::domain::movement::{Account, DocumentKind, Movement};
use crate::domain::stock::{StockKey, StockRow};
use crate::domain::time::Timestamp;
use crate::kafka::client::reader::Scope;

use super::arguments::ExplainArguments;
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::{Colour, Output, Rows, paint, print, print_json};
use super::stock;
use super::terminal::in_line;

/// Prints the explanation.
pub fn run(arguments: &ExplainArguments) -> anyhow::Result<Ending> {
    let arguments = &arguments.product;
    let config = arguments.connection.open()?;
    let key = StockKey { store_id: arguments.store.as_str().into(), product_id: arguments.product.as_str().into() };
    let movements = movements(&config, &key)?;
    if movements.is_empty() {
        return Err(Failure::refused(
            format!("nothing ever moved of {} at store {}", arguments.product, arguments.store),
            format!("`stockroom stock list --store {}` shows what there is", arguments.store),
        ));
    }
    let row = stock::row(&config, &key)?.unwrap_or_default();
    match arguments.output {
        Output::Json => print_json(&as_json(&config, &key, &row, &movements)?)?,
        Output::Table => print(&text(&config, &row, &movements))?,
    }
    Ok(Ending::Done)
}

/// The movements of a product, oldest recorded first.
pub fn movements(config: &Config, key: &StockKey) -> anyhow::Result<Vec<Movement>> {
    let (codec, wanted) = (config.codec(), keys::stock(key));
    let mut rows = Vec::new();
    config.read(&[Topic::Ledger], Scope::Store(key.store_id.as_str()), |record| {
        if record.key.as_deref() == Some(&wanted) {
            rows.extend(record.value.map(|value| codec.decode_movement(&value)));
        }
    })?;
    Ok(rows.into_iter().collect::<Result<_, _>>()?)
}

/// Table and summary.
pub fn text(config: &Config, row: &StockRow, movements: &[Movement]) -> String {
    let marks = marks(row, movements);
    let short: HashMap<Uuid, usize> =
        movements.iter().enumerate().map(|(index, movement)| (movement.movement_id, index + 1)).collect();
    let mut table = Rows::new(&[
        "#",
        "HAPPENED",
        "RECORDED",
        "WHAT",
        "DOCUMENT",
        "REASON",
        "LOCATION",
        "CHANGE",
        "BEFORE → AFTER",
        "REMARK",
    ]);
    for (index, (movement, mark)) in movements.iter().zip(&marks).enumerate() {
        let ends = [
            (&movement.from_account, movement.from_balance, -movement.quantity, &movement.to_account),
            (&movement.to_account, movement.to_balance, movement.quantity, &movement.from_account),
        ];
        for (account, balance, change, other) in ends {
            // Units that never touch a stock location of the store show once, where they went.
            let untouched = movement.changes().next().is_none();
            if account.stock_location().is_none() && !(untouched && change > 0) {
                continue;
            }
            let balance = balance.map_or_else(String::new, |balance| format!("{} → {}", balance.before, balance.after));
            table.push(vec![
                (index + 1).to_string(),
                movement.occurred_at.to_string(),
                movement.recorded_at.to_string(),
                movement.cause.as_str().to_owned(),
                format!("{} {}", movement.document_kind.as_str(), movement.document_id),
                reason(other, change),
                account.to_string(),
                format!("{change:+}"),
                balance,
                mark.remark(movement, &short),
            ]);
        }
    }
    format!("{}\n{}", table.text(), summary(config, row, movements))
}

/// Why units moved: the other end.
fn reason(other: &Account, change: Quantity) -> String {
    match other {
        Account::Adjustment(reason) => reason.to_string(),
        Account::CountVariance(count) => format!("variance of count {count}"),
        Account::InTransit(asn) => format!("in transit, ASN {asn}"),
        Account::LostInTransit(asn) => format!("lost in transit, ASN {asn}"),
        Account::StockLocation(location) if change < 0 => format!("to {location}"),
        Account::StockLocation(location) => format!("from {location}"),
        Account::Supplier | Account::Customer | Account::Opening | Account::External => other.to_string(),
    }
}

/// What is to be said of a movement.
struct Mark {
    /// It happened before something that was recorded earlier.
    late: bool,
    /// It happened after the last count of its place.
    since_count: bool,
}

impl Mark {
    fn remark(&self, movement: &Movement, short: &HashMap<Uuid, usize>) -> String {
        let mut remarks = Vec::new();
        if let Some(corrects) = movement.corrects {
            let fact = short.get(&corrects).map_or_else(|| corrects.to_string(), |number| format!("#{number}"));
            let count = movement.count_id.as_ref().map_or_else(String::new, |count| format!(": count {count} knew it"));
            remarks.push(paint(&format!("takes back {fact}{count}"), Colour::Notable));
        } else if self.late {
            remarks.push(paint("late", Colour::Notable));
        }
        if movement.clock_clamped {
            remarks.push(paint("device clock was wrong", Colour::Notable));
        }
        if self.since_count {
            remarks.push("since the last count".to_owned());
        }
        remarks.join(", ")
    }
}

fn marks(row: &StockRow, movements: &[Movement]) -> Vec<Mark> {
    let mut latest = Timestamp::from_millis(i64::MIN);
    movements
        .iter()
        .map(|movement| {
            // A count says itself as of when it is.
            let late = movement.occurred_at < latest && movement.document_kind != DocumentKind::Count;
            latest = latest.max(movement.occurred_at);
            let since_count = movement.changes().any(|(location, _)| {
                let counted = row.location(location).and_then(|entry| entry.last_count());
                counted.is_some_and(|count| movement.occurred_at > count.counted_at)
            });
            Mark { late, since_count }
        })
        .collect()
}

/// For each stock location: what was counted last, what moved since, and what that comes to.
fn summary(config: &Config, row: &StockRow, movements: &[Movement]) -> String {
    let mut moved: BTreeMap<&StockLocation, Quantity> = BTreeMap::new();
    for movement in movements {
        for (location, change) in movement.changes() {
            let counted_at = row.location(location).and_then(|entry| entry.last_count()).map(|count| count.counted_at);
            if counted_at.is_none_or(|counted_at| movement.occurred_at > counted_at) {
                *moved.entry(location).or_default() += change;
            }
        }
    }
    let mut text = String::new();
    for entry in &row.locations {
        let (location, on_hand) = (&entry.stock_location, entry.on_hand);
        let since = moved.get(location).copied().unwrap_or(0);
        let line = match entry.last_count() {
            Some(count) => format!(
                "{location}: {} counted at {} ({}, variance {:+}), {since:+} since: {on_hand} on hand",
                on_hand - since,
                count.counted_at,
                count.count_id,
                count.variance
            ),
            None => format!("{location}: never counted, {since:+} moved: {on_hand} on hand"),
        };
        text.push_str(&in_line(&line));
        text.push('\n');
    }
    let salable = &config.deployment.salable_stock_location;
    text.push_str(&format!("available to promise: {}\n", row.available_to_promise(salable)));
    text
}

fn as_json(config: &Config, key: &StockKey, row: &StockRow, movements: &[Movement]) -> anyhow::Result<Value> {
    let codec = config.json_codec();
    let mut rows = Vec::new();
    for (movement, mark) in movements.iter().zip(marks(row, movements)) {
        let mut value: Value = serde_json::from_slice(&codec.encode_movement(movement))?;
        value["late"] = json!(mark.late);
        value["since_last_count"] = json!(mark.since_count);
        rows.push(value);
    }
    Ok(json!({ "stock": stock::as_json(config, key, row)?, "movements": rows }))
}
