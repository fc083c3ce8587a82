//! Stored bytes are a published format: one value of each topic, byte for byte, in both formats.
//!
//! `tests/golden/<schema>.json` is the JSON value, `.avro.hex` the framed Avro one. What is in topics was written like
//! this, so a change that breaks this test breaks every deployment's state: it needs a new optional field instead.

use std::fmt::Write as _;
use std::path::Path;

use stockroom::codec::Codec;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::schemas::Schema;

/// Reads a value and writes it in a format.
fn again(schema: Schema, bytes: &[u8], format: Format) -> Vec<u8> {
    let codec = Codec::new("acme".into(), Formats::all(format), "main".into());
    match schema {
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
        Schema::Command => bytes.to_vec(),
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

#[test]
fn values_are_a_published_format() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for schema in Schema::ALL.into_iter().filter(|schema| *schema != Schema::Command) {
        let name = schema.file_name().trim_end_matches(".avsc");
        let read = |file: String| std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        let (json, avro) = (read(format!("{name}.json")), read(format!("{name}.avro.hex")));
        let json = json.trim_end().as_bytes();
        assert_eq!(hex(&again(schema, json, Format::Avro)), avro, "{name}: JSON to Avro");
        let avro = unhex(&avro);
        for (bytes, from) in [(json, "JSON"), (&avro, "Avro")] {
            let text = String::from_utf8(again(schema, bytes, Format::Json)).unwrap();
            assert_eq!(text.as_bytes(), json, "{name}: {from} to JSON: {text}");
        }
        assert_eq!(again(schema, &avro, Format::Avro), avro, "{name}: Avro to Avro");
    }
}
