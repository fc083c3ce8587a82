//! `[kafka]` and `[group]`: client properties as librdkafka names them, passed on as they are once `kafka` has
//! looked at them.

use std::collections::BTreeMap;

use crate::kafka::client::settings::{ClientSettings, SettingsError};

use super::found::{Fault, Found};

/// Reads the sections, noting every fault. In the environment `_` stands for `.`.
///
/// Properties are given back too, to be shown.
pub fn read(found: &mut Found, prefix: &str) -> (Option<ClientSettings>, BTreeMap<String, String>) {
    let mut properties: BTreeMap<String, String> =
        found.section("kafka").into_iter().map(|(name, value)| (name.replace('_', "."), value)).collect();
    for (key, property) in [("group.id", "group.id"), ("group.instance_id", "group.instance.id")] {
        if let Some(value) = found.name(key) {
            if properties.contains_key(property) {
                found.fault(key, format!("is set a second time by kafka.\"{property}\""));
            }
            properties.insert(property.to_owned(), value);
        }
    }
    let mut accepted = properties.clone();
    // One fault at a time is told: the property it names is left out, and the rest looked at again.
    loop {
        match ClientSettings::new(accepted.clone(), &format!("{prefix}stockroom")) {
            Ok(settings) => return (Some(settings), properties),
            Err(error) => {
                let (key, fault) = fault(&error);
                found.faults.push(fault);
                if accepted.remove(&key).is_none() {
                    return (None, properties);
                }
            }
        }
    }
}

fn fault(error: &SettingsError) -> (String, Fault) {
    let (key, message, nearest) = match error {
        SettingsError::Refused { key, reason } => (key.clone(), format!("is not yours to set: {reason}"), None),
        SettingsError::JavaOnly { key, instead } => {
            (key.clone(), format!("is a property of the Java client: {instead}"), None)
        }
        SettingsError::Unknown { key, nearest } => (key.clone(), "there is no such property".to_owned(), *nearest),
        SettingsError::Value { key, value, reason } => (key.clone(), format!("\"{value}\": {reason}"), None),
        SettingsError::Missing { key, reason } => ((*key).to_owned(), format!("is missing: {reason}"), None),
    };
    let quoted = |name: &str| format!("kafka.\"{name}\"");
    let fault = Fault { key: quoted(&key), message, nearest: nearest.map(quoted) };
    (key, fault)
}
