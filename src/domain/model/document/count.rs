//! A count (domain contract §6.4).
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation, Text};
use crate::domain::model::time::{Date, Timestamp};

/// The kinds of count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum CountType {
    /// The listed products.
    CycleCount,
    /// Everything in the stock location.
    FullCount,
}

impl CountType {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// `open → in_review → completed`, any but completed `→ cancelled`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum CountStatus {
    Open,
    InReview,
    Completed,
    Cancelled,
}

impl CountStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A count.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Count {
    pub count_id: DocumentId,
    pub count_type: CountType,
    pub stock_location_name: StockLocation,
    pub status: CountStatus,
    pub created_at: Timestamp,
    pub due_date: Option<Date>,
    pub external_id: Option<Text>,
    pub blind: Option<bool>,
    /// Last submit without `partial`.
    pub submitted_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
    pub cancel_reason: Option<Text>,
    /// How many lines it has.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub products: u64,
    /// How many of them have a number.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub products_counted: u64,
    /// How many of those are outside tolerance.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::counter))]
    pub products_outside_tolerance: u64,
    /// Lines as the first release kept them, by the bytes of the product's id: while the count is open they become rows of
    /// their own with the next command that touches it.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(value = Vec::new()))]
    pub lines: Vec<CountedLine>,
}

/// A line of a count: a document of its own, whose part is the product.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CountedLine {
    pub count_id: DocumentId,
    pub product_id: ProductId,
    pub count: Option<Quantity>,
    pub counted_at: Option<Timestamp>,
    pub zones: Vec<ZoneCount>,
    pub stock_on_hand: Option<Quantity>,
    pub variance: Option<Quantity>,
    pub outside_tolerance: Option<bool>,
}

/// What was counted in one zone.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ZoneCount {
    /// Empty: none named.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::zone))]
    pub zone: Text,
    pub count: Quantity,
    pub counted_at: Timestamp,
}

impl Count {
    /// Whether something is still to happen with it.
    pub fn is_open(&self) -> bool {
        matches!(self.status, CountStatus::Open | CountStatus::InReview)
    }
}

impl CountedLine {
    /// A line without a number.
    pub(crate) fn uncounted(count_id: DocumentId, product_id: ProductId) -> Self {
        Self {
            count_id,
            product_id,
            count: None,
            counted_at: None,
            zones: Vec::new(),
            stock_on_hand: None,
            variance: None,
            outside_tolerance: None,
        }
    }
}
