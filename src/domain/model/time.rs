//! Instants, store-local dates and time zones. Time always comes from a record, never from a clock.

use std::fmt;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// An instant from milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The instant `millis` later (earlier when negative), saturating.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Parses RFC 3339 text with any offset. Finer than a millisecond is cut off, not rounded.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        Some(Self(instant.as_nanosecond().div_euclid(1_000_000).try_into().ok()?))
    }
}

/// RFC 3339 in UTC with milliseconds and `Z`: `2026-03-02T10:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

/// A calendar day. `YYYY-MM-DD` as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Parses `YYYY-MM-DD`, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let date: jiff::civil::Date = text.parse().ok()?;
        (date.to_string() == text).then_some(Self(date))
    }

    /// Midnight UTC at the start of the day.
    pub fn midnight_utc(self) -> Timestamp {
        self.0
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_or(Timestamp(0), |zoned| Timestamp(zoned.timestamp().as_millisecond()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A time zone of the IANA database (built into the binary, so that every machine has the same rules).
#[derive(Clone, PartialEq, Debug)]
pub struct TimeZone(jiff::tz::TimeZone);

impl TimeZone {
    /// Coordinated universal time, the default of a store.
    pub fn utc() -> Self {
        Self(jiff::tz::TimeZone::UTC)
    }

    /// The zone of an IANA name such as `Europe/Berlin`; `None` for a name the database does not have.
    pub fn named(name: &str) -> Option<Self> {
        if name == "UTC" {
            return Some(Self::utc());
        }
        jiff::tz::TimeZone::get(name).ok().map(Self)
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The local calendar day at an instant: the business date of a store in this zone.
    pub fn date_at(&self, instant: Timestamp) -> Date {
        let instant = jiff::Timestamp::from_millisecond(instant.0).unwrap_or_default();
        Date(self.0.to_datetime(instant).date())
    }
}

/// From 1900 to about 2170, as JSON and Avro have it.
#[cfg(any(test, feature = "arbitrary"))]
impl arbitrary::Arbitrary<'_> for Timestamp {
    fn arbitrary(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        u.int_in_range(-2_208_988_800_000..=6_311_433_600_000).map(Self)
    }
}

#[cfg(any(test, feature = "arbitrary"))]
impl arbitrary::Arbitrary<'_> for Date {
    fn arbitrary(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        Ok(TimeZone::utc().date_at(u.arbitrary()?))
    }
}

#[cfg(any(test, feature = "arbitrary"))]
impl arbitrary::Arbitrary<'_> for TimeZone {
    fn arbitrary(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        u.choose(&["UTC", "Europe/Rome", "Asia/Tokyo"]).map(|name| Self::named(name).unwrap_or(Self::utc()))
    }
}
