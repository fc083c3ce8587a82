//! What is passed to the Kafka client, what we set ourselves, and what may not be set.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use super::properties::{JAVA_ONLY, OF_ALL, OF_CONSUMERS, OF_PRODUCERS, REFUSED};
use crate::engine::RECORD_BYTES_MAX;

/// A property of `[kafka]` that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Correctness depends on it.
    #[error("kafka.\"{key}\" cannot be set: {reason}")]
    Refused {
        /// The property.
        key: String,
        /// Why not.
        reason: &'static str,
    },
    /// The Java client knows it, this client does not.
    #[error("kafka.\"{key}\" is a property of the Java client: {instead}")]
    JavaOnly {
        /// The property.
        key: String,
        /// What to set in its place.
        instead: &'static str,
    },
    /// Nobody knows it.
    #[error("kafka.\"{key}\" is not a property of librdkafka{}", nearest.map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default())]
    Unknown {
        /// The property.
        key: String,
        /// The nearest one that exists.
        nearest: Option<&'static str>,
    },
    /// Its value cannot be read, or contradicts another one.
    #[error("kafka.\"{key}\" = \"{value}\": {reason}")]
    Value {
        /// The property.
        key: String,
        /// What it was set to (hidden when it is a secret).
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It has no default.
    #[error("kafka.\"{key}\" is not set: {reason}")]
    Missing {
        /// The property.
        key: &'static str,
        /// What it is for.
        reason: &'static str,
    },
}

/// What a topic of ours takes, and what a producer of ours lets pass: more than any record of ours, by what a batch adds.
/// The client counts without it, the broker with it.
pub(in crate::kafka) const MESSAGE_BYTES_MAX: u64 = RECORD_BYTES_MAX as u64 + (1 << 20);

/// Whether the value of a property must be hidden wherever configuration is shown.
pub fn is_secret(key: &str) -> bool {
    ["password", "secret", "passphrase", ".pem", "oauthbearer.config", "sasl.jaas.config"]
        .iter()
        .any(|mark| key.replace('_', ".").contains(mark))
        && !["ssl.ca.pem", "ssl.certificate.pem", "https.ca.pem"].contains(&key)
}

/// The client properties of a deployment, checked.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    properties: BTreeMap<String, String>,
    group: String,
}

/// How long a transactional producer gathers records, unless it is flushed, ms.
const LINGER_MS: u64 = 100;

/// How long a consumer whose queue is full waits, ms. With the client's own second, one that is faster than its queue is
/// filled waits most of the time.
const FETCH_QUEUE_BACKOFF_MS: &str = "20";

impl ClientSettings {
    /// Checks the properties of `[kafka]`. A `_` in a key stands for `.`, as in environment variables. The group's
    /// name is `group.id`, or `default_group`.
    pub fn new(properties: BTreeMap<String, String>, default_group: &str) -> Result<Self, SettingsError> {
        let mut properties: BTreeMap<String, String> =
            properties.into_iter().map(|(key, value)| (key.replace('_', "."), value)).collect();
        for (key, value) in &properties {
            check(key, value)?;
        }
        if !properties.contains_key("bootstrap.servers") && !properties.contains_key("metadata.broker.list") {
            return Err(SettingsError::Missing {
                key: "bootstrap.servers",
                reason: "name at least one broker, as host:port",
            });
        }
        let group = properties.remove("group.id").unwrap_or_else(|| default_group.to_owned());
        let settings = Self { properties, group };
        settings.check_numbers()?;
        for config in [settings.member(), settings.transactional_producer("check")] {
            config.create_native_config().map_err(|error| unusable(&error))?;
        }
        Ok(settings)
    }

    /// The consumer group's name.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The addresses of the brokers, for people.
    pub fn brokers(&self) -> &str {
        self.property("bootstrap.servers").or_else(|| self.property("metadata.broker.list")).unwrap_or("")
    }

    /// How long the group waits for a member that is silent, ms.
    pub fn session_timeout_ms(&self) -> u64 {
        self.number("session.timeout.ms", 10_000)
    }

