//! The inventory master for a retailer's stores, as an exactly-once Kafka stream processor.

pub mod domain;
