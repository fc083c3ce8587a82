//! The worst that one message of a megabyte can do: how long it takes until it is decided and all it writes is encoded.
//!
//! `cargo run --release --manifest-path fuzz/Cargo.toml --example hostile`; the exit code says whether each was in time.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::{InputRecord, Position, Topic};
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::{Batch, Context, Engine};
use stockroom::store::Store as _;
use stockroom::store::memory::MemoryStore;

const MESSAGE_BYTES: usize = 1 << 20;
const IN_TIME: Duration = Duration::from_secs(1);
const TIMES: usize = 3;

/// What stands in the envelope, and what in the operation.
struct Shape {
    name: &'static str,
    value: Vec<u8>,
    /// Commands that came before.
    before: Vec<Vec<u8>>,
}

fn command(number: usize, rest: &str) -> Vec<u8> {
    let command = format!(
        r#"{{"command_id":"0190a6f0-3b1c-7c50-8f4e-{number:012}","store_id":"S1","occurred_at":"2026-03-02T10:00:00Z",
        "actor":{{"id":"ada"}},{rest}}}"#
    );
    command.into_bytes()
}

fn operation(name: &str, fields: &str) -> Vec<u8> {
    command(0, &format!(r#""operation":{{"{name}":{{{fields}}}}}"#))
}

/// Items with commas between them, as many as a message holds.
fn items(mut item: impl FnMut(usize) -> String) -> String {
    let mut items = String::with_capacity(MESSAGE_BYTES);
    for number in 0.. {
        let next = item(number);
        if items.len() + next.len() + 400 > MESSAGE_BYTES {
            break;
        }
        write!(items, "{}{next}", if number == 0 { "" } else { "," }).unwrap();
    }
    items
}

/// So many items.
fn first(many: usize, item: impl Fn(usize) -> String) -> String {
    (0..many).map(item).collect::<Vec<_>>().join(",")
}

/// A short name; of different numbers different ones.
fn short(mut number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    let mut name = String::new();
    loop {
        name.push(char::from(LETTERS[number % LETTERS.len()]));
        number /= LETTERS.len();
        if number == 0 {
            return name;
        }
    }
}

fn lists() -> Vec<(&'static str, Vec<u8>)> {
    let count = |products: &str| {
        operation("create_count", &format!(r#""count_id":"C","count_type":"full_count","product_ids":[{products}]"#))
    };
    let zeros = |many: usize| "0,".repeat(many) + "0";
    vec![
        ("carton_ids", operation("receive_items", &format!(r#""carton_ids":[{}]"#, items(|n| format!(r#""K{n:06}""#))))),
        ("product_ids, all different", count(&items(|n| format!(r#""{}""#, short(n))))),
        ("product_ids, all the same", count(&items(|_| r#""a""#.to_owned()))),
        ("product_ids of 64 characters", count(&items(|n| format!(r#""{n:064}""#)))),
        ("a list of 500,000 numbers", operation("receive_items", &format!(r#""carton_ids":[{}]"#, zeros(500_000)))),
        ("lines with nothing in them", operation("record_sale", &format!(r#""sale_id":"P","lines":[{}]"#, items(|_| "{}".to_owned())))),
        (
            "lines with wrong quantities",
            operation("record_sale", &format!(r#""sale_id":"P","lines":[{}]"#, items(|n| format!(r#"{{"product_id":"{n}","quantity":-1}}"#)))),
        ),
        (
            "lines, more than may be",
            operation("record_sale", &format!(r#""sale_id":"P","lines":[{}]"#, items(|n| format!(r#"{{"product_id":"{n}","quantity":1}}"#)))),
        ),
        (
            "1,000 quantities that are lists",
            operation(
                "record_sale",
                &format!(r#""sale_id":"P","lines":[{}]"#, first(1_000, |n| format!(r#"{{"product_id":"{n}","quantity":[{}]}}"#, zeros(490)))),
            ),
        ),
    ]
}

fn keys() -> Vec<(&'static str, Vec<u8>)> {
    let many = |prefix: &str| items(|n| format!(r#""{prefix}{n}":0"#));
    vec![
        ("keys in the envelope", command(0, &many("k"))),
        ("keys in operation", command(0, &format!(r#""operation":{{{}}}"#, many("o")))),
        ("keys in an operation", operation("receive_items", &many("f"))),
        ("one key again and again", command(0, &items(|_| r#""operation":{}"#.to_owned()))),
        ("keys in a line", operation("record_sale", &format!(r#""sale_id":"P","lines":[{{{}}}]"#, many("l")))),
        (
            "one gate again and again",
            operation("configure_store", &format!(r#""features":{{{}}}"#, items(|_| r#""counts":true"#.to_owned()))),
        ),
        (
            "external identifiers of a line",
            operation(
                "receive_items",
                &format!(
                    r#""lines":[{{"product_id":"A","quantity":1,"external_identifiers":{{{}}}}}]"#,
                    items(|n| format!(r#""i{n}":"x""#))
                ),
            ),
        ),
        (
            "1,000 lines with 16 identifiers",
            operation(
                "receive_items",
                &format!(
                    r#""lines":[{}]"#,
                    first(1_000, |n| {
                        let ids = first(16, |id| format!(r#""i{id:030}":"{id:016}""#));
                        format!(r#"{{"product_id":"{n}","quantity":1,"external_identifiers":{{{ids}}}}}"#)
                    })
                ),
            ),
        ),
    ]
}

fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let note = |text: &str| operation("adjust_stock", &format!(r#""reason_code":"R","note":"{text}","lines":[]"#));
    let half = MESSAGE_BYTES - 1_000;
    vec![
        ("brackets that never close", "[".repeat(MESSAGE_BYTES).into_bytes()),
        ("lists 120 deep, thousands", command(0, &format!(r#""x":[{}]"#, items(|_| "[".repeat(120) + &"]".repeat(120))))),
        ("objects 120 deep, thousands", command(0, &format!(r#""x":[{}]"#, items(|_| r#"{"":"#.repeat(120) + "0" + &"}".repeat(120))))),
        ("a text of a megabyte", note(&"x".repeat(half))),
        ("a text of escapes", note(&r"\u00e4".repeat(half / 6))),
        ("a text of halves of surrogates", note(&r"\ud83d".repeat(half / 6))),
        ("a text of backslashes, and half", note(&(r"\\".repeat(half / 2 - 8) + r"\ud83d"))),
        ("a correlation id of a megabyte", command(0, &format!(r#""correlation_id":"{}","operation":{{}}"#, "c".repeat(half)))),
        ("a number of a million digits", command(0, &format!(r#""x":{}"#, "9".repeat(half)))),
        ("numbers beyond every double", command(0, &format!(r#""x":[{}]"#, items(|_| "1e999".to_owned())))),
        ("a quantity of a million digits", operation("record_sale", &format!(r#""sale_id":"P","lines":[{{"product_id":"A","quantity":{}}}]"#, "9".repeat(half)))),
        ("a key of a megabyte", command(0, &format!(r#""{}":0"#, "k".repeat(half)))),
        ("an instant of a megabyte", command(0, &format!(r#""x":0,"occurred_at":"2026-03-02T10:00:00.{}Z","operation":{{"cancel_count":{{"count_id":"C","reason":"r"}}}}"#, "1".repeat(half)))),
        ("blanks", { let mut value = operation("cancel_count", r#""count_id":"C","reason":"r""#); value.splice(1..1, vec![b' '; half]); value }),
        ("zeros as Avro", [&[0, 0, 0, 0, 1][..], &[0; MESSAGE_BYTES]].concat()),
    ]
}

/// What is carried out: as much as a command may ask for.
fn accepted() -> Vec<Shape> {
    let line = |n: usize| format!(r#"{{"product_id":"{n:064}","quantity":1}}"#);
    let counted = |n: usize, zone: &str| format!(r#"{{"product_id":"{n}","count":1,"zone":"{zone}"}}"#);
    let count = operation("create_count", &format!(r#""count_id":"C","count_type":"full_count","product_ids":[{}]"#, items(|n| format!(r#""{}""#, short(n)))));
    let of = |number: usize, name: &str, fields: &str| command(number, &format!(r#""operation":{{"{name}":{{{fields}}}}}"#));
    let zones = |number: usize| {
        of(number, "submit_count", &format!(r#""count_id":"C","partial":true,"lines":[{}]"#, first(1_000, |n| counted(0, &format!("{number:03}{n:0997}")))))
    };
    let allocate = |number: usize| {
        of(number, "allocate", &format!(r#""allocation_id":"L","lines":[{}]"#, first(1_000, |n| line(number * 1_000 + n))))
    };
    let full = |number: usize| of(number, "create_count", r#""count_id":"C","count_type":"full_count","product_ids":[]"#);
    vec![
        Shape { name: "1,000 lines of a sale", value: operation("record_sale", &format!(r#""sale_id":"P","lines":[{}]"#, first(1_000, line))), before: vec![] },
        Shape { name: "1,000 zones of one product", value: zones(0), before: vec![full(1)] },
        Shape { name: "1,000 more, behind 5,000 zones", value: zones(0), before: std::iter::once(full(1)).chain((2..7).map(zones)).collect() },
        Shape { name: "1,000 lines more, behind 20,000", value: allocate(0), before: (1..21).map(allocate).collect() },
        Shape {
            name: "the last submit of a huge count",
            value: operation("submit_count", r#""count_id":"C""#),
            before: vec![String::from_utf8(count).unwrap().replace("8f4e-000000000000", "8f4e-000000000001").into_bytes()],
        },
    ]
}

fn main() {
    let shapes = [lists(), keys(), texts()].into_iter().flatten();
    let shapes = shapes.map(|(name, value)| Shape { name, value, before: Vec::new() });
    let (mut late, context) = (0, Context::new(Settings::default(), Formats::all(Format::Avro), 1));
    println!("{:34} {:>9} {:>9} {:>9} {:>11}  outcome", "one message", "bytes", "ms", "records", "bytes out");
    for shape in shapes.chain(accepted()) {
        let (took, batch) = (0..TIMES).map(|_| measured(&context, &shape)).min_by_key(|(took, _)| *took).unwrap();
        let bytes: usize = batch.outputs.iter().map(|output| output.value.as_ref().map_or(0, bytes::Bytes::len)).sum();
        let outcome = batch.tally.commands.keys().map(|(_, result, code)| code.map_or(result.as_str(), |code| code.as_str()));
        let outcome: Vec<_> = outcome.chain(batch.tally.dead_letters.keys().copied()).collect();
        let (millis, outputs) = (took.as_secs_f64() * 1e3, batch.outputs.len());
        println!("{:34} {:9} {millis:9.1} {outputs:9} {bytes:11}  {}", shape.name, shape.value.len(), outcome.join(" "));
        late += i32::from(took > IN_TIME);
    }
    assert!(late == 0, "{late} of them took longer than {IN_TIME:?}");
}

fn measured(context: &Arc<Context>, shape: &Shape) -> (Duration, Batch) {
    let (mut engine, mut store) = (Engine::new(Arc::clone(context), 0), MemoryStore::default());
    for (offset, value) in (0..).zip(&shape.before) {
        let batch = engine.batch(&store, &[record(value, offset)]).unwrap();
        store.write(&batch.changes).unwrap();
    }
    // As after a restart: with no rows at hand.
    let mut engine = Engine::new(Arc::clone(context), 0);
    let record = record(&shape.value, 1_000);
    let began = Instant::now();
    let batch = engine.batch(&store, std::slice::from_ref(&record)).unwrap();
    (began.elapsed(), batch)
}

fn record(value: &[u8], offset: i64) -> InputRecord {
    InputRecord {
        topic: Topic::Commands,
        position: Position { topic: Arc::from("inventory.commands"), partition: 0, offset },
        timestamp: Timestamp::from_millis(1_772_445_600_000),
        key: Some("S1".into()),
        value: Some(value.to_vec().into()),
        headers: Vec::new(),
    }
}
