//! What the business does, and nothing else: commands in, decisions out.
//!
//! Everything here is pure: no clock, no randomness, no input or output, no serialisation. The same
//! inputs in the same order give the same decisions on any machine.

mod announce;
mod cause;
pub mod command;
mod counting;
pub mod decide;
pub mod decision;
pub mod document;
mod draft;
pub mod event;
pub mod hash;
pub mod ids;
pub mod ledger;
pub mod leg;
pub mod movement;
pub mod operation;
mod operations;
mod parking;
pub mod rejection;
pub mod rows;
pub mod settings;
pub mod stock;
#[cfg(test)]
pub(crate) mod testing;
pub mod time;
