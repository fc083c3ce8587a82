//! The headers of W3C Trace Context, which are copied to everything a record causes: so only what is of their form, and
//! small. One sale of 1,000 lines causes some 1,400 records.

use super::record::InputRecord;

/// The trace and the span.
const TRACEPARENT: &str = "traceparent";
/// What vendors add.
const TRACESTATE: &str = "tracestate";
/// What others must pass on at least, and we at most.
const TRACESTATE_BYTES_MAX: usize = 512;
/// Of a version that is not known yet. Version 00 has 55.
const TRACEPARENT_BYTES_MAX: usize = 256;

/// `traceparent` and `tracestate` of a record, as far as they may be passed on. Without a parent the state means nothing.
pub(super) fn of(record: &InputRecord) -> impl Iterator<Item = (&'static str, &[u8])> {
    let parent = record.header(TRACEPARENT).filter(|value| is_traceparent(value));
    let state = record.header(TRACESTATE).filter(|value| parent.is_some() && value.len() <= TRACESTATE_BYTES_MAX);
    [(TRACEPARENT, parent), (TRACESTATE, state)].into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Version, trace, span and flags in lower-case hexadecimal digits with hyphens between; later versions may have more.
fn is_traceparent(value: &[u8]) -> bool {
    const LENGTHS: [usize; 4] = [2, 32, 16, 2];
    const BYTES: usize = 2 + 32 + 16 + 2 + 3;
    let Some((known, more)) = value.split_at_checked(BYTES) else { return false };
    let parts: Vec<&[u8]> = known.split(|byte| *byte == b'-').collect();
    let is_hex = |part: &&[u8]| part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |part: &[u8]| part.iter().all(|byte| *byte == b'0');
    let is_formed = parts.iter().map(|part| part.len()).eq(LENGTHS) && parts.iter().all(is_hex);
    if !is_formed || is_zero(parts[1]) || is_zero(parts[2]) {
        return false;
    }
    match parts[0] {
        b"00" => more.is_empty(),
        b"ff" => false,
        _ => more.is_empty() || (more[0] == b'-' && value.len() <= TRACEPARENT_BYTES_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_traceparent() {
        const TRACE: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        for (value, expected) in [
            (format!("00-{TRACE}-01"), true),
            (format!("00-{TRACE}-00"), true),
            (format!("cc-{TRACE}-01"), true),
            (format!("cc-{TRACE}-01-more"), true),
            (format!("cc-{TRACE}-01.more"), false),
            (format!("cc-{TRACE}-01-{}", "m".repeat(201)), false),
            (format!("00-{TRACE}-01-more"), false),
            (format!("ff-{TRACE}-01"), false),
            (format!("00-{}-01", TRACE.to_uppercase()), false),
            (format!("00-{TRACE}-1"), false),
            (format!("0-0{TRACE}-01"), false),
            (format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)), false),
            (format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", "0".repeat(16)), false),
            (String::new(), false),
            ("00-1".to_owned(), false),
            ("-".repeat(55), false),
        ] {
            assert_eq!(is_traceparent(value.as_bytes()), expected, "{value}");
        }
        assert!(!is_traceparent(&[0xff; 55]));
    }
}
