//! Names of closed lists on the wire, where the domain has none of its own.

use serde::de::Deserializer;
use serde::ser::Serializer;

use super::wire::{Wire, read_text};
use crate::domain::command::{CountType, Decision, LocationType, NegativeStock, Remainder, Source};
use crate::domain::document::{
    AsnStatus, CloseReason, CountStatus, ReceivingMode, ShipmentStatus, TransferOrderStatus,
};
use crate::domain::movement::DocumentKind;

/// One of a closed list of names.
pub trait Named: Copy + 'static {
    /// Every value with its name.
    const NAMES: &'static [(Self, &'static str)];

    /// The name.
    fn name(self) -> &'static str;

    /// The value of a name.
    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
    }
}

macro_rules! names {
    ($($type:ident { $($variant:ident => $name:literal),+ $(,)? })+) => {
        $(impl Named for $type {
            const NAMES: &'static [(Self, &'static str)] = &[$(($type::$variant, $name)),+];

            fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)+
                }
            }
        }

        impl Wire for $type {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, |text| Self::named(text).ok_or("a name this release knows"))
            }
        })+
    };
}

names! {
    Source { AssociateApp => "associate_app", Api => "api" }
    CountType { CycleCount => "cycle_count", FullCount => "full_count" }
    LocationType { Store => "store", Dc => "dc" }
    NegativeStock { Allow => "allow", Refuse => "refuse" }
    Remainder { Lost => "lost", Returned => "returned" }
    Decision { Accept => "accept", Recount => "recount" }
    TransferOrderStatus { Open => "open", Pending => "pending", Closed => "closed" }
    AsnStatus { Open => "open", Closed => "closed" }
    ReceivingMode { Items => "items", Cartons => "cartons" }
    ShipmentStatus { Packed => "packed", Shipped => "shipped", Cancelled => "cancelled" }
    CloseReason { Completed => "completed", Manual => "manual", Cancelled => "cancelled" }
    CountStatus { Open => "open", InReview => "in_review", Completed => "completed", Cancelled => "cancelled" }
    DocumentKind {
        Asn => "asn",
        Receipt => "receipt",
        Shipment => "shipment",
        Adjustment => "adjustment",
        Count => "count",
        Sale => "sale",
        Return => "return",
        Reservation => "reservation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Named + PartialEq + std::fmt::Debug>(as_str: impl Fn(T) -> &'static str) {
        for (value, name) in T::NAMES {
            assert_eq!(T::named(name), Some(*value));
            assert_eq!(value.name(), *name);
            assert_eq!(as_str(*value), *name);
        }
        assert_eq!(T::named("unheard_of"), None);
    }

    #[test]
    fn names_are_read_back_and_are_those_of_the_domain() {
        check(Source::as_str);
        check(CountType::name);
        check(LocationType::name);
        check(NegativeStock::name);
        check(TransferOrderStatus::name);
        check(AsnStatus::name);
        check(ReceivingMode::name);
        check(ShipmentStatus::name);
        check(CloseReason::as_str);
        check(CountStatus::as_str);
        check(DocumentKind::as_str);
    }
}
