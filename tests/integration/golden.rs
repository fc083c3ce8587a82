//! Stored bytes are a published format: one value of each topic and each released version, byte for byte.
//!
//! In `tests/golden/<version>/` `<schema>.json` is the JSON value, `.avro.hex` the framed Avro one. What is in topics was
//! written like this, so a change that breaks this test breaks every deployment's state: it needs a new version of the
//! schema with a new optional field instead. What is there is never changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use stockroom::codec::Codec;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::{InputRecord, Position, Topic};
use stockroom::codec::schemas::Schema;
use stockroom::domain::time::Timestamp;

fn codec(format: Format) -> Codec {
    Codec::new("acme".into(), Formats::all(format), "main".into())
}

/// Reads a value and writes it in the codec's format.
pub fn again(codec: &Codec, schema: Schema, bytes: &[u8]) -> Vec<u8> {
    match schema {
        Schema::Command => {
            let position = Position { topic: "inventory.commands".into(), partition: 0, offset: 0 };
            let record = InputRecord {
                topic: Topic::Commands,
                position,
                timestamp: Timestamp::from_millis(0),
                key: None,
                value: Some(bytes.to_vec().into()),
                headers: Vec::new(),
            };
            codec.encode_command(&codec.decode_command(&record).unwrap(), codec.formats().of(Topic::Commands))
        }
        Schema::Event => codec.encode_event(&codec.decode_event(bytes).unwrap()),
        Schema::Ledger => codec.encode_movement(&codec.decode_movement(bytes).unwrap()),
        Schema::Stock => {
            let (key, row) = codec.decode_stock(bytes).unwrap();
            codec.encode_stock(&key, &row)
        }
        Schema::Document => {
            let (key, document) = codec.decode_document(bytes).unwrap();
            codec.encode_document(&key, &document)
        }
        Schema::Result => codec.encode_answer(&codec.decode_answer(bytes).unwrap()),
        Schema::Leg => codec.encode_leg(&codec.decode_leg(bytes).unwrap()),
    }
}

/// Hexadecimal digits, 32 bytes a line.
fn hex(bytes: &[u8]) -> String {
    bytes.chunks(32).fold(String::new(), |mut text, line| {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text + "\n"
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.split_whitespace().collect::<String>();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn file(version: u32, schema: Schema, ending: &str) -> PathBuf {
    let name = schema.file_name().trim_end_matches(".avsc");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{version}/{name}.{ending}"))
}

fn read(version: u32, schema: Schema, ending: &str) -> String {
    let path = file(version, schema, ending);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The framed Avro value of each topic in its newest version.
pub fn values() -> Vec<(Schema, Vec<u8>)> {
    Schema::ALL.map(|schema| (schema, unhex(&read(schema.newest().number, schema, "avro.hex")))).to_vec()
}

#[test]
fn values_are_a_published_format() {
    for schema in Schema::ALL {
        let (name, version) = (schema.file_name(), schema.newest().number);
        let (json, avro) = (read(version, schema, "json"), read(version, schema, "avro.hex"));
        let json = json.trim_end().as_bytes();
        assert_eq!(hex(&again(&codec(Format::Avro), schema, json)), avro, "{name}: JSON to Avro");
        let avro = unhex(&avro);
        for (bytes, from) in [(json, "JSON"), (&avro, "Avro")] {
            let text = String::from_utf8(again(&codec(Format::Json), schema, bytes)).unwrap();
            assert_eq!(text.as_bytes(), json, "{name}: {from} to JSON: {text}");
        }
        assert_eq!(again(&codec(Format::Avro), schema, &avro), avro, "{name}: Avro to Avro");
    }
}

/// A value of any released version says today what it said then.
#[test]
fn values_of_every_released_version_are_read_for_ever() {
    let mut read_again = 0;
    for schema in Schema::ALL {
        for version in schema.built_in() {
            let json: serde_json::Value = serde_json::from_str(&read(version.number, schema, "json")).unwrap();
            let avro = unhex(&read(version.number, schema, "avro.hex"));
            let newest = again(&codec(Format::Avro), schema, &avro);
            assert_eq!(codec(Format::Avro).json(schema, &newest).unwrap(), json, "{version:?}");
            read_again += 1;
        }
    }
    assert!(read_again >= Schema::ALL.len());
}
