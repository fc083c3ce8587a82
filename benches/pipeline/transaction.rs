//! A transaction of 50 commands, back to back, on one partition: begin to committed.

use std::path::Path;

use crate::broker::Broker;
use crate::load;
use crate::measure::percentile;
use crate::passthrough;
use crate::process::{Process, Progress};
use crate::sales;

const COMMANDS: u64 = 100_000;
const BATCH: usize = 50;

pub fn run(broker: &Broker) {
    let (prefix, names) = broker.topics("transaction", 1);
    load::backlog(broker, &names, 1, sales::sales(11).take(usize::try_from(COMMANDS).unwrap()));

    let (process, progress) = passthrough::small_batches(broker, &prefix, &names, BATCH);
    progress.wait(i64::try_from(COMMANDS).unwrap(), &process);
    let raw = micros(&process.stop(), "micros=");

    let more = format!("[batch]\nrecords_max = {BATCH}\n[log]\nlevel = \"info,stockroom::kafka=debug\"");
    let process = Process::stockroom(broker, &prefix, &more);
    let progress = Progress::of_stockroom(broker, &prefix, &names, 1);
    progress.wait(i64::try_from(COMMANDS).unwrap(), &process);
    let ours = micros(&process.stop(), "transaction_us=");

    let (raw_p50, ours_p50) = (percentile(&raw, 50), percentile(&ours, 50));
    println!("transaction of {BATCH} commands, ms p50 / p99 ({} and {} transactions):", raw.len(), ours.len());
    println!("  bare loop  {:6.2} / {:6.2}", raw_p50, percentile(&raw, 99));
    println!("  stockroom  {:6.2} / {:6.2}", ours_p50, percentile(&ours, 99));
    println!("  ratio      {:6.2} (≤ 1.3)", ours_p50 / raw_p50);
}

/// The durations that follow a mark in the second half of a log, in ms, sorted.
fn micros(log: &Path, mark: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(log).unwrap();
    let numbers = text.lines().filter_map(|line| {
        let digits: String = line.split(mark).nth(1)?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<f64>().ok()
    });
    let mut millis: Vec<f64> = numbers.map(|micros| micros / 1000.0).collect();
    millis.drain(..millis.len() / 2);
    millis.sort_by(f64::total_cmp);
    assert!(!millis.is_empty(), "no transaction in {}", log.display());
    millis
}
