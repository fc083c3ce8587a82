//! A record of a topic, as it comes in and as it goes out; without any Kafka client.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use strum::VariantArray;

use crate::domain::time::Timestamp;

/// A topic of ours. Its name on the broker is the configured prefix and [`Topic::name`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, strum::IntoStaticStr, strum::VariantArray)]
pub enum Topic {
    /// Commands from outside (a list of topics, all with this role).
    #[strum(serialize = "inventory.commands")]
    Commands,
    /// Internal: the other store's half of a transfer, and commands that arrived on the wrong partition.
    #[strum(serialize = "inventory.legs")]
    Legs,
    /// What happened, for ERP connectors.
    #[strum(serialize = "inventory.events")]
    Events,
    /// One row a movement.
    #[strum(serialize = "inventory.ledger")]
    Ledger,
    /// Current balances.
    #[strum(serialize = "inventory.stock")]
    Stock,
    /// Current documents.
    #[strum(serialize = "inventory.documents")]
    Documents,
    /// The answer to each input record.
    #[strum(serialize = "inventory.results")]
    Results,
    /// Records nobody could answer.
    #[strum(serialize = "inventory.dead-letters")]
    DeadLetters,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 8] = *Self::VARIANTS.first_chunk().expect("there are so many");

    /// The name without the configured prefix.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Where a record stands. As text `<topic>/<partition>/<offset>`, the form of the header `cause`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// The topic's full name.
    pub topic: Arc<str>,
    /// Its partition.
    pub partition: i32,
    /// The record's offset.
    pub offset: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

/// A text that is no position.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a position: <topic>/<partition>/<offset>")]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let mut parts = text.rsplitn(3, '/');
        let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or(NoPosition);
        let (offset, partition, topic) = (part()?, part()?, part()?);
        let partition = partition.parse().map_err(|_| NoPosition)?;
        Ok(Self { topic: topic.into(), partition, offset: offset.parse().map_err(|_| NoPosition)? })
    }
}

/// One header: a key, which may repeat (the last one counts), and a value, which may be null.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The key.
    pub key: Cow<'static, str>,
    /// The value; `None` is Kafka's null.
    pub value: Option<Bytes>,
}

/// A record as it was read.
#[derive(Clone, PartialEq, Debug)]
pub struct InputRecord {
    /// Which role its topic has.
    pub topic: Topic,
    /// Where it stands.
    pub position: Position,
    /// Its Kafka timestamp: `recorded_at` of everything it causes.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<Bytes>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// Its headers, in order.
    pub headers: Vec<Header>,
}

impl InputRecord {
    /// The value of a header: of several with one key, the last.
    pub fn header(&self, key: &str) -> Option<&[u8]> {
        self.headers.iter().rev().find(|header| header.key == key)?.value.as_deref()
    }

    /// Which input caused it, when its headers say so: a dead letter by where its original stands, everything else by
    /// the header `cause`.
    pub fn cause(&self) -> Option<Position> {
        let text = |key: &str| self.header(key).and_then(|value| std::str::from_utf8(value).ok());
        if self.topic != Topic::DeadLetters {
            return text("cause")?.parse().ok();
        }
        let part = |name: &str| text(&format!("__streams.errors.{name}"));
        Some(Position {
            topic: part("topic")?.into(),
            partition: part("partition")?.parse().ok()?,
            offset: part("offset")?.parse().ok()?,
        })
    }
}

/// A record to be written.
#[derive(Clone, PartialEq, Debug)]
pub struct OutputRecord {
    /// Which topic.
    pub topic: Topic,
    /// Always explicit: the partition of the store.
    pub partition: i32,
    /// Its timestamp: that of the record that caused it.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<Bytes>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// Its headers, in order.
    pub headers: Vec<Header>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::codec::tests::input;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        for (topic, partition, offset) in [("inventory.legs", 0, 0), ("a/b", 3, i64::MAX), ("x", i32::MAX, 7)] {
            let position = Position { topic: topic.into(), partition, offset };
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "legs", "legs/0", "legs/0/", "/0/1", "legs/x/1", "legs/0/1.5", "legs/0/9223372036854775808"] {
            assert_eq!(text.parse::<Position>(), Err(NoPosition), "{text}");
        }
    }

    #[test]
    fn a_dead_letter_is_caused_by_its_original_whatever_headers_that_had() {
        let headers: [(&str, &[u8]); 4] = [
            ("cause", b"legs/1/5"),
            ("__streams.errors.topic", b"commands"),
            ("__streams.errors.partition", b"1"),
            ("__streams.errors.offset", b"9"),
        ];
        let mut record = input(None, &headers);
        assert_eq!(record.cause().unwrap().to_string(), "legs/1/5");
        record.topic = Topic::DeadLetters;
        assert_eq!(record.cause().unwrap().to_string(), "commands/1/9");
    }
}
