//! A backlog of single-line sales, second half counted: CPU for each command, rate, memory.

use std::path::PathBuf;
use std::time::Instant;

use stockroom::codec::record::Topic;
use stockroom::kafka::topics::Names;

use crate::broker::Broker;
use crate::load::{Loader, Random, sale};
use crate::passthrough;
use crate::process::{Process, Progress};

const PARTITIONS: i32 = 4;

/// What one process needed.
pub struct Measured {
    /// CPU-seconds for a million commands.
    pub cpu: f64,
    /// Commands a second.
    pub rate: f64,
    pub memory_mib: u64,
    pub log: PathBuf,
}

pub fn run(broker: &Broker) {
    let commands: u64 = std::env::var("BENCH_COMMANDS").map_or(1_000_000, |text| text.parse().unwrap());
    let (prefix, names) = broker.topics("throughput", PARTITIONS);
    let began = Instant::now();
    let loader = Loader::new(broker, &names, PARTITIONS, "20");
    let mut random = Random(7);
    (0..commands).for_each(|n| loader.send(&sale(&mut random, n)));
    loader.flush();
    eprintln!("throughput: {commands} sales written in {:.1} s", began.elapsed().as_secs_f64());

    let raw = passthrough::backlog(broker, &prefix, &names, PARTITIONS, commands);
    let ours = stockroom(broker, &prefix, &names, commands);
    println!("throughput, {commands} single-line sales in Avro, {PARTITIONS} partitions, second half:");
    println!("  pass-through  {:6.2} CPU-s/M  {:8.0} commands/s  {:4} MiB", raw.cpu, raw.rate, raw.memory_mib);
    println!("  stockroom     {:6.2} CPU-s/M  {:8.0} commands/s  {:4} MiB", ours.cpu, ours.rate, ours.memory_mib);
    println!("  ratio         {:6.2} CPU (≤ 3)  {:5.2} rate (≥ 0.4)", ours.cpu / raw.cpu, ours.rate / raw.rate);
    let log = std::fs::read_to_string(&ours.log).unwrap();
    println!("  sessions lost {}", log.lines().filter(|line| line.contains("lost")).count());
}

fn stockroom(broker: &Broker, prefix: &str, names: &Names, commands: u64) -> Measured {
    let process = Process::stockroom(broker, prefix, "");
    let group = broker.settings(&format!("{prefix}stockroom")).group().to_owned();
    let progress = Progress::of(broker, &group, names.name(Topic::Commands), PARTITIONS);
    measure(process, &progress, commands)
}

/// Measures the second half of the work.
pub fn measure(process: Process, progress: &Progress, commands: u64) -> Measured {
    let commands = i64::try_from(commands).unwrap();
    let half = progress.wait(commands / 2, &process);
    let done = progress.committed().values().sum::<i64>();
    let cpu = process.cpu_seconds();
    let end = progress.wait(commands, &process);
    let counted = (commands - done) as f64;
    let cpu = (process.cpu_seconds() - cpu) / counted * 1e6;
    let rate = counted / (end - half).as_secs_f64();
    let memory_mib = process.memory_max_mib();
    Measured { cpu, rate, memory_mib, log: process.stop() }
}
