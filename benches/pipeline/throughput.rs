//! A backlog of single-line sales, second half counted: CPU for each command, rate, memory.

use stockroom::kafka::client::topics::Names;

use crate::broker::Broker;
use crate::load;
use crate::measure::{Measured, PARTITIONS, measure, median, number};
use crate::passthrough;
use crate::process::{Process, Progress};
use crate::sales;

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
