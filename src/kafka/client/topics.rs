//! The topics: their names, their settings, and whether they are as the processor needs them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::context::{LoggingContext, REQUEST_TIMEOUT};
use super::record_times::{AHEAD_MS_MAX, CommandTimes};
use super::settings::{ClientSettings, MESSAGE_BYTES_MAX};
use crate::codec::record::Topic;

/// The names of a deployment's topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    commands: Vec<Arc<str>>,
    /// By [`Topic`], in the order of [`Topic::ALL`]; the first is unused, commands are a list.
    others: Vec<Arc<str>>,
}

impl Names {
    /// `prefix` comes before every name; `commands` are full names, and none of them means the usual one.
    pub fn new(prefix: &str, commands: &[String]) -> Self {
        let named = |topic: Topic| Arc::from(format!("{prefix}{}", topic.name()));
        let commands = if commands.is_empty() {
            vec![named(Topic::Commands)]
        } else {
            commands.iter().map(|name| Arc::from(name.as_str())).collect()
        };
        Self { commands, others: Topic::ALL.into_iter().map(named).collect() }
    }

    /// The name of a topic; of commands the first one.
    pub fn name(&self, topic: Topic) -> &Arc<str> {
        if topic == Topic::Commands { &self.commands[0] } else { &self.others[topic as usize] }
    }

    /// The topics commands come from.
    pub fn commands(&self) -> &[Arc<str>] {
        &self.commands
    }

    /// What the processor reads as input: legs first (they decide who owns a partition), then commands.
    pub fn inputs(&self) -> impl Iterator<Item = (Topic, &Arc<str>)> {
        let commands = self.commands.iter().map(|name| (Topic::Commands, name));
        std::iter::once((Topic::Legs, self.name(Topic::Legs))).chain(commands)
    }

    /// Every topic with its role.
    pub fn all(&self) -> impl Iterator<Item = (Topic, &Arc<str>)> {
        let commands = self.commands.iter().map(|name| (Topic::Commands, name));
        commands.chain(Topic::ALL.into_iter().skip(1).map(|topic| (topic, self.name(topic))))
    }
}

/// Something about the topics that stops the processor.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    /// The brokers did not answer.
    #[error("cannot ask the brokers at {brokers} about topics: {source}{}", why.as_deref().map(|w| format!(" ({w})")).unwrap_or_default())]
    Unreachable {
        /// Where they should be.
        brokers: String,
        /// What the client said.
        source: Box<KafkaError>,
        /// What it complained about before.
        why: Option<String>,
    },
    /// They are not as they must be.
    #[error("the topics are not as they must be:\n{0}")]
    Unfit(String),
}

/// How topics are to be made.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The number of partitions of every topic.
    pub partitions: i32,
    /// The replication factor; `None` is the broker's default.
    pub replication: Option<i32>,
    /// Whether the times that producers give to commands are kept; else the broker's clock stamps them.
    pub trusted_timestamps: bool,
    /// Settings that differ from the usual ones, for every topic.
    pub overrides: BTreeMap<String, String>,
}

/// A topic as `create` left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is new.
    pub is_new: bool,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a deleted key is shown in a compacted topic. A copy of the state that is older must be built anew.
pub(in crate::kafka) const DELETE_RETENTION_MS: i64 = 7 * DAY_MS;

