//! Sales and returns (domain contract §6.6).
//!
//! One file for each operation: what it asks for, its rule, its table of tests.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

pub(crate) mod record_return;
pub(crate) mod record_sale;
