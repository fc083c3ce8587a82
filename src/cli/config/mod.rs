//! The configuration: defaults in code, then a TOML file, then the environment (`STOCKROOM__TOPICS__PREFIX`).

mod client;
mod deployment;
mod found;
mod registry;
mod show;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use config::{Environment, File, FileFormat, Source as _};

use crate::codec::format::{Format, Formats};
use crate::codec::record::Topic;
use crate::codec::registered::Schemas;
use crate::codec::schemas::{OLDEST_WRITTEN, Schema};
use crate::domain::settings::Settings;
use crate::kafka::client::settings::ClientSettings;
use crate::kafka::client::topics::Names;
use crate::kafka::config::BatchLimits;
use crate::registry::Settings as Registry;

use super::failure::Failure;
use found::{Fault, Found};

pub use show::effective;

/// The names of topics whose format may be chosen, in `[topics.formats]`.
const FORMATTED: [(&str, Topic); 6] = [
    ("events", Topic::Events),
    ("ledger", Topic::Ledger),
    ("stock", Topic::Stock),
    ("documents", Topic::Documents),
    ("results", Topic::Results),
    ("legs", Topic::Legs),
];

/// Everything an instance can be configured to do.
#[derive(Clone, Debug)]
pub struct Config {
    /// Client properties, by librdkafka's names: as they were given.
    properties: BTreeMap<String, String>,
    /// Client properties, checked.
    pub client: ClientSettings,
    /// What stands before `inventory.` in the names of topics.
    pub prefix: String,
    /// The topics' names.
    pub topics: Names,
    /// Whether the times that producers give to commands can be relied on.
    pub trusted_timestamps: bool,
    /// The format of each topic we write.
    pub formats: Formats,
    /// The schema registry.
    pub registry: Registry,
    /// The schemas built in, and the versions of them that are written.
    pub(super) built_in: Arc<Schemas>,
    /// Those with what was found out from the registry.
    pub(super) schemas: OnceLock<Arc<Schemas>>,
    /// Where RocksDB keeps each partition's rows.
    pub state_dir: PathBuf,
    /// Where the HTTP endpoints listen; `None`: nowhere.
    pub listen: Option<SocketAddr>,
    /// How much one transaction may hold.
    pub batch: BatchLimits,
    /// Log lines as JSON.
    pub log_json: bool,
    /// From which level on, or a filter as `RUST_LOG` has it.
    pub log_level: String,
    /// What decisions depend on.
    pub deployment: Settings,
}

impl Config {
    /// Reads a file, if there is one, and the environment.
    ///
    /// # Errors
    /// Every fault at once, each with its key; refused.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let text = match file {
            Some(file) => std::fs::read_to_string(file).map_err(|error| {
                Failure::refused(format!("{}: {error}", file.display()), "give the path of a TOML file to --config")
            })?,
            None => String::new(),
        };
        let name = file.map_or_else(|| "configuration".to_owned(), |file| file.display().to_string());
        Self::from_sources(&text, None).map_err(|faults| refused(&name, &faults))
    }

    /// The configuration of people's commands that were given a broker instead of a file.
    ///
    /// # Errors
    /// Faults of the environment; refused.
    pub fn of_broker(bootstrap_servers: &str, prefix: &str) -> anyhow::Result<Self> {
        let text = format!(
            "[kafka]\n\"bootstrap.servers\" = {}\n[topics]\nprefix = {}\n",
            serde_json::Value::from(bootstrap_servers),
            serde_json::Value::from(prefix)
        );
        Self::from_sources(&text, None).map_err(|faults| refused("configuration", &faults))
    }

    /// The configuration in TOML text and in an environment (`None`: the process's own).
    pub(super) fn from_sources(
        toml: &str,
        environment: Option<config::Map<String, String>>,
    ) -> Result<Self, Vec<Fault>> {
        let environment =
            Environment::with_prefix("STOCKROOM").prefix_separator("__").separator("__").source(environment);
        let merged = config::Config::builder()
            .add_source(File::from_str(toml, FileFormat::Toml))
            .add_source(environment)
            .build()
            .and_then(|merged| merged.collect())
            .map_err(|error| vec![Fault { key: "the file".to_owned(), message: error.to_string(), nearest: None }])?;
        let mut found = Found::new(merged);
        let config = read(&mut found);
        let faults = found.finish();
        config.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

fn refused(name: &str, faults: &[Fault]) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    let hint = "correct the keys named; `stockroom run --check-config --config FILE` tries a file without starting";
    Failure::refused(format!("{name} can't be used:{}", lines.concat()), hint)
}

