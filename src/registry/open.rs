//! All ids before the first transaction: from the registry, or else from what it said the last time.

use std::path::Path;
use std::sync::Arc;

use crate::codec::registered::{RegisteredIds, SchemaSource};

use super::api::Registry;
use super::error::{Refusal, RegistryError};
use super::ids::identities;
use super::remembered::Remembered;
use super::retry::until_answered;
use super::settings::{Mode, Settings};
use super::source::{Kept, Source, keep};
use super::subject::Subject;

/// What the codec needs of a registry.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The ids of our schemas.
    pub ids: RegisteredIds,
    /// Where the schemas of others come from.
    pub source: Arc<dyn SchemaSource>,
}

/// Asks for all ids, and keeps them in `folder`. Where the registry can't be asked, those kept are enough; where there
/// are none, it is asked until it answers. `None`: told to stop meanwhile.
///
/// # Errors
/// What is wrong for good.
pub fn open(
    settings: &Settings,
    subjects: &[Subject],
    folder: &Path,
    is_stopped: impl Fn() -> bool,
) -> Result<Option<Registered>, Refusal> {
    let registry = Registry::new(settings)?;
    let mut remembered = Remembered::read(folder, registry.urls());
    let is_enough = remembered.covers(subjects);
    let answered = until_answered(is_stopped, || match identities(&registry, subjects, settings.mode) {
        Ok(ids) => Ok(Some(ids)),
        Err(RegistryError::Unavailable(error)) if is_enough => {
            tracing::warn!(error, "the schema registry can't be asked; going on with the ids it gave before");
            Ok(None)
        }
        Err(error) => Err(error),
    })?;
    let Some(answered) = answered else { return Ok(None) };
    if let Some(ids) = answered {
        remembered.set_ids(registry.urls(), &ids);
        keep(&remembered, Some(&folder.to_path_buf()));
        for known in &ids {
            let (subject, version, id) = (&known.subject.name, known.version.number, known.identity.id);
            tracing::info!(subject, version, id, "schema");
        }
    }
    let ids = remembered.ids();
    let source = Source::new(registry, subjects.to_vec(), Some(folder.to_path_buf()), remembered);
    Ok(Some(Registered { ids, source: Arc::new(source) }))
}

/// What a registry said before, with nobody being asked; `None`: nothing was kept.
pub fn kept(folder: &Path) -> Option<Registered> {
    let remembered = Remembered::kept(folder)?;
    let ids = remembered.ids();
    Some(Registered { ids, source: Arc::new(Kept(remembered)) })
}

/// The ids for somebody who only reads: those kept in `folder`, else those the registry has. Changes nothing, neither
/// there nor here.
///
/// # Errors
/// There is no answer, or it is wrong for good.
pub fn peek(settings: &Settings, subjects: &[Subject], folder: &Path) -> Result<Registered, RegistryError> {
    let registry = Registry::new(settings)?;
    let mut remembered = Remembered::read(folder, registry.urls());
    if !remembered.covers(subjects) {
        remembered.set_ids(registry.urls(), &identities(&registry, subjects, Mode::Off)?);
    }
    let ids = remembered.ids();
    let source = Source::new(registry, subjects.to_vec(), None, remembered);
    Ok(Registered { ids, source: Arc::new(source) })
}
