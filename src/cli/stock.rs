//! `stockroom stock`: balances, as the stock topic shows them.

use serde_json::Value;

use crate::codec::keys;
use crate::codec::record::Topic;
use crate::domain::ids::StoreId;
use crate::domain::stock::{StockKey, StockRow};
use crate::kafka::client::reader::Scope;

use super::arguments::{ProductArguments, StockCommand, StockList};
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::{Output, Rows, print_json};

/// Runs one of the commands.
pub fn run(command: &StockCommand) -> anyhow::Result<Ending> {
    match command {
        StockCommand::Get(arguments) => get(arguments),
        StockCommand::List(arguments) => list(arguments),
    }
}

fn get(arguments: &ProductArguments) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let key = StockKey { store_id: arguments.store.as_str().into(), product_id: arguments.product.as_str().into() };
    let Some(row) = row(&config, &key)? else {
        return Err(Failure::refused(
            format!("store {} has no stock of {}", arguments.store, arguments.product),
            format!("`stockroom stock list --store {}` shows what it has", arguments.store),
        ));
    };
    match arguments.output {
        Output::Json => print_json(&as_json(&config, &key, &row)?)?,
        Output::Table => table(&config, &[(key, row)]).print()?,
    }
    Ok(Ending::Done)
}

fn list(arguments: &StockList) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let rows = rows(&config, arguments.store.as_deref())?;
    match arguments.output {
        Output::Json => {
            let values: anyhow::Result<Vec<Value>> = rows.iter().map(|(key, row)| as_json(&config, key, row)).collect();
            print_json(&Value::from(values?))?;
        }
        Output::Table => table(&config, &rows).print()?,
    }
    Ok(Ending::Done)
}

/// The stock row of a product.
pub fn row(config: &Config, key: &StockKey) -> anyhow::Result<Option<StockRow>> {
    let wanted = keys::stock(key);
    let found = config.table(Topic::Stock, Scope::Store(key.store_id.as_str()), |key| key == wanted)?;
    let codec = config.codec();
    Ok(found.values().next().map(|value| codec.decode_stock(value)).transpose()?.map(|(_, row)| row))
}

/// The stock rows of a store, or of all, by key.
pub fn rows(config: &Config, store: Option<&str>) -> anyhow::Result<Vec<(StockKey, StockRow)>> {
    let prefix = store.map_or_else(Vec::new, |store| keys::stock_prefix(&StoreId::from(store)));
    let codec = config.codec();
    let scope = store.map_or(Scope::All, Scope::Store);
    let found = config.table(Topic::Stock, scope, |key| key.starts_with(&prefix))?;
    found.values().map(|value| Ok(codec.decode_stock(value)?)).collect()
}

/// A stock row as the topic shows it in JSON.
pub fn as_json(config: &Config, key: &StockKey, row: &StockRow) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&config.json_codec().encode_stock(key, row))?)
}

/// A table with one line for each stock location that was ever touched.
pub fn table(config: &Config, rows: &[(StockKey, StockRow)]) -> Rows {
    let mut table = Rows::new(&[
        "STORE",
        "PRODUCT",
        "LOCATION",
        "ON HAND",
        "PACKED",
        "ALLOCATED",
        "RESERVED",
        "AVAILABLE",
        "LAST COUNT",
    ]);
    let salable = &config.deployment.salable_stock_location;
    for (key, row) in rows {
        let mut locations: Vec<_> = row.locations.iter().collect();
        locations.sort_by_key(|entry| (entry.stock_location != *salable, entry.stock_location.clone()));
        for entry in locations {
            let salable = entry.stock_location == *salable;
            let only_salable = |figure: i64| if salable { figure.to_string() } else { String::new() };
            let count = entry
                .last_count()
                .map_or_else(String::new, |count| format!("{} (variance {})", count.counted_at, count.variance));
            table.push(vec![
                key.store_id.to_string(),
                key.product_id.to_string(),
                entry.stock_location.to_string(),
                entry.on_hand.to_string(),
                entry.packed.to_string(),
                only_salable(row.allocated),
                only_salable(row.reserved()),
                only_salable(row.available_to_promise(&entry.stock_location)),
                count,
            ]);
        }
    }
    table
}
