//! The closed list of refusals (domain contract §4), in the order in which they are checked.

use crate::domain::model::ids::{ProductId, Quantity, Text};
use crate::domain::model::later::LaterName;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $retryable:ident),+ $(,)?) => {
        /// Why a command was refused. The order of the variants is the order of the checks: the first
        /// broken rule gives the code. Codes are a public contract: never renamed, never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[derive(strum::EnumString, strum::IntoStaticStr)]
        #[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
        #[strum(serialize_all = "snake_case")]
        pub enum Code {
            $($(#[$doc])* $variant,)+
            /// One that a later release gives, and whether it is retryable.
            #[strum(disabled)]
            Later(LaterName, bool),
        }

        impl Code {
            /// Every code, in the order of the checks.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                if let Code::Later(name, _) = self { name.as_str() } else { self.into() }
            }

            /// The code of a name on the wire.
            pub fn parse(name: &str) -> Option<Self> {
                name.parse().ok().or_else(|| Some(Code::Later(LaterName::of(name)?, false)))
            }

            /// The code with what its answer tells of it: of one that a later release gives nobody else knows.
            #[must_use]
            pub fn told_retryable(self, retryable: bool) -> Self {
                if let Code::Later(name, _) = self { Code::Later(name, retryable) } else { self }
            }

            /// Whether the same content under a new command id may be accepted later, with nothing
            /// changed by the sender.
            pub fn retryable(self) -> bool {
                match self {
                    $(Code::$variant => codes!(@ $retryable),)+
                    Code::Later(_, retryable) => retryable,
                }
            }
        }
    };
    (@ retry) => { true };
    (@ final) => { false };
}

codes! {
    /// A field is missing, of the wrong type, or too long.
    MalformedCommand final,
    /// A quantity is not a whole number from 0 to 1,000,000,000.
    MalformedQuantity final,
    /// More than 1,000 lines.
    TooManyLines final,
    /// No line with a quantity.
    NoLines final,
    /// The command id was used with another body.
    CommandIdReused final,
    /// Longer ago than command ids are remembered, and not remembered: a repeat could not be told from it.
    CommandTooOld final,
    /// The store is not configured, in a strict deployment.
    StoreUnknown retry,
    /// The store's gate is shut.
    FeatureDisabled retry,
    /// The product is not in the catalogue.
    ProductUnknown retry,
    /// No such ASN at this store.
    AsnUnknown retry,
    /// The ASN id is taken.
    AsnAlreadyExists final,
    /// The ASN is closed.
    AsnClosed final,
    /// The ASN belongs to a shipment this store sent itself.
    AsnWrongLocation final,
    /// No such carton on the ASN.
    CartonUnknown final,
    /// The carton was received before.
    CartonAlreadyReceived final,
    /// The ASN is received the other way: items or cartons.
    ReceivingModeConflict final,
    /// No such transfer order at this store.
    TransferOrderUnknown retry,
    /// The transfer order's id is taken.
    TransferOrderAlreadyExists final,
    /// The transfer order is closed.
    TransferOrderClosed final,
    /// A transfer to oneself.
    DestinationIsOrigin final,
    /// The product is not on the ERP's transfer order.
    ProductNotOnTransferOrder final,
    /// More than the ERP ordered.
    QuantityExceedsOrdered final,
    /// No such shipment, or a cancelled one.
    ShipmentUnknown retry,
    /// The shipment's id is taken.
    ShipmentAlreadyExists final,
    /// The shipment has left.
    ShipmentAlreadyHandedOver final,
    /// No such reason at this store.
    ReasonUnknown retry,
    /// The reason is switched off.
    ReasonInactive retry,
    /// No such stock location in this deployment.
    StockLocationUnknown final,
    /// The bucket of reservations is not named in commands.
    StockLocationReserved final,
    /// The reason leads from a stock location to itself.
    ReasonWithoutEffect final,
    /// On hand is not what the sender expected.
    StaleOnHand final,
    /// Not enough stock, at a store that refuses negative stock.
    InsufficientStock retry,
    /// No such count at this store.
    CountUnknown retry,
    /// The count's id is taken.
    CountAlreadyExists final,
    /// The count is over.
    CountClosed final,
    /// The product is not in the cycle count.
    ProductNotInCount final,
    /// A product has no number yet.
    CountIncomplete final,
    /// Counted longer ago than movements are remembered: it has to be counted again.
    ObservationTooOld final,
    /// No such reservation at this store.
    ReservationUnknown retry,
    /// No such allocation at this store.
    AllocationUnknown retry,
    /// A distribution centre is never mastered here.
    NotInventoryMaster final,
    /// One of the records that would have to be written is larger than a record may be.
    TooLarge final,
}

/// The most places a refusal names (§4).
pub const VIOLATIONS_MAX: usize = 1_000;

/// A refusal: the first broken rule, and the places that break it, the first [`VIOLATIONS_MAX`] of them.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Rejection {
    /// The rule.
    pub code: Code,
    /// Where it is broken.
    pub violations: Vec<Violation>,
}

/// One place that breaks a rule. What is filled depends on the code (§4).
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Violation {
    /// Index of the line, from 0.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::line))]
    pub line: Option<usize>,
    /// The line's product.
    pub product_id: Option<ProductId>,
    /// Path of the field that does not fit, e.g. `operation.record_sale.lines[1].product_id`.
    pub field: Option<Text>,
    /// What was found there, or what would have been right.
    pub value: Option<Value>,
}

/// The value of a violation.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub enum Value {
    /// An id, a name, a status.
    Text(Text),
    /// A quantity or a number of lines.
    Number(Quantity),
    /// What was sent in place of a quantity, as JSON text.
    Json(#[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::json))] Text),
}

impl Rejection {
    /// A refusal of the places given, of which the first [`VIOLATIONS_MAX`] are told.
    pub fn new(code: Code, violations: impl IntoIterator<Item = Violation>) -> Self {
        Self { code, violations: violations.into_iter().take(VIOLATIONS_MAX).collect() }
    }

    /// A refusal when there is any place that breaks the rule.
    ///
    /// # Errors
    /// The refusal.
    pub fn if_any(code: Code, violations: impl IntoIterator<Item = Violation>) -> Result<(), Self> {
        let rejection = Self::new(code, violations);
        if rejection.violations.is_empty() { Ok(()) } else { Err(rejection) }
    }

    /// A refusal of one id or name.
    pub fn of(code: Code, value: impl Into<Text>) -> Self {
        Self::new(code, vec![Violation::of(value)])
    }
}

impl Violation {
    /// A violation that names an id, a name or a status.
    pub fn of(value: impl Into<Text>) -> Self {
        Self { value: Some(Value::Text(value.into())), ..Self::default() }
    }

    /// A violation of one line.
    pub fn line(line: usize, product: &ProductId, value: Value) -> Self {
        Self { line: Some(line), product_id: Some(product.clone()), field: None, value: Some(value) }
    }
}
