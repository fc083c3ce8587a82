//! Command written → event visible to a read_committed consumer.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use stockroom::codec::record::Topic;
use stockroom::domain::command::Command;
use stockroom::kafka::client::topics::Names;

use crate::broker::Broker;
use crate::load::Loader;
use crate::measure::{PARTITIONS, median, number, percentile};
use crate::process::{Process, Progress};
use crate::sales;

pub fn run(broker: &Broker) {
    let commands: Vec<Command> = sales::sales(13).take(8_000).collect();
    println!("written → visible at 200 commands/s, {} sales a round:", commands.len() / 2);
    let rounds = 1..=number("BENCH_ROUNDS", 3);
    let rounds: Vec<[f64; 2]> = rounds
        .map(|round| {
            let millis = measure(broker, &format!("latency-{round}"), &[], &commands, Duration::from_millis(5));
            let [p50, p99] = [50, 99].map(|percent| percentile(&millis, percent));
            println!("  p50 {p50:.1} ms, p99 {p99:.1} ms");
            [p50, p99]
        })
        .collect();
    let [p50, p99] = [0, 1].map(|index| median(rounds.iter().map(|round| round[index])));
    println!("  median p50 {p50:.1} ms (≤ 10), p99 {p99:.1} ms (≤ 40)");
}

/// Sends commands at a fixed pace and returns how long each took, in ms, sorted. The first half warms up, the broker
/// too; what is to be `made` before is sent first.
pub fn measure(broker: &Broker, name: &str, made: &[Command], commands: &[Command], pace: Duration) -> Vec<f64> {
    let (prefix, names) = broker.topics(name, PARTITIONS);
    let process = Process::stockroom(broker, &prefix, "");
    let loader = Loader::new(broker, &names, PARTITIONS, "0");
    let (seen, visible) = mpsc::channel();
    let mut sent: HashMap<String, Instant> = HashMap::new();
    let consumer = follow(broker, &names);
    let warm_up = commands.len() / 2;
    std::thread::scope(|scope| {
        let wanted = commands.len();
        scope.spawn(move || read(&consumer, wanted, &seen));
        made.iter().for_each(|command| loader.send(command));
        ready(broker, &prefix, &names, &loader, &commands[0], &process);
        let mut due = Instant::now();
        for command in &commands[1..] {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            sent.insert(command.command_id.to_string(), Instant::now());
            loader.send(command);
            due += pace;
        }
    });
    let late: HashMap<String, f64> = visible
        .iter()
        .filter_map(|(id, at): (String, Instant)| Some((id.clone(), (at - *sent.get(&id)?).as_secs_f64() * 1000.0)))
        .collect();
    process.stop();
    let mut millis: Vec<f64> =
        commands.iter().skip(warm_up.max(1)).map(|command| late[&command.command_id.to_string()]).collect();
    millis.sort_by(f64::total_cmp);
    millis
}

fn follow(broker: &Broker, names: &Names) -> BaseConsumer {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker.bootstrap())
        .set("group.id", "latency")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        list.add_partition_offset(names.name(Topic::Events), partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    consumer
}

/// Reports the first event of each command.
fn read(consumer: &BaseConsumer, wanted: usize, seen: &mpsc::Sender<(String, Instant)>) {
    let mut ids = std::collections::HashSet::new();
    let deadline = Instant::now() + Duration::from_secs(180);
    while ids.len() < wanted {
        assert!(Instant::now() < deadline, "{} of {wanted} commands were seen", ids.len());
        let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
        let message = message.unwrap();
        let at = Instant::now();
        let headers = message.headers().unwrap();
        let id = headers.iter().find(|header| header.key == "ce_causationid").unwrap();
        let id = String::from_utf8(id.value.unwrap().to_vec()).unwrap();
        if ids.insert(id.clone()) {
            seen.send((id, at)).unwrap();
        }
    }
}

/// Waits until the processor has worked off its first command.
fn ready(broker: &Broker, prefix: &str, names: &Names, loader: &Loader, first: &Command, process: &Process) {
    loader.send(first);
    Progress::of_stockroom(broker, prefix, names, PARTITIONS).wait(1, process);
    std::thread::sleep(Duration::from_millis(500));
}
