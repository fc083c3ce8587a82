//! A broker of the benchmark's own, and topics in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};

use stockroom::kafka::client::settings::ClientSettings;
use stockroom::kafka::client::topics::{self, Layout, Names};

/// A running broker; stopped when dropped.
pub struct Broker {
    folder: PathBuf,
    port: String,
}

fn script(folder: &Path, port: &str, argument: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kafka.sh");
    let status = Command::new("bash")
        .arg(script)
        .arg(argument)
        .env("KAFKA_DIR", folder)
        .env("KAFKA_PORT", port)
        .env("KAFKA_HEAP", "-Xms512m -Xmx512m")
        .status();
    assert!(status.unwrap().success(), "kafka.sh {argument}");
}

impl Broker {
    pub fn up() -> Self {
        let folder =
            std::env::var("KAFKA_DIR").map_or_else(|_| std::env::temp_dir().join("stockroom-bench"), PathBuf::from);
        let port = std::env::var("KAFKA_PORT").unwrap_or_else(|_| "19492".to_owned());
        script(&folder, &port, "up");
        Self { folder, port }
    }

    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A folder for what a run leaves behind.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub fn settings(&self, group: &str) -> ClientSettings {
        let properties = BTreeMap::from([("bootstrap.servers".to_owned(), self.bootstrap())]);
        ClientSettings::new(properties, group).unwrap()
    }

    /// How many records a topic has, transaction markers among them.
    pub fn records(&self, topic: &str, partitions: i32) -> i64 {
        let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", self.bootstrap()).create().unwrap();
        let end = |partition| consumer.fetch_watermarks(topic, partition, Duration::from_secs(10)).unwrap().1;
        (0..partitions).map(end).sum()
    }

    /// New topics under a prefix of this run.
    pub fn topics(&self, name: &str, partitions: i32) -> (String, Names) {
        let prefix = format!("{name}-{}-", std::process::id());
        let names = Names::new(&prefix, &[]);
        let overrides = BTreeMap::from([("retention.ms".to_owned(), "-1".to_owned())]);
        let layout = Layout { partitions, replication: None, trusted_timestamps: true, overrides };
        topics::create(&self.settings(&prefix), &names, &layout).unwrap();
        (prefix, names)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        script(&self.folder, &self.port, "down");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
