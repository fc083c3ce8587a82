//! The inventory master for a retailer's stores, as an exactly-once Kafka stream processor.

pub mod audit;
#[cfg(feature = "runtime")]
pub mod cli;
pub mod codec;
pub mod domain;
pub mod engine;
#[cfg(feature = "runtime")]
pub mod kafka;
#[cfg(feature = "runtime")]
pub mod metrics;
#[cfg(feature = "runtime")]
pub mod registry;
pub mod store;
