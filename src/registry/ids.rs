//! Our schemas in a registry: which subject holds which, and the ids they have there.

use crate::codec::schemas::{Schema, Version};

use super::api::{Identity, Registry, identity, unexpected};
use super::client::Answer;
use super::difference::difference;
use super::error::{Refusal, RegistryError};
use super::settings::Mode;

/// The subject of a topic's values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subject {
    /// What the values are.
    pub schema: Schema,
    /// `<topic>-value`.
    pub name: String,
}

impl Subject {
    /// The subject of a topic.
    pub fn of_topic(schema: Schema, topic: &str) -> Self {
        Self { schema, name: format!("{topic}-value") }
    }
}

/// What a version of a schema is called under a subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectId {
    /// The subject.
    pub subject: Subject,
    /// Our number of the version.
    pub version: u32,
    /// Its id there.
    pub identity: Identity,
}

/// Registers every version that is missing, and says what all are called.
///
/// # Errors
/// There is no answer, or the registry holds something that does not go with our schemas.
pub fn register(registry: &Registry, subjects: &[Subject]) -> Result<Vec<SubjectId>, RegistryError> {
    identities(registry, subjects, Mode::Register)
}

/// What our schemas are called. Of a subject the newest version must be there; it is registered first where `mode` says
/// so.
///
/// # Errors
/// There is no answer, or the registry holds something that does not go with our schemas.
pub fn identities(registry: &Registry, subjects: &[Subject], mode: Mode) -> Result<Vec<SubjectId>, RegistryError> {
    let mut ids = Vec::new();
    for subject in subjects {
        if mode == Mode::Register {
            registry.set_level(&subject.name)?;
        }
        let versions = subject.schema.built_in();
        for version in versions {
            let mut found = look_up(registry, subject, version)?;
            if found.is_none() && mode == Mode::Register {
                found = Some(add(registry, subject, version)?);
            }
            match found {
                Some(identity) => ids.push(SubjectId { subject: subject.clone(), version: version.number, identity }),
                None if version.number == subject.schema.newest().number && mode != Mode::Off => {
                    let (schema, subject) = (subject.schema.file_name(), subject.name.clone());
                    return Err(Refusal::NotRegistered { schema, subject }.into());
                }
                None => {}
            }
        }
    }
    refuse_numbers_taken(registry, subjects, &ids)?;
    Ok(ids)
}

/// What a version is called under a subject, if it is there.
pub(super) fn look_up(
    registry: &Registry,
    subject: &Subject,
    version: &Version,
) -> Result<Option<Identity>, RegistryError> {
    match registry.look_up(&subject.name, &version.text)? {
        Answer::Missing => Ok(None),
        answer @ (Answer::Found(_) | Answer::Conflict(_) | Answer::Invalid(_)) => {
            taken(registry, subject, version, answer).map(Some)
        }
    }
}

fn add(registry: &Registry, subject: &Subject, version: &Version) -> Result<Identity, RegistryError> {
    let answer = registry.register(&subject.name, &version.text)?;
    let added = taken(registry, subject, version, answer)?;
    tracing::info!(subject = subject.name, version = version.number, id = added.id, "schema is registered");
    // The GUID is in answers to look-ups only.
    Ok(look_up(registry, subject, version)?.unwrap_or(added))
}

fn taken(registry: &Registry, subject: &Subject, version: &Version, answer: Answer) -> Result<Identity, RegistryError> {
    let (schema, name) = (subject.schema.file_name(), subject.name.clone());
    match answer {
        Answer::Found(found) => {
            identity(&found).ok_or_else(|| unexpected(&subject.name, &Answer::Found(found.clone())))
        }
        Answer::Conflict(message) => {
            let details = explained(registry, subject, version, &message);
            Err(Refusal::Incompatible { schema, subject: name, details }.into())
        }
        Answer::Invalid(message) => {
            let details = explained(registry, subject, version, &message);
            Err(Refusal::Invalid { schema, subject: name, details }.into())
        }
        Answer::Missing => Err(unexpected(&subject.name, &Answer::Missing)),
    }
}

/// The fields in which a version differs from the newest one there, and what the registry says.
pub(super) fn explained(registry: &Registry, subject: &Subject, version: &Version, message: &str) -> String {
    // Only to explain: without an answer the registry's own words must do.
    let latest = registry.latest(&subject.name).ok().flatten();
    match latest.and_then(|latest| difference(&latest, &version.text)) {
        Some(fields) => format!("{fields} (the registry says: {message})"),
        None => message.to_owned(),
    }
}

/// Records written before there was a registry carry built-in numbers. Where the registry gives one of those to
/// something else of ours, nobody could tell what such a record means.
pub(super) fn refuse_numbers_taken(
    registry: &Registry,
    subjects: &[Subject],
    ids: &[SubjectId],
) -> Result<(), RegistryError> {
    for version in Schema::ALL.iter().flat_map(|schema| schema.built_in()) {
        let id = version.id();
        let refused = |subject: &str| {
            let (schema, subject) = (version.schema.file_name(), subject.to_owned());
            RegistryError::Refused(Refusal::NumberTaken { id, subject, schema, version: version.number })
        };
        let mut known = ids.iter().filter(|known| known.identity.id == id).peekable();
        if known.peek().is_some() {
            let is_other =
                |known: &&SubjectId| known.subject.schema != version.schema || known.version != version.number;
            if let Some(other) = known.find(is_other) {
                return Err(refused(&other.subject.name));
            }
            continue;
        }
        let holders = registry.subjects_of(id)?;
        if let Some(subject) = subjects.iter().find(|subject| holders.contains(&subject.name)) {
            return Err(refused(&subject.name));
        }
    }
    Ok(())
}
