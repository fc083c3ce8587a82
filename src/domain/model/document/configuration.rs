//! What a store is configured to do, and its reasons of adjustments (domain contract §6.5, §6.7).
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::ids::{Quantity, ReasonCode, StockLocation, Text};
use crate::domain::model::time::TimeZone;

/// The gates of a store, in the order in which documents list them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, strum::EnumString, strum::IntoStaticStr)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum Gate {
    Receiving,
    ReceivingWithoutAsn,
    CartonReceiving,
    Transfers,
    StoreInitiatedTransfers,
    Adjustments,
    Counts,
    FullCounts,
    Reservations,
}

impl Gate {
    /// Every gate.
    pub const ALL: [Gate; 9] = [
        Gate::Receiving,
        Gate::ReceivingWithoutAsn,
        Gate::CartonReceiving,
        Gate::Transfers,
        Gate::StoreInitiatedTransfers,
        Gate::Adjustments,
        Gate::Counts,
        Gate::FullCounts,
        Gate::Reservations,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The gate of a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}

/// What kind of place a location is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum LocationType {
    /// A store.
    Store,
    /// A distribution centre; never mastered here.
    Dc,
}

/// What happens when an outbound operation would drive stock below zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum NegativeStock {
    /// It goes below zero and is reported as is.
    Allow,
    /// Outbound transfers and adjustments are refused.
    Refuse,
}

/// What a store is configured to do, defaults filled in.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Configuration {
    /// Open or shut, in the order of [`Gate::ALL`].
    pub features: [bool; Gate::ALL.len()],
    pub inventory_master: bool,
    pub location_type: LocationType,
    pub time_zone: TimeZone,
    pub negative_stock: NegativeStock,
    pub count_tolerance: Option<Quantity>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            features: [true; Gate::ALL.len()],
            inventory_master: true,
            location_type: LocationType::Store,
            time_zone: TimeZone::utc(),
            negative_stock: NegativeStock::Allow,
            count_tolerance: None,
        }
    }
}

impl Configuration {
    /// Whether a gate is open.
    pub fn is_open(&self, gate: Gate) -> bool {
        self.features[gate as usize]
    }
}

/// A reason of adjustments: its stock locations decide the accounts.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Reason {
    pub reason_code: ReasonCode,
    /// `type` on the wire.
    pub kind: Text,
    pub subtype: Text,
    pub origin_stock_location: Option<StockLocation>,
    pub destination_stock_location: Option<StockLocation>,
    pub is_activated: bool,
}
