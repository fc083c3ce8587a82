//! Everything that talks to Apache Kafka.
//!
//! [`processor`] runs an instance: [`consumer`] is the one thread that polls, [`worker`] the thread of each partition,
//! [`lease`] what they share, [`restore`] and [`commit`] what a worker does. [`transaction`] alone is `unsafe`.

mod client;
mod commit;
mod consumer;
pub mod grown;
mod instance;
mod lag;
mod lease;
mod negative;
pub mod partition;
pub mod processor;
mod properties;
pub mod reader;
mod resolve;
mod restore;
pub mod sender;
pub mod settings;
pub mod status;
pub mod topics;
mod transaction;
mod trouble;
mod worker;
