//! Scalars as they stand in values: one form in JSON, one in Avro.
//!
//! A wire struct is written and read by serde for both formats. JSON is the "human readable" one: times are RFC 3339
//! text there and `timestamp-micros` in Avro, days are text there and Avro's `date`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::time::{Date, TimeZone, Timestamp};

/// Text, borrowed from the domain when it is written.
pub type Str<'a> = Cow<'a, str>;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether a flag is down: such a flag is absent in JSON.
pub fn is_false(flag: &bool) -> bool {
    !flag
}

/// Borrowed text of anything optional that has text.
macro_rules! text {
    ($value:expr) => {
        $value.as_ref().map(|text| std::borrow::Cow::Borrowed($crate::codec::wire::AsText::as_text(text)))
    };
}
pub(super) use text;

/// What has text: names and free text.
pub trait AsText {
    /// The text.
    fn as_text(&self) -> &str;
}

impl AsText for std::sync::Arc<str> {
    fn as_text(&self) -> &str {
        self
    }
}

impl AsText for &'static str {
    fn as_text(&self) -> &str {
        self
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {
        $(impl AsText for crate::domain::ids::$name {
            fn as_text(&self) -> &str {
                self.as_str()
            }
        })+
    };
}
as_text!(StoreId, ProductId, StockLocation, DocumentId, ReasonCode, CartonId);

/// An instant.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.0)
        } else {
            serializer.serialize_i64(self.0.millis().saturating_mul(1000))
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = Str::deserialize(deserializer)?;
            Timestamp::parse(&text).map(Self).ok_or_else(|| D::Error::custom(format!("{text} is not a time")))
        } else {
            let micros = i64::deserialize(deserializer)?;
            Ok(Self(Timestamp::from_millis(micros.div_euclid(1000))))
        }
    }
}

/// A calendar day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Day(pub Date);

impl Day {
    /// The day in UTC at an instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(TimeZone::utc().date_at(instant))
    }
}

impl Default for Day {
    fn default() -> Self {
        Self::at(Timestamp::default())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.0)
        } else {
            let days = self.0.midnight_utc().millis().div_euclid(DAY_MS);
            serializer.serialize_i32(i32::try_from(days).map_err(serde::ser::Error::custom)?)
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = Str::deserialize(deserializer)?;
            Date::parse(&text).map(Self).ok_or_else(|| D::Error::custom(format!("{text} is not a date")))
        } else {
            let days = i32::deserialize(deserializer)?;
            Ok(Self::at(Timestamp::from_millis(i64::from(days) * DAY_MS)))
        }
    }
}

/// An id that is always a UUID: text with hyphens, lower case.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Id(pub Uuid);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Str::deserialize(deserializer)?;
        Uuid::try_parse(&text).map(Self).map_err(D::Error::custom)
    }
}

/// A map that keeps the order of its entries.
#[derive(Clone, PartialEq, Debug)]
pub struct Map<'a, V>(pub Vec<(Str<'a>, V)>);

impl<V> Map<'_, V> {
    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V> Default for Map<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, V> FromIterator<(&'a str, V)> for Map<'a, V> {
    fn from_iter<I: IntoIterator<Item = (&'a str, V)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
    }
}

impl<V: Serialize> Serialize for Map<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key.as_ref(), value)?;
        }
        map.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Map<'_, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Vec<(Str<'static>, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    entries.push((Cow::Owned(key), value));
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(Entries(PhantomData)).map(Self)
    }
}
