//! Which subject holds which of our schemas, and what they are called there.

use std::sync::Arc;

use crate::codec::schemas::{Schema, Version};

use super::api::Identity;

/// The subject of a topic's values.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What the values are.
    pub schema: Schema,
    /// `<topic>-value`.
    pub name: String,
    /// What it is to hold: every version, the oldest first.
    pub versions: Vec<Arc<Version>>,
    /// The number of the version that values are written with.
    pub written: u32,
}

impl Subject {
    /// The subject of a topic whose values are written with the newest version.
    pub fn of_topic(schema: Schema, topic: &str) -> Self {
        let versions = schema.built_in().to_vec();
        Self { schema, name: format!("{topic}-value"), versions, written: schema.newest().number }
    }

    /// The same, but values are written with an older version.
    #[must_use]
    pub fn written_as(self, version: u32) -> Self {
        Self { written: version.min(self.written), ..self }
    }
}

/// What a version of a schema is called under a subject.
#[derive(Clone, Debug)]
pub struct SubjectId {
    /// The subject.
    pub subject: Subject,
    /// The version.
    pub version: Arc<Version>,
    /// Its id there.
    pub identity: Identity,
}
