//! Instants, store-local dates and time zones. Time always comes from a record, never from a clock.

use std::fmt;

use jiff::{Span, Unit, civil};

const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

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
        match text.parse::<jiff::Timestamp>() {
            Ok(instant) => Some(Self(instant.as_nanosecond().div_euclid(1_000_000).try_into().ok()?)),
            Err(_) => Self::of_the_last_day(text),
        }
    }

    /// The last day of 9999 in UTC, which means "never", is in no instant of the library.
    fn of_the_last_day(text: &str) -> Option<Self> {
        let moment: civil::DateTime = text.strip_suffix(['Z', 'z'])?.parse().ok()?;
        let since_midnight = moment.time().since(civil::Time::midnight()).ok()?;
        let millis = since_midnight.total(Unit::Millisecond).ok()?.floor();
        #[expect(clippy::cast_possible_truncation, reason = "a day has fewer milliseconds than that")]
        Some(Date(moment.date()).midnight_utc().plus_millis(millis as i64))
    }
}

/// RFC 3339 in UTC with milliseconds and `Z`: `2026-03-02T10:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By the calendar, because the last day of 9999, which means "never", is in no other type of instant.
        let (days, millis) = (self.0.div_euclid(DAY_MS), self.0.rem_euclid(DAY_MS));
        let Some(date) = day(days).filter(|date| date.year() >= 0) else { return write!(f, "{}ms", self.0) };
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{date}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// The day so many days after 1970-01-01, up to the end of 9999.
fn day(days: i64) -> Option<civil::Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
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
        let days = self.0.since(EPOCH).map_or(0, |span| i64::from(span.get_days()));
        Timestamp(days * DAY_MS)
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

    /// The local calendar day at an instant: the business date of a store in this zone. The nearest there is, for an
    /// instant outside the calendar.
    pub fn date_at(&self, instant: Timestamp) -> Date {
        match jiff::Timestamp::from_millisecond(instant.0) {
            Ok(instant) => Date(self.0.to_datetime(instant).date()),
            Err(_) => {
                let furthest = if instant.0 < 0 { civil::Date::MIN } else { civil::Date::MAX };
                Date(day(instant.0.div_euclid(DAY_MS)).unwrap_or(furthest))
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_outside_the_calendar_have_a_text_and_the_nearest_day() {
        let of_the_library = i64::from(i32::MAX) * DAY_MS;
        for (millis, text, day) in [
            (0, "1970-01-01T00:00:00.000Z", "1970-01-01"),
            (-1, "1969-12-31T23:59:59.999Z", "1969-12-31"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z", "0000-01-01"),
            (-62_167_219_200_001, "-62167219200001ms", "-000001-12-31"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z", "9999-12-31"),
            (253_402_300_800_000, "253402300800000ms", "9999-12-31"),
            (631_107_417_600_000, "631107417600000ms", "9999-12-31"),
            (of_the_library, "185542587100800000ms", "9999-12-31"),
            (-of_the_library, "-185542587100800000ms", "-009999-01-01"),
            (i64::MAX, "9223372036854775807ms", "9999-12-31"),
            (i64::MIN, "-9223372036854775808ms", "-009999-01-01"),
        ] {
            let instant = Timestamp::from_millis(millis);
            assert_eq!(instant.to_string(), text);
            assert_eq!(TimeZone::utc().date_at(instant).to_string(), day, "{text}");
        }
    }
}
