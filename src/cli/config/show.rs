//! The configuration in effect, as the file that would give it; secrets are not shown.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::document::Reason;
use crate::kafka::client::settings::is_secret;
use crate::registry::Authorization;

use super::Config;

/// TOML text. Every key is there, defaults too.
///
/// # Errors
/// A number is larger than TOML's.
pub fn effective(config: &Config) -> Result<String, toml::ser::Error> {
    toml::to_string(&Effective {
        kafka: kafka(config),
        topics: Topics {
            prefix: &config.prefix,
            commands: config.topics.commands().iter().map(|name| &**name).collect(),
            trusted_timestamps: config.trusted_timestamps,
            schema_version: config.built_in.written_at_most(),
            formats: super::FORMATTED.iter().map(|(name, topic)| (*name, config.formats.of(*topic).as_str())).collect(),
        },
        registry: registry(config),
        state: State { dir: config.state_dir.display().to_string() },
        http: Http { listen: config.listen.map_or_else(|| "off".to_owned(), |address| address.to_string()) },
        batch: Batch {
            workers: config.batch.workers,
            records_max: config.batch.records_max,
            bytes_max: config.batch.bytes_max,
            duration_ms_max: config.batch.duration_ms_max,
            queue_bytes_max: config.batch.queue_bytes_max,
        },
        log: Log { format: if config.log_json { "json" } else { "text" }, level: &config.log_level },
        deployment: deployment(config),
    })
}

/// The file, section by section.
#[derive(Serialize)]
struct Effective<'a> {
    kafka: BTreeMap<&'a str, &'a str>,
    topics: Topics<'a>,
    registry: ShownRegistry<'a>,
    state: State,
    http: Http,
    batch: Batch,
    log: Log<'a>,
    deployment: Deployment<'a>,
}

#[derive(Serialize)]
struct Topics<'a> {
    prefix: &'a str,
    commands: Vec<&'a str>,
    trusted_timestamps: bool,
    schema_version: u32,
    formats: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct State {
    dir: String,
}

#[derive(Serialize)]
struct Http {
    listen: String,
}

#[derive(Serialize)]
struct ShownRegistry<'a> {
    url: Vec<&'a str>,
    mode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<String>,
    timeout_ms: u64,
}

#[derive(Serialize)]
struct Batch {
    workers: usize,
    records_max: usize,
    bytes_max: usize,
    duration_ms_max: u64,
    queue_bytes_max: usize,
}

#[derive(Serialize)]
struct Log<'a> {
    format: &'a str,
    level: &'a str,
}

#[derive(Serialize)]
struct Deployment<'a> {
    tenant: &'a str,
    stock_locations: Vec<&'a str>,
    salable_stock_location: &'a str,
    damaged_stock_location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalogue: Option<Vec<&'a str>>,
    strict_configuration: bool,
    parked_for_ms: i64,
    history_ms: i64,
    command_ids_ms: i64,
    documents_ms: i64,
    sellable_conditions: Vec<&'a str>,
    emit_transfer_order_created_for_api: bool,
    emit_asn_created_for_packed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ShownReason<'a>>,
}

#[derive(Serialize)]
struct ShownReason<'a> {
    reason_code: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    subtype: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_stock_location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_stock_location: Option<&'a str>,
    is_activated: bool,
}

fn kafka(config: &Config) -> BTreeMap<&str, &str> {
    let mut properties: BTreeMap<&str, &str> = config
        .properties
        .iter()
        .map(|(name, value)| (name.as_str(), if is_secret(name) { "(not shown)" } else { value.as_str() }))
        .collect();
    properties.insert("group.id", config.client.group());
    properties
}

fn registry(config: &Config) -> ShownRegistry<'_> {
    let settings = &config.registry;
    let (username, password, token) = match &settings.authorization {
        Authorization::Nobody => (None, None, None),
        Authorization::Basic { username, .. } => (Some(username.as_str()), Some("(not shown)"), None),
        Authorization::Bearer(_) => (None, None, Some("(not shown)")),
    };
    ShownRegistry {
        url: settings.urls.iter().map(|url| &**url).collect(),
        mode: settings.mode.as_str(),
        username,
        password,
        token,
        ca_file: settings.ca_file.as_ref().map(|file| file.display().to_string()),
        timeout_ms: settings.timeout.as_millis().try_into().unwrap_or(u64::MAX),
    }
}

fn deployment(config: &Config) -> Deployment<'_> {
    let settings = &config.deployment;
    let catalogue = settings.catalogue.as_ref().map(|catalogue| {
        let mut products: Vec<&str> = catalogue.iter().map(|product| product.as_str()).collect();
        products.sort_unstable();
        products
    });
    Deployment {
        tenant: &settings.tenant,
        stock_locations: settings.stock_locations.iter().map(|location| location.as_str()).collect(),
        salable_stock_location: settings.salable_stock_location.as_str(),
        damaged_stock_location: settings.damaged_stock_location.as_str(),
        catalogue,
        strict_configuration: settings.strict_configuration,
        parked_for_ms: settings.parked_for_ms,
        history_ms: settings.history_ms,
        command_ids_ms: settings.command_ids_ms,
        documents_ms: settings.documents_ms,
        sellable_conditions: settings.sellable_conditions.iter().map(|condition| &**condition).collect(),
        emit_transfer_order_created_for_api: settings.emit_transfer_order_created_for_api,
        emit_asn_created_for_packed: settings.emit_asn_created_for_packed,
        reasons: settings.reasons.iter().map(shown_reason).collect(),
    }
}

fn shown_reason(reason: &Reason) -> ShownReason<'_> {
    ShownReason {
        reason_code: reason.reason_code.as_str(),
        kind: &reason.kind,
        subtype: &reason.subtype,
        origin_stock_location: reason.origin_stock_location.as_ref().map(|location| location.as_str()),
        destination_stock_location: reason.destination_stock_location.as_ref().map(|location| location.as_str()),
        is_activated: reason.is_activated,
    }
}
