//! A backlog of single-line sales, second half counted: CPU for each command, rate, memory.

use std::path::PathBuf;

use stockroom::kafka::client::topics::Names;

use crate::broker::Broker;
use crate::load;
use crate::passthrough;
use crate::process::{Process, Progress};
use crate::sales;
use crate::transaction::median;

pub const PARTITIONS: i32 = 4;

/// What one process needed.
pub struct Measured {
    /// CPU-seconds for a million commands.
    pub cpu: f64,
    /// Commands a second.
    pub rate: f64,
    pub memory_mib: u64,
    pub log: PathBuf,
}

impl Measured {
    pub fn show(&self, name: &str) {
        let Self { cpu, rate, memory_mib, .. } = self;
        println!("  {name:12}  {cpu:6.2} CPU-s/M  {rate:8.0} commands/s  {memory_mib:4} MiB");
    }
}

/// Both, one after the other, several times: what a machine does besides differs from minute to minute.
pub fn run(broker: &Broker) {
    let commands = number("BENCH_COMMANDS", 1_000_000);
    println!("throughput, {commands} single-line sales in Avro, {PARTITIONS} partitions, second half:");
    let rounds: Vec<[Measured; 2]> = (1..=number("BENCH_ROUNDS", 3)).map(|n| round(broker, n, commands)).collect();
    let cpu = median(rounds.iter().map(|[raw, ours]| ours.cpu / raw.cpu));
    let rate = median(rounds.iter().map(|[raw, ours]| ours.rate / raw.rate));
    println!("  median ratio  {cpu:6.2} CPU (≤ 3)  {rate:5.2} rate (≥ 0.4)");
    let lost = |[_, ours]: &[Measured; 2]| {
        std::fs::read_to_string(&ours.log).unwrap().lines().filter(|line| line.contains("lost")).count()
    };
    println!("  sessions lost {}", rounds.iter().map(lost).sum::<usize>());
}

pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn round(broker: &Broker, number: u64, commands: u64) -> [Measured; 2] {
    let (prefix, names) = broker.topics(&format!("throughput-{number}"), PARTITIONS);
    let count = usize::try_from(commands).unwrap();
    load::backlog(broker, &names, PARTITIONS, sales::sales(7).take(count));
    let raw = passthrough::backlog(broker, &prefix, &names, PARTITIONS, commands);
    let ours = stockroom(broker, &prefix, &names, commands);
    raw.show("pass-through");
    ours.show("stockroom");
    println!("  ratio         {:6.2} CPU        {:5.2} rate", ours.cpu / raw.cpu, ours.rate / raw.rate);
    [raw, ours]
}

/// Works off a backlog.
pub fn stockroom(broker: &Broker, prefix: &str, names: &Names, commands: u64) -> Measured {
    let process = Process::stockroom(broker, prefix, "");
    let progress = Progress::of_stockroom(broker, prefix, names, PARTITIONS);
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
