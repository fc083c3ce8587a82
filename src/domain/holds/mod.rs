//! Reservations and allocations (domain contract §6.6).
//!
//! One file for each operation: what it asks for, its rule, its table of tests.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

pub(crate) mod allocate;
pub(crate) mod hold;
pub(crate) mod release_allocation;
pub(crate) mod release_reservation;
pub(crate) mod reserve;
