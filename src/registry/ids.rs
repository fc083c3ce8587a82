//! The ids of our schemas in a registry: looked up, or registered.

use std::sync::Arc;

use crate::codec::schemas::Version;

use super::api::{Identity, Registry, identity, unexpected};
use super::client::Answer;
use super::difference::difference;
use super::error::{Refusal, RegistryError};
use super::numbers::{refuse_ambiguous, refuse_given};
use super::settings::Mode;
use super::subject::{Subject, SubjectId};

/// Registers every version that is missing, and says what all are called.
///
/// # Errors
/// There is no answer, or the registry holds something that does not go with our schemas.
pub fn register(registry: &Registry, subjects: &[Subject]) -> Result<Vec<SubjectId>, RegistryError> {
    identities(registry, subjects, Mode::Register)
}

/// What our schemas are called. Of a subject the version that is written must be there; what is missing is registered
/// first where `mode` says so, but only when nothing that is there stands in the way.
///
/// # Errors
/// There is no answer, or the registry holds something that does not go with our schemas.
pub fn identities(registry: &Registry, subjects: &[Subject], mode: Mode) -> Result<Vec<SubjectId>, RegistryError> {
    let mut ids = Vec::new();
    let mut missing = Vec::new();
    for subject in subjects {
        for version in &subject.versions {
            match look_up(registry, subject, version)? {
                Some(identity) => {
                    ids.push(SubjectId { subject: subject.clone(), version: Arc::clone(version), identity });
                }
                None => missing.push((subject, version)),
            }
        }
    }
    refuse_ambiguous(registry, subjects, &ids)?;
    match mode {
        Mode::Off => {}
        Mode::Lookup => {
            if let Some((subject, version)) =
                missing.iter().find(|(subject, version)| version.number == subject.written)
            {
                let (schema, subject, version) = (subject.schema.file_name(), subject.name.clone(), version.number);
                return Err(Refusal::NotRegistered { schema, version, subject }.into());
            }
        }
        Mode::Register => {
            for subject in subjects {
                registry.set_level(&subject.name)?;
            }
            // An empty registry gives the oldest versions the numbers that are built in, and values from before it is there
            // are read by everybody.
            missing.sort_by_key(|(_, version)| version.number);
            for (subject, version) in missing {
                let identity = add(registry, subject, version)?;
                ids.push(SubjectId { subject: subject.clone(), version: Arc::clone(version), identity });
            }
            refuse_given(&ids)?;
        }
    }
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
