//! Everything that talks to Apache Kafka.

mod client;
pub mod processor;
pub mod reader;
pub mod sender;
pub mod settings;
pub mod status;
pub mod topics;
mod transaction;
