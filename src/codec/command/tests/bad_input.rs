//! Bytes nobody should send, and those somebody will.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::DeadLetterCode;
use super::{ID, code, codec, decode, decode_json, decode_record, input, rejected, sale, violations};
use crate::codec::format::Format;
use crate::codec::framing;
use crate::codec::schemas::Schema;
use crate::domain::rejection::Code;

fn frame() -> Vec<u8> {
    framing::frame(Schema::Command.newest().id())
}

fn one_sale() -> Value {
    sale(&json!([{"product_id": "A", "quantity": 1}]))
}

fn avro_sale() -> Vec<u8> {
    codec().encode_command(&decode_json(&one_sale()).unwrap(), Format::Avro)
}

#[test]
fn what_cannot_be_answered_is_a_dead_letter_with_its_cause() {
    let avro = avro_sale();
    let with = |id: u8, rest: &[u8]| [&[0, 0, 0, 0, id], rest].concat();
    let deep = "[".repeat(100_000);
    let table: &[(&str, &[u8], DeadLetterCode)] = &[
        ("empty", b"", DeadLetterCode::EmptyValue),
        ("one zero byte", &[0], DeadLetterCode::TooShort),
        ("half an id", &[0, 0, 0, 0], DeadLetterCode::TooShort),
        ("no schema's id", &with(99, &avro[5..]), DeadLetterCode::UnknownSchemaId),
        ("another topic's schema", &with(2, &avro[5..]), DeadLetterCode::UnknownSchemaId),
        ("framed nothing", &with(1, &[]), DeadLetterCode::NotAvro),
        ("cut off", &avro[..avro.len() - 1], DeadLetterCode::NotAvro),
        ("one byte more", &[avro.as_slice(), &[0]].concat(), DeadLetterCode::NotAvro),
        ("random bytes", &[0xff, 0xfe, 0x80, 0x12], DeadLetterCode::WrongMagicByte),
        ("Avro without a frame", &[&[0x48, 0xff], &avro[6..]].concat(), DeadLetterCode::WrongMagicByte),
        ("text", b"hello", DeadLetterCode::NotJson),
        ("spaces", b"   ", DeadLetterCode::NotJson),
        ("half a JSON", b"{\"command_id\":", DeadLetterCode::NotJson),
        ("two JSONs", b"{}{}", DeadLetterCode::NotJson),
        ("very deep JSON", deep.as_bytes(), DeadLetterCode::NotJson),
        ("a JSON number", b"7", DeadLetterCode::MalformedCommand),
        ("a JSON list", b"[]", DeadLetterCode::MalformedCommand),
        ("an empty object", b"{}", DeadLetterCode::MalformedCommand),
    ];
    for (name, value, expected) in table {
        assert_eq!(code(value), Some(*expected), "{name}");
    }
    assert_eq!(decode_record(&input(None, &[])).unwrap_err().code, DeadLetterCode::EmptyValue);
}

#[test]
fn a_command_id_is_a_uuid_in_its_usual_form() {
    let forms = ["0190a6f0", &format!("{{{ID}}}"), &format!("urn:uuid:{ID}"), &ID.replace('-', "")];
    for id in forms {
        let command = one_sale().to_string().replace(ID, id);
        assert_eq!(code(command.as_bytes()), Some(DeadLetterCode::MalformedCommand), "{id}");
    }
    assert_eq!(code(one_sale().to_string().replace(ID, &ID.to_uppercase()).as_bytes()), None);
}

#[test]
fn headers_decide_how_a_value_is_read() {
    let json = one_sale().to_string();
    let avro = avro_sale();
    let bare = &avro[5..];
    let guid = [&[1], Schema::Command.newest().guid().as_bytes() as &[u8]].concat();
    let other = [&[1], Schema::Event.newest().guid().as_bytes() as &[u8]].concat();
    let content = "content-type";
    let id = "__value_schema_id";
    type Row<'a> = (&'a str, &'a [u8], &'a [(&'a str, &'a [u8])], Option<DeadLetterCode>);
    let table: &[Row<'_>] = &[
        ("JSON", json.as_bytes(), &[], None),
        ("JSON said to be", json.as_bytes(), &[(content, b"application/json")], None),
        ("with parameters", json.as_bytes(), &[(content, b"Application/JSON; charset=utf-8")], None),
        ("the last header counts", json.as_bytes(), &[(content, b"text/plain"), (content, b"application/json")], None),
        ("Avro said to be JSON", &avro, &[(content, b"application/json")], Some(DeadLetterCode::NotJson)),
        ("no text said to be JSON", &[0xff], &[(content, b"application/json")], Some(DeadLetterCode::NotJson)),
        ("Avro", &avro, &[], None),
        ("Avro said to be", &avro, &[(content, b"application/avro")], None),
        ("bare Avro", bare, &[(id, &guid)], None),
        ("bare Avro of another topic", bare, &[(id, &other)], Some(DeadLetterCode::UnknownSchemaId)),
        ("unknown GUID", bare, &[(id, &[1; 17])], Some(DeadLetterCode::UnknownSchemaId)),
        ("short header", bare, &[(id, &guid[..16])], Some(DeadLetterCode::TooShort)),
        ("empty header", bare, &[(id, &[])], Some(DeadLetterCode::TooShort)),
        ("header of another form", bare, &[(id, &[0; 17])], Some(DeadLetterCode::WrongMagicByte)),
        ("framed twice", &avro, &[(id, &guid)], Some(DeadLetterCode::NotAvro)),
    ];
    for (name, value, headers, expected) in table {
        let decoded = decode_record(&input(Some(value), headers));
        assert_eq!(decoded.map_err(|undecodable| undecodable.code).err(), *expected, "{name}");
    }
}

