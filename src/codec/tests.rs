//! Every value is read back as it was written, in both formats, and Avro's bytes are those of `apache_avro`.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;
use serde_json::Value;

use super::format::{Format, Formats};
use super::framing::FRAME_BYTES;
use super::record::{Header, InputRecord, Position, Topic};
use super::schemas::Schema;
use super::value::Unreadable;
use super::{Codec, command};
use crate::domain::decision::Answer;
use crate::domain::document::Document;
use crate::domain::event::Event;
use crate::domain::ids::StoreId;
use crate::domain::leg::Leg;
use crate::domain::movement::Movement;
use crate::domain::stock::{StockKey, StockRow};
use crate::domain::time::Timestamp;

fn codec(format: Format) -> Codec {
    Codec::new("acme".into(), Formats::all(format), "main".into())
}

/// A record of commands.
pub(super) fn input(value: Option<&[u8]>, headers: &[(&str, &[u8])]) -> InputRecord {
    let header =
        |(key, value): &(&str, &[u8])| Header { key: (*key).to_owned().into(), value: Some(value.to_vec().into()) };
    InputRecord {
        topic: Topic::Commands,
        position: Position { topic: "inventory.commands".into(), partition: 3, offset: 41 },
        timestamp: Timestamp::default(),
        key: None,
        value: value.map(|value| value.to_vec().into()),
        headers: headers.iter().map(header).collect(),
    }
}

/// Any value of a type: proptest makes and shrinks the bytes it is drawn from.
pub(super) fn any_of<T: for<'a> Arbitrary<'a> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    proptest::collection::vec(any::<u8>(), 0..1_000).prop_map(drawn)
}

/// The value that bytes stand for, zeros behind them.
pub(super) fn drawn<T: for<'a> Arbitrary<'a>>(mut bytes: Vec<u8>) -> T {
    const ZEROS: [u8; 1_000] = [0; 1_000];
    bytes.extend(ZEROS);
    T::arbitrary(&mut Unstructured::new(&bytes)).expect("enough bytes")
}

/// Checks that `apache_avro` reads the bytes as the same value as the JSON says, and writes the same value as we do.
fn check_by_schema(schema: Schema, avro: &[u8]) {
    let schema = &schema.newest().parsed;
    let reader = GenericDatumReader::builder(schema).build().expect("the schema is complete");
    let mut rest = &avro[FRAME_BYTES..];
    let value = reader.read_value(&mut rest).expect("Avro");
    assert!(rest.is_empty(), "{} bytes are left over", rest.len());
    assert!(value.validate(schema), "{value:?}");
    let writer = GenericDatumWriter::builder(schema).build().expect("the schema is complete");
    let theirs = writer.write_value_to_vec(value.clone()).expect("a value of the schema");
    // Their maps have no order, so that bytes are compared where there is but one.
    let again = reader.read_value(&mut &theirs[..]).expect("Avro");
    assert_eq!(again, value);
    assert_eq!(theirs.len(), avro.len() - FRAME_BYTES);
}

/// What is absent is absent: neither null nor an empty text (but for zones without a name).
fn has_no_blank(json: &Value) -> bool {
    match json {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().all(has_no_blank),
        Value::Object(fields) => {
            fields.iter().all(|(name, value)| name == "zone" || name == "value" || has_no_blank(value))
        }
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Checks what holds for a value of a topic in both formats.
fn check<T: PartialEq + std::fmt::Debug>(
    schema: Schema,
    value: &T,
    encode: impl Fn(&Codec, &T) -> Vec<u8>,
    decode: impl Fn(&Codec, &[u8]) -> Result<T, Unreadable>,
) {
    let [avro, json] = [Format::Avro, Format::Json].map(|format| encode(&codec(format), value));
    for bytes in [&avro, &json] {
        assert_eq!(&decode(&codec(Format::Avro), bytes).expect("readable"), value);
    }
    check_by_schema(schema, &avro);
    let direct: Value = serde_json::from_slice(&json).expect("JSON");
    assert!(has_no_blank(&direct), "{direct}");
    for bytes in [&avro, &json] {
        assert_eq!(codec(Format::Json).json(schema, bytes).expect("readable"), direct);
    }
    for length in 0..avro.len() {
        assert!(codec(Format::Json).json(schema, &avro[..length]).is_err(), "{length} bytes of {}", avro.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn movements(movement in any_of::<Movement>()) {
        check(Schema::Ledger, &movement, Codec::encode_movement, Codec::decode_movement);
    }

    #[test]
    fn events(event in any_of::<Event>()) {
        check(Schema::Event, &event, Codec::encode_event, Codec::decode_event);
    }

    #[test]
    fn answers(answer in any_of::<Answer>()) {
        check(Schema::Result, &answer, Codec::encode_answer, Codec::decode_answer);
    }

    #[test]
    fn legs(leg in any_of::<Leg>()) {
        check(Schema::Leg, &leg, Codec::encode_leg, Codec::decode_leg);
    }

    #[test]
    fn stock_rows(stock in any_of::<(StockKey, StockRow)>()) {
        check(Schema::Stock, &stock, |codec, (key, row)| codec.encode_stock(key, row), Codec::decode_stock);
    }

    #[test]
    fn documents((store_id, mut document) in any_of::<(StoreId, Document)>()) {
        if let Document::Parked(parked) = &mut document {
            // Its fingerprint is that of its content.
            let written = command::to_json(&parked.command.clone().into());
            parked.command = command::from_json(written.as_bytes()).expect("a command").receipt().expect("a receipt");
        }
        let kept = (document.key(store_id), document);
        check(Schema::Document, &kept, |codec, (key, kept)| codec.encode_document(key, kept), Codec::decode_document);
    }
}

#[test]
fn what_is_read_can_be_shown() {
    let codec = codec(Format::Json);
    let leg = codec.encode_leg(&drawn::<Leg>(Vec::new()));
    // A name that nobody knows, with a byte that is no text.
    let odd = [&leg[..leg.len() - 1], b",\"\xe7\":1}"].concat();
    assert!(codec.json(Schema::Leg, &odd).is_err());
    assert!(codec.decode_leg(&odd).is_err());
}

#[test]
fn a_value_of_another_topic_is_told_apart() {
    let leg = drawn::<Leg>(Vec::new());
    let bytes = codec(Format::Avro).encode_leg(&leg);
    let error = codec(Format::Avro).decode_answer(&bytes).expect_err("a leg is no result");
    let id = Schema::Leg.newest().id();
    assert_eq!(error.to_string(), format!("the value's schema: schema {id} is that of leg.avsc, not of result.avsc"));
    assert!(codec(Format::Avro).decode_leg(b"{}").is_err());
    assert!(codec(Format::Avro).decode_leg(b"").is_err());
    assert!(codec(Format::Avro).decode_leg(&[0, 0, 0, 9, 9]).is_err());
}
