//! Numbers, instants, dates, lists and maps: one form in JSON, one in Avro.
//!
//! Instants are RFC 3339 text in JSON and `timestamp-micros` in Avro, dates are text there and Avro's `date`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::{In, Wire, read_text};
use crate::codec::avro::ROOM_MAX;
use crate::codec::writer::Writer;
use crate::domain::time::{Date, TimeZone, Timestamp};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

macro_rules! plain {
    ($($type:ty: $method:ident),+) => {
        $(impl Wire for $type {
            #[inline]
            fn write<W: Writer>(&self, writer: &mut W) {
                writer.$method(*self);
            }

            #[inline]
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        })+
    };
}
plain!(bool: boolean, i64: number);

macro_rules! counter {
    ($($type:ty),+) => {
        $(
            /// A number that is never negative, as Avro's long; one beyond its range would be cut to it.
            impl Wire for $type {
                fn write<W: Writer>(&self, writer: &mut W) {
                    writer.number(i64::try_from(*self).unwrap_or(i64::MAX));
                }

                fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let number = i64::deserialize(deserializer)?;
                    Self::try_from(number).map_err(|_| D::Error::custom(format_args!("{number} is no number that can be here")))
                }
            }
        )+
    };
}
counter!(u32, u64, usize);

impl Wire for Timestamp {
    #[inline]
    fn write<W: Writer>(&self, writer: &mut W) {
        writer.instant(*self);
    }

    #[inline]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            read_text(deserializer, |text| Self::parse(text).ok_or("a time"))
        } else {
            Ok(Self::from_millis(i64::deserialize(deserializer)?.div_euclid(1000)))
        }
    }
}

impl Wire for Date {
    fn write<W: Writer>(&self, writer: &mut W) {
        writer.date(*self);
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            read_text(deserializer, |text| Self::parse(text).ok_or("a date"))
        } else {
            Ok(day_of(i32::deserialize(deserializer)?.into()))
        }
    }
}

/// The date of Avro: days since the epoch.
pub fn day_of(days: i64) -> Date {
    day_at(Timestamp::from_millis(days.saturating_mul(DAY_MS)))
}

fn day_at(instant: Timestamp) -> Date {
    TimeZone::utc().date_at(instant)
}

/// A date that is published as the instant at which it begins in UTC.
#[derive(Debug)]
pub struct Midnight;

impl Wire<Midnight> for Date {
    fn write<W: Writer>(&self, writer: &mut W) {
        writer.instant(self.midnight_utc());
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timestamp::read(deserializer).map(day_at)
    }
}

impl<T: Wire<F>, F> Wire<F> for Option<T> {
    #[inline]
    fn write<W: Writer>(&self, writer: &mut W) {
        match self {
            Some(value) => {
                writer.some();
                value.write(writer);
            }
            None => writer.skip(),
        }
    }

    #[inline]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<In<T, F>>::deserialize(deserializer)?.map(|value| value.0))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write<W: Writer>(&self, writer: &mut W) {
        writer.begin_list(self.len());
        for item in self {
            writer.item();
            item.write(writer);
        }
        writer.end_list();
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);

        impl<'de, T: Wire> Visitor<'de> for Items<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0).min(ROOM_MAX));
                while let Some(item) = items.next_element::<In<T>>()? {
                    list.push(item.0);
                }
                Ok(list)
            }
        }

        deserializer.deserialize_seq(Items(PhantomData))
    }
}

/// Borrowed from the domain when it is written, owned when it was read.
impl<T: Wire + Clone> Wire for Cow<'_, T> {
    #[inline]
    fn write<W: Writer>(&self, writer: &mut W) {
        T::write(self, writer);
    }

    #[inline]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Cow::Owned)
    }
}

impl Wire for Cow<'_, str> {
    fn write<W: Writer>(&self, writer: &mut W) {
        writer.text(self);
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::read(deserializer).map(Cow::Owned)
    }
}

/// A map that keeps the order of its entries.
#[derive(Clone, PartialEq, Debug)]
pub struct Map<K, V>(pub Vec<(K, V)>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<K: Wire, V: Wire> Wire for Map<K, V> {
    fn write<W: Writer>(&self, writer: &mut W) {
        writer.begin_map(self.0.len());
        for (key, value) in &self.0 {
            writer.key(|writer| key.write(writer));
            value.write(writer);
        }
        writer.end_map();
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Wire, V: Wire> Visitor<'de> for Entries<K, V> {
            type Value = Vec<(K, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<In<K>, In<V>>()? {
                    entries.push((key.0, value.0));
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(Entries(PhantomData)).map(Self)
    }
}
