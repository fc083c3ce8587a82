//! Closed lists on the wire, by their names.

use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::Deserializer;
use serde::ser::Serializer;
use strum::VariantArray;

use super::wire::{Form, In, Wire, read_text};
use crate::domain::command::{CountType, Decision, LocationType, NegativeStock, Remainder, Source};
use crate::domain::document::{
    AsnStatus, CloseReason, CountStatus, ReceivingMode, ShipmentStatus, TransferOrderStatus,
};
use crate::domain::movement::DocumentKind;

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
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, |text| Self::named(text).ok_or("a name this release knows"))
            }
        }

        #[cfg(test)]
        impl super::generators::Drawn for $type {
            fn drawn(draw: &mut super::generators::Draw) -> Self {
                draw.named()
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
    DocumentKind,
);

/// Text of a closed list that the domain keeps as text: read back as the name in the list.
#[derive(Debug)]
pub struct Listed<T>(PhantomData<T>);

impl<T: Named + Wire> Form<Option<&'static str>> for Listed<T> {
    fn write<S: Serializer>(value: &Option<&'static str>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(name) => serializer.serialize_some(name),
            None => serializer.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'static str>, D::Error> {
        Ok(Option::<In<T>>::deserialize(deserializer)?.map(|value| value.0.name()))
    }
}
