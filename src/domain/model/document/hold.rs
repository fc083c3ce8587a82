//! Units held under an id (domain contract §6.6).
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::ids::{DocumentId, ProductId, Quantity};
use crate::domain::model::time::Timestamp;

/// Units still held under one id, by product in order of first mention.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Allocation {
    pub allocation_id: DocumentId,
    pub lines: Vec<(ProductId, Quantity)>,
}

/// Units still put aside under one id.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Reservation {
    pub reservation_id: DocumentId,
    pub expires_at: Option<Timestamp>,
    pub lines: Vec<(ProductId, Quantity)>,
}
