//! Processes under measurement: what they cost, and how far they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use stockroom::codec::record::Topic;
use stockroom::kafka::client::topics::Names;

use crate::broker::Broker;

/// A client process.
pub struct Process {
    child: Child,
    pub log: PathBuf,
}

impl Process {
    /// The processor over topics with this prefix: the one built with the benchmark, or `STOCKROOM_BIN`.
    pub fn stockroom(broker: &Broker, prefix: &str, more: &str) -> Self {
        let folder = broker.folder(&format!("{prefix}run"));
        let mut toml = String::new();
        writeln!(toml, "[kafka]\n\"bootstrap.servers\" = \"{}\"", broker.bootstrap()).unwrap();
        writeln!(
            toml,
            "[topics]\nprefix = \"{prefix}\"\ntrusted_timestamps = true\n[state]\ndir = \"{}\"",
            folder.join("state").display()
        )
        .unwrap();
        writeln!(toml, "[http]\nlisten = \"off\"\n{more}").unwrap();
        let config = folder.join("stockroom.toml");
        std::fs::write(&config, toml).unwrap();
        let binary = std::env::var("STOCKROOM_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_stockroom").to_owned());
        let mut command = Command::new(binary);
        command.arg("run").arg("--config").arg(&config);
        Self::start(command, &folder)
    }

    /// The pass-through: this program in another role.
    pub fn pass_through(broker: &Broker, prefix: &str, arguments: &[String]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("pass-through").arg(broker.bootstrap()).arg(prefix).args(arguments);
        Self::start(command, &broker.folder(&format!("{prefix}pass")))
    }

    fn start(mut command: Command, folder: &Path) -> Self {
        let log = folder.join("log");
        let out = std::fs::File::create(&log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        Self { child, log }
    }

    /// CPU used so far, user and system, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        ticks as f64 / 100.0
    }

    /// The most memory it ever had resident, in MiB.
    pub fn memory_max_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) -> PathBuf {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not stop; see {}", self.log.display());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.log.clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many records of a topic a group has committed.
pub struct Progress {
    consumer: BaseConsumer,
    partitions: TopicPartitionList,
}

impl Progress {
    /// Of the processor over topics with this prefix.
    pub fn of_stockroom(broker: &Broker, prefix: &str, names: &Names, partitions: i32) -> Self {
        let settings = broker.settings(&format!("{prefix}stockroom"));
        Self::of(broker, settings.group(), names.name(Topic::Commands), partitions)
    }

    pub fn of(broker: &Broker, group: &str, topic: &str, partitions: i32) -> Self {
        let consumer =
            ClientConfig::new().set("bootstrap.servers", broker.bootstrap()).set("group.id", group).create().unwrap();
        let mut list = TopicPartitionList::new();
        (0..partitions).for_each(|partition| {
            list.add_partition(topic, partition);
        });
        Self { consumer, partitions: list }
    }

    pub fn committed(&self) -> BTreeMap<i32, i64> {
        let Ok(offsets) = self.consumer.committed_offsets(self.partitions.clone(), Duration::from_secs(10)) else {
            return BTreeMap::new();
        };
        let offset = |offset| if let Offset::Offset(next) = offset { next } else { 0 };
        offsets.elements().iter().map(|element| (element.partition(), offset(element.offset()))).collect()
    }

    /// Waits until that many are committed in all.
    pub fn wait(&self, commands: i64, process: &Process) -> Instant {
        let deadline = Instant::now() + Duration::from_secs(600);
        loop {
            if self.committed().values().sum::<i64>() >= commands {
                return Instant::now();
            }
            assert!(Instant::now() < deadline, "not done in 10 minutes; see {}", process.log.display());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
