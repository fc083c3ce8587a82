//! What is measured of a process, and what numbers come to.

use std::path::PathBuf;

use crate::process::{Process, Progress};

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

pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
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

/// The median of numbers in any order.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    percentile(&sorted, 50)
}

/// A percentile of sorted numbers.
pub fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}
