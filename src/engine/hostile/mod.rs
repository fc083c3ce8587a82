//! One message of a megabyte, of every shape that could hurt: each is decided within a second, and twice as much takes
//! about twice as long.
//!
//! `cargo test --release --no-default-features --lib hostile -- --nocapture` prints the time of each.

#![allow(clippy::disallowed_macros)] // What was measured is told by the test that measures it.

mod carried_out;
mod json;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Batch, Context, Engine};
use crate::codec::format::{Format, Formats};
use crate::codec::record::{InputRecord, Position, Topic};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::store::Store as _;
use crate::store::memory::MemoryStore;

const MESSAGE_BYTES: usize = 1 << 20;
/// Without optimizations everything takes longer; the seconds that count are those of a release.
const IN_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 15 } else { 1 });
/// Twice as much may take so much longer.
const GROWTH_MAX: f64 = 3.0;
/// What takes less is not compared: caches and the clock say more about it than the code does.
const COMPARED_FROM: Duration = Duration::from_millis(20);
/// A time that is no good is measured again: the median of so many counts.
const TIMES: usize = 3;

/// A message, and the commands that came before it.
struct Message {
    value: Vec<u8>,
    before: Vec<Vec<u8>>,
}

/// Messages of a kind, by their length in bytes.
struct Shape {
    name: &'static str,
    make: Box<dyn Fn(usize) -> Message>,
}

/// A shape of which a message stands alone.
fn shape(name: &'static str, make: impl Fn(usize) -> Vec<u8> + 'static) -> Shape {
    Shape { name, make: Box::new(move |bytes| Message { value: make(bytes), before: Vec::new() }) }
}

/// A command with this id; the rest stands in its envelope.
fn command(number: usize, rest: &str) -> Vec<u8> {
    let envelope = r#""store_id":"S1","occurred_at":"2026-03-02T10:00:00Z","actor":{"id":"ada"}"#;
    format!(r#"{{"command_id":"0190a6f0-3b1c-7c50-8f4e-{number:012}",{envelope},{rest}}}"#).into_bytes()
}

fn operation(name: &str, fields: &str) -> Vec<u8> {
    command(0, &format!(r#""operation":{{"{name}":{{{fields}}}}}"#))
}

/// Items with commas between them, as many as a message of this length holds.
fn items(bytes: usize, item: impl Fn(usize) -> String) -> String {
    let mut items = item(0);
    for number in 1.. {
        let next = item(number);
        if items.len() + next.len() + 400 > bytes {
            break;
        }
        items.push(',');
        items.push_str(&next);
    }
    items
}

/// So many items.
fn first(many: usize, item: impl Fn(usize) -> String) -> String {
    (0..many).map(item).collect::<Vec<_>>().join(",")
}

/// How many lines a message of this length has, where a megabyte has as many as a command may have.
fn lines_of(bytes: usize) -> usize {
    bytes * 1_000 / MESSAGE_BYTES
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

/// How long this thread was at work: what others do on the machine is not in it. By the clock where the system does not say.
fn worked(began: Instant) -> Duration {
    let read = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = read.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

fn measured(context: &Arc<Context>, shape: &Shape, bytes: usize, times: usize) -> (Duration, Batch) {
    let message = (shape.make)(bytes);
    let mut store = MemoryStore::default();
    let mut engine = Engine::new(Arc::clone(context), 0);
    for (offset, value) in (0..).zip(&message.before) {
        let batch = engine.batch(&store, &[record(value, offset)]).unwrap();
        store.write(&batch.changes).unwrap();
    }
    let record = record(&message.value, 1_000);
    let mut times: Vec<_> = (0..times)
        .map(|_| {
            // As after a restart: with no rows at hand.
            let mut engine = Engine::new(Arc::clone(context), 0);
            let began = Instant::now();
            let before = worked(began);
            let batch = engine.batch(&store, std::slice::from_ref(&record)).unwrap();
            (worked(began) - before, batch)
        })
        .collect();
    times.sort_by_key(|(took, _)| *took);
    times.swap_remove(times.len() / 2)
}

fn outcome(batch: &Batch) -> String {
    let commands = batch.tally.commands.keys();
    let answers = commands.map(|(_, result, code)| code.map_or(result.as_str(), |code| code.as_str()));
    answers.chain(batch.tally.dead_letters.keys().copied()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_megabyte_of_any_shape_is_decided_within_a_second_and_in_linear_time() {
    let context = Context::new(Settings::default(), Formats::all(Format::Avro), 1);
    let (mut faults, mut worst) = (Vec::new(), (Duration::ZERO, ""));
    for shape in json::shapes().into_iter().chain(carried_out::shapes(&context)) {
        let measure = |times| {
            let (half, _) = measured(&context, &shape, MESSAGE_BYTES / 2, times);
            let (whole, batch) = measured(&context, &shape, MESSAGE_BYTES, times);
            // The clock of a thread may go in steps of milliseconds.
            let growth = whole.as_secs_f64() / half.as_secs_f64().max(1e-3);
            (whole, growth, whole > IN_TIME || whole > COMPARED_FROM && growth > GROWTH_MAX, batch)
        };
        let (mut whole, mut growth, is_bad, mut batch) = measure(1);
        if is_bad {
            (whole, growth, _, batch) = measure(TIMES);
        }
        let outcome = outcome(&batch);
        println!("{:40} {:8.1} ms, {growth:4.1} × half as much: {outcome}", shape.name, whole.as_secs_f64() * 1e3);
        let count = |topic| batch.outputs.iter().filter(|output| output.topic == topic).count();
        assert_eq!(count(Topic::Results) + count(Topic::DeadLetters), 1, "{}: one answer", shape.name);
        if whole > IN_TIME {
            faults.push(format!("{}: {whole:?}", shape.name));
        }
        if whole > COMPARED_FROM && growth > GROWTH_MAX {
            faults.push(format!("{}: twice as much takes {growth:.1} times as long", shape.name));
        }
        worst = worst.max((whole, shape.name));
    }
    println!("the worst: {}, {:.1} ms", worst.1, worst.0.as_secs_f64() * 1e3);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
