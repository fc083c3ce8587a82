//! Receiving, and closing what is received (domain contract §6.1, §6.3).
//!
//! One file for each operation: what it asks for, its rule, its table of tests.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

pub(crate) mod asn;
pub(crate) mod close_asn;
pub(crate) mod create_asn;
pub(crate) mod receive_items;
