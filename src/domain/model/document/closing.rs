//! How a document ends.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::ids::Text;
use crate::domain::model::time::Timestamp;

/// Why a document was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum CloseReason {
    /// By itself: nothing is left to do.
    Completed,
    /// By hand, after something happened.
    Manual,
    /// By hand, before anything happened.
    Cancelled,
}

impl CloseReason {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The one status that events tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::IntoStaticStr, strum::EnumString)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum ClosedStatus {
    /// The document of the event is over.
    Closed,
}

/// How and when a document was closed.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Closing {
    pub close_reason: CloseReason,
    /// The `reason` given by hand.
    pub close_note: Option<Text>,
    /// `occurred_at` of the closing command.
    pub closed_at: Timestamp,
    /// Who closed it by hand.
    pub closed_by: Option<Text>,
}
