//! What several integration tests share: vectors and their judge in memory; and for tests on a real broker the broker,
//! topics of their own, instances of the binary, a generator of commands, and a judge that knows what must come out.

pub mod broker;
pub mod compare;
pub mod days;
pub mod deployment;
pub mod instance;
pub mod judge;
pub mod memory;
pub mod next_release;
pub mod outcomes;
pub mod random;
pub mod raw;
pub mod sales;
pub mod settled;
pub mod stores;
pub mod vector;
