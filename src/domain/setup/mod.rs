//! Stores, gates and reasons (domain contract §6.5, §6.7).
//!
//! One file for each operation: what it asks for, its rule, its table of tests.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

pub(crate) mod configure_store;
pub(crate) mod define_reason;
