//! What the processor remembers of a store, and its lists of documents in order of time.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::document::Kind;
use crate::domain::model::ids::{DocumentId, Text, Uuid};
use crate::domain::model::time::Timestamp;

/// The most receipts that wait for their ASN at a store (§6.1).
pub const WAITING_MAX: u64 = 10_000;

/// What the processor remembers of a store.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct StoreState {
    /// Sequence of the last event.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub sequence: u64,
    /// Highest timestamp of a record (command or leg) the store has seen.
    pub clock: Timestamp,
    /// Parked commands in order of arrival, as the first release kept them: they become [`Waiting`] with the store's next
    /// record.
    pub parked: Vec<ParkedReference>,
    /// How many receipts wait for their ASN.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub waiting: u64,
    /// How many ever did: the next one's number.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub parked_ever: u64,
    /// When the first of those that wait arrived; none waits earlier.
    pub waiting_since: Option<Timestamp>,
    /// When the first of the documents was closed that are to be forgotten; none earlier.
    pub closed_since: Option<Timestamp>,
}

/// A parked command as the first release listed it.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ParkedReference {
    pub command_id: Uuid,
    pub asn_id: DocumentId,
    /// Timestamp of its record: it expires a while after this.
    pub arrived_at: Timestamp,
}

/// The place of a parked receipt among those that wait: its id is [`Waiting::place`], its part the ASN.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Waiting {
    pub command_id: Uuid,
    pub asn_id: DocumentId,
    /// Timestamp of its record: it expires a while after this.
    pub arrived_at: Timestamp,
    /// Its number in order of arrival.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub number: u64,
}

/// A closed document: its id is when it was closed, its part which it is.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Closed {
    pub closed_at: Timestamp,
    pub kind: Kind,
    pub id: Text,
}

impl Waiting {
    /// Its id: by the time of arrival, then by number.
    pub fn place(&self) -> Text {
        format!("{}-{:020}", in_order(self.arrived_at), self.number).into()
    }
}

impl Closed {
    /// Its id: the time of closing.
    pub fn place(&self) -> Text {
        in_order(self.closed_at)
    }

    /// Its part.
    pub fn name(&self) -> Text {
        format!("{}/{}", self.kind.as_str(), self.id).into()
    }
}

/// A time as text whose order is that of time, from the year 1970 to 9999.
pub(crate) fn in_order(time: Timestamp) -> Text {
    format!("{:015}", time.millis().max(0)).into()
}
