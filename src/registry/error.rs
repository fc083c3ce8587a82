//! What goes wrong with a registry: for now, or for good.

use thiserror::Error;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Error, Debug)]
pub enum RegistryError {
    /// It can't be asked at the moment: ask again later.
    #[error("{0}")]
    Unavailable(String),
    /// Asking again would change nothing.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What stays wrong until somebody mends it.
#[derive(Clone, PartialEq, Eq, Error, Debug)]
pub enum Refusal {
    /// 401, 403.
    #[error("the schema registry at {url} does not let us in: it answers {status}")]
    Denied {
        /// Which of several.
        url: String,
        /// The status.
        status: u16,
    },
    /// HTML, a redirect, a path that is not there.
    #[error("{url} does not answer like a schema registry: {what}")]
    NotARegistry {
        /// Which of several.
        url: String,
        /// What came instead.
        what: String,
    },
    /// 404 in JSON, of something that is no subject, version or schema.
    #[error("{url} does not answer like a schema registry: {what}")]
    NoSuchPath {
        /// Which of several.
        url: String,
        /// What came instead.
        what: String,
    },
    /// 409 or 422 to how a subject may change.
    #[error("the schema registry does not let subject {subject} be FULL_TRANSITIVE: {details}")]
    Level {
        /// The subject.
        subject: String,
        /// What the registry says.
        details: String,
    },
    /// 409.
    #[error("{schema} is incompatible with the schemas of subject {subject}: {details}")]
    Incompatible {
        /// The schema's file.
        schema: &'static str,
        /// The subject.
        subject: String,
        /// Which fields differ, and what the registry says.
        details: String,
    },
    /// 422.
    #[error("the schema registry does not take {schema} for subject {subject}: {details}")]
    Invalid {
        /// The schema's file.
        schema: &'static str,
        /// The subject.
        subject: String,
        /// What the registry says, and which fields differ.
        details: String,
    },
    /// Only looking up is allowed, and it is not there.
    #[error("version {version} of {schema} is not registered under subject {subject}")]
    NotRegistered {
        /// The schema's file.
        schema: &'static str,
        /// The version that is to be written.
        version: u32,
        /// The subject.
        subject: String,
    },
    /// A number that is built in means something else to the registry, of the same topic.
    #[error(
        "the schema registry has {what} under number {id} in subject {subject}; built in, {id} is version {version} of \
         {schema}, and values with it may be on the topic"
    )]
    NumberTaken {
        /// The number.
        id: u32,
        /// Where it is in the registry.
        subject: String,
        /// What it is there.
        what: String,
        /// The built-in schema's file.
        schema: &'static str,
        /// The built-in version.
        version: u32,
    },
    /// Two of our schemas have one number.
    #[error(
        "the schema registry gives one number, {id}, to {} in subject {} and to {} in subject {}", one.0, one.1, two.0, two.1
    )]
    SameNumber {
        /// The number.
        id: u32,
        /// A version of a schema, and the subject.
        one: (String, String),
        /// The other.
        two: (String, String),
    },
    /// The file of certificates.
    #[error("registry.ca_file {file}: {why}")]
    Certificates {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Refusal {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Refusal::Denied { .. } => {
                "set registry.username and registry.password, or registry.token, to those of somebody who may read (in \
                 mode register also write) the subjects of our topics"
            }
            Refusal::Level { .. } => {
                "let somebody who may set it to FULL_TRANSITIVE, or take the registry out of read-only mode"
            }
            Refusal::NotARegistry { .. } | Refusal::NoSuchPath { .. } => {
                "registry.url is the part before /subjects, as http://host:8081 or, of Apicurio, \
                 http://host:8080/apis/ccompat/v7"
            }
            Refusal::Incompatible { .. } | Refusal::Invalid { .. } => {
                "the subject belongs to something else or to a newer release: choose another topics.prefix, start that \
                 release, or delete the subject if nobody needs what was written with it"
            }
            Refusal::NotRegistered { .. } => "run `stockroom schemas register`, or set registry.mode to register",
            Refusal::NumberTaken { .. } => {
                "delete its version of the subject for good (?permanent=true), if nobody but us needs what was written with \
                 that schema; or, as long as nothing was written with the ids of this registry, use an empty one"
            }
            Refusal::SameNumber { .. } => {
                "a registry gives each schema a number of its own: this one, or what stands before it, is broken"
            }
            Refusal::Certificates { .. } => "it is a PEM file with the certificates to trust",
        }
    }
}
