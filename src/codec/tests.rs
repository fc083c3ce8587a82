//! Every value is read back as it was written, in both formats, and Avro's bytes are those of `apache_avro`.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use serde_json::Value;

use super::format::{Format, Formats};
use super::framing::FRAME_BYTES;
use super::generators::any_of;
use super::schemas::Schema;
use super::{Codec, command, event, ledger};
use crate::domain::document::{Document, DocumentKey, Kind, Parked};
use crate::domain::time::Timestamp;

const FORMATS: [Format; 2] = [Format::Avro, Format::Json];

fn codec(format: Format) -> Codec {
    Codec::new("acme".into(), Formats::all(format), "main".into())
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

/// Checks what holds for the bytes of one value in both formats.
fn check(schema: Schema, avro: &[u8], json: &[u8]) {
    let direct: Value = serde_json::from_slice(json).expect("JSON");
    assert!(has_no_blank(&direct), "{direct}");
    assert_eq!(codec(Format::Json).json(schema, avro).expect("readable"), direct);
    assert_eq!(codec(Format::Json).json(schema, json).expect("readable"), direct);
    for length in 0..avro.len() {
        assert!(codec(Format::Json).json(schema, &avro[..length]).is_err(), "{length} bytes of {}", avro.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn movements(movement in any_of(|draw| draw.any::<ledger::Row<'static>>().movement())) {
        let [avro, json] = FORMATS.map(|format| codec(format).encode_movement(&movement));
        prop_assert_eq!(&codec(Format::Json).decode_movement(&avro).expect("readable"), &movement);
        prop_assert_eq!(&codec(Format::Avro).decode_movement(&json).expect("readable"), &movement);
        check_by_schema(Schema::Ledger, &avro);
        check(Schema::Ledger, &avro, &json);
    }

    #[test]
    fn stock_rows((key, row) in any_of(|draw| draw.stock())) {
        let [avro, json] = FORMATS.map(|format| codec(format).encode_stock(&key, &row));
        for bytes in [&avro, &json] {
            let (key_again, row_again) = codec(Format::Json).decode_stock(bytes).expect("readable");
            prop_assert_eq!(&key_again, &key);
            prop_assert_eq!(&row_again, &row);
        }
        check_by_schema(Schema::Stock, &avro);
        check(Schema::Stock, &avro, &json);
    }

    #[test]
    fn documents((key, document) in any_of(|draw| draw.document())) {
        let [avro, json] = FORMATS.map(|format| codec(format).encode_document(&key, &document));
        for bytes in [&avro, &json] {
            let (key_again, document_again) = codec(Format::Json).decode_document(bytes).expect("readable");
            prop_assert_eq!(&key_again, &key);
            prop_assert_eq!(&document_again, &document);
        }
        check_by_schema(Schema::Document, &avro);
        check(Schema::Document, &avro, &json);
    }

    #[test]
    fn answers(answer in any_of(|draw| draw.answer())) {
        let [avro, json] = FORMATS.map(|format| codec(format).encode_answer(&answer));
        prop_assert_eq!(&codec(Format::Json).decode_answer(&avro).expect("readable"), &answer);
        prop_assert_eq!(&codec(Format::Avro).decode_answer(&json).expect("readable"), &answer);
        check_by_schema(Schema::Result, &avro);
        check(Schema::Result, &avro, &json);
    }

    #[test]
    fn legs(leg in any_of(|draw| draw.leg())) {
        let [avro, json] = FORMATS.map(|format| codec(format).encode_leg(&leg));
        prop_assert_eq!(&codec(Format::Json).decode_leg(&avro).expect("readable"), &leg);
        prop_assert_eq!(&codec(Format::Avro).decode_leg(&json).expect("readable"), &leg);
        check_by_schema(Schema::Leg, &avro);
        check(Schema::Leg, &avro, &json);
    }

    #[test]
    fn events(event in any_of(|draw| draw.any::<event::Envelope<'static>>().event())) {
        let [avro, json] = FORMATS.map(|format| codec(format).encode_event(&event));
        check_by_schema(Schema::Event, &avro);
        check(Schema::Event, &avro, &json);
    }
}

#[test]
fn a_value_of_another_topic_is_told_apart() {
    let answer = any_value(super::generators::Draw::answer);
    let bytes = codec(Format::Avro).encode_answer(&answer);
    let error = codec(Format::Avro).decode_leg(&bytes).expect_err("a result is no leg");
    assert_eq!(error.to_string(), "the value's schema: schema 6 is that of result.avsc, not of leg.avsc");
    assert!(codec(Format::Avro).decode_leg(b"{}").is_err());
    assert!(codec(Format::Avro).decode_leg(b"").is_err());
    assert!(codec(Format::Avro).decode_leg(&[0, 0, 0, 9, 9]).is_err());
}

#[test]
fn a_parked_command_is_read_back_with_its_fingerprint() {
    let text = r#"{"command_id":"c676e97d-2de4-5dba-af0b-f09d36facd2b","store_id":"S|1","occurred_at":"2026-03-02T10:00:00.000Z",
        "actor":{"id":"ada","role":"associate"},"correlation_id":"order 7","operation":{"receive_items":{"asn_id":"ASN1",
        "started_at":"2026-03-02T09:00:00Z","lines":[{"product_id":"A","quantity":4,"external_identifiers":{"upc":"0400"}}]}}}"#;
    let command = command::from_json(text).expect("a command");
    assert!(command.body.is_ok());
    let key = DocumentKey { store_id: "S|1".into(), kind: Kind::Parked, id: command.command_id.to_string().into() };
    let command = command.receipt().expect("a receipt");
    let parked = Document::Parked(Parked { command, arrived_at: Timestamp::from_millis(1_772_445_600_000) });
    let [avro, json] = FORMATS.map(|format| codec(format).encode_document(&key, &parked));
    for bytes in [&avro, &json] {
        let (key_again, document_again) = codec(Format::Json).decode_document(bytes).expect("readable");
        assert_eq!((key_again, document_again), (key.clone(), parked.clone()));
    }
    check_by_schema(Schema::Document, &avro);
    check(Schema::Document, &avro, &json);
}

/// The simplest value there is.
fn any_value<T>(draw: impl Fn(&mut super::generators::Draw) -> T) -> T {
    draw(&mut super::generators::Draw::empty())
}
