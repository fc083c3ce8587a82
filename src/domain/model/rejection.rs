//! The closed list of refusals (domain contract §4), in the order in which they are checked.

use crate::domain::model::ids::{ProductId, Quantity, Text};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:literal $retryable:ident => $variant:ident),+ $(,)?) => {
        /// Why a command was refused. The order of the variants is the order of the checks: the first
        /// broken rule gives the code. Codes are a public contract: never renamed, never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// Every code, in the order of the checks.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)+
                }
            }

            /// The code of a name on the wire.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Code::$variant),)+
                    _ => None,
                }
            }

            /// Whether the same content under a new command id may be accepted later, with nothing
            /// changed by the sender.
            pub fn retryable(self) -> bool {
                match self {
                    $(Code::$variant => codes!(@ $retryable),)+
                }
            }
        }
    };
    (@ retry) => { true };
    (@ final) => { false };
}

codes! {
    /// A field is missing, of the wrong type, or too long.
    "malformed_command" final => MalformedCommand,
    /// A quantity is not a whole number from 0 to 1,000,000,000.
    "malformed_quantity" final => MalformedQuantity,
    /// More than 1,000 lines.
    "too_many_lines" final => TooManyLines,
    /// No line with a quantity.
    "no_lines" final => NoLines,
    /// The command id was used with another body.
    "command_id_reused" final => CommandIdReused,
    /// The store is not configured, in a strict deployment.
    "store_unknown" retry => StoreUnknown,
    /// The store's gate is shut.
    "feature_disabled" retry => FeatureDisabled,
    /// The product is not in the catalogue.
    "product_unknown" retry => ProductUnknown,
    /// No such ASN at this store.
    "asn_unknown" retry => AsnUnknown,
    /// The ASN id is taken.
    "asn_already_exists" final => AsnAlreadyExists,
    /// The ASN is closed.
    "asn_closed" final => AsnClosed,
    /// The ASN belongs to a shipment this store sent itself.
    "asn_wrong_location" final => AsnWrongLocation,
    /// No such carton on the ASN.
    "carton_unknown" final => CartonUnknown,
    /// The carton was received before.
    "carton_already_received" final => CartonAlreadyReceived,
    /// The ASN is received the other way: items or cartons.
    "receiving_mode_conflict" final => ReceivingModeConflict,
    /// No such transfer order at this store.
    "transfer_order_unknown" retry => TransferOrderUnknown,
    /// The transfer order's id is taken.
    "transfer_order_already_exists" final => TransferOrderAlreadyExists,
    /// The transfer order is closed.
    "transfer_order_closed" final => TransferOrderClosed,
    /// A transfer to oneself.
    "destination_is_origin" final => DestinationIsOrigin,
    /// The product is not on the ERP's transfer order.
    "product_not_on_transfer_order" final => ProductNotOnTransferOrder,
    /// More than the ERP ordered.
    "quantity_exceeds_ordered" final => QuantityExceedsOrdered,
    /// No such shipment, or a cancelled one.
    "shipment_unknown" retry => ShipmentUnknown,
    /// The shipment's id is taken.
    "shipment_already_exists" final => ShipmentAlreadyExists,
    /// The shipment has left.
    "shipment_already_handed_over" final => ShipmentAlreadyHandedOver,
    /// No such reason at this store.
    "reason_unknown" retry => ReasonUnknown,
    /// The reason is switched off.
    "reason_inactive" retry => ReasonInactive,
    /// No such stock location in this deployment.
    "stock_location_unknown" final => StockLocationUnknown,
    /// The bucket of reservations is not named in commands.
    "stock_location_reserved" final => StockLocationReserved,
    /// On hand is not what the sender expected.
    "stale_on_hand" final => StaleOnHand,
    /// Not enough stock, at a store that refuses negative stock.
    "insufficient_stock" retry => InsufficientStock,
    /// No such count at this store.
    "count_unknown" retry => CountUnknown,
    /// The count's id is taken.
    "count_already_exists" final => CountAlreadyExists,
    /// The count is over.
    "count_closed" final => CountClosed,
    /// The product is not in the cycle count.
    "product_not_in_count" final => ProductNotInCount,
    /// A product has no number yet.
    "count_incomplete" final => CountIncomplete,
    /// No such reservation at this store.
    "reservation_unknown" retry => ReservationUnknown,
    /// No such allocation at this store.
    "allocation_unknown" retry => AllocationUnknown,
    /// A distribution centre is never mastered here.
    "not_inventory_master" final => NotInventoryMaster,
}

/// A refusal: the first broken rule, and every place that breaks it.
#[derive(Clone, PartialEq, Debug)]
pub struct Rejection {
    /// The rule.
    pub code: Code,
    /// Where it is broken.
    pub violations: Vec<Violation>,
}

/// One place that breaks a rule. What is filled depends on the code (§4).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Violation {
    /// Index of the line, from 0.
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
pub enum Value {
    /// An id, a name, a status.
    Text(Text),
    /// A quantity or a number of lines.
    Number(Quantity),
    /// What was sent in place of a quantity, as JSON text.
    Json(Text),
}

impl Rejection {
    /// A refusal of the places given.
    pub fn new(code: Code, violations: Vec<Violation>) -> Self {
        Self { code, violations }
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
