//! Records that are put aside: as they are where that is possible, and with what can be kept where it is not.

use std::borrow::Cow;

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

use super::record_time;
use crate::codec::command::{DeadLetterCode, Undecodable};
use crate::codec::headers;
use crate::codec::record::{Header, InputRecord, OutputRecord, Topic};

/// What a record of ours may take. Its topic takes 1 MiB more: room for what a batch adds, so that a client and a broker,
/// who count differently, both let it pass.
pub use crate::domain::settings::RECORD_BYTES_MAX;
/// How much is kept of the key of a record that is too large.
const KEY_BYTES_MAX: usize = 64 << 10;
/// Room for the key and for what is added, of a record that is too large.
const RESERVED_BYTES: usize = 256 << 10;
/// How much of a reason is told: some quote what they found.
const MESSAGE_CHARS_MAX: usize = 1_000;
/// The most that a record, and a header, take besides their bytes.
const RECORD_OVERHEAD: usize = 100;
const HEADER_OVERHEAD: usize = 20;

/// The time of a record that has none or an impossible one, in milliseconds; −1 when it has none.
const ORIGINAL_TIMESTAMP: &str = "original-timestamp";
/// The size of a value that was left out.
const ORIGINAL_VALUE_BYTES: &str = "original-value-bytes";
/// XXH3-128 of a value that was left out, in hexadecimal digits.
const ORIGINAL_VALUE_XXH3: &str = "original-value-xxh3";
/// The size of a key that was cut.
const ORIGINAL_KEY_BYTES: &str = "original-key-bytes";
/// How many headers there were, when not all are kept.
const ORIGINAL_HEADERS: &str = "original-headers";

/// Why a record can't be decided, whatever is in it.
pub(super) fn without_time(record: &InputRecord) -> Option<Undecodable> {
    if record_time::is_usable(record.timestamp) {
        return None;
    }
    let message = match record.timestamp.millis() {
        -1 => "the record has no timestamp".to_owned(),
        millis => format!("the record's timestamp is {millis} ms, which is not in the years 2000 to 9999"),
    };
    Some(Undecodable { code: DeadLetterCode::BadTimestamp, message })
}

/// Why a record can't be handed over.
pub(super) fn too_large(bytes: usize) -> Undecodable {
    let message = format!("handed over to its store's partition it would take {bytes} bytes, of {RECORD_BYTES_MAX}");
    Undecodable { code: DeadLetterCode::TooLarge, message }
}

/// About what a record takes in a batch, never less.
pub(super) fn bytes_of(key: Option<&Bytes>, value: Option<&Bytes>, headers: &[Header]) -> usize {
    let bytes = |bytes: Option<&Bytes>| bytes.map_or(0, Bytes::len);
    RECORD_OVERHEAD + bytes(key) + bytes(value) + headers.iter().map(bytes_of_header).sum::<usize>()
}

fn bytes_of_header(header: &Header) -> usize {
    HEADER_OVERHEAD + header.key.len() + header.value.as_ref().map_or(0, Bytes::len)
}

/// A record as a dead letter. What its time can't be is the first moment of 2000, the same at each replay.
pub(super) fn of(record: &InputRecord, why: &Undecodable, partition: i32) -> OutputRecord {
    let message = why.message.chars().take(MESSAGE_CHARS_MAX).collect();
    let why = Undecodable { code: why.code, message };
    let mut letter = OutputRecord {
        topic: Topic::DeadLetters,
        partition,
        timestamp: record.timestamp,
        key: record.key.clone(),
        value: record.value.clone(),
        headers: headers::dead_letter(record, &why),
    };
    if bytes_of(letter.key.as_ref(), letter.value.as_ref(), &letter.headers) > RECORD_BYTES_MAX {
        shorten(&mut letter, record, &why);
    }
    if !record_time::is_usable(record.timestamp) {
        letter.timestamp = record_time::EARLIEST;
        letter.headers.push(added(ORIGINAL_TIMESTAMP, record.timestamp.millis().to_string()));
    }
    letter
}

/// Leaves out the value, the end of a long key, and the headers that do not fit; says so in headers.
fn shorten(letter: &mut OutputRecord, record: &InputRecord, why: &Undecodable) {
    let mut room = RECORD_BYTES_MAX - RESERVED_BYTES;
    let mut kept = record.clone();
    kept.headers.retain(|header| {
        let bytes = bytes_of_header(header);
        let fits = bytes <= room;
        room -= if fits { bytes } else { 0 };
        fits
    });
    letter.headers = headers::dead_letter(&kept, why);
    if kept.headers.len() < record.headers.len() {
        letter.headers.push(added(ORIGINAL_HEADERS, record.headers.len().to_string()));
    }
    if let Some(value) = letter.value.take() {
        letter.headers.push(added(ORIGINAL_VALUE_BYTES, value.len().to_string()));
        letter.headers.push(added(ORIGINAL_VALUE_XXH3, format!("{:032x}", xxh3_128(&value))));
    }
    if let Some(key) = letter.key.as_mut().filter(|key| key.len() > KEY_BYTES_MAX) {
        letter.headers.push(added(ORIGINAL_KEY_BYTES, key.len().to_string()));
        key.truncate(KEY_BYTES_MAX);
    }
}

fn added(key: &'static str, value: String) -> Header {
    Header { key: Cow::Borrowed(key), value: Some(value.into()) }
}