/// The settings of a topic. Everything is written with the timestamp of the record that caused it, so the broker must
/// neither replace it nor refuse one that is ahead of its clock. Only what comes in, the commands, gets its time from the
/// broker, or, where producers are trusted, is refused when it is far ahead.
pub fn topic_settings(topic: Topic, trusted_timestamps: bool) -> BTreeMap<&'static str, String> {
    let (cleanup, retention_ms) = match topic {
        Topic::Commands => ("delete", 7 * DAY_MS),
        Topic::Legs => ("delete", 14 * DAY_MS),
        Topic::Events => ("delete", 365 * DAY_MS),
        Topic::Ledger => ("delete", -1),
        Topic::Stock | Topic::Documents => ("compact", -1),
        Topic::Results => ("compact,delete", 35 * DAY_MS),
        Topic::DeadLetters => ("delete", 30 * DAY_MS),
    };
    let mut settings = BTreeMap::from([
        ("cleanup.policy", cleanup.to_owned()),
        ("retention.ms", retention_ms.to_string()),
        ("message.timestamp.type", "CreateTime".to_owned()),
        ("message.timestamp.after.max.ms", i64::MAX.to_string()),
    ]);
    if topic == Topic::Commands && trusted_timestamps {
        settings.insert("message.timestamp.after.max.ms", AHEAD_MS_MAX.to_string());
    } else if topic == Topic::Commands {
        settings.insert("message.timestamp.type", "LogAppendTime".to_owned());
    } else {
        settings.insert("max.message.bytes", MESSAGE_BYTES_MAX.to_string());
    }
    if matches!(topic, Topic::Stock | Topic::Documents) {
        settings.insert("delete.retention.ms", DELETE_RETENTION_MS.to_string());
    }
    if topic == Topic::Results {
        // The journal of what was processed stays whole for as long as inputs may be there to compare it with.
        settings.insert("min.compaction.lag.ms", (14 * DAY_MS).to_string());
    }
    settings
}

