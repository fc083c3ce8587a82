//! A value as a tree that borrows from its bytes: what Avro of any schema and JSON have in common.
//!
//! Commands are read out of it by one set of rules, and rows that were written with another version of their schema.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// A field's name.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// One value.
#[derive(Clone, PartialEq, Debug)]
pub enum Node<'a> {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number of JSON.
    Number(serde_json::Number),
    /// An instant of Avro, microseconds since the epoch.
    Instant(i64),
    /// A date of Avro, days since the epoch.
    Day(i64),
    /// Text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Node<'a>>),
    /// A record, a map, or an object.
    Object(Object<'a>),
}

/// Fields by name, in the order written.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Object<'a>(pub Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Object<'a> {
    /// A field's value; of several with one name the last one. Null and an empty text are absent.
    pub fn get(&self, name: &str) -> Option<&Node<'a>> {
        let (_, node) = self.0.iter().rev().find(|(key, _)| key == name)?;
        node.is_present().then_some(node)
    }

    /// The fields that have a value, each name once.
    pub fn present(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        let mut later = HashSet::new();
        let last: Vec<_> = self.0.iter().rev().filter(|(key, _)| later.insert(&**key)).collect();
        last.into_iter().rev().filter(|(_, node)| node.is_present()).map(|(key, node)| (&**key, node))
    }
}

impl<'a> Node<'a> {
    #[inline]
    fn is_present(&self) -> bool {
        !matches!(self, Node::Null) && self.text() != Some("")
    }

    /// The text, when it is one.
    #[inline]
    pub fn text(&self) -> Option<&str> {
        if let Node::Text(text) = self { Some(text) } else { None }
    }

    /// The items of a list.
    pub fn list(&self) -> Option<&[Self]> {
        if let Node::List(items) = self { Some(items) } else { None }
    }

    /// The fields of an object.
    pub fn object(&self) -> Option<&Object<'a>> {
        if let Node::Object(object) = self { Some(object) } else { None }
    }

    /// The value that JSON stands for: the default of a field.
    pub fn of_json(json: &serde_json::Value) -> Option<Node<'static>> {
        Some(match json {
            serde_json::Value::Null => Node::Null,
            serde_json::Value::Bool(value) => Node::Boolean(*value),
            serde_json::Value::Number(number) => Node::Integer(number.as_i64()?),
            serde_json::Value::String(text) => Node::Text(Cow::Owned(text.clone())),
            serde_json::Value::Array(items) => Node::List(items.iter().map(Node::of_json).collect::<Option<_>>()?),
            serde_json::Value::Object(fields) => {
                let field = |(name, value): (&String, _)| Some((Cow::Owned(name.clone()), Node::of_json(value)?));
                Node::Object(Object(fields.iter().map(field).collect::<Option<_>>()?))
            }
        })
    }

    /// The value as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Node::Number(value.into()), Node::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(serde_json::Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some((Key(key), value)) = fields.next_entry()? {
            object.push((key, value));
        }
        Ok(Node::Object(Object(object)))
    }
}

/// As JSON, to show what was sent.
impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Null => serializer.serialize_unit(),
            Node::Boolean(value) => serializer.serialize_bool(*value),
            Node::Integer(value) | Node::Instant(value) | Node::Day(value) => serializer.serialize_i64(*value),
            Node::Number(value) => value.serialize(serializer),
            Node::Text(text) => serializer.serialize_str(text),
            Node::List(items) => serializer.collect_seq(items),
            Node::Object(object) => serializer.collect_map(object.0.iter().map(|(key, value)| (key, value))),
        }
    }
}

/// Reads JSON text.
///
/// # Errors
/// When it is not JSON, or nested deeper than 128.
pub fn parse_json(text: &str) -> Result<Node<'_>, serde_json::Error> {
    serde_json::from_str(text)
}

/// The same JSON text with what is grammatical and the parser can't read replaced: every number beyond the range of a double
/// by a huge one, because as a quantity it has its own answer, and half of a surrogate pair, which is what cutting a text in
/// two leaves of an emoji, by U+FFFD.
pub fn mend(text: &str) -> String {
    const HUGE: &str = "1e308";
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, token) = rest.split_at(start);
        mended.push_str(before);
        let length = if token.starts_with('"') { quoted(token) } else { numeric(token) };
        let (token, after) = token.split_at(length);
        if token.starts_with('"') {
            push_whole(token, &mut mended);
        } else {
            mended.push_str(if token.parse().is_ok_and(f64::is_infinite) { HUGE } else { token });
        }
        rest = after;
    }
    mended.push_str(rest);
    mended
}

/// Appends a quoted text without halves of surrogate pairs.
fn push_whole(quoted: &str, mended: &mut String) {
    let mut rest = quoted;
    while let Some(start) = rest.find('\\') {
        let (before, escape) = rest.split_at(start);
        mended.push_str(before);
        let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
        let length = match unit(escape) {
            None => escape.chars().take(2).map(char::len_utf8).sum(),
            Some(0xd800..0xdc00)
                if escape.get(6..).and_then(unit).is_some_and(|low| (0xdc00..0xe000).contains(&low)) =>
            {
                12
            }
            Some(_) => 6,
        };
        let is_half = length == 6 && unit(escape).is_some_and(|unit| (0xd800..0xe000).contains(&unit));
        let (escape, after) = escape.split_at(length);
        mended.push_str(if is_half { "\u{fffd}" } else { escape });
        rest = after;
    }
    mended.push_str(rest);
}

/// Length of the quoted text that stands at the beginning.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Length of the number that stands at the beginning.
fn numeric(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+' | '.' | 'e' | 'E')).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_cannot_read_is_mended() {
        for (text, mended) in [
            (r#"{"a":1e400,"b":"1e400","c":-1e999}"#, r#"{"a":1e308,"b":"1e400","c":1e308}"#),
            (r#"["\"1e400",1e400]"#, r#"["\"1e400",1e308]"#),
            (r#"["\\",1e400]"#, r#"["\\",1e308]"#),
            (r#"[12,3.5,-7,"über"]"#, r#"[12,3.5,-7,"über"]"#),
            ("\"open", "\"open"),
            (r#""cut \ud83d""#, "\"cut \u{fffd}\""),
            (r#""\udE00 cut""#, "\"\u{fffd} cut\""),
            (r#""\ud83d\ude00 \ud83d\ud83d\ude00""#, "\"\\ud83d\\ude00 \u{fffd}\\ud83d\\ude00\""),
            (r#""\\ud83d \u00e4\n\ud8""#, r#""\\ud83d \u00e4\n\ud8""#),
            (r#""\ü\""#, r#""\ü\""#),
        ] {
            assert_eq!(mend(text), mended, "{text}");
        }
    }

    #[test]
    fn the_last_of_repeated_fields_counts() {
        let Ok(Node::Object(object)) = parse_json(r#"{"a":1,"b":"","c":null,"a":2}"#) else { unreachable!() };
        assert_eq!(object.get("a"), Some(&Node::Integer(2)));
        assert_eq!(object.get("b"), None);
        assert_eq!(object.get("c"), None);
        assert_eq!(object.present().collect::<Vec<_>>(), [("a", &Node::Integer(2))]);
    }
}