    /// How often a member says that it is alive, ms.
    pub fn heartbeat_interval_ms(&self) -> u64 {
        self.number("heartbeat.interval.ms", (self.session_timeout_ms() / 5).clamp(100, 3_000))
    }

    /// How long a transaction may stay open, ms.
    pub fn transaction_timeout_ms(&self) -> u64 {
        self.number("transaction.timeout.ms", 10_000)
    }

    /// Whether this instance has a name in the group, so that a restart within the session moves nothing.
    pub fn is_static_member(&self) -> bool {
        self.property("group.instance.id").is_some()
    }

    /// Values that will hurt, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.number("linger.ms", LINGER_MS) == 0 {
            warnings.push(format!("kafka.\"linger.ms\" = 0 makes the threads of transactional producers spin; {LINGER_MS} costs nothing, a commit never waits for it"));
        }
        if !self.is_consumer_protocol() && self.session_timeout_ms() < 3_000 {
            let session = self.session_timeout_ms();
            warnings.push(format!(
                "kafka.\"session.timeout.ms\" = {session}: a short pause of the process loses its partitions"
            ));
        }
        warnings
    }

    fn property(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(String::as_str)
    }

    fn number(&self, key: &str, default: u64) -> u64 {
        self.property(key).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    fn is_consumer_protocol(&self) -> bool {
        self.property("group.protocol") == Some("consumer")
    }

    fn check_numbers(&self) -> Result<(), SettingsError> {
        let wrong = |key: &str, reason: String| SettingsError::Value {
            key: key.to_owned(),
            value: self.property(key).unwrap_or("default").to_owned(),
            reason,
        };
        let transaction = self.transaction_timeout_ms();
        for key in ["message.timeout.ms", "delivery.timeout.ms"] {
            if self.number(key, 1) > transaction {
                return Err(wrong(key, format!("must not exceed transaction.timeout.ms ({transaction})")));
            }
        }
        if self.number("message.max.bytes", MESSAGE_BYTES_MAX) < MESSAGE_BYTES_MAX {
            let reason = format!("at least {MESSAGE_BYTES_MAX}: records of up to {RECORD_BYTES_MAX} bytes are written");
            return Err(wrong("message.max.bytes", reason));
        }
        if !self.is_consumer_protocol() && self.heartbeat_interval_ms() * 2 > self.session_timeout_ms() {
            let session = self.session_timeout_ms();
            return Err(wrong("heartbeat.interval.ms", format!("at most half of session.timeout.ms ({session})")));
        }
        Ok(())
    }

    /// What every client gets; `foreign` are the properties of the other kind of client.
    fn client(&self, foreign: &[&str]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", "stockroom").set("retry.backoff.ms", "20").set("allow.auto.create.topics", "false");
        for (key, value) in self.properties.iter().filter(|(key, _)| !foreign.contains(&key.as_str())) {
            config.set(key, value);
        }
        config
    }

    fn reader(&self, isolation: &str) -> ClientConfig {
        let mut config = self.client(&OF_PRODUCERS);
        for key in ["group.instance.id", "group.protocol", "group.remote.assignor"] {
            config.remove(key);
        }
        config
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", isolation)
            .set("auto.offset.reset", "error")
            .set("fetch.wait.max.ms", "100");
        self.unless_set(&mut config, "fetch.queue.backoff.ms", FETCH_QUEUE_BACKOFF_MS);
        config
    }

    fn unless_set(&self, config: &mut ClientConfig, key: &str, value: &str) {
        if self.property(key).is_none() {
            config.set(key, value);
        }
    }

    /// The consumer that is the instance's member of the group. A small queue of the client's own, because what is
    /// fetched and not yet taken is thrown away whenever a partition pauses.
    pub(in crate::kafka) fn member(&self) -> ClientConfig {
        let mut config = self.client(&OF_PRODUCERS);
        self.unless_set(&mut config, "queued.max.messages.kbytes", "4096");
        self.unless_set(&mut config, "fetch.queue.backoff.ms", FETCH_QUEUE_BACKOFF_MS);
        if !self.is_consumer_protocol() {
            self.unless_set(&mut config, "session.timeout.ms", &self.session_timeout_ms().to_string());
            self.unless_set(&mut config, "heartbeat.interval.ms", &self.heartbeat_interval_ms().to_string());
            config.set("partition.assignment.strategy", "cooperative-sticky");
        }
        config
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_committed")
            .set("auto.offset.reset", "error");
        config
    }

    /// A consumer outside the group that sees committed records only.
    pub(in crate::kafka) fn committed_reader(&self) -> ClientConfig {
        let mut config = self.reader("read_committed");
        config.set("enable.partition.eof", "true");
        self.unless_set(&mut config, "queued.max.messages.kbytes", "4096");
        config
    }

    /// A client for watermarks: a read_committed one answers with the last stable offset instead of the end.
    pub(in crate::kafka) fn watermark_client(&self) -> ClientConfig {
        self.reader("read_uncommitted")
    }

    /// The producer of one partition. It lingers long, so that the records of a transaction leave in few requests: the
    /// flush before a commit waits for none of it. At zero its broker threads would spin.
    pub(in crate::kafka) fn transactional_producer(&self, transactional_id: &str) -> ClientConfig {
        let transaction = self.transaction_timeout_ms().to_string();
        let mut config = self.producer(&transaction, LINGER_MS);
        config.set("transactional.id", transactional_id).set("transaction.timeout.ms", &transaction);
        config
    }

    /// A producer without transactions, for commands sent by people: more patient, nothing waits for it.
    pub(in crate::kafka) fn plain_producer(&self) -> ClientConfig {
        let mut config = self.producer("60000", 5);
        config.remove("transaction.timeout.ms");
        config
    }

    fn producer(&self, message_timeout_ms: &str, linger_ms: u64) -> ClientConfig {
        let mut config = self.client(&OF_CONSUMERS);
        for (key, value) in [
            ("linger.ms", linger_ms.to_string().as_str()),
            ("message.max.bytes", &MESSAGE_BYTES_MAX.to_string()),
            ("queue.buffering.max.messages", "200000"),
            ("queue.buffering.max.kbytes", "65536"),
        ] {
            self.unless_set(&mut config, key, value);
        }
        if self.property("message.timeout.ms").is_none() && self.property("delivery.timeout.ms").is_none() {
            config.set("message.timeout.ms", message_timeout_ms);
        }
        config.set("enable.idempotence", "true").set("acks", "all");
        config
    }

    /// A client for topics and their settings.
    pub(in crate::kafka) fn admin(&self) -> ClientConfig {
        let foreign: Vec<&str> = OF_CONSUMERS.iter().chain(&OF_PRODUCERS).copied().collect();
        self.client(&foreign)
    }
}

