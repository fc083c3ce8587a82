//! Where values are written: to Avro, to the canonical form of a command, and to JSON, which is here.

use serde::Serialize;

use crate::domain::time::{Date, Timestamp};

/// Takes a value part by part. What a form has no need of does nothing.
pub trait Writer {
    /// Begins a record, whose fields follow in the order of its schema.
    fn begin_record(&mut self) {}

    /// The next value is that of a field.
    fn field(&mut self, _: &'static str) {}

    /// The next field has its default value.
    fn skip(&mut self) {}

    /// Ends a record.
    fn end_record(&mut self) {}

    /// Begins a list of so many items.
    fn begin_list(&mut self, length: usize);

    /// The next value is an item.
    fn item(&mut self) {}

    /// Ends a list.
    fn end_list(&mut self) {}

    /// Begins a map of so many entries: a key, then its value.
    fn begin_map(&mut self, _: usize) {
        self.begin_record();
    }

    /// A key, which is a text.
    fn key(&mut self, write: impl FnOnce(&mut Self)) {
        write(self);
    }

    /// Ends a map.
    fn end_map(&mut self) {
        self.end_record();
    }

    /// An optional value that is there follows.
    fn some(&mut self) {}

    /// True or false.
    fn boolean(&mut self, value: bool);

    /// A whole number.
    fn number(&mut self, value: i64);

    /// A text.
    fn text(&mut self, text: &str);

    /// An instant.
    fn instant(&mut self, instant: Timestamp);

    /// A date.
    fn date(&mut self, date: Date);

    /// Any JSON, where people read it.
    fn json(&mut self, json: &serde_json::Value) {
        self.text(&json.to_string());
    }

    /// Whether it is JSON that is written.
    fn is_json(&self) -> bool {
        false
    }
}

/// JSON text.
#[derive(Debug)]
pub struct Json(pub Vec<u8>);

impl Default for Json {
    fn default() -> Self {
        Self(Vec::with_capacity(512))
    }
}

impl Json {
    /// What stands beside another one is set apart from it.
    fn apart(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[')) {
            self.0.push(b',');
        }
    }

    fn show<T: Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut self.0, value).expect("memory takes all that is written");
    }
}

impl Writer for Json {
    fn begin_record(&mut self) {
        self.0.push(b'{');
    }

    fn field(&mut self, name: &'static str) {
        self.apart();
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    fn end_record(&mut self) {
        self.0.push(b'}');
    }

    fn begin_list(&mut self, _: usize) {
        self.0.push(b'[');
    }

    fn item(&mut self) {
        self.apart();
    }

    fn end_list(&mut self) {
        self.0.push(b']');
    }

    fn key(&mut self, write: impl FnOnce(&mut Self)) {
        self.apart();
        write(self);
        self.0.push(b':');
    }

    fn boolean(&mut self, value: bool) {
        self.show(&value);
    }

    fn number(&mut self, value: i64) {
        self.show(&value);
    }

    fn text(&mut self, text: &str) {
        self.show(text);
    }

    fn instant(&mut self, instant: Timestamp) {
        self.text(&instant.to_string());
    }

    fn date(&mut self, date: Date) {
        self.text(&date.to_string());
    }

    fn json(&mut self, json: &serde_json::Value) {
        self.show(json);
    }

    fn is_json(&self) -> bool {
        true
    }
}
