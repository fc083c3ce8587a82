//! Which schema an id names: those built in, those a registry gave an id, and those only the registry has.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use apache_avro::schema_compatibility::SchemaCompatibility;
use parking_lot::Mutex;
use thiserror::Error;

use super::framing::{FramingError, SchemaId};
use super::schemas::{Schema, Version};
use crate::domain::ids::Uuid;

/// Ids that a registry gave to versions of our schemas.
#[derive(Clone, Default, Debug)]
pub struct RegisteredIds(Vec<RegisteredId>);

#[derive(Clone, Debug)]
struct RegisteredId {
    schema: Schema,
    version: u32,
    id: u32,
    guid: Option<Uuid>,
}

impl RegisteredIds {
    /// Adds the id of a version of a schema.
    pub fn insert(&mut self, schema: Schema, version: u32, id: u32, guid: Option<Uuid>) {
        self.0.push(RegisteredId { schema, version, id, guid });
    }

    fn id_of(&self, version: &Version) -> Option<u32> {
        let mut ids = self.0.iter();
        Some(ids.find(|known| known.schema == version.schema && known.version == version.number)?.id)
    }

    fn version(&self, schema: Schema, id: SchemaId) -> Option<u32> {
        let mut ids = self.0.iter().filter(|known| known.schema == schema);
        Some(ids.find(|known| id.is(known.id, known.guid))?.version)
    }
}

/// A registry can't be asked at the moment.
#[derive(Clone, Error, Debug)]
#[error("{0}")]
pub struct SourceUnavailable(pub String);

/// Gives the text of a schema that is not built in.
pub trait SchemaSource: Send + Sync + std::fmt::Debug {
    /// The schema of an id; `None` when there is no such id.
    ///
    /// # Errors
    /// The registry can't be asked at the moment: the answer is not known.
    fn schema(&self, schema: Schema, id: SchemaId) -> Result<Option<String>, SourceUnavailable>;
}

