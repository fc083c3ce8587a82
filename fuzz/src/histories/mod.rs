//! Whole histories: several stores, their commands and legs, clocks that jump, repeats, and whatever comes late.
//!
//! What is drawn is mostly plausible: ids are those of documents there are, quantities those that are still to come. So
//! a history gets to where counts are reviewed, parked receipts are released and a late session finds what was lost.

mod again;
mod balances;
mod choices;
mod commands;
mod deployment;
mod operations;
mod tables;
mod world;

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use stockroom::domain::command::OperationName;
use stockroom::domain::rejection::Code;
use stockroom::engine::tally::CommandResult;

use self::world::World;

/// The most steps of one history: bytes that go on for ever are not more interesting.
const STEPS_MAX: usize = 400;

/// What a history came to.
#[derive(Default)]
pub struct Figures {
    /// Answers by operation, result and code.
    pub commands: BTreeMap<(Option<OperationName>, CommandResult, Option<Code>), u64>,
    /// Legs that took effect.
    pub legs: u64,
    /// Movements that came after a count they happened before.
    pub late_facts: u64,
    /// Records that were decided.
    pub records: u64,
}

/// Checks the history that bytes stand for.
pub fn check(data: &[u8]) -> Figures {
    let mut u = Unstructured::new(data);
    // Where bytes end the history does.
    let Ok(mut world) = World::drawn(&mut u) else { return Figures::default() };
    for _ in 0..STEPS_MAX {
        if u.is_empty() || world.step(&mut u).is_err() {
            break;
        }
    }
    world.settle();
    again::check(&world, data);
    world.figures
}
