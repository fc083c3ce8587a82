//! A restore of everything beside a raw fetch of the same topics: records a second of what the commands of a backlog have
//! left in the state topics.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use stockroom::engine::restore::TOPICS;
use stockroom::kafka::client::topics::Names;

use crate::broker::Broker;
use crate::load;
use crate::measure::{PARTITIONS, median, number};
use crate::process::{Process, Progress};
use crate::sales;

pub fn run(broker: &Broker) {
    let commands = number("BENCH_COMMANDS", 1_000_000);
    let (prefix, names) = broker.topics("restore", PARTITIONS);
    load::backlog(broker, &names, PARTITIONS, sales::sales(7).take(usize::try_from(commands).unwrap()));
    let process = Process::stockroom(broker, &prefix, "");
    let progress = Progress::of_stockroom(broker, &prefix, &names, PARTITIONS);
    progress.wait(i64::try_from(commands).unwrap(), &process);
    process.stop();
    println!("restore, what {commands} single-line sales left behind, {PARTITIONS} partitions:");
    let rounds: Vec<(f64, f64)> = (0..number("BENCH_ROUNDS", 3)).map(|_| round(broker, &prefix, &names)).collect();
    let ratio = median(rounds.iter().map(|(raw, ours)| ours / raw));
    println!("  median ratio  {ratio:5.2} (≥ 0.7)  {:8.0} records/s", median(rounds.iter().map(|(_, ours)| *ours)));
}

/// Records a second: fetched, and restored.
fn round(broker: &Broker, prefix: &str, names: &Names) -> (f64, f64) {
    let (records, took) = fetch(broker, names);
    let raw = records as f64 / took.as_secs_f64();
    let _ = std::fs::remove_dir_all(broker.folder(&format!("{prefix}run")).join("state"));
    let process = Process::stockroom(broker, prefix, "");
    let (began, cpu) = (Instant::now(), process.cpu_seconds());
    let restored = |log: &str| log.lines().filter(|line| line.contains("restored") && line.contains("took_ms")).count();
    let log = loop {
        let log = std::fs::read_to_string(&process.log).unwrap();
        if restored(&log) == usize::try_from(PARTITIONS).unwrap() {
            break log;
        }
        assert!(began.elapsed() < Duration::from_secs(600), "not restored; see {}", process.log.display());
        std::thread::sleep(Duration::from_millis(10));
    };
    let cpu = process.cpu_seconds() - cpu;
    // All are restored at once: the slowest says how long it took, without joining the group.
    let took = log.lines().filter_map(|line| line.split("took_ms=").nth(1)?.split_whitespace().next()?.parse().ok());
    let took: u64 = took.max().unwrap();
    let ours = records as f64 / (took as f64 / 1e3);
    let memory = process.memory_max_mib();
    process.stop();
    let per_million = cpu / records as f64 * 1e6;
    println!(
        "  {records} records: raw fetch {raw:8.0}/s, restore {ours:8.0}/s ({took} ms, {per_million:.2} CPU-s/M, {memory} MiB)"
    );
    (raw, ours)
}

/// Reads the state topics to their ends and throws everything away, each partition by a client of its own.
fn fetch(broker: &Broker, names: &Names) -> (i64, Duration) {
    let began = Instant::now();
    let counts = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..PARTITIONS).map(|partition| scope.spawn(move || drain(broker, names, partition))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<i64>>()
    });
    (counts.into_iter().sum(), began.elapsed())
}

fn drain(broker: &Broker, names: &Names, partition: i32) -> i64 {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker.bootstrap())
        .set("group.id", "drain")
        .set("isolation.level", "read_committed")
        .set("fetch.queue.backoff.ms", "20")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    let mut ends = Vec::new();
    for topic in TOPICS {
        let name = names.name(topic);
        let (low, high) = consumer.fetch_watermarks(name, partition, Duration::from_secs(10)).unwrap();
        if low < high {
            list.add_partition_offset(name, partition, Offset::Offset(low)).unwrap();
            ends.push((name, high));
        }
    }
    consumer.assign(&list).unwrap();
    let mut records = 0;
    loop {
        if let Some(polled) = consumer.poll(Duration::from_millis(20)) {
            records += i64::from(polled.is_ok());
            continue;
        }
        let positions = consumer.position().unwrap();
        let is_read = |(name, end): &(&std::sync::Arc<str>, i64)| {
            let found = positions.find_partition(name, partition);
            found.is_some_and(|found| matches!(found.offset(), Offset::Offset(next) if next >= *end))
        };
        if ends.iter().all(is_read) {
            return records;
        }
    }
}
