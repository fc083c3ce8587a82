//! How a record becomes a decision: the parts every operation works with, and the entrance.

pub(crate) mod announce;
pub(crate) mod context;
pub mod decide;
pub mod decision;
pub(crate) mod draft;
pub(crate) mod forgetting;
pub(crate) mod insufficient;
pub(crate) mod judge;
pub(crate) mod ledger;
pub(crate) mod parking;
pub mod rows;
pub(crate) mod rule;
pub(crate) mod shape;
mod tests;
