//! Everything that talks to Apache Kafka, as a tower: a file uses only files below it.
//!
//! [`processor`] runs an instance. [`poller`] is the one thread that polls, [`group`] its member of the group.
//! [`worker`] serves several partitions: what they decide is committed together. [`restorer`] and [`partition`] are one
//! partition's life: its take-over, its restore, what it holds. [`instance`], [`lease`] and [`status`] are what the threads share. [`client`] is for anyone who talks to
//! Kafka, people's commands too.

pub mod client;
pub mod config;
pub mod error;
mod group;
mod instance;
mod lag;
mod lease;
mod owner;
mod partition;
pub mod partitions_added;
pub mod phase;
mod poller;
pub mod processor;
mod restorer;
pub mod standstill;
pub mod status;
mod watch;
mod worker;
