//! Which schemas a deployment knows: those built in, and those of its registry.

use std::sync::Arc;

use crate::codec::record::Topic;
use crate::codec::registered::Schemas;
use crate::codec::schemas::Schema;
use crate::registry::{self, Mode, Refusal, Registered, Registry, RegistryError, Subject};

use super::config::Config;
use super::failure::Failure;
use super::terminal::tell;

/// The topics of which each has a subject, besides those of commands.
const TOPICS: [(Topic, Schema); 6] = [
    (Topic::Events, Schema::Event),
    (Topic::Ledger, Schema::Ledger),
    (Topic::Stock, Schema::Stock),
    (Topic::Documents, Schema::Document),
    (Topic::Results, Schema::Result),
    (Topic::Legs, Schema::Leg),
];

impl Config {
    /// The subjects of every topic with values of ours.
    pub fn subjects(&self) -> Vec<Subject> {
        let commands = self.topics.commands().iter().map(|topic| (Schema::Command, topic));
        let others = TOPICS.into_iter().map(|(topic, schema)| (schema, self.topics.name(topic)));
        let subject = |(schema, topic): (Schema, &Arc<str>)| {
            Subject::of_topic(schema, topic).written_as(self.built_in.written(schema).0.number)
        };
        commands.chain(others).map(subject).collect()
    }

    /// What can be said of the registry without asking it.
    ///
    /// # Errors
    /// The file of certificates can't be used; refused.
    pub fn check_registry(&self) -> anyhow::Result<()> {
        Registry::new(&self.registry).map(drop).map_err(|refusal| refused(&refusal))
    }

    /// For an instance: every id is known before it begins. `None`: told to stop while the registry was waited for.
    ///
    /// # Errors
    /// The registry refuses us or our schemas; refused.
    pub fn open_schemas(&self, is_stopped: impl Fn() -> bool) -> anyhow::Result<Option<Arc<Schemas>>> {
        if self.registry.mode == Mode::Off {
            return Ok(Some(self.schemas()));
        }
        let opened = registry::open(&self.registry, &self.subjects(), &self.state_dir, is_stopped);
        let opened = opened.map_err(|refusal| refused(&refusal))?;
        Ok(opened.map(|registered| Arc::clone(self.schemas.get_or_init(|| self.with(registered)))))
    }

    /// For somebody who reads: the same, as far as it can be found out. Asked once.
    pub fn schemas(&self) -> Arc<Schemas> {
        let found = self.schemas.get_or_init(|| {
            if self.registry.mode == Mode::Off {
                return self.former();
            }
            self.peek().unwrap_or_else(|error| {
                tell(format!("warning: only what is written with the built-in schemas can be read: {error}"));
                Arc::clone(&self.built_in)
            })
        });
        Arc::clone(found)
    }

    /// With what a registry said that was switched off: rows and commands with its ids are still there.
    fn former(&self) -> Arc<Schemas> {
        match registry::kept(&self.state_dir) {
            Some(former) => Arc::new(self.built_in.with_former_registry(former.ids, former.source)),
            None => Arc::clone(&self.built_in),
        }
    }

    /// For somebody who must read all of it.
    ///
    /// # Errors
    /// The registry can't be asked, or refuses us; failed.
    pub fn require_schemas(&self) -> anyhow::Result<()> {
        if self.registry.mode == Mode::Off || self.schemas.get().is_some() {
            return Ok(());
        }
        let hint = "is registry.url reachable from here? With the state folder of an instance, or a copy of its \
                    registry.json, it need not be";
        let schemas = self.peek().map_err(|error| Failure::failed(error.to_string(), hint))?;
        self.schemas.get_or_init(|| schemas);
        Ok(())
    }

    fn peek(&self) -> Result<Arc<Schemas>, RegistryError> {
        let peeked = registry::peek(&self.registry, &self.subjects(), &self.state_dir);
        peeked.map(|registered| self.with(registered))
    }

    fn with(&self, registered: Registered) -> Arc<Schemas> {
        Arc::new(self.built_in.with_registry(registered.ids, Some(registered.source)))
    }
}

/// Says what to do about a registry.
pub fn refused(refusal: &Refusal) -> anyhow::Error {
    Failure::refused(refusal.to_string(), refusal.hint())
}
