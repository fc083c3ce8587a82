//! A deployment of one test: topics under a prefix of its own, a folder, a configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaResult;
use stockroom::codec::record::{InputRecord, Topic};
use stockroom::kafka::client::reader::{Reader, Scope, Start};
use stockroom::kafka::client::sender::Sender;
use stockroom::kafka::client::settings::ClientSettings;
use stockroom::kafka::client::topics::{self, Layout, Names};

use super::broker;
use super::instance::Instance;
use super::sales::Sales;

/// A deployment of one test.
pub struct Deployment {
    pub prefix: String,
    pub partitions: i32,
    pub names: Names,
    pub settings: ClientSettings,
    folder: tempfile::TempDir,
    /// Lines of `[kafka]` besides the broker's address.
    client: String,
    /// Lines of `[deployment]`.
    pub business: String,
    /// Whether its configuration says so; most records of tests have times of their own.
    pub trusted_timestamps: bool,
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Short sessions, so that a dead member is noticed soon.
pub const IMPATIENT: &str = "\"session.timeout.ms\" = \"2000\"\n\"heartbeat.interval.ms\" = \"500\"\n";

impl Deployment {
    /// Makes the topics, without retention: the records of tests are of any date. Nor may a segment end by time: the
    /// markers of transactions carry the time of day, so a segment of old records would end at once, and the answers to
    /// repeats would be compacted away before the judge has seen them.
    pub fn new(name: &str, partitions: i32, client: &str) -> Self {
        Self::with_times(name, partitions, client, true)
    }

    /// The same, with commands that have the times of their producers, or of the broker.
    pub fn with_times(name: &str, partitions: i32, client: &str, trusted_timestamps: bool) -> Self {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("test-{}-{number}-{name}.", std::process::id());
        let properties = BTreeMap::from([("bootstrap.servers".to_owned(), broker::bootstrap().to_owned())]);
        let settings = ClientSettings::new(properties, &format!("{prefix}judge")).unwrap();
        let names = Names::new(&prefix, &[]);
        let never = [("retention.ms", "-1"), ("segment.ms", "315360000000")];
        let overrides = never.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let layout = Layout { partitions, replication: None, trusted_timestamps, overrides };
        topics::create(&settings, &names, &layout).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (client, business) = (client.to_owned(), String::new());
        Self { prefix, partitions, names, settings, folder, client, business, trusted_timestamps }
    }

    /// Where an instance keeps its local copies.
    pub fn state_dir(&self, instance: &str) -> PathBuf {
        self.folder.path().join(instance)
    }

    /// An instance that is not started yet.
    pub fn instance(&self, name: &str) -> Instance {
        let toml = format!(
            "[kafka]\n\"bootstrap.servers\" = \"{}\"\n{}\n[topics]\nprefix = \"{}\"\nformat = \"json\"\ntrusted_timestamps = {}\n\
             [state]\ndir = \"{}\"\n[http]\nlisten = \"127.0.0.1:0\"\n[deployment]\n{}\n",
            broker::bootstrap(),
            self.client,
            self.prefix,
            self.trusted_timestamps,
            self.state_dir(name).display(),
            self.business,
        );
        let config = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&config, toml).unwrap();
        Instance::new(name, config, self.folder.path().join(format!("{name}.log")))
    }

    /// A sender of commands that does not wait for outcomes.
    pub fn sender(&self) -> Sender {
        Sender::open(&self.settings, &self.names, false).unwrap()
    }

    /// Sends commands; returns when the broker has them.
    pub fn send(&self, sales: &mut Sales, count: usize) {
        let mut sender = self.sender();
        for _ in 0..count {
            sender.send(&sales.next()).unwrap();
        }
        sender.flush(Duration::from_secs(30)).unwrap();
    }

    /// Runs the auditor of the binary; what it says when it finds anything.
    pub fn verify(&self, instance: &str, options: &[&str]) -> Result<(), String> {
        self.verify_with(instance, options, &[])
    }

    /// The same, with variables of the environment.
    pub fn verify_with(&self, instance: &str, options: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
        let output = Command::new(env!("CARGO_BIN_EXE_stockroom"))
            .args(["verify", "--config"])
            .arg(self.folder.path().join(format!("{instance}.toml")))
            .args(options)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(()) } else { Err(text) }
    }

    /// Runs a tool of Kafka's, with the broker's address.
    pub fn tool(&self, class: &str, arguments: &[&str]) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/kafka.sh");
        let output = Command::new("bash")
            .args([script, "tool", class, "--bootstrap-server", broker::bootstrap()])
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !text.contains("Error"), "{class}: {text}");
    }

    /// Changes a setting of a topic, written `key=value`; returns when the broker tells of it, which is a moment after it
    /// was taken.
    pub fn alter(&self, topic: Topic, setting: &str) {
        let name = self.names.name(topic);
        let arguments = ["--alter", "--entity-type", "topics", "--entity-name", name, "--add-config", setting];
        self.tool("kafka.admin.ConfigCommand", &arguments);
        let (key, value) = setting.split_once('=').unwrap();
        let is_told = || {
            let found = wait(admin().describe_configs(&[ResourceSpecifier::Topic(name)], &AdminOptions::new()));
            let config = found.into_iter().next().unwrap().unwrap();
            config.get(key).and_then(|entry| entry.value.as_deref()) == Some(value)
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_told() {
            assert!(Instant::now() < deadline, "the broker does not tell of {setting}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The consumer group of the instances.
    pub fn group(&self) -> String {
        format!("{}stockroom", self.prefix)
    }

    /// Everything committed on one topic, by partition in order.
    pub fn read(&self, topic: Topic) -> Vec<InputRecord> {
        self.read_all(&[topic])
    }

    /// Everything committed on some topics, of each by partition in order.
    pub fn read_all(&self, topics: &[Topic]) -> Vec<InputRecord> {
        let names: Vec<_> = topics.iter().map(|topic| (*topic, self.names.name(*topic).clone())).collect();
        let mut records = Vec::new();
        let mut reader = Reader::open(&self.settings, &names, Scope::All, Start::Beginning).unwrap();
        reader.read_to_end(|record| records.push(record), |_| {}).unwrap();
        records
    }

    /// Deletes the topics: for tests that need many.
    pub fn delete_topics(&self) {
        let names: Vec<&str> = self.names.all().map(|(_, name)| &**name).collect();
        wait(admin().delete_topics(&names, &AdminOptions::new()));
    }

    /// Adds partitions to all topics alike, which nobody should.
    pub fn grow_topics(&self, partitions: i32) {
        let count = usize::try_from(partitions).unwrap();
        let grown: Vec<_> = self.names.all().map(|(_, name)| NewPartitions::new(name, count)).collect();
        wait(admin().create_partitions(&grown, &AdminOptions::new()));
        let deadline = Instant::now() + Duration::from_secs(60);
        while topics::check(&self.settings, &self.names).map_or(0, |checked| checked.partitions) != partitions {
            assert!(Instant::now() < deadline, "the topics do not grow");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The logs of all instances so far, for a failing test.
    pub fn keep_logs(self) -> PathBuf {
        self.folder.keep()
    }
}

fn admin() -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", broker::bootstrap()).create().unwrap()
}

fn wait<T>(answer: impl Future<Output = KafkaResult<T>>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer).unwrap()
}