/// Makes the topics that are missing; those that exist are left as they are.
pub fn create(settings: &ClientSettings, names: &Names, layout: &Layout) -> Result<Vec<Created>, TopicsError> {
    let context = LoggingContext::default();
    let unreachable = |source| unreachable(settings, &context, source);
    let admin: AdminClient<LoggingContext> =
        settings.admin().create_with_context(context.clone()).map_err(unreachable)?;
    let values: Vec<(Arc<str>, BTreeMap<&str, String>)> = names
        .all()
        .map(|(topic, name)| {
            let mut values = topic_settings(topic, layout.trusted_timestamps);
            values.extend(layout.overrides.iter().map(|(key, value)| (key.as_str(), value.clone())));
            (Arc::clone(name), values)
        })
        .collect();
    let new: Vec<NewTopic<'_>> = values
        .iter()
        .map(|(name, values)| {
            let replication = TopicReplication::Fixed(layout.replication.unwrap_or(-1));
            let topic = NewTopic::new(name, layout.partitions, replication);
            values.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(REQUEST_TIMEOUT)).request_timeout(Some(REQUEST_TIMEOUT));
    let results = wait(admin.create_topics(&new, &options)).map_err(unreachable)?;
    let mut created = Vec::new();
    let mut faults = String::new();
    for ((name, _), result) in values.iter().zip(results) {
        match result {
            Ok(_) => created.push(Created { name: Arc::clone(name), is_new: true }),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {
                created.push(Created { name: Arc::clone(name), is_new: false });
            }
            Err((_, code)) => {
                let _ = writeln!(faults, "  {name}: {code}");
            }
        }
    }
    if !faults.is_empty() {
        return Err(TopicsError::Unfit(faults.trim_end().to_owned()));
    }
    if wait_until_known(&admin, names).map_err(unreachable)? {
        Ok(created)
    } else {
        let seconds = KNOWN_WITHIN.as_secs();
        Err(TopicsError::Unfit(format!(
            "  they were made, but after {seconds} s the broker does not tell of all of them yet"
        )))
    }
}

/// A broker under load takes its time to tell of a topic that it has made.
const KNOWN_WITHIN: Duration = Duration::from_secs(60);

/// A new topic is usable a moment after the broker has said that it was made: when it tells of it, with leaders. Says
/// whether that came to pass.
fn wait_until_known(admin: &AdminClient<LoggingContext>, names: &Names) -> Result<bool, KafkaError> {
    let deadline = Instant::now() + KNOWN_WITHIN;
    loop {
        let metadata = admin.inner().fetch_metadata(None, REQUEST_TIMEOUT)?;
        let is_known = |name: &str| {
            let found = metadata.topics().iter().find(|found| found.name() == name);
            found.is_some_and(|found| {
                let mut partitions = found.partitions().iter();
                partitions.len() > 0 && partitions.all(|partition| partition.leader() >= 0)
            })
        };
        let are_known = names.all().all(|(_, name)| is_known(name));
        if are_known || Instant::now() > deadline {
            return Ok(are_known);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What `check` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The number of partitions of every topic.
    pub partitions: i32,
    /// Settings that will hurt, one sentence each.
    pub warnings: Vec<String>,
    /// How long the tables show that a key was deleted, ms.
    pub delete_retention_ms: i64,
    /// Whose clock commands carry, by topic; nothing where it can't be read.
    pub command_times: Vec<CommandTimes>,
}

impl Checked {
    /// Why commands may not be processed, if they may not. `trusted_timestamps`: the configuration's word.
    pub fn refusals(&self, trusted_timestamps: bool) -> Option<String> {
        let refusals: Vec<String> =
            self.command_times.iter().filter_map(|times| times.refusal(trusted_timestamps)).collect();
        (!refusals.is_empty()).then(|| refusals.join("\n"))
    }
}

/// Checks that all topics exist with the same number of partitions; settings that will hurt become warnings.
pub fn check(settings: &ClientSettings, names: &Names) -> Result<Checked, TopicsError> {
    let context = LoggingContext::default();
    let unreachable = |source| unreachable(settings, &context, source);
    let admin: AdminClient<LoggingContext> =
        settings.admin().create_with_context(context.clone()).map_err(unreachable)?;
    let metadata = admin.inner().fetch_metadata(None, REQUEST_TIMEOUT).map_err(unreachable)?;
    let counts: Vec<(Topic, Arc<str>, usize)> = names
        .all()
        .map(|(topic, name)| {
            let found = metadata.topics().iter().find(|found| found.name() == &**name);
            (topic, Arc::clone(name), found.map_or(0, |found| found.partitions().len()))
        })
        .collect();
    let partitions = partitions_of(&counts).map_err(TopicsError::Unfit)?;
    let resources: Vec<ResourceSpecifier<'_>> =
        counts.iter().map(|(_, name, _)| ResourceSpecifier::Topic(name)).collect();
    let options = AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT));
    let mut warnings = Vec::new();
    let mut delete_retention_ms = DAY_MS;
    let mut command_times = Vec::new();
    // Reading settings may be forbidden to this user, who may still process.
    match wait(admin.describe_configs(&resources, &options)) {
        Ok(configs) => {
            delete_retention_ms = DELETE_RETENTION_MS;
            for ((topic, name, _), config) in counts.iter().zip(configs) {
                let config = match config {
                    Ok(config) => config,
                    Err(error) => {
                        warnings.push(format!("{name}: its settings cannot be read: {error}"));
                        delete_retention_ms = DAY_MS;
                        continue;
                    }
                };
                let value = |key: &str| config.get(key).and_then(|entry| entry.value.clone()).unwrap_or_default();
                if matches!(topic, Topic::Stock | Topic::Documents) {
                    delete_retention_ms =
                        value("delete.retention.ms").parse().unwrap_or(DAY_MS).min(delete_retention_ms);
                }
                if *topic == Topic::Commands {
                    command_times.push(CommandTimes::of(name, &value));
                }
                warnings.extend(warnings_of(*topic, name, &value));
            }
        }
        Err(error) => warnings.push(format!("the settings of the topics cannot be read: {error}")),
    }
    Ok(Checked { partitions, warnings, delete_retention_ms, command_times })
}

fn partitions_of(counts: &[(Topic, Arc<str>, usize)]) -> Result<i32, String> {
    let expected = counts.iter().map(|(_, _, count)| *count).find(|count| *count > 0).unwrap_or(0);
    if expected > 0 && counts.iter().all(|(_, _, count)| *count == expected) {
        return i32::try_from(expected).map_err(|_| format!("{expected} partitions are too many"));
    }
    let mut faults = String::new();
    for (_, name, count) in counts {
        let _ = match count {
            0 => writeln!(faults, "  {name}: does not exist"),
            1 => writeln!(faults, "  {name}: 1 partition"),
            _ => writeln!(faults, "  {name}: {count} partitions"),
        };
    }
    faults.push_str(
        "all must exist, with the same number of partitions; `stockroom topics create` makes what is missing",
    );
    Err(faults)
}

fn warnings_of(topic: Topic, name: &str, value: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut warnings = Vec::new();
    let wanted = topic_settings(topic, false);
    let policies = |text: &str| {
        let mut policies: Vec<String> = text.split(',').map(|policy| policy.trim().to_owned()).collect();
        policies.sort();
        policies
    };
    let (found, cleanup) = (value("cleanup.policy"), wanted.get("cleanup.policy").cloned().unwrap_or_default());
    if policies(&found) != policies(&cleanup) {
        warnings.push(format!("{name}: cleanup.policy is {found}, should be {cleanup}"));
    }
    let retention: i64 = value("retention.ms").parse().unwrap_or(-1);
    let least = match topic {
        Topic::Legs => 7 * DAY_MS,
        Topic::Ledger => 14 * DAY_MS,
        Topic::Results => 30 * DAY_MS,
        Topic::Commands | Topic::Events | Topic::Stock | Topic::Documents | Topic::DeadLetters => 0,
    };
    if found.contains("delete") && (0..least).contains(&retention) {
        warnings.push(format!("{name}: retention.ms is {retention}, at least {least} is remembered by the processor"));
    }
    if topic != Topic::Commands && value("message.timestamp.type") == "LogAppendTime" {
        warnings.push(format!("{name}: message.timestamp.type is LogAppendTime, replays would differ"));
    }
    let largest: Option<u64> = value("max.message.bytes").parse().ok();
    if let Some(largest) = largest.filter(|largest| topic != Topic::Commands && *largest < MESSAGE_BYTES_MAX) {
        warnings.push(format!(
            "{name}: max.message.bytes is {largest}, should be {MESSAGE_BYTES_MAX}: a partition stops at what is larger"
        ));
    }
    warnings
}

fn unreachable(settings: &ClientSettings, context: &LoggingContext, source: KafkaError) -> TopicsError {
    TopicsError::Unreachable {
        brokers: settings.brokers().to_owned(),
        source: Box::new(source),
        why: context.last_error(),
    }
}

/// The admin client answers from a thread of its own; waiting for it needs no runtime with threads.
fn wait<T>(answer: impl Future<Output = Result<T, KafkaError>>) -> Result<T, KafkaError> {
    match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime.block_on(answer),
        Err(error) => Err(KafkaError::AdminOpCreation(error.to_string())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_prefix_and_commands_are_a_list() {
        let names = Names::new("blue.", &[]);
        assert_eq!(&**names.name(Topic::Commands), "blue.inventory.commands");
        assert_eq!(&**names.name(Topic::DeadLetters), "blue.inventory.dead-letters");
        assert_eq!(names.all().count(), 8);
        let names = Names::new("", &["a".into(), "b".into()]);
        assert_eq!(names.inputs().map(|(_, name)| &**name).collect::<Vec<_>>(), ["inventory.legs", "a", "b"]);
        assert_eq!(names.all().count(), 9);
    }

    #[test]
    fn unequal_counts_are_refused_by_name() {
        let count = |name: &str, count| (Topic::Events, Arc::from(name), count);
        assert_eq!(partitions_of(&[count("a", 4), count("b", 4)]), Ok(4));
        let message = partitions_of(&[count("a", 4), count("b", 3), count("c", 0)]).unwrap_err();
        for part in ["a: 4 partitions", "b: 3 partitions", "c: does not exist"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(partitions_of(&[count("a", 0)]).is_err());
    }

    #[test]
    fn settings_that_will_hurt_are_told() {
        let found = |key: &str| match key {
            "cleanup.policy" => "delete".to_owned(),
            "retention.ms" => "1000".to_owned(),
            "max.message.bytes" => "1048588".to_owned(),
            _ => "LogAppendTime".to_owned(),
        };
        assert_eq!(warnings_of(Topic::Results, "r", &found).len(), 4);
        assert_eq!(warnings_of(Topic::Commands, "c", &found).len(), 0);
    }
}
