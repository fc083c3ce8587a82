//! What is known of a registry, in a file: an instance starts and works without asking.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::codec::framing::SchemaId;
use crate::codec::registered::RegisteredIds;
use crate::codec::schemas::Schema;
use crate::domain::ids::Uuid;

use super::subject::{Subject, SubjectId};

/// The file in the state folder.
pub const FILE: &str = "registry.json";

/// The form of the file.
const FORMAT: u32 = 1;

/// What a registry said.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, Debug)]
pub struct Remembered {
    format: u32,
    /// Who said it: another registry has other numbers.
    urls: Vec<String>,
    ids: Vec<Id>,
    /// What ours were called before the registry was made anew: rows carry those ids until they are next written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former: Vec<Id>,
    schemas: Vec<Foreign>,
}

/// What a version of a schema of ours is called.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
struct Id {
    subject: String,
    schema: String,
    version: u32,
    /// Of the schema's text: between releases a version's text may still change.
    fingerprint: String,
    id: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
}

/// A schema that somebody else wrote with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
struct Foreign {
    schema: String,
    name: String,
    text: String,
}

fn fingerprint(text: &str) -> String {
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

/// The id of a schema that this release has with the same text.
fn usable(id: &Id) -> Option<(&Id, Schema)> {
    let schema = Schema::ALL.into_iter().find(|schema| schema.file_name() == id.schema)?;
    let version = schema.built_in().iter().find(|known| known.number == id.version)?;
    (fingerprint(&version.text) == id.fingerprint).then_some((id, schema))
}

impl Remembered {
    /// Nothing yet.
    pub fn of(urls: &[String]) -> Self {
        Self { format: FORMAT, urls: urls.to_vec(), ..Self::default() }
    }

    /// What the file in a folder says, if it is about one of these registries.
    pub fn read(folder: &Path, urls: &[String]) -> Self {
        let found = Self::kept(folder).filter(|found| found.urls.iter().any(|url| urls.contains(url)));
        found.unwrap_or_else(|| Self::of(urls))
    }

    /// What the file in a folder says, whichever registry it is about.
    pub fn kept(folder: &Path) -> Option<Self> {
        let bytes = std::fs::read(folder.join(FILE)).ok()?;
        serde_json::from_slice(&bytes).ok().filter(|found: &Remembered| found.format == FORMAT)
    }

    /// Writes the file beside the old one, and puts it in its place.
    ///
    /// # Errors
    /// The folder can't be written to.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let beside = folder.join(format!("{FILE}.new"));
        let mut file = File::create(&beside)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&beside, folder.join(FILE))
    }

    /// Takes over new ids in place of the old ones.
    pub fn set_ids(&mut self, urls: &[String], ids: &[SubjectId]) {
        self.urls = urls.to_vec();
        let id = |known: &SubjectId| Id {
            subject: known.subject.name.clone(),
            schema: known.subject.schema.file_name().to_owned(),
            version: known.version.number,
            fingerprint: fingerprint(&known.version.text),
            id: known.identity.id,
            guid: known.identity.guid.map(|guid| guid.to_string()),
        };
        let ids: Vec<Id> = ids.iter().map(id).collect();
        let is_same = |a: &Id, b: &Id| a.subject == b.subject && a.version == b.version;
        let (changed, _): (Vec<Id>, Vec<Id>) =
            self.ids.drain(..).partition(|old| ids.iter().any(|new| is_same(old, new) && old.id != new.id));
        if !changed.is_empty() {
            tracing::warn!(schemas = changed.len(), "the schema registry gives our schemas other ids than before");
            // Its numbers mean other schemas now.
            self.schemas.clear();
            self.former.extend(changed);
        }
        self.ids = ids;
    }

    /// Whether the version that is written to every subject has an id.
    pub fn covers(&self, subjects: &[Subject]) -> bool {
        subjects.iter().all(|subject| {
            self.usable().any(|(id, schema)| {
                id.subject == subject.name && schema == subject.schema && id.version == subject.written
            })
        })
    }

    /// The ids, as the codec wants them.
    pub fn ids(&self) -> RegisteredIds {
        let mut ids = RegisteredIds::default();
        // Of commands, which others write with the ids of today, the former ones mean nothing.
        let former = self.former.iter().filter_map(usable).filter(|(_, schema)| *schema != Schema::Command);
        for (id, schema) in self.usable().chain(former) {
            let guid = id.guid.as_ref().and_then(|guid| Uuid::parse_str(guid).ok());
            ids.insert(schema, id.version, id.id, guid);
        }
        ids
    }

    /// The ids of schemas that this release has with the same text.
    fn usable(&self) -> impl Iterator<Item = (&Id, Schema)> {
        self.ids.iter().filter_map(usable)
    }

    /// The text of a schema that was fetched before.
    pub fn text(&self, schema: Schema, id: SchemaId) -> Option<&str> {
        let name = id.to_string();
        let mut schemas = self.schemas.iter();
        let is_it = |known: &&Foreign| known.name == name && known.schema == schema.file_name();
        schemas.find(is_it).map(|known| &*known.text)
    }

    /// Remembers a text.
    pub fn set_text(&mut self, schema: Schema, id: SchemaId, text: &str) {
        let schema = schema.file_name().to_owned();
        self.schemas.push(Foreign { schema, name: id.to_string(), text: text.to_owned() });
    }
}
