//! JSON as people read it: fields in the order of the wire, short objects on one line.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// The widest line that is not broken.
const WIDTH: usize = 118;

/// A value that keeps the order of its fields.
enum Json {
    Plain(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Lays a value out.
pub fn laid_out(text: &[u8]) -> String {
    let value: Json = serde_json::from_slice(text).unwrap();
    let mut out = String::new();
    value.write(0, &mut out);
    out
}

impl Json {
    fn on_one_line(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Json::Plain(text) => text.clone(),
            Json::List(values) => format!("[{}]", joined(values.iter().map(Json::on_one_line).collect())),
            Json::Object(fields) => {
                let field = |(name, value): &(String, Json)| format!("{}: {}", quoted(name), value.on_one_line());
                format!("{{{}}}", joined(fields.iter().map(field).collect()))
            }
        }
    }

    fn write(&self, indent: usize, out: &mut String) {
        let line = self.on_one_line();
        // What stands before it on the line is its name at most, which is short.
        if line.len() + indent <= WIDTH - 20 || matches!(self, Json::Plain(_)) {
            out.push_str(&line);
            return;
        }
        let inner = indent + 2;
        let (open, close, parts): (char, char, Vec<(String, &Json)>) = match self {
            Json::Plain(_) => unreachable!("written above"),
            Json::List(values) => ('[', ']', values.iter().map(|value| (String::new(), value)).collect()),
            Json::Object(fields) => {
                ('{', '}', fields.iter().map(|(name, value)| (format!("{}: ", quoted(name)), value)).collect())
            }
        };
        out.push(open);
        for (index, (name, value)) in parts.iter().enumerate() {
            out.push_str(if index > 0 { ",\n" } else { "\n" });
            out.push_str(&" ".repeat(inner));
            out.push_str(name);
            value.write(inner, out);
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        out.push(close);
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Plain(serde_json::Value::from(value).to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Plain(quoted(value)))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Plain("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = entries.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}

#[test]
fn short_objects_stay_on_one_line_and_fields_in_order() {
    assert_eq!(laid_out(br#"{"b":1,"a":[true,null,"x"]}"#), r#"{"b": 1, "a": [true, null, "x"]}"#);
    let long = format!(r#"{{"b":"{}","a":{{"c":1}}}}"#, "x".repeat(WIDTH));
    assert_eq!(
        laid_out(long.as_bytes()),
        format!("{{\n  \"b\": \"{}\",\n  \"a\": {{\"c\": 1}}\n}}", "x".repeat(WIDTH))
    );
}
