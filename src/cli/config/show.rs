//! The configuration in effect, as the file that would give it; secrets are not shown.

use std::fmt::Write as _;

use crate::kafka::settings::is_secret;
use crate::registry::Authorization;

use super::Config;

/// TOML text. Every key is there, defaults too.
pub fn effective(config: &Config) -> String {
    let mut text = String::new();
    kafka(&mut text, config);
    topics(&mut text, config);
    registry(&mut text, config);
    Section::open(&mut text, "state").text("dir", &config.state_dir.display().to_string());
    let listen = config.listen.map_or_else(|| "off".to_owned(), |address| address.to_string());
    Section::open(&mut text, "http").text("listen", &listen);
    let mut section = Section::open(&mut text, "batch");
    section.plain("records_max", config.batch.records_max);
    section.plain("bytes_max", config.batch.bytes_max);
    section.plain("duration_ms_max", config.batch.duration_ms_max);
    section.plain("queue_bytes_max", config.batch.queue_bytes_max);
    let mut section = Section::open(&mut text, "log");
    section.text("format", if config.log_json { "json" } else { "text" });
    section.text("level", &config.log_level);
    deployment(&mut text, config);
    text
}

struct Section<'a>(&'a mut String);

impl<'a> Section<'a> {
    fn open(text: &'a mut String, name: &str) -> Self {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "[{name}]");
        Self(text)
    }

    fn plain(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.plain(key, quoted(value));
    }

    fn texts<'t>(&mut self, key: &str, values: impl Iterator<Item = &'t str>) {
        let values: Vec<String> = values.map(quoted).collect();
        self.plain(key, format!("[{}]", values.join(", ")));
    }
}

/// A JSON string is a TOML basic string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn kafka(text: &mut String, config: &Config) {
    let mut section = Section::open(text, "kafka");
    let group = ("group.id".to_owned(), config.client.group().to_owned());
    let properties = config.properties.iter().filter(|(name, _)| *name != "group.id");
    for (name, value) in properties.chain([(&group.0, &group.1)]) {
        section.text(&quoted(name), if is_secret(name) { "(not shown)" } else { value });
    }
}

fn topics(text: &mut String, config: &Config) {
    let mut section = Section::open(text, "topics");
    section.text("prefix", &config.prefix);
    section.texts("commands", config.topics.commands().iter().map(|name| &**name));
    let mut section = Section::open(text, "topics.formats");
    for (name, topic) in super::FORMATTED {
        section.text(name, config.formats.of(topic).as_str());
    }
}

fn registry(text: &mut String, config: &Config) {
    let settings = &config.registry;
    let mut section = Section::open(text, "registry");
    section.texts("url", settings.urls.iter().map(|url| &**url));
    section.text("mode", settings.mode.as_str());
    match &settings.authorization {
        Authorization::Nobody => {}
        Authorization::Basic { username, .. } => {
            section.text("username", username);
            section.text("password", "(not shown)");
        }
        Authorization::Bearer(_) => section.text("token", "(not shown)"),
    }
    if let Some(file) = &settings.ca_file {
        section.text("ca_file", &file.display().to_string());
    }
    section.plain("timeout_ms", settings.timeout.as_millis());
}

fn deployment(text: &mut String, config: &Config) {
    let settings = &config.deployment;
    let mut section = Section::open(text, "deployment");
    section.text("tenant", &settings.tenant);
    section.texts("stock_locations", settings.stock_locations.iter().map(|location| location.as_str()));
    section.text("salable_stock_location", settings.salable_stock_location.as_str());
    section.text("damaged_stock_location", settings.damaged_stock_location.as_str());
    if let Some(catalogue) = &settings.catalogue {
        let mut products: Vec<&str> = catalogue.iter().map(|product| product.as_str()).collect();
        products.sort_unstable();
        section.texts("catalogue", products.into_iter());
    }
    section.plain("strict_configuration", settings.strict_configuration);
    section.plain("parked_for_ms", settings.parked_for_ms);
    section.plain("history_ms", settings.history_ms);
    section.plain("command_ids_ms", settings.command_ids_ms);
    section.plain("emit_transfer_order_created_for_api", settings.emit_transfer_order_created_for_api);
    section.plain("emit_asn_created_for_packed", settings.emit_asn_created_for_packed);
    for reason in &settings.reasons {
        text.push_str("\n[[deployment.reasons]]\n");
        let mut section = Section(text);
        section.text("reason_code", reason.reason_code.as_str());
        section.text("type", &reason.kind);
        section.text("subtype", &reason.subtype);
        if let Some(location) = &reason.origin_stock_location {
            section.text("origin_stock_location", location.as_str());
        }
        if let Some(location) = &reason.destination_stock_location {
            section.text("destination_stock_location", location.as_str());
        }
        section.plain("is_activated", reason.is_activated);
    }
}
