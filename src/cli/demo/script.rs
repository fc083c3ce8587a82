//! A script of commands: what is sent, when, what it means in plain words, and what must become of it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::rejection::Code;
use crate::domain::time::Timestamp;

/// What must become of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// It is carried out.
    Accepted,
    /// It is refused.
    Rejected(Code),
    /// It waits.
    Parked,
    /// Nobody can answer it.
    DeadLetter,
}

/// One record to be sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The store, which is the key.
    pub store: String,
    /// The value.
    pub value: Vec<u8>,
    /// When it arrives.
    pub recorded_at: Timestamp,
    /// What must become of it.
    pub expected: Expected,
}

/// One thing that happens in the play.
#[derive(Clone, Debug)]
pub enum Act {
    /// A scene begins.
    Scene {
        /// Its title.
        title: String,
        /// What it shows.
        text: String,
    },
    /// One command.
    Step {
        /// What is sent.
        sent: Sent,
        /// What it means.
        words: String,
        /// Another store hears of it, and must have done so before the play goes on.
        leg: bool,
    },
    /// Many commands at once.
    Crowd {
        /// What is sent.
        sent: Vec<Sent>,
        /// What it means.
        words: String,
    },
}

/// The day of the play. Times are given as `HH:MM` of it (of the next one from `24:00` on).
const DAY: &str = "2026-03-02T00:00:00Z";

/// A script being written.
pub struct Script {
    namespace: Uuid,
    commands: u64,
    now: Timestamp,
    acts: Vec<Act>,
}

impl Script {
    /// An empty script. The seed is part of every command's id.
    pub fn new(seed: u64) -> Self {
        let namespace = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("stockroom demo {seed}").as_bytes());
        Self { namespace, commands: 0, now: time("06:00"), acts: Vec::new() }
    }

    /// The play.
    pub fn acts(self) -> Vec<Act> {
        self.acts
    }

    /// Begins a scene at a time of the day.
    pub fn scene(&mut self, at: &str, title: &str, text: &str) {
        self.now = time(at);
        self.acts.push(Act::Scene { title: format!("{at}  {title}"), text: text.to_owned() });
    }

    /// Lets minutes pass.
    pub fn minutes(&mut self, minutes: i64) {
        self.now = self.now.plus_millis(minutes * 60_000);
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A fresh command id.
    pub fn command_id(&mut self) -> Uuid {
        self.commands += 1;
        Uuid::new_v5(&self.namespace, &self.commands.to_be_bytes())
    }

    /// A command that is carried out, of something that happens now.
    pub fn step(&mut self, store: &str, actor: &str, operation: Value, words: &str) -> Value {
        self.told(store, actor, self.now, operation, Expected::Accepted, words)
    }

    /// A command of something that happened at `occurred_at`.
    pub fn told(
        &mut self,
        store: &str,
        actor: &str,
        occurred_at: Timestamp,
        operation: Value,
        expected: Expected,
        words: &str,
    ) -> Value {
        let command = self.command(store, actor, occurred_at, operation);
        self.repeat(&command, expected, words);
        command
    }

    /// A command that was sent before, or was written by hand.
    pub fn repeat(&mut self, command: &Value, expected: Expected, words: &str) {
        let store = command.get("store_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let sent = Sent { store, value: command.to_string().into_bytes(), recorded_at: self.tick(), expected };
        self.acts.push(Act::Step { sent, words: words.to_owned(), leg: false });
    }

    /// Bytes that are no command.
    pub fn garbage(&mut self, store: &str, value: &[u8], words: &str) {
        let (recorded_at, expected) = (self.tick(), Expected::DeadLetter);
        let sent = Sent { store: store.to_owned(), value: value.to_vec(), recorded_at, expected };
        self.acts.push(Act::Step { sent, words: words.to_owned(), leg: false });
    }

    /// Says that another store hears of the last step.
    pub fn with_leg(&mut self) {
        if let Some(Act::Step { leg, .. }) = self.acts.last_mut() {
            *leg = true;
        }
    }

    /// Many commands at once.
    pub fn crowd(&mut self, sent: Vec<Sent>, words: &str) {
        self.acts.push(Act::Crowd { sent, words: words.to_owned() });
    }

    /// The envelope around an operation.
    pub fn command(&mut self, store: &str, actor: &str, occurred_at: Timestamp, operation: Value) -> Value {
        let id = self.command_id();
        json!({
            "command_id": id.to_string(),
            "store_id": store,
            "occurred_at": occurred_at.to_string(),
            "actor": { "id": actor },
            "operation": operation,
        })
    }

    /// Records arrive a few seconds apart.
    pub fn tick(&mut self) -> Timestamp {
        self.now = self.now.plus_millis(7_000);
        self.now
    }
}

/// An instant of the day.
pub fn time(text: &str) -> Timestamp {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let (hours, minutes): (i64, i64) = (hours.parse().unwrap_or(0), minutes.parse().unwrap_or(0));
    Timestamp::parse(DAY).unwrap_or_default().plus_millis((hours * 60 + minutes) * 60_000)
}

/// Lines of products and quantities.
pub fn lines(lines: &[(&str, i64)]) -> Value {
    lines.iter().map(|(product, quantity)| json!({ "product_id": product, "quantity": quantity })).collect()
}
