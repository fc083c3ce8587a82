//! What registering would do, without doing it.

use std::sync::Arc;

use serde_json::Value;

use super::api::{Registry, unexpected};
use super::client::Answer;
use super::error::RegistryError;
use super::ids::{explained, look_up};
use super::numbers::refuse_ambiguous;
use super::subject::{Subject, SubjectId};

/// How a version stands with a subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// It is there, with this id.
    Registered(u32),
    /// It is not there, and would be taken.
    Missing,
    /// It would be refused: which fields, and what the registry says.
    Incompatible(String),
}

/// One version of one subject.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The subject.
    pub subject: Subject,
    /// Our number of the version.
    pub version: u32,
    /// How it stands.
    pub state: State,
    /// How the subject may change, where that was set for it.
    pub level: Option<String>,
}

/// Looks at every version of every subject.
///
/// # Errors
/// There is no answer, or the registry holds something that does not go with our schemas.
pub fn check(registry: &Registry, subjects: &[Subject]) -> Result<Vec<Checked>, RegistryError> {
    let mut all = Vec::new();
    let mut ids = Vec::new();
    for subject in subjects {
        let level = registry.level(&subject.name)?;
        for version in &subject.versions {
            let state = match look_up(registry, subject, version)? {
                Some(identity) => {
                    ids.push(SubjectId { subject: subject.clone(), version: Arc::clone(version), identity });
                    State::Registered(identity.id)
                }
                None => match registry.is_compatible(&subject.name, &version.text)? {
                    Answer::Missing => State::Missing,
                    Answer::Found(found) => match found.get("is_compatible").and_then(Value::as_bool) {
                        Some(true) => State::Missing,
                        Some(false) => State::Incompatible(explained(registry, subject, version, &messages(&found))),
                        None => return Err(unexpected(&subject.name, &Answer::Found(found))),
                    },
                    Answer::Conflict(message) | Answer::Invalid(message) => {
                        State::Incompatible(explained(registry, subject, version, &message))
                    }
                },
            };
            all.push(Checked { subject: subject.clone(), version: version.number, state, level: level.clone() });
        }
    }
    refuse_ambiguous(registry, subjects, &ids)?;
    Ok(all)
}

fn messages(found: &Value) -> String {
    let messages = found.get("messages").and_then(Value::as_array).into_iter().flatten();
    let messages: Vec<&str> = messages.filter_map(Value::as_str).collect();
    if messages.is_empty() { "it is not compatible".to_owned() } else { messages.join(", ") }
}
