//! Numbers with which nobody could tell what a value is.
//!
//! Values that were written before there was a registry carry the numbers that are built in, and stay on their topics.
//! A value is only ever read as one of its own topic, so a number may well mean one thing on one topic and another on
//! the next: what matters is what a subject has under the built-in numbers of its own schema.

use super::api::Registry;
use super::error::{Refusal, RegistryError};
use super::subject::{Subject, SubjectId};

/// Looks at what a registry has already. What is not registered yet is judged when it has its number.
pub(super) fn refuse_ambiguous(
    registry: &Registry,
    subjects: &[Subject],
    ids: &[SubjectId],
) -> Result<(), RegistryError> {
    refuse_given(ids)?;
    for subject in subjects {
        for version in &subject.versions {
            let is_it = |known: &&SubjectId| known.subject.name == subject.name && known.identity.id == version.id();
            if ids.iter().find(is_it).is_none() && registry.subjects_of(version.id())?.contains(&subject.name) {
                return Err(taken(version.id(), subject, version.number, "another schema").into());
            }
        }
    }
    Ok(())
}

/// The same for what it gave to ours alone: nobody is asked.
pub(super) fn refuse_given(ids: &[SubjectId]) -> Result<(), Refusal> {
    for (index, known) in ids.iter().enumerate() {
        let same = ids[..index].iter().find(|other| other.identity.id == known.identity.id);
        if let Some(other) = same.filter(|other| other.version.text != known.version.text) {
            let [one, two] = [other, known].map(|known| (called(known), known.subject.name.clone()));
            return Err(Refusal::SameNumber { id: known.identity.id, one, two });
        }
        let versions = &known.subject.versions;
        let built_in = versions.iter().find(|version| version.id() == known.identity.id);
        if let Some(built_in) = built_in.filter(|built_in| built_in.text != known.version.text) {
            return Err(taken(known.identity.id, &known.subject, built_in.number, &called(known)));
        }
    }
    Ok(())
}

fn called(known: &SubjectId) -> String {
    format!("version {} of {}", known.version.number, known.subject.schema.file_name())
}

fn taken(id: u32, subject: &Subject, version: u32, what: &str) -> Refusal {
    let (schema, subject) = (subject.schema.file_name(), subject.name.clone());
    Refusal::NumberTaken { id, subject, what: what.to_owned(), schema, version }
}
