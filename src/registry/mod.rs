//! A schema registry with Confluent's API: registers our schemas or looks them up, keeps their ids on disk, and fetches
//! the schemas others write with.
//!
//! Nothing here runs unless `[registry] mode` says so. What is passing (a registry that is down, slow or busy) is asked
//! again; what is wrong for good is a [`Refusal`].

mod api;
mod check;
mod client;
mod difference;
mod error;
mod ids;
mod numbers;
mod open;
mod remembered;
mod retry;
mod settings;
mod source;
mod subject;
#[cfg(test)]
mod tests;

pub use api::{LEVEL, Registry};
pub use check::{Checked, State, check};
pub use error::{Refusal, RegistryError};
pub use ids::register;
pub use open::{Registered, kept, open, peek};
pub use settings::{Authorization, Mode, Settings};
pub use subject::{Subject, SubjectId};