#[test]
fn quantities_that_are_none_are_all_named() {
    let bad =
        ["-1", "1000000001", "9223372036854775808", "1e30", "1e400", "-1e400", "2.5", "3.0", "true", "\"3\"", "[1]"];
    let shown =
        ["-1", "1000000001", "9223372036854775808", "1e30", "1e308", "1e308", "2.5", "3.0", "true", "\"3\"", "[1]"];
    let lines: Vec<_> = bad.iter().map(|bad| format!(r#"{{"product_id":"A","quantity":{bad}}}"#)).collect();
    let missing = r#",{"product_id":"B"},{"product_id":"C","quantity":null},{"product_id":"D","quantity":""}"#;
    let fine = r#",{"product_id":"E","quantity":0},{"product_id":"F","quantity":1000000000}"#;
    let lines = format!("[{}{missing}{fine}]", lines.join(","));
    let rejection = rejected(sale(&json!("LINES")).to_string().replace("\"LINES\"", &lines).as_bytes());
    assert_eq!(rejection.code, Code::MalformedQuantity);
    let mut expected: Vec<Value> = (0..bad.len())
        .map(|line| {
            let value: Value = serde_json::from_str(shown[line]).unwrap();
            json!({"line": line, "product_id": "A", "field": "quantity", "value": value})
        })
        .collect();
    for (index, product) in ["B", "C", "D"].into_iter().enumerate() {
        expected.push(json!({"line": bad.len() + index, "product_id": product, "field": "quantity"}));
    }
    assert_eq!(violations(&rejection), expected);
}

#[test]
fn an_answer_grows_neither_with_what_was_sent_nor_with_the_number_of_wrong_lines() {
    let command = sale(&json!([{"product_id": "A", "quantity": "9".repeat(100_000)}]));
    let expected = [json!({"line": 0, "product_id": "A", "field": "quantity"})];
    assert_eq!(violations(&rejected(command.to_string().as_bytes())), expected);
    for (count, told) in [(1_000, 1_000), (30_000, 1_000)] {
        let command = sale(&json!(vec![json!({"product_id": "A", "quantity": -1}); count]));
        let rejection = rejected(command.to_string().as_bytes());
        assert_eq!((rejection.code, rejection.violations.len()), (Code::MalformedQuantity, told));
    }
}

#[test]
fn a_malformed_quantity_has_the_same_fingerprint_however_it_was_written() {
    let decoded = |line: &Value| decode_json(&sale(&json!([line]))).unwrap();
    let a = decoded(&json!({"product_id": "A", "quantity": -1}));
    assert_eq!(a, decoded(&json!({"quantity": -1, "product_id": "A", "colour": "red"})));
    assert_ne!(a.fingerprint, decoded(&json!({"product_id": "A", "quantity": -2})).fingerprint);
}

/// Lengths and counts that promise far more than there is: refused before any room is made for it.
#[test]
fn lengths_that_lie_cost_nothing() {
    let avro = avro_sale();
    let huge = [0xfe_u8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let negative = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let overlong = [0xff; 11];
    for lie in [&huge as &[u8], &negative, &overlong, &[0xfe, 0xff, 0x03]] {
        for at in 5..avro.len() {
            let value = [&avro[..at], lie, &avro[at..]].concat();
            let replaced = [&avro[..at], lie, &avro[at + 1..]].concat();
            let cut = [&avro[..at], lie].concat();
            for value in [value, replaced, cut] {
                // Inside a text nothing lies: the command is another one then, but it is one.
                let _ = decode(&value);
            }
        }
        assert_eq!(code(&[frame().as_slice(), lie].concat()), Some(DeadLetterCode::NotAvro));
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
        let _ = decode(&[frame().as_slice(), &bytes].concat());
    }

    #[test]
    fn no_changed_byte_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), json in any::<bool>()) {
        let mut value = if json { one_sale().to_string().into_bytes() } else { avro_sale() };
        let at = at.index(value.len());
        value[at] = byte;
        let _ = decode(&value);
    }

    #[test]
    fn no_text_panics(text in "[\\[\\]{}\",:0-9eE.+\\\\a-z -]{0,80}") {
        let _ = decode(text.as_bytes());
        let _ = crate::codec::node::mend(&text);
    }
}
