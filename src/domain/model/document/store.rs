//! What the processor remembers of a store.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::ids::{DocumentId, Uuid};
use crate::domain::model::time::Timestamp;

/// What the processor remembers of a store.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct StoreState {
    /// Sequence of the last event.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub sequence: u64,
    /// Highest timestamp of a record (command or leg) the store has seen.
    pub clock: Timestamp,
    /// Parked commands in order of arrival.
    pub parked: Vec<ParkedReference>,
}

/// A parked command as its store lists it.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ParkedReference {
    pub command_id: Uuid,
    pub asn_id: DocumentId,
    /// Timestamp of its record: it expires a while after this.
    pub arrived_at: Timestamp,
}
