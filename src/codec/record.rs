//! A record of a topic, as it comes in and as it goes out; without any Kafka client.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::domain::time::Timestamp;

/// A topic of ours. Its name on the broker is the configured prefix and [`Topic::name`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    /// Commands from outside (a list of topics, all with this role).
    Commands,
    /// Internal: the other store's half of a transfer, and commands that arrived on the wrong partition.
    Legs,
    /// What happened, for ERP connectors.
    Events,
    /// One row a movement.
    Ledger,
    /// Current balances.
    Stock,
    /// Current documents.
    Documents,
    /// The answer to each input record.
    Results,
    /// Records nobody could answer.
    DeadLetters,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 8] = [
        Topic::Commands,
        Topic::Legs,
        Topic::Events,
        Topic::Ledger,
        Topic::Stock,
        Topic::Documents,
        Topic::Results,
        Topic::DeadLetters,
    ];

    /// The name without the configured prefix.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Commands => "inventory.commands",
            Topic::Legs => "inventory.legs",
            Topic::Events => "inventory.events",
            Topic::Ledger => "inventory.ledger",
            Topic::Stock => "inventory.stock",
            Topic::Documents => "inventory.documents",
            Topic::Results => "inventory.results",
            Topic::DeadLetters => "inventory.dead-letters",
        }
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
