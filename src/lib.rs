//! The inventory master for a retailer's stores, as an exactly-once Kafka stream processor.

pub mod cli;
pub mod codec;
pub mod domain;
pub mod engine;
pub mod kafka;
pub mod metrics;
pub mod registry;
pub mod store;
