//! Rows of our own topics as a disk, a network or somebody else may have left them.

use std::fmt::Debug;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::framing::frame;
use stockroom::codec::record::Topic;
use stockroom::codec::schemas::Schema;
use stockroom::codec::value::Unreadable;
use stockroom::codec::{Codec, command, keys};
use stockroom::domain::decision::Answer;
use stockroom::domain::document::{Document, DocumentKey};
use stockroom::domain::event::Event;
use stockroom::domain::leg::Leg;
use stockroom::domain::movement::Movement;
use stockroom::domain::stock::{StockKey, StockRow};

use crate::memory::bounded;

/// One codec for each format that is written.
static CODECS: LazyLock<[Codec; 2]> = LazyLock::new(|| {
    let codec = |format| Codec::new("acme".into(), Formats::all(format), "main".into());
    // What is made at the first look is not part of what an input takes.
    for schema in Schema::ALL {
        drop(codec(Format::Avro).json(schema, &frame(schema.built_in()[0].id())));
    }
    [Format::Avro, Format::Json].map(codec)
});

/// Changes bytes: each two say where and to what.
pub fn change(value: &mut [u8], changes: &[u8]) {
    for change in changes.chunks_exact(2) {
        if !value.is_empty() {
            let place = usize::from(change[0]) * value.len() / 256;
            value[place] = change[1];
        }
    }
}

/// Checks one input: its first byte says which topic, and how the bytes of the value are made from the rest.
pub fn check(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let how = kind >> 3;
    match kind % 8 {
        0 => row(Topic::Stock, Schema::Stock, how, rest, encode_stock, Codec::decode_stock),
        1 => row(Topic::Documents, Schema::Document, how, rest, encode_document, Codec::decode_document),
        2 => row(Topic::Results, Schema::Result, how, rest, Codec::encode_answer, Codec::decode_answer),
        3 => row(Topic::Ledger, Schema::Ledger, how, rest, Codec::encode_movement, Codec::decode_movement),
        4 => row(Topic::Legs, Schema::Leg, how, rest, Codec::encode_leg, Codec::decode_leg),
        5 => row(Topic::Events, Schema::Event, how, rest, Codec::encode_event, Codec::decode_event),
        6 => keys_of(rest),
        _ => row(Topic::Documents, Schema::Document, how, rest, encode_document, Codec::decode_document),
    }
}

fn encode_stock(codec: &Codec, (key, row): &(StockKey, StockRow)) -> Vec<u8> {
    codec.encode_stock(key, row)
}

fn encode_document(codec: &Codec, (key, document): &(DocumentKey, Document)) -> Vec<u8> {
    codec.encode_document(key, document)
}

/// A value that can be drawn, together with its key.
trait Drawn: PartialEq + Debug + Sized {
    fn drawn(u: &mut Unstructured<'_>) -> arbitrary::Result<Self>;
}

macro_rules! drawn {
    ($($type:ty),+) => {
        $(impl Drawn for $type {
            fn drawn(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
                <$type>::arbitrary(u)
            }
        })+
    };
}
drawn!(Answer, Movement, Leg, Event, (StockKey, StockRow));

impl Drawn for (DocumentKey, Document) {
    fn drawn(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let mut document = Document::arbitrary(u)?;
        if let Document::Parked(parked) = &mut document {
            // Its fingerprint is that of its content.
            let written = command::to_json(&parked.command.clone().into());
            parked.command = command::from_json(written.as_bytes()).expect("a command").receipt().expect("a receipt");
        }
        Ok((document.key(u.arbitrary()?), document))
    }
}

type Decode<T> = fn(&Codec, &[u8]) -> Result<T, Unreadable>;

fn row<T: Drawn>(
    topic: Topic,
    schema: Schema,
    how: u8,
    rest: &[u8],
    encode: fn(&Codec, &T) -> Vec<u8>,
    decode: Decode<T>,
) {
    let [avro, json] = &*CODECS;
    let versions = schema.built_in();
    let version = &versions[usize::from(how >> 2) % versions.len()];
    let value = match how % 4 {
        0 => rest.to_vec(),
        1 | 2 => [&frame(version.id()), rest].concat(),
        _ => {
            let Some((length, rest)) = rest.split_first() else { return };
            let Some((changes, rest)) = rest.split_at_checked(usize::from(*length)) else { return };
            let Ok(value) = T::drawn(&mut Unstructured::new(rest)) else { return };
            let mut bytes = encode(if how & 8 == 0 { avro } else { json }, &value);
            if changes.is_empty() {
                // What is drawn is what can be: both formats keep all of it.
                assert_eq!(decode(avro, &bytes).unwrap(), value);
            }
            change(&mut bytes, changes);
            bytes
        }
    };
    let length = value.len();
    let decoded = bounded(length, || decode(avro, &value));
    let shown = bounded(8 * length, || avro.json(schema, &value).is_ok());
    bounded(length, || avro.content(topic, &value).len());
    let Ok(decoded) = decoded else { return };
    // JSON has no text for instants outside the years 0 to 9999, so bytes are written again as they were.
    let codec = if value[0] == 0 { avro } else { json };
    let again = encode(codec, &decoded);
    assert_eq!(decode(avro, &again).unwrap(), decoded, "{}", String::from_utf8_lossy(&again));
    assert!(shown, "what was read can be shown");
    if value[0] != 0 {
        assert_eq!(decode(avro, &encode(avro, &decoded)).unwrap(), decoded);
    }
}

/// A key that can be read is written as it was.
fn keys_of(bytes: &[u8]) {
    if let Some(key) = keys::parse_stock(bytes) {
        assert_eq!(keys::parse_stock(&keys::stock(&key)), Some(key));
    }
    if let Some(key) = keys::parse_document(bytes) {
        assert_eq!(keys::parse_document(&keys::document(&key)), Some(key));
    }
    if keys::is_of_an_id(bytes) {
        assert!(keys::parse_store(bytes).is_some() || std::str::from_utf8(bytes).is_err() || bytes.contains(&b'%'));
    }
    keys::parse_store(bytes);
}
