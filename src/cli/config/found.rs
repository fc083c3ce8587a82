//! Settings as they were found, key by key: typed on the way out, and every fault with the key it belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use config::{Value, ValueKind};

use crate::kafka::client::settings::nearest;

/// One fault of a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The key, dotted: `topics.prefix`.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// The right key nearest to a wrong one.
    pub nearest: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// The values of all sources, merged, by dotted key.
#[derive(Default, Debug)]
pub struct Found {
    values: BTreeMap<String, Value>,
    known: BTreeSet<String>,
    /// What is wrong so far.
    pub faults: Vec<Fault>,
}

impl Found {
    /// Every value below a merged table. Lists stay whole, tables are opened.
    pub fn new(tables: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut found = Self::default();
        for (key, value) in tables {
            found.open(key, value);
        }
        found
    }

    fn open(&mut self, key: String, value: Value) {
        if let ValueKind::Table(table) = value.kind {
            for (inner, value) in table {
                self.open(format!("{key}.{inner}"), value);
            }
        } else {
            self.values.insert(key, value);
        }
    }

    /// Notes a fault of a key.
    pub fn fault(&mut self, key: &str, message: impl Into<String>) {
        self.faults.push(Fault { key: key.to_owned(), message: message.into(), nearest: None });
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.known.insert(key.to_owned());
        self.values.remove(key).filter(|value| !matches!(value.kind, ValueKind::Nil))
    }

    /// A text. Numbers and booleans are texts too.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let value = self.take(key)?;
        let text = plain(&value);
        if text.is_none() {
            self.fault(key, format!("{} where a text is expected", kind(&value)));
        }
        text
    }

    /// A text that is not empty.
    pub fn name(&mut self, key: &str) -> Option<String> {
        let text = self.text(key)?;
        if text.is_empty() {
            self.fault(key, "is empty");
            return None;
        }
        Some(text)
    }

    /// One of several words.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.fault(key, format!("\"{text}\" is none of {}", words.join(", ")));
        }
        chosen
    }

    /// True or false.
    pub fn flag(&mut self, key: &str) -> Option<bool> {
        let value = self.take(key)?;
        match plain(&value).as_deref() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                self.fault(key, format!("{} where true or false is expected", kind(&value)));
                None
            }
        }
    }

    /// A whole number between two bounds.
    pub fn number(&mut self, key: &str, least: i64, most: i64) -> Option<i64> {
        let value = self.take(key)?;
        let number = plain(&value).and_then(|text| text.parse::<i64>().ok());
        match number {
            Some(number) if (least..=most).contains(&number) => Some(number),
            Some(number) => {
                self.fault(key, format!("{number} is not between {least} and {most}"));
                None
            }
            None => {
                self.fault(key, format!("{} where a whole number is expected", kind(&value)));
                None
            }
        }
    }

    /// A list of texts; in the environment separated by commas.
    pub fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        let value = self.take(key)?;
        let texts: Option<Vec<String>> = match &value.kind {
            ValueKind::Array(values) => values.iter().map(plain).collect(),
            ValueKind::String(text) => {
                Some(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
            }
            ValueKind::Nil
            | ValueKind::Boolean(_)
            | ValueKind::I64(_)
            | ValueKind::I128(_)
            | ValueKind::U64(_)
            | ValueKind::U128(_)
            | ValueKind::Float(_)
            | ValueKind::Table(_) => None,
        };
        if texts.is_none() {
            self.fault(key, format!("{} where a list of texts is expected", kind(&value)));
        }
        texts
    }

    /// A list of tables, each to be read like a configuration of its own, with its key in front.
    pub fn tables(&mut self, key: &str) -> Vec<(String, Found)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let ValueKind::Array(values) = value.kind else {
            self.fault(key, format!("{} where a list of tables is expected", kind(&value)));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let name = format!("{key}[{index}]");
            if let ValueKind::Table(table) = value.kind {
                tables.push((name, Found::new(table)));
            } else {
                self.fault(&name, "is no table");
            }
        }
        tables
    }

    /// Everything below a section, as texts by the rest of the key. Used where another party defines the keys.
    pub fn section(&mut self, section: &str) -> Vec<(String, String)> {
        let prefix = format!("{section}.");
        let keys: Vec<String> = self.values.keys().filter(|key| key.starts_with(&prefix)).cloned().collect();
        keys.into_iter().filter_map(|key| Some((key[prefix.len()..].to_owned(), self.text(&key)?))).collect()
    }

    /// Takes over the faults of a table in a list, with the table's name in front.
    pub fn adopt(&mut self, name: &str, table: Found) {
        for fault in table.finish() {
            let nearest = fault.nearest.map(|nearest| format!("{name}.{nearest}"));
            self.faults.push(Fault { key: format!("{name}.{}", fault.key), message: fault.message, nearest });
        }
    }

    /// All faults: those noted, and one for each key that nobody asked for.
    pub fn finish(mut self) -> Vec<Fault> {
        for (key, value) in std::mem::take(&mut self.values) {
            let from = value.origin().map(|origin| format!(" (from {origin})")).unwrap_or_default();
            let nearest = nearest(&key, self.known.iter().map(String::as_str)).map(str::to_owned);
            self.faults.push(Fault { message: format!("there is no such key{from}"), nearest, key });
        }
        self.faults
    }
}

fn plain(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::String(text) => Some(text.clone()),
        ValueKind::Boolean(flag) => Some(flag.to_string()),
        ValueKind::I64(number) => Some(number.to_string()),
        ValueKind::I128(number) => Some(number.to_string()),
        ValueKind::U64(number) => Some(number.to_string()),
        ValueKind::U128(number) => Some(number.to_string()),
        ValueKind::Float(number) => Some(number.to_string()),
        ValueKind::Nil | ValueKind::Table(_) | ValueKind::Array(_) => None,
    }
}

fn kind(value: &Value) -> String {
    match &value.kind {
        ValueKind::Nil => "nothing".to_owned(),
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Array(_) => "a list".to_owned(),
        ValueKind::String(text) => format!("\"{text}\""),
        ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_) => plain(value).unwrap_or_default(),
    }
}