/// Why the version of a value can't be told.
#[derive(Clone, Error, Debug)]
pub enum Unresolved {
    /// For good.
    #[error(transparent)]
    Unknown(#[from] FramingError),
    /// For now.
    #[error("the schema registry: {0}")]
    Unavailable(#[from] SourceUnavailable),
}

/// How long an id that the registry does not have is not asked for again.
const ABSENT_FOR: Duration = Duration::from_secs(2);
/// More answers than this are not remembered: ids are whatever somebody wrote into a record.
const FETCHED_MAX: usize = 10_000;

/// What the registry answered: a version that only it has, or why there is none that can be used.
#[derive(Clone, Debug)]
struct Fetched {
    version: Result<Arc<Version>, String>,
    /// Of an id that it does not have (yet): when to ask again.
    until: Option<Instant>,
}

impl Fetched {
    fn is_valid(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// Every schema that values may have been written with, and the one each topic's values are written with.
#[derive(Debug)]
pub struct Schemas {
    /// By schema, the oldest first.
    versions: Vec<Vec<Arc<Version>>>,
    /// By schema, the version that is written and its id.
    written: Vec<(Arc<Version>, u32)>,
    ids: RegisteredIds,
    source: Option<Arc<dyn SchemaSource>>,
    /// Read from the source. What could not be fetched is not among it.
    fetched: Mutex<HashMap<(Schema, SchemaId), Fetched>>,
}

impl Default for Schemas {
    fn default() -> Self {
        let versions = Schema::ALL.map(|schema| schema.built_in().to_vec());
        Self::new(versions.to_vec(), None, RegisteredIds::default(), None)
    }
}

impl Schemas {
    fn new(
        versions: Vec<Vec<Arc<Version>>>,
        version_written: Option<u32>,
        ids: RegisteredIds,
        source: Option<Arc<dyn SchemaSource>>,
    ) -> Self {
        let written = |versions: &Vec<Arc<Version>>| {
            let newest = versions.len();
            let number = version_written.and_then(|number| usize::try_from(number).ok()).unwrap_or(newest);
            let version = Arc::clone(&versions[number.clamp(1, newest) - 1]);
            let id = ids.id_of(&version).unwrap_or_else(|| version.id());
            (version, id)
        };
        Self { written: versions.iter().map(written).collect(), versions, ids, source, fetched: Mutex::default() }
    }

    /// The same, with the ids of a registry, and the registry for what it alone has.
    #[must_use]
    pub fn with_registry(&self, ids: RegisteredIds, source: Option<Arc<dyn SchemaSource>>) -> Self {
        Self::new(self.versions.clone(), Some(self.written_at_most()), ids, source)
    }

    /// The same, and what a registry said that is not used any more: values are read with its ids, and written with those
    /// built in.
    #[must_use]
    pub fn with_former_registry(&self, ids: RegisteredIds, source: Arc<dyn SchemaSource>) -> Self {
        let written = self.written.clone();
        Self { written, ..self.with_registry(ids, Some(source)) }
    }

    /// The same, but written is this version of each schema, or its newest where that is an older one: while releases
    /// run side by side that do not all know the newest (docs/running.md, "Upgrades").
    #[must_use]
    pub fn written_as(&self, version: u32) -> Self {
        Self::new(self.versions.clone(), Some(version), self.ids.clone(), self.source.clone())
    }

    /// The same, with one more version of a schema: as the next release will have it.
    #[must_use]
    pub fn with_version(&self, version: Version) -> Self {
        let mut versions = self.versions.clone();
        versions[version.schema as usize - 1].push(Arc::new(version));
        Self::new(versions, None, self.ids.clone(), self.source.clone())
    }

    /// For tests of upgrades, in builds that are not for release: the same, with the schemas in the folder that
    /// `STOCKROOM_NEXT_SCHEMAS` names as the versions of the next release.
    #[must_use]
    pub fn with_next_release(self) -> Self {
        #[cfg(debug_assertions)]
        if let Some(folder) = std::env::var_os("STOCKROOM_NEXT_SCHEMAS") {
            let next = |schemas: Self, schema: Schema| {
                let path = std::path::Path::new(&folder).join(schema.file_name());
                let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let version = Version::parse(schema, schemas.newest(schema).number + 1, &text);
                schemas.with_version(version.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
            };
            return Schema::ALL.into_iter().fold(self, next);
        }
        self
    }

    /// The version that is written, and its id.
    pub fn written(&self, schema: Schema) -> &(Arc<Version>, u32) {
        &self.written[schema as usize - 1]
    }

    /// The highest number of a version that is written.
    pub fn written_at_most(&self) -> u32 {
        self.written.iter().map(|(version, _)| version.number).max().unwrap_or_default()
    }

    /// The newest version known.
    pub fn newest(&self, schema: Schema) -> &Arc<Version> {
        let versions = &self.versions[schema as usize - 1];
        &versions[versions.len() - 1]
    }

    /// The version of a topic's value.
    ///
    /// # Errors
    /// When nobody knows it, or the one who does can't be asked.
    pub fn version(&self, schema: Schema, id: SchemaId) -> Result<Arc<Version>, Unresolved> {
        let versions = &self.versions[schema as usize - 1];
        let known = |number: u32| versions.get(usize::try_from(number).ok()?.checked_sub(1)?).cloned();
        if let Some(version) = self.ids.version(schema, id).and_then(known) {
            return Ok(version);
        }
        let built_in = versions.iter().find(|version| id.is(version.id(), Some(version.guid())));
        let Some(built_in) = built_in else { return self.fetch(schema, id) };
        if schema == Schema::Command && self.source.is_some() {
            // Others write commands with the ids of the registry, which knows nothing of those built in. What it has
            // under such a number counts when it is a command.
            // A start refuses a registry in which one of our subjects has such a number.
            return self.fetch(schema, id).or_else(|_| Ok(Arc::clone(built_in)));
        }
        Ok(Arc::clone(built_in))
    }

    fn fetch(&self, schema: Schema, id: SchemaId) -> Result<Arc<Version>, Unresolved> {
        let unknown = |why: String| Unresolved::Unknown(FramingError::UnknownSchemaId { id, why });
        let Some(source) = &self.source else { return Err(unknown(self.why_unknown(schema, id))) };
        let fetched = || self.fetched.lock();
        let known = fetched().get(&(schema, id)).filter(|known| known.is_valid()).cloned();
        if let Some(known) = known {
            return known.version.map_err(unknown);
        }
        let text = source.schema(schema, id)?;
        let until = text.is_none().then(|| Instant::now() + ABSENT_FOR);
        let version = text.ok_or_else(|| self.why_unknown(schema, id)).and_then(|text| self.parse(schema, &text));
        let mut fetched = fetched();
        if fetched.len() >= FETCHED_MAX {
            fetched.clear();
        }
        fetched.insert((schema, id), Fetched { version: version.clone(), until });
        version.map_err(unknown)
    }

    /// A schema of somebody else, which must resolve to ours.
    fn parse(&self, schema: Schema, text: &str) -> Result<Arc<Version>, String> {
        let does_not = |error: String| format!("does not resolve to {}: {error}", schema.file_name());
        let version = Version::parse(schema, 0, text).map_err(does_not)?;
        SchemaCompatibility::can_read(&version.parsed, &self.newest(schema).parsed)
            .map_err(|error| does_not(error.to_string()))?;
        // To the specification a plain number is as good as an instant; nobody could tell its unit.
        match self.newest(schema).shape.instant_without_unit(&version.shape) {
            None => Ok(Arc::new(version)),
            Some(field) => Err(does_not(format!("{field} has no logical type of a timestamp"))),
        }
    }

    fn why_unknown(&self, schema: Schema, id: SchemaId) -> String {
        let SchemaId::Number(number) = id else { return "is unknown".to_owned() };
        match Schema::of_id(number) {
            Some((other, _)) if other != schema => {
                format!("is that of {}, not of {}", other.file_name(), schema.file_name())
            }
            Some((_, version)) if version > self.newest(schema).number => format!(
                "is version {version} of {}, newer than version {} which this release reads: use a release that has it",
                schema.file_name(),
                self.newest(schema).number
            ),
            _ => "is unknown".to_owned(),
        }
    }
}
