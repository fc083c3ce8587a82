//! The engine and its store alone, on one thread, without Kafka: what a sale costs before it is sent.
//!
//! `cargo bench --bench engine`. It varies less than the pipeline's figures, so it shows what a change brings.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, clippy::disallowed_macros, missing_docs)]

#[path = "pipeline/sales.rs"]
#[allow(dead_code, reason = "what the pipeline needs besides")]
mod sales;

use std::sync::Arc;
use std::time::{Duration, Instant};

use stockroom::codec::format::Format;
use stockroom::codec::record::{InputRecord, Position, Topic};
use stockroom::domain::command::Command;
use stockroom::domain::settings::Settings;
use stockroom::engine::{Context, Engine};
use stockroom::store::rocks::{Limits, PartitionStore, Shared};
use stockroom::store::{Retention, Store as _};

/// That of the binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const SALES: usize = 600_000;
const BATCH: usize = 4_000;

fn main() {
    let folder = std::env::temp_dir().join(format!("stockroom-bench-engine-{}", std::process::id()));
    let shared = Arc::new(Shared::new(Limits::default()).unwrap());
    let settings = Settings::default();
    let mut store = PartitionStore::open(&shared, &folder, 0, Retention::of(&settings)).unwrap();
    let context = Arc::new(Context { settings, codec: sales::codec(), partitions: 1 });
    let mut engine = Engine::new(Arc::clone(&context), 0);
    let (mut deciding, mut writing, mut freeing) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut records = sales::sales(7).zip(0..).map(|(command, offset)| record(&context, &command, offset));
    for _ in 0..SALES / BATCH {
        let records: Vec<InputRecord> = records.by_ref().take(BATCH).collect();
        let began = Instant::now();
        let batch = engine.batch(&store, &records).unwrap();
        let decided = Instant::now();
        store.write(&batch.changes).unwrap();
        let written = Instant::now();
        drop((batch, records));
        deciding += decided - began;
        writing += written - decided;
        freeing += written.elapsed();
    }
    drop(store);
    std::fs::remove_dir_all(&folder).unwrap();
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / SALES as f64;
    println!("engine, {SALES} single-line sales in batches of {BATCH}, one thread, µs a sale:");
    println!("  decide {:5.2}  write {:5.2}  free {:5.2}", micros(deciding), micros(writing), micros(freeing));
}

fn record(context: &Context, command: &Command, offset: i64) -> InputRecord {
    InputRecord {
        topic: Topic::Commands,
        position: Position { topic: Arc::from("inventory.commands"), partition: 0, offset },
        timestamp: command.body.as_ref().unwrap().occurred_at,
        key: Some(command.store_id.as_str().to_owned().into()),
        value: Some(context.codec.encode_command(command, Format::Avro).into()),
        headers: Vec::new(),
    }
}
