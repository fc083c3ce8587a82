//! Clients of Kafka: what the processor and people's commands have in common.

mod context;
mod headers;
mod properties;
pub mod reader;
pub mod record_times;
mod records;
pub mod sender;
pub mod settings;
pub mod topics;
pub(in crate::kafka) mod transaction;

pub(in crate::kafka) use context::{LoggingContext, log};
pub(in crate::kafka) use records::record;