fn check(key: &str, value: &str) -> Result<(), SettingsError> {
    if let Some((_, reason)) = REFUSED.iter().find(|(name, _)| *name == key) {
        return Err(SettingsError::Refused { key: key.to_owned(), reason });
    }
    if let Some((_, instead)) = JAVA_ONLY.iter().find(|(name, _)| *name == key) {
        return Err(SettingsError::JavaOnly { key: key.to_owned(), instead });
    }
    let mut config = ClientConfig::new();
    config.set(key, value);
    config.create_native_config().map(drop).map_err(|error| unusable(&error))
}

fn unusable(error: &KafkaError) -> SettingsError {
    if let KafkaError::ClientConfig(_, reason, key, value) = error {
        if reason.contains("No such configuration property") {
            return SettingsError::Unknown { key: key.clone(), nearest: nearest_property(key) };
        }
        let value = if is_secret(key) { "***" } else { value };
        return SettingsError::Value { key: key.clone(), value: value.to_owned(), reason: reason.clone() };
    }
    SettingsError::Value { key: "*".to_owned(), value: String::new(), reason: error.to_string() }
}

fn nearest_property(key: &str) -> Option<&'static str> {
    nearest(key, OF_ALL.into_iter().chain(OF_CONSUMERS).chain(OF_PRODUCERS))
}

