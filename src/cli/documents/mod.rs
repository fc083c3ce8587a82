//! `stockroom transfer-orders`, `asns`, `counts`: documents, as the documents topic shows them.

pub mod shown;
pub mod tables;

use std::cmp::Reverse;

use serde_json::Value;

use shown::{Listed, Shown};

use crate::codec::keys;
use crate::codec::record::Topic;
use crate::domain::document::{CountedLine, Document, DocumentKey, Kind};
use crate::domain::hash::FastMap;
use crate::domain::ids::{StoreId, Text};
use crate::kafka::client::reader::Scope;

use super::arguments::{AsnsCommand, CountsCommand, DocumentList, DocumentShow, TransferOrdersCommand};
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::{Output, print, print_json};
use crate::cli::terminal::tell;

/// Runs one of the commands of transfer orders.
pub fn transfer_orders(command: &TransferOrdersCommand) -> anyhow::Result<Ending> {
    match command {
        TransferOrdersCommand::List(arguments) => list(Listed::TransferOrders, arguments),
        TransferOrdersCommand::Show(arguments) => show(Listed::TransferOrders, arguments),
    }
}

/// Runs one of the commands of ASNs.
pub fn asns(command: &AsnsCommand) -> anyhow::Result<Ending> {
    match command {
        AsnsCommand::List(arguments) => list(Listed::Asns, arguments),
        AsnsCommand::Show(arguments) => show(Listed::Asns, arguments),
    }
}

/// Runs one of the commands of counts.
pub fn counts(command: &CountsCommand) -> anyhow::Result<Ending> {
    match command {
        CountsCommand::List(arguments) => list(Listed::Counts, arguments),
        CountsCommand::Show(arguments) => show(Listed::Counts, arguments),
    }
}

/// The documents of a store or of all, of some kinds, by key.
pub fn read(
    config: &Config,
    store: Option<&str>,
    wanted: impl Fn(&DocumentKey) -> bool,
) -> anyhow::Result<Vec<(DocumentKey, Document)>> {
    let codec = config.codec();
    let scope = store.map_or(Scope::All, Scope::Store);
    let wanted = |key: &DocumentKey| store.is_none_or(|store| key.store_id.as_str() == store) && wanted(key);
    let found =
        config.table(Topic::Documents, scope, |key| keys::parse_document(key).is_some_and(|key| wanted(&key)))?;
    found.values().map(|value| Ok(codec.decode_document(value)?)).collect()
}

/// Counts with their lines in them, which are documents of their own.
fn with_lines(documents: Vec<(DocumentKey, Document)>) -> Vec<(DocumentKey, Document)> {
    let mut lines: FastMap<(StoreId, Text), Vec<CountedLine>> = FastMap::default();
    let mut others = Vec::with_capacity(documents.len());
    for (key, document) in documents {
        if let Document::CountedLine(line) = document {
            lines.entry((key.store_id, key.id)).or_default().push(line);
        } else {
            others.push((key, document));
        }
    }
    for (key, document) in &mut others {
        if let Document::Count(count) = document
            && let Some(lines) = lines.remove(&(key.store_id.clone(), key.id.clone()))
        {
            count.lines = lines;
            count.lines.sort_by(|one, other| one.product_id.cmp(&other.product_id));
        }
    }
    others
}

fn list(listed: Listed, arguments: &DocumentList) -> anyhow::Result<Ending> {
    if let Some(status) = arguments.status.as_deref().filter(|status| !listed.statuses().contains(status)) {
        let hint = format!("there are {}", listed.statuses().join(", "));
        return Err(Failure::refused(format!("--status {status}: there is no such status"), hint));
    }
    let config = arguments.connection.open()?;
    let store = arguments.store.as_deref();
    let found = with_lines(read(&config, store, |key| listed.consists_of(key.kind))?);
    let mut shown: Vec<(&DocumentKey, &Document, Shown<'_>)> = found
        .iter()
        .filter_map(|(key, document)| Some((key, document, Shown::of(document)?)))
        .filter(|(_, _, shown)| shown.passes(arguments))
        .collect();
    shown.sort_by_key(|(key, _, shown)| (Reverse(shown.made_at()), (*key).clone()));
    let hidden = shown.len().saturating_sub(arguments.limit);
    shown.truncate(arguments.limit);
    match arguments.output {
        Output::Json => {
            let values: anyhow::Result<Vec<Value>> =
                shown.iter().map(|(key, document, _)| as_json(&config, key, document)).collect();
            print_json(&Value::from(values?))?;
        }
        Output::Table => tables::list(listed, shown.iter().map(|(key, _, shown)| (*key, *shown))).print()?,
    }
    if hidden > 0 {
        tell(format!("{hidden} older ones are not shown; --limit shows more"));
    }
    Ok(Ending::Done)
}

fn show(listed: Listed, arguments: &DocumentShow) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let kind = listed.kind();
    // A transfer order is shown with its shipments, which only their own documents name.
    let related = |key: &DocumentKey| listed == Listed::TransferOrders && key.kind == Kind::Shipment;
    let found = with_lines(read(&config, Some(&arguments.store), |key| {
        (listed.consists_of(key.kind) && *key.id == *arguments.id) || related(key)
    })?);
    let Some((key, document)) = found.iter().find(|(key, _)| key.kind == kind) else {
        let name = kind.as_str().replace('_', " ");
        return Err(Failure::refused(
            format!("store {} has no {name} {}", arguments.store, arguments.id),
            format!("`stockroom {} list` shows what there is", listed.command()),
        ));
    };
    let mut shipments = Vec::new();
    for (_, document) in &found {
        if let Document::Shipment(shipment) = document
            && shipment.transfer_order_id.as_str() == arguments.id
        {
            shipments.push(shipment);
        }
    }
    match arguments.output {
        Output::Json => print_json(&as_json(&config, key, document)?)?,
        Output::Table => {
            if let Some(shown) = Shown::of(document) {
                print(&tables::show(key, shown, &shipments))?;
            }
        }
    }
    Ok(Ending::Done)
}

/// A document as the topic shows it in JSON.
pub fn as_json(config: &Config, key: &DocumentKey, document: &Document) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&config.json_codec().encode_document(key, document))?)
}
