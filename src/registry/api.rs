//! The questions we have for a registry.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::domain::ids::Uuid;

use super::client::{Answer, Client};
use super::error::{Refusal, RegistryError};
use super::settings::Settings;

/// How our subjects may change: readers of any version read values of any other.
pub const LEVEL: &str = "FULL_TRANSITIVE";

/// What a registry calls a schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    /// In the value.
    pub id: u32,
    /// In the header, where the registry has such.
    pub guid: Option<Uuid>,
}

/// A registry.
#[derive(Clone, Debug)]
pub struct Registry(Client);

impl Registry {
    /// A registry; nothing is asked yet.
    ///
    /// # Errors
    /// The file of certificates can't be used.
    pub fn new(settings: &Settings) -> Result<Self, Refusal> {
        Client::new(settings).map(Self)
    }

    /// Where it is.
    pub fn urls(&self) -> &[String] {
        self.0.urls()
    }

    /// Asks for the identity of a schema; the answer may also be that it is not taken.
    pub(super) fn look_up(&self, subject: &str, text: &str) -> Result<Answer, RegistryError> {
        self.0.ask(&Method::POST, &format!("/subjects/{subject}"), Some(&schema(text)))
    }

    /// Registers a schema; the answer may also be that it is not taken.
    pub(super) fn register(&self, subject: &str, text: &str) -> Result<Answer, RegistryError> {
        self.0.ask(&Method::POST, &format!("/subjects/{subject}/versions"), Some(&schema(text)))
    }

    /// Whether a schema may be the next of a subject; the answer may also be that there is no subject.
    pub(super) fn is_compatible(&self, subject: &str, text: &str) -> Result<Answer, RegistryError> {
        let path = format!("/compatibility/subjects/{subject}/versions?verbose=true");
        self.0.ask(&Method::POST, &path, Some(&schema(text)))
    }

    /// How a subject may change, where that was set for it.
    ///
    /// # Errors
    /// There is no answer.
    pub fn level(&self, subject: &str) -> Result<Option<String>, RegistryError> {
        let path = format!("/config/{subject}");
        Ok(self.found(&path)?.and_then(|found| text(&found, "compatibilityLevel")))
    }

    /// Sets how a subject may change, unless it is so already.
    ///
    /// # Errors
    /// There is no answer.
    pub fn set_level(&self, subject: &str) -> Result<(), RegistryError> {
        if self.level(subject)?.as_deref() == Some(LEVEL) {
            return Ok(());
        }
        let path = format!("/config/{subject}");
        match self.0.ask(&Method::PUT, &path, Some(&json!({ "compatibility": LEVEL })))? {
            Answer::Found(_) => Ok(()),
            Answer::Conflict(details) | Answer::Invalid(details) => {
                Err(Refusal::Level { subject: subject.to_owned(), details }.into())
            }
            Answer::Missing => Err(unexpected(&path, &Answer::Missing)),
        }
    }

    /// The newest schema of a subject.
    ///
    /// # Errors
    /// There is no answer.
    pub fn latest(&self, subject: &str) -> Result<Option<String>, RegistryError> {
        let found = self.found(&format!("/subjects/{subject}/versions/latest"))?;
        Ok(found.and_then(|found| text(&found, "schema")))
    }

    /// Under which subjects a number is registered.
    ///
    /// # Errors
    /// There is no answer.
    pub fn subjects_of(&self, id: u32) -> Result<Vec<String>, RegistryError> {
        let found = self.found(&format!("/schemas/ids/{id}/versions"))?.unwrap_or_default();
        Ok(found.as_array().into_iter().flatten().filter_map(|version| text(version, "subject")).collect())
    }

    /// The Avro schema of a number; `None`: there is none.
    ///
    /// # Errors
    /// There is no answer.
    pub fn text_by_id(&self, id: u32, subject: &str) -> Result<Option<String>, RegistryError> {
        self.avro(&format!("/schemas/ids/{id}?subject={subject}"))
    }

    /// The Avro schema of a GUID; `None`: there is none, or the registry knows no GUIDs.
    ///
    /// # Errors
    /// There is no answer.
    pub fn text_by_guid(&self, guid: Uuid) -> Result<Option<String>, RegistryError> {
        self.avro(&format!("/schemas/guids/{guid}"))
    }

    /// The Avro schema at a path. Only an answer of a registry says that there is none: anything else that stands in its
    /// place, such as a page of a gateway, is no answer.
    fn avro(&self, path: &str) -> Result<Option<String>, RegistryError> {
        let found = match self.found(path) {
            Err(RegistryError::Refused(Refusal::NoSuchPath { .. })) => return Ok(None),
            found => found?,
        };
        let Some(found) = found else { return Ok(None) };
        match (text(&found, "schemaType").as_deref().unwrap_or("AVRO"), text(&found, "schema")) {
            ("AVRO", Some(schema)) => Ok(Some(schema)),
            (_, Some(_)) => Ok(None),
            (_, None) => Err(unexpected(path, &Answer::Found(found))),
        }
    }

    fn found(&self, path: &str) -> Result<Option<Value>, RegistryError> {
        match self.0.ask(&Method::GET, path, None)? {
            Answer::Found(found) => Ok(Some(found)),
            Answer::Missing => Ok(None),
            other @ (Answer::Conflict(_) | Answer::Invalid(_)) => Err(unexpected(path, &other)),
        }
    }
}

/// The identity in an answer.
pub(super) fn identity(found: &Value) -> Option<Identity> {
    let id = found.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok())?;
    let guid = found.get("guid").and_then(Value::as_str).and_then(|guid| Uuid::parse_str(guid).ok());
    Some(Identity { id, guid })
}

/// An answer that makes no sense there. What is not known to be final is asked again.
pub(super) fn unexpected(what: &str, answer: &Answer) -> RegistryError {
    RegistryError::Unavailable(format!("an unexpected answer to {what}: {answer:?}"))
}

fn schema(text: &str) -> Value {
    json!({ "schema": text, "schemaType": "AVRO" })
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field).and_then(Value::as_str).map(str::to_owned)
}
