//! Every integration test in one binary, so that the native libraries are linked once.
#![allow(clippy::unwrap_used, clippy::disallowed_macros, missing_docs)]

mod audit;
mod audit_running;
mod bad_input;
mod bad_input_bytes;
mod chaos;
mod circles;
mod commit;
mod documents;
mod editions;
mod engine;
mod golden;
mod hostile;
mod import;
mod large;
mod people;
mod pipeline;
mod record_times;
mod registry;
mod restore;
mod sources;
mod standstill;
mod store;
mod support;
mod tidy;
mod upgrades;
mod vectors;
mod versions;
mod wire_vectors;
mod workers;
