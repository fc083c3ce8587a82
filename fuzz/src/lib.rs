//! What must hold of any bytes and of any history, for `cargo fuzz` and for the tests that run the seeds.
//!
//! Each of the modules [`commands`], [`rows`] and [`histories`] has a function `check`, which takes bytes and panics when
//! something does not hold. `deploy/fuzz.sh` runs them; CONTRIBUTING.md says how.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a check panics: that is how it tells of a fault")]
#![allow(clippy::wildcard_enum_match_arm)]

pub mod commands;
pub mod histories;
pub mod memory;
pub mod rows;
