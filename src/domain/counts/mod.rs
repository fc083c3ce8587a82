//! Counting (domain contract §6.4).
//!
//! One file for each operation: what it asks for, its rule, its table of tests.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

#[cfg(test)]
mod arrival_orders;
pub(crate) mod cancel_count;
pub(crate) mod completion;
pub(crate) mod create_count;
pub(crate) mod import_stock;
pub(crate) mod law;
pub(crate) mod review_count;
pub(crate) mod sheet;
pub(crate) mod submit_count;
