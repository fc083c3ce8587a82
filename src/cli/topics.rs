//! `stockroom topics`: makes what is missing, and says what will hurt.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::kafka::client::topics::{Checked, Created, Layout, TopicsError, check, create};

use super::arguments::{TopicsCommand, TopicsCreate};
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::Rows;
use super::terminal::tell;

/// How long a new topic may be unknown to a broker.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);

/// Runs one of the commands.
pub fn run(command: &TopicsCommand) -> anyhow::Result<Ending> {
    match command {
        TopicsCommand::Create(arguments) => make(&arguments.connection.open()?, arguments),
        TopicsCommand::Check(arguments) => look(&arguments.connection.open()?),
    }
}

fn make(config: &Config, arguments: &TopicsCreate) -> anyhow::Result<Ending> {
    let mut overrides = BTreeMap::new();
    for setting in &arguments.setting {
        let Some((key, value)) = setting.split_once('=') else {
            return Err(Failure::refused(
                format!("--setting {setting}: there is no ="),
                "write it as --setting retention.ms=-1",
            ));
        };
        overrides.insert(key.to_owned(), value.to_owned());
    }
    let layout = Layout {
        partitions: arguments.partitions,
        replication: arguments.replication_factor,
        trusted_timestamps: config.trusted_timestamps,
        overrides,
    };
    let created = created(config, &layout)?;
    let mut rows = Rows::new(&["TOPIC", "STATE"]);
    for topic in created {
        rows.push(vec![topic.name.to_string(), (if topic.is_new { "created" } else { "was there" }).to_owned()]);
    }
    rows.print()?;
    look(config)
}

/// Makes the topics that are missing, and waits until every broker that is asked knows of them.
pub fn created(config: &Config, layout: &Layout) -> anyhow::Result<Vec<Created>> {
    let created = create(&config.client, &config.topics, layout).map_err(explained)?;
    let deadline = Instant::now() + KNOWN_WITHIN;
    while created.iter().any(|topic| topic.is_new) && Instant::now() < deadline {
        if check(&config.client, &config.topics).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(created)
}

fn look(config: &Config) -> anyhow::Result<Ending> {
    let checked = check(&config.client, &config.topics).map_err(explained)?;
    for warning in &checked.warnings {
        tell(format!("warning: {warning}"));
    }
    tell(format!("all topics are there, with {} partitions", checked.partitions));
    let_in(config, &checked)?;
    Ok(Ending::Done)
}

/// Refuses commands topics whose records carry clocks that nobody may rely on.
///
/// # Errors
/// What is wrong, and the remedy; refused.
pub fn let_in(config: &Config, checked: &Checked) -> anyhow::Result<()> {
    let Some(refusals) = checked.refusals(config.trusted_timestamps) else { return Ok(()) };
    Err(Failure::refused(
        format!("the times of commands can't be relied on:\n{refusals}"),
        "correct the topics named; docs/running.md tells why (\"Whose clock\")",
    ))
}

/// Says what to do about topics.
pub fn explained(error: TopicsError) -> anyhow::Error {
    match &error {
        TopicsError::Unreachable { brokers, .. } => {
            Failure::failed(error.to_string(), format!("is a broker listening at {brokers}?"))
        }
        TopicsError::Unfit(_) => Failure::refused(
            error.to_string(),
            "`stockroom topics create` makes what is missing; the number of partitions can't be changed later",
        ),
    }
}
