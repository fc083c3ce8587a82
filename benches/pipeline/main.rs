//! The processor beside a raw transactional pass-through, in one run on a real broker.
//!
//! `cargo bench --bench pipeline` runs everything; `-- throughput`, `-- transfers`, `-- transaction`,
//! `-- latency`, `-- large`, `-- restore` one part.
//! The pass-through uses the same client, writes the same number and size of records for each command, and keeps no
//! state. CPU is what the client's process used (user and system), read from the system, of the second half only.
//!
//! `BENCH_COMMANDS` (1,000,000), `BENCH_ROUNDS` (3), `STOCKROOM_BIN` (the binary built with it), `KAFKA_PORT` (19492)
//! and `KAFKA_DIR` may be set; the broker is started when it is not running, and stopped again.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, clippy::disallowed_macros, missing_docs)]

mod broker;
mod large;
mod latency;
mod load;
mod measure;
mod passthrough;
mod process;
mod restore;
mod sales;
mod throughput;
mod transaction;
mod transfers;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "pass-through") {
        return passthrough::run(&arguments[1..]);
    }
    let wanted = |part: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == part);
    let broker = broker::Broker::up();
    if wanted("throughput") {
        throughput::run(&broker);
    }
    if wanted("transfers") {
        transfers::run(&broker);
    }
    if wanted("transaction") {
        transaction::run(&broker);
    }
    if wanted("latency") {
        latency::run(&broker);
    }
    if wanted("restore") {
        restore::run(&broker);
    }
    if wanted("large") {
        large::run(&broker);
    }
}