/// `None`: the client's properties can't be used, which is among the faults.
fn read(found: &mut Found) -> Option<Config> {
    let prefix = found.text("topics.prefix").unwrap_or_default();
    if let Some(wrong) = prefix.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-".contains(*c)) {
        found.fault("topics.prefix", format!("\"{wrong}\" can't be in the name of a topic"));
    }
    let (client, properties) = client::read(found, &prefix);
    let commands = found.texts("topics.commands");
    if commands.as_ref().is_some_and(Vec::is_empty) {
        found.fault("topics.commands", "is empty: the processor would have nothing to do");
    }
    let topics = Names::new(&prefix, &commands.unwrap_or_default());
    let trusted_timestamps = found.flag("topics.trusted_timestamps").unwrap_or(false);
    let formats = read_formats(found);
    let built_in = read_schemas(found);
    let registry = registry::read(found);
    let state_dir = PathBuf::from(found.name("state.dir").unwrap_or_else(|| "stockroom-state".to_owned()));
    let batch = read_batch(found);
    let log_json = found.choice("log.format", &[("text", false), ("json", true)]).unwrap_or(false);
    let log_level = found.name("log.level").unwrap_or_else(|| "info".to_owned());
    let listen = read_listen(found);
    let deployment = deployment::read(found);
    let client = client?;
    Some(Config {
        client,
        properties,
        prefix,
        topics,
        trusted_timestamps,
        formats,
        registry,
        built_in,
        schemas: OnceLock::new(),
        state_dir,
        listen,
        batch,
        log_json,
        log_level,
        deployment,
    })
}

fn read_batch(found: &mut Found) -> BatchLimits {
    let usual = BatchLimits::default();
    let milliseconds = found.number("batch.duration_ms_max", 1, 10_000).and_then(|number| u64::try_from(number).ok());
    BatchLimits {
        workers: size(found, "batch.workers", 256).unwrap_or(usual.workers),
        records_max: size(found, "batch.records_max", 1_000_000).unwrap_or(usual.records_max),
        bytes_max: size(found, "batch.bytes_max", 1 << 30).unwrap_or(usual.bytes_max),
        duration_ms_max: milliseconds.unwrap_or(usual.duration_ms_max),
        queue_bytes_max: size(found, "batch.queue_bytes_max", 1 << 30).unwrap_or(usual.queue_bytes_max),
    }
}

fn size(found: &mut Found, key: &str, most: i64) -> Option<usize> {
    found.number(key, 1, most).and_then(|number| usize::try_from(number).ok())
}

fn read_formats(found: &mut Found) -> Formats {
    let choices = [("avro", Format::Avro), ("json", Format::Json)];
    let mut formats = Formats::all(found.choice("topics.format", &choices).unwrap_or(Format::Avro));
    for (name, topic) in FORMATTED {
        if let Some(format) = found.choice(&format!("topics.formats.{name}"), &choices) {
            formats = formats.with(topic, format);
        }
    }
    formats
}

/// `topics.schema_version` holds an upgrade back: the version that every instance can read.
fn read_schemas(found: &mut Found) -> Arc<Schemas> {
    let schemas = Schemas::default().with_next_release();
    let newest = Schema::ALL.map(|schema| schemas.newest(schema).number).into_iter().max().unwrap_or(1);
    let version = found.number("topics.schema_version", i64::from(OLDEST_WRITTEN), i64::from(newest));
    Arc::new(match version.and_then(|version| u32::try_from(version).ok()) {
        Some(version) => schemas.written_as(version),
        None => schemas,
    })
}

fn read_listen(found: &mut Found) -> Option<SocketAddr> {
    let text = found.name("http.listen").unwrap_or_else(|| "127.0.0.1:8787".to_owned());
    if text == "off" {
        return None;
    }
    let address = text.parse().ok();
    if address.is_none() {
        found.fault("http.listen", format!("\"{text}\" is neither an address and port (127.0.0.1:8787) nor \"off\""));
    }
    address
}
