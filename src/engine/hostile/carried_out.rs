//! What is carried out, as much as a command may ask for, and what is sent as Avro.

use std::sync::Arc;

use super::{Context, Message, Shape, command, first, lines_of, operation, shape};
use crate::codec::command::from_json;
use crate::codec::format::Format;
use crate::codec::framing::frame;
use crate::codec::schemas::Schema;

/// Every shape.
pub(super) fn shapes(context: &Arc<Context>) -> Vec<Shape> {
    lines().into_iter().chain(counts()).chain(avro(context)).collect()
}

fn line(n: usize) -> String {
    format!(r#"{{"product_id":"{n:064}","quantity":1}}"#)
}

fn of(number: usize, name: &str, fields: &str) -> Vec<u8> {
    command(number, &format!(r#""operation":{{"{name}":{{{fields}}}}}"#))
}

fn sale(bytes: usize) -> Vec<u8> {
    operation("record_sale", &format!(r#""sale_id":"P","lines":[{}]"#, first(lines_of(bytes), line)))
}

/// Lines with as many identifiers as they may have.
fn identified(bytes: usize) -> Vec<u8> {
    let lines = first(lines_of(bytes), |n| {
        let ids = first(16, |id| format!(r#""i{id:030}":"{id:016}""#));
        format!(r#"{{"product_id":"{n}","quantity":1,"external_identifiers":{{{ids}}}}}"#)
    });
    operation("receive_items", &format!(r#""lines":[{lines}]"#))
}

fn cartons(bytes: usize) -> Vec<u8> {
    let lines = first(lines_of(bytes), |n| format!(r#"{{"product_id":"{n}","quantity":1,"carton_id":"{n:064}"}}"#));
    let asn = r#""asn_id":"A","from_location":"V","shipment_ref":"S","shipment_date":"2026-03-02T10:00:00Z""#;
    operation("create_asn", &format!(r#"{asn},"lines":[{lines}]"#))
}

fn lines() -> Vec<Shape> {
    let allocate = |number: usize, many: usize| {
        let lines = first(many, |n| line(number * 1_000 + n));
        of(number, "allocate", &format!(r#""allocation_id":"L","lines":[{lines}]"#))
    };
    vec![
        shape("1,000 lines of a sale", sale),
        shape("1,000 lines of one product", |bytes| {
            operation("record_sale", &format!(r#""sale_id":"P","lines":[{}]"#, first(lines_of(bytes), |_| line(0))))
        }),
        shape("1,000 lines with 16 identifiers", identified),
        shape("1,000 cartons of an ASN", cartons),
        Shape {
            name: "1,000 lines behind 20,000 of an allocation",
            make: Box::new(move |bytes| Message {
                value: allocate(0, lines_of(bytes)),
                before: (1..=lines_of(bytes) / 50).map(|number| allocate(number, 1_000)).collect(),
            }),
        },
    ]
}

fn counts() -> Vec<Shape> {
    let full = || of(900, "create_count", r#""count_id":"C","count_type":"full_count","product_ids":[]"#);
    // A zone may be as long as any text: 1,000 of them are a megabyte.
    let zones = |number: usize, many: usize| {
        let lines = first(many, |n| format!(r#"{{"product_id":"0","count":1,"zone":"{number:03}{n:0977}"}}"#));
        of(number, "submit_count", &format!(r#""count_id":"C","partial":true,"lines":[{lines}]"#))
    };
    vec![
        Shape {
            name: "1,000 zones of one product",
            make: Box::new(move |bytes| Message { value: zones(0, lines_of(bytes)), before: vec![full()] }),
        },
        Shape {
            name: "1,000 zones behind 5,000",
            make: Box::new(move |bytes| {
                let earlier = (1..=5).map(|number| zones(number, lines_of(bytes)));
                Message { value: zones(0, lines_of(bytes)), before: std::iter::once(full()).chain(earlier).collect() }
            }),
        },
    ]
}

fn avro(context: &Arc<Context>) -> Vec<Shape> {
    let id = Schema::Command.built_in()[0].id();
    let framed = move |bytes: &[u8]| [&frame(id), bytes].concat();
    let codec = context.codec.clone();
    let encoded = move |json: &[u8]| codec.encode_command(&from_json(json).unwrap(), Format::Avro);
    let one_line = encoded(&operation("record_sale", r#""sale_id":"P","lines":[{"product_id":"MARK","quantity":1}]"#));
    let at = one_line.windows(6).position(|window| window == b"\x02\x08MARK").unwrap();
    // A block of one line: how many there are, the product's length and name, the quantity.
    let block = one_line[at..at + 7].to_vec();
    let sixteen = encoded.clone();
    vec![
        shape("Avro: a sale", move |bytes| encoded(&sale(bytes))),
        shape("Avro: lines with 16 identifiers", move |bytes| sixteen(&identified(bytes))),
        shape("Avro: more lines than may be", move |bytes| {
            [&one_line[..at], &block.repeat(bytes / block.len()), &one_line[at + block.len()..]].concat()
        }),
        shape("Avro: zeros", move |bytes| framed(&vec![0; bytes])),
        shape("Avro: ones", move |bytes| framed(&vec![2; bytes])),
        shape("Avro: lengths that never end", move |bytes| framed(&vec![0xff; bytes])),
        shape("Avro: lengths beyond the end", move |bytes| framed(&b"\xfe\xff\xff\xff\x0f".repeat(bytes / 5))),
    ]
}
