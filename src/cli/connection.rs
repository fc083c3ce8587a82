//! How people's commands reach the brokers, and how they read topics.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::codec::Codec;
use crate::codec::format::{Format, Formats};
use crate::codec::record::{InputRecord, Topic};
use crate::kafka::client::reader::{ReadError, Reader, Scope, Start};

use super::config::Config;
use super::failure::Failure;
use super::logging;
use super::terminal::tell;

/// Which brokers, and which topics there.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The processor's configuration: brokers, prefix of topics, security.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bootstrap_server", "topic_prefix"])]
    pub config: Option<PathBuf>,
    /// The brokers, as host:port,host:port.
    #[arg(long, value_name = "BROKERS")]
    pub bootstrap_server: Option<String>,
    /// What stands before `inventory.` in the names of topics.
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    pub topic_prefix: String,
}

impl Connection {
    /// The configuration these flags mean; logging starts with it, for warnings.
    ///
    /// # Errors
    /// The file or the environment can't be used; refused.
    pub fn open(&self) -> anyhow::Result<Config> {
        logging::start(false, "error,librdkafka=off,stockroom::kafka::client=off")?;
        match (&self.config, &self.bootstrap_server) {
            (None, Some(brokers)) => Config::of_broker(brokers, &self.topic_prefix),
            (Some(file), _) => Config::load(Some(file)),
            (None, None) if std::env::var_os("STOCKROOM__KAFKA__BOOTSTRAP_SERVERS").is_some() => Config::load(None),
            (None, None) => Err(Failure::refused(
                "which brokers?",
                "give --config FILE (the processor's), or --bootstrap-server HOST:PORT with --topic-prefix PREFIX",
            )),
        }
    }
}

impl Config {
    /// The codec of this deployment.
    pub fn codec(&self) -> Codec {
        self.codec_in(self.formats)
    }

    /// A codec that writes JSON: what is read in any format can be shown in it.
    pub fn json_codec(&self) -> Codec {
        self.codec_in(Formats::all(Format::Json))
    }

    fn codec_in(&self, formats: Formats) -> Codec {
        let deployment = &self.deployment;
        Codec::new(deployment.tenant.clone(), formats, deployment.salable_stock_location.clone())
            .with_schemas(self.schemas())
    }

    /// Opens topics from their beginning to their present end.
    ///
    /// # Errors
    /// The brokers can't be reached, or a topic does not exist.
    pub fn open_topics(&self, topics: &[Topic], scope: Scope<'_>) -> anyhow::Result<Reader> {
        let names: Vec<(Topic, Arc<str>)> = self
            .topics
            .all()
            .filter(|(topic, _)| topics.contains(topic))
            .map(|(topic, name)| (topic, Arc::clone(name)))
            .collect();
        Reader::open(&self.client, &names, scope, Start::Beginning)
            .map_err(|error| unreadable(&error, self.client.brokers()))
    }

    /// Reads topics from their beginning to their present end, showing progress.
    ///
    /// # Errors
    /// The brokers can't be reached, or a topic does not exist.
    pub fn read(&self, topics: &[Topic], scope: Scope<'_>, on_record: impl FnMut(InputRecord)) -> anyhow::Result<()> {
        let reader = self.open_topics(topics, scope)?;
        self.read_on(reader, "reading", on_record)
    }

    /// Reads opened topics to their end, showing progress under this name.
    ///
    /// # Errors
    /// The brokers can't be reached any more.
    pub fn read_on(
        &self,
        mut reader: Reader,
        what: impl Into<String>,
        on_record: impl FnMut(InputRecord),
    ) -> anyhow::Result<()> {
        let mut line = ProgressLine::start(what);
        reader
            .read_to_end(on_record, |progress| line.show(progress.done, progress.total))
            .map_err(|error| unreadable(&error, self.client.brokers()))?;
        line.end();
        Ok(())
    }

    /// The last value of each key of a table topic that `wanted` wants. Deleted rows are left out.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn table(
        &self,
        topic: Topic,
        scope: Scope<'_>,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> anyhow::Result<BTreeMap<Bytes, Bytes>> {
        let mut table = BTreeMap::new();
        self.read(&[topic], scope, |record| {
            let Some(key) = record.key.filter(|key| wanted(key)) else { return };
            match record.value {
                Some(value) => table.insert(key, value),
                None => table.remove(&key),
            };
        })?;
        Ok(table)
    }
}

/// Says what to do about topics that can't be read.
fn unreadable(error: &ReadError, brokers: &str) -> anyhow::Error {
    let hint = match error {
        ReadError::NoTopic(_) => {
            "is the prefix right? `stockroom topics check` lists what there is, `stockroom topics create` makes it"
                .to_owned()
        }
        ReadError::Client { .. } | ReadError::Stuck { .. } => format!("is a broker listening at {brokers}?"),
    };
    Failure::failed(error.to_string(), hint)
}

/// Progress of long reading: a bar on a terminal, else a line every few seconds; nothing at all when it is quick.
pub struct ProgressLine {
    what: String,
    since: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

const QUICK: Duration = Duration::from_millis(700);
const BETWEEN_LINES: Duration = Duration::from_secs(5);

impl ProgressLine {
    /// Nothing is shown yet.
    pub fn start(what: impl Into<String>) -> Self {
        Self { what: what.into(), since: Instant::now(), last_line: Instant::now(), bar: None }
    }

    /// Shows how much is done.
    pub fn show(&mut self, done: u64, total: u64) {
        if self.since.elapsed() < QUICK {
            return;
        }
        if std::io::stderr().is_terminal() {
            let what = self.what.clone();
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {eta}");
                bar.set_message(what);
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar
            });
            bar.set_position(done);
        } else if self.last_line.elapsed() > BETWEEN_LINES {
            self.last_line = Instant::now();
            tell(format!("{}: {done} of {total}", self.what));
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