/// The known name most like a wrong one, if any is at all like it. Keys of any configuration are compared this way.
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // The section is often right and would outweigh the rest: of equal likeness the last part decides.
    let last = |key: &str| key.rsplit('.').next().unwrap_or("").to_owned();
    known
        .map(|key| (strsim::jaro_winkler(wrong, key) + strsim::jaro_winkler(&last(wrong), &last(key)), key))
        .filter(|(likeness, _)| *likeness > 1.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<ClientSettings, SettingsError> {
        let mut properties: BTreeMap<String, String> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        properties.entry("bootstrap.servers".into()).or_insert_with(|| "127.0.0.1:9".into());
        ClientSettings::new(properties, "stockroom")
    }

    #[test]
    fn wrong_properties_are_named_with_the_reason() {
        for (key, value, expected) in [
            ("enable.auto.commit", "true", "\"enable.auto.commit\" cannot be set: offsets are committed inside"),
            ("isolation.level", "read_uncommitted", "\"isolation.level\" cannot be set"),
            ("enable.idempotence", "false", "\"enable.idempotence\" cannot be set"),
            ("transactional.id", "x", "\"transactional.id\" cannot be set"),
            ("acks", "1", "\"acks\" cannot be set"),
            ("ACKS", "1", "\"ACKS\" is not a property of librdkafka"),
            ("sasl.jaas.config", "x", "property of the Java client: set \"sasl.username\""),
            ("bootstrap.server", "x", "did you mean \"bootstrap.servers\"?"),
            ("session.timeout", "x", "did you mean \"session.timeout.ms\"?"),
            ("zzz", "x", "\"zzz\" is not a property of librdkafka"),
            ("session.timeout.ms", "soon", "\"session.timeout.ms\" = \"soon\""),
            ("security.protocol", "tls", "\"security.protocol\" = \"tls\""),
            ("message.timeout.ms", "20000", "must not exceed transaction.timeout.ms (10000)"),
            ("heartbeat.interval.ms", "9000", "at most half of session.timeout.ms (10000)"),
            ("message.max.bytes", "1000000", "at least 8388608: records of up to 7340032 bytes are written"),
        ] {
            let message = settings(&[(key, value)]).unwrap_err().to_string();
            assert!(message.contains(expected), "{key}: {message}");
        }
    }

    #[test]
    fn brokers_must_be_named() {
        let message = ClientSettings::new(BTreeMap::new(), "g").unwrap_err().to_string();
        assert!(message.contains("\"bootstrap.servers\" is not set"), "{message}");
    }

    #[test]
    fn the_environments_spelling_is_understood_and_ours_wins() {
        let settings =
            settings(&[("security_protocol", "PLAINTEXT"), ("group_id", "blue"), ("linger.ms", "1")]).unwrap();
        assert_eq!(settings.group(), "blue");
        assert_eq!(settings.member().get("isolation.level"), Some("read_committed"));
        assert_eq!(settings.member().get("linger.ms"), None);
        assert_eq!(settings.transactional_producer("t").get("linger.ms"), Some("1"));
        assert_eq!(settings.transactional_producer("t").get("group.id"), None);
        assert_eq!(settings.watermark_client().get("isolation.level"), Some("read_uncommitted"));
    }

    #[test]
    fn the_new_group_protocol_gets_none_of_the_classic_properties() {
        let member = settings(&[("group.protocol", "consumer")]).unwrap().member();
        assert_eq!(member.get("session.timeout.ms"), None);
        assert_eq!(member.get("partition.assignment.strategy"), None);
    }

    #[test]
    fn secrets_are_recognised() {
        for (key, secret) in [
            ("sasl.password", true),
            ("sasl_password", true),
            ("ssl.key.pem", true),
            ("ssl.ca.pem", false),
            ("client.id", false),
        ] {
            assert_eq!(is_secret(key), secret, "{key}");
        }
    }
}
