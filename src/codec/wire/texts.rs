//! Whatever is text on the wire: ids, names, closed lists, accounts, time zones.

use std::fmt;

use serde::de::{Deserializer, Visitor};

use super::Wire;
use crate::codec::writer::Writer;
use crate::domain::command::{Fingerprint, Gate, OperationName};
use crate::domain::document::{ClosedStatus, Kind};
use crate::domain::event::EventName;
use crate::domain::ids::{CartonId, DocumentId, ProductId, ReasonCode, StockLocation, StoreId, Text, Uuid};
use crate::domain::movement::{Account, DocumentKind};
use crate::domain::rejection::Code;
use crate::domain::time::TimeZone;

/// Reads text that means something to `parse`, which says what it should have been when it does not.
///
/// # Errors
/// When it is no text, or means nothing.
#[inline]
pub fn read_text<'de, D, T>(deserializer: D, parse: impl FnOnce(&str) -> Result<T, &'static str>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    struct Parser<F>(F);

    impl<T, F: FnOnce(&str) -> Result<T, &'static str>> Visitor<'_> for Parser<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }

        #[inline]
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(|expected| E::custom(format_args!("{text:?} is not {expected}")))
        }
    }

    deserializer.deserialize_str(Parser(parse))
}

macro_rules! texts {
    ($($type:ty: $value:ident => $text:expr, $parse:expr;)+) => {
        $(impl Wire for $type {
            #[inline]
            fn write<W: Writer>(&self, writer: &mut W) {
                let $value = self;
                writer.text($text);
            }

            #[inline]
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, $parse)
            }
        })+
    };
}

texts! {
    Text: text => text, |text| Ok(text.into());
    String: text => text, |text| Ok(text.into());
    StoreId: id => id.as_str(), |text| Ok(text.into());
    ProductId: id => id.as_str(), |text| Ok(text.into());
    StockLocation: id => id.as_str(), |text| Ok(text.into());
    DocumentId: id => id.as_str(), |text| Ok(text.into());
    ReasonCode: id => id.as_str(), |text| Ok(text.into());
    CartonId: id => id.as_str(), |text| Ok(text.into());
    Uuid: id => id.hyphenated().encode_lower(&mut Uuid::encode_buffer()), |text| Uuid::try_parse(text).map_err(|_| "a UUID");
    OperationName: name => name.as_str(), |text| OperationName::of_row(text).ok_or("the name of an operation");
    Kind: kind => kind.as_str(), |text| Kind::parse(text).ok_or("a kind of document this release knows");
    Code: code => code.as_str(), |text| Code::parse(text).ok_or("a code");
    DocumentKind: kind => kind.as_str(), |text| DocumentKind::parse(text).ok_or("a kind of document");
    EventName: name => name.as_str(), |text| {
        EventName::ALL.iter().find(|name| name.as_str() == text).copied().ok_or("an event this release knows")
    };
    Gate: gate => gate.as_str(), |text| Gate::parse(text).ok_or("a gate this release knows");
    ClosedStatus: status => (*status).into(), |text| text.parse().map_err(|_| "a status this release knows");
    TimeZone: zone => zone.name(), |text| TimeZone::named(text).ok_or("a time zone this release knows");
    Fingerprint: fingerprint => &format!("{:032x}", fingerprint.0), |text| {
        let digits = if text.len() == 32 { u128::from_str_radix(text, 16).ok() } else { None };
        digits.map(Fingerprint).ok_or("a fingerprint")
    };
}

/// Accounts by their names; only those that carry an id have to be put together.
impl Wire for Account {
    fn write<W: Writer>(&self, writer: &mut W) {
        match self {
            Account::StockLocation(location) => writer.text(location.as_str()),
            Account::Supplier => writer.text("supplier"),
            Account::Customer => writer.text("customer"),
            Account::Opening => writer.text("opening"),
            Account::External => writer.text("external"),
            Account::InTransit(_) | Account::Adjustment(_) | Account::CountVariance(_) | Account::LostInTransit(_) => {
                writer.text(&self.to_string());
            }
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| Ok(Account::parse(text)))
    }
}
