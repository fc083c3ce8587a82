//! Closed lists on the wire, by their names.

use std::str::FromStr;

use serde::de::Deserializer;
use strum::VariantArray;

use super::wire::{Wire, read_text};
use super::writer::Writer;
use crate::domain::command::{CountType, Decision, LocationType, NegativeStock, Remainder, Source};
use crate::domain::document::{
    AsnStatus, CloseReason, CountStatus, ReceivingMode, ShipmentStatus, TransferOrderStatus,
};

/// One of a closed list of names.
pub trait Named: Copy + 'static {
    /// The name.
    fn name(self) -> &'static str;

    /// The value of a name.
    fn named(name: &str) -> Option<Self>;

    /// Every value.
    fn all() -> &'static [Self];
}

impl<T: Copy + Into<&'static str> + FromStr + VariantArray + 'static> Named for T {
    fn name(self) -> &'static str {
        self.into()
    }

    fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    fn all() -> &'static [Self] {
        Self::VARIANTS
    }
}

macro_rules! named {
    ($($type:ty),+ $(,)?) => {
        $(impl Wire for $type {
            fn write<W: Writer>(&self, writer: &mut W) {
                writer.text(self.name());
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, |text| Self::named(text).ok_or("a name this release knows"))
            }
        })+
    };
}

named!(
    Source,
    CountType,
    LocationType,
    NegativeStock,
    Remainder,
    Decision,
    TransferOrderStatus,
    AsnStatus,
    ReceivingMode,
    ShipmentStatus,
    CloseReason,
    CountStatus,
);
