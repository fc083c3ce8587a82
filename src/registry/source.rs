//! Schemas that only the registry has: fetched once, then known for ever.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::codec::framing::SchemaId;
use crate::codec::registered::{SchemaSource, SourceUnavailable};
use crate::codec::schemas::Schema;

use super::api::Registry;
use super::remembered::Remembered;
use super::subject::Subject;

/// Fetches the schemas that others wrote with.
#[derive(Debug)]
pub struct Source {
    registry: Registry,
    subjects: Vec<Subject>,
    /// Where to keep what was fetched; `None`: nowhere.
    folder: Option<PathBuf>,
    remembered: Mutex<Remembered>,
}

impl Source {
    /// A source that knows something already.
    pub fn new(registry: Registry, subjects: Vec<Subject>, folder: Option<PathBuf>, remembered: Remembered) -> Self {
        Self { registry, subjects, folder, remembered: Mutex::new(remembered) }
    }
}

impl SchemaSource for Source {
    // An answer that there is no such schema is not kept: it may be registered a moment later.
    fn schema(&self, schema: Schema, id: SchemaId) -> Result<Option<String>, SourceUnavailable> {
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = remembered().text(schema, id) {
            return Ok(Some(text.to_owned()));
        }
        // Ids are positive numbers of 32 bits: who asks for a larger one is only told that it does not understand.
        if matches!(id, SchemaId::Number(number) if i32::try_from(number).is_err()) {
            return Ok(None);
        }
        let subject = self.subjects.iter().find(|subject| subject.schema == schema);
        let subject = subject.map_or("", |subject| &subject.name);
        // Nobody waits for the lock while the registry thinks.
        let fetched = match id {
            SchemaId::Number(number) => self.registry.text_by_id(number, subject),
            SchemaId::Guid(guid) => self.registry.text_by_guid(guid),
        };
        let fetched = fetched.map_err(|error| SourceUnavailable(error.to_string()))?;
        if let Some(text) = &fetched {
            let mut remembered = remembered();
            if remembered.text(schema, id).is_none() {
                remembered.set_text(schema, id, text);
                let to_keep = remembered.clone();
                drop(remembered);
                keep(&to_keep, self.folder.as_ref());
            }
        }
        Ok(fetched)
    }
}

/// What was fetched before there was no registry any more.
#[derive(Debug)]
pub struct Kept(pub Remembered);

impl SchemaSource for Kept {
    fn schema(&self, schema: Schema, id: SchemaId) -> Result<Option<String>, SourceUnavailable> {
        Ok(self.0.text(schema, id).map(str::to_owned))
    }
}

/// Writes what is known. Without the file an instance works too, as long as the registry does.
pub fn keep(remembered: &Remembered, folder: Option<&PathBuf>) {
    if let Some(folder) = folder
        && let Err(error) = remembered.write(folder)
    {
        tracing::warn!(%error, "what the schema registry said can't be kept");
    }
}
