//! Which times a record may have.
//!
//! The time of a record becomes `recorded_at` of all it causes and moves its store's clock, which never goes back. Without
//! one, or with seconds or microseconds in place of milliseconds, there is nothing to go by.

use crate::domain::time::Timestamp;

/// 2000-01-01T00:00:00.000Z.
pub(super) const EARLIEST: Timestamp = Timestamp::from_millis(946_684_800_000);
/// 9999-12-30T22:00:00.000Z: what is later has no date in some time zones.
const LATEST: Timestamp = Timestamp::from_millis(253_402_207_200_000);

/// Whether a record with this time can be decided.
pub fn is_usable(timestamp: Timestamp) -> bool {
    (EARLIEST..=LATEST).contains(&timestamp)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::time::TimeZone;

    #[test]
    fn times_of_the_years_2000_to_9999_are_usable() {
        for (millis, expected) in [
            (-1, false),
            (0, false),
            (1_795_514_400, false),
            (946_684_799_999, false),
            (946_684_800_000, true),
            (1_795_514_400_000, true),
            (253_402_207_200_000, true),
            (253_402_207_200_001, false),
            (1_795_514_400_000_000, false),
            (i64::MAX, false),
            (i64::MIN, false),
        ] {
            assert_eq!(is_usable(Timestamp::from_millis(millis)), expected, "{millis}");
        }
    }

    #[test]
    fn the_first_and_the_last_have_a_text_and_a_date_everywhere() {
        assert_eq!(EARLIEST.to_string(), "2000-01-01T00:00:00.000Z");
        assert_eq!(LATEST.to_string(), "9999-12-30T22:00:00.000Z");
        let furthest = TimeZone::named("Pacific/Kiritimati").unwrap();
        assert_eq!(furthest.date_at(LATEST).to_string(), "9999-12-31");
    }
}
