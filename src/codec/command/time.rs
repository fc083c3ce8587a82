//! Instants as commands carry them.

use crate::domain::time::Timestamp;

/// The years 0 to 9999 in UTC: outside of these RFC 3339 has no text.
const EARLIEST_MS: i64 = -62_167_219_200_000;
const LATEST_MS: i64 = 253_402_300_799_999;
/// Digits of a fraction that can matter; the rest is cut off.
const FRACTION_DIGITS_MAX: usize = 9;

/// Parses RFC 3339 text with any offset.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let date_time = text.get(..19)?;
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let fits = date_time.bytes().zip(shape).all(|(byte, shape)| match shape {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == *other,
    });
    let rest = text.get(19..)?;
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let offset = if digits == 0 { rest } else { rest.get(1 + digits..)? };
    if !fits || !is_offset(offset) {
        return None;
    }
    let instant = if digits > FRACTION_DIGITS_MAX {
        Timestamp::parse(&format!("{}{offset}", text.get(..20 + FRACTION_DIGITS_MAX)?))
    } else {
        Timestamp::parse(text)
    };
    instant.filter(is_in_range)
}

fn is_offset(text: &str) -> bool {
    match text.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].into_iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// An instant of Avro.
pub(super) fn from_micros(micros: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(micros.div_euclid(1_000))).filter(is_in_range)
}

fn is_in_range(instant: &Timestamp) -> bool {
    (EARLIEST_MS..=LATEST_MS).contains(&instant.millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_and_nothing_else() {
        for (text, shown) in [
            ("2026-03-02T10:00:00Z", Some("2026-03-02T10:00:00.000Z")),
            ("2026-03-02t10:00:00z", Some("2026-03-02T10:00:00.000Z")),
            ("2026-03-02T11:00:00+01:00", Some("2026-03-02T10:00:00.000Z")),
            ("2026-03-02T09:59:59.9999-00:00", Some("2026-03-02T09:59:59.999Z")),
            ("2026-03-02T10:00:00.1234567890123456789Z", Some("2026-03-02T10:00:00.123Z")),
            ("0000-01-01T00:00:00Z", Some("0000-01-01T00:00:00.000Z")),
            ("1969-12-31T23:59:59.9999Z", Some("1969-12-31T23:59:59.999Z")),
            ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59.000Z")),
            ("9999-12-31T23:59:59.9999Z", Some("9999-12-31T23:59:59.999Z")),
            ("9999-12-31T23:59:59-00:01", None),
            ("9999-12-31T24:00:00Z", None),
            ("2026-02-30T10:00:00Z", None),
            ("2026-03-02T10:00:00", None),
            ("2026-03-02T10:00Z", None),
            ("2026-03-02", None),
            ("20260302T100000Z", None),
            ("2026-03-02T10:00:00.Z", None),
            ("2026-03-02T10:00:00+01:00[Europe/Rome]", None),
            ("-002026-03-02T10:00:00Z", None),
            ("yesterday", None),
            ("ßßßßßßßßßßßßßßßßßßßßß", None),
        ] {
            assert_eq!(parse(text).map(|instant| instant.to_string()).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn microseconds_are_cut_not_rounded() {
        assert_eq!(from_micros(1_999), Some(Timestamp::from_millis(1)));
        assert_eq!(from_micros(-1), Some(Timestamp::from_millis(-1)));
        assert_eq!(from_micros(i64::MAX), None);
        assert_eq!(from_micros(i64::MIN), None);
    }

    #[test]
    fn the_ends_of_the_range_can_be_written_and_read_again() {
        for millis in [EARLIEST_MS, LATEST_MS] {
            let instant = Timestamp::from_millis(millis);
            assert_eq!(parse(&instant.to_string()), Some(instant), "{instant}");
        }
    }
}
