//! Transferring, and closing transfer orders (domain contract §6.2, §6.3).
//!
//! One file for each operation: what it asks for, its rule, its table of tests.
#![allow(
    missing_docs,
    reason = "the fields are named and typed as the contract has them; docs/operations.md explains them"
)]

pub(crate) mod adoption;
pub(crate) mod cancel_shipment;
pub(crate) mod close_transfer_order;
pub(crate) mod create_transfer_order;
pub(crate) mod legs;
pub(crate) mod pack_shipment;
pub(crate) mod ship_items;
mod transfer_histories;
pub(crate) mod transfer_order;
