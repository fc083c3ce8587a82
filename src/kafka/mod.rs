//! Everything that talks to Apache Kafka, as a tower: a file uses only files below it.
//!
//! [`processor`] runs an instance. [`poller`] is the one thread that polls, [`group`] its member of the group.
//! [`partition`] is one partition's life: its worker, its restore, its commit. `partition::transaction` alone is
//! `unsafe`. [`instance`], [`lease`] and [`status`] are what the threads share. [`client`] is for anyone who talks to
//! Kafka, people's commands too.

pub mod client;
pub mod config;
pub mod error;
mod group;
mod instance;
mod lag;
mod lease;
mod partition;
pub mod partitions_added;
pub mod phase;
mod poller;
pub mod processor;
pub mod standstill;
pub mod status;
