//! `stockroom demo`: a broker, a processor, and one day of a small chain of stores, told as it happens.

mod broker;
mod generator;
mod script;
mod stage;
mod story;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::document::Kind;
use crate::domain::stock::StockKey;
use crate::kafka::client::topics::Layout;
use crate::kafka::status::Status;

use super::arguments::DemoArguments;
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::{Colour, paint, print};
use super::{documents, explain, logging, run, stock, topics, verify};

use crate::cli::terminal::tell;
use stage::Stage;

const PARTITIONS: i32 = 4;
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Plays the day.
pub fn run(arguments: &DemoArguments) -> anyhow::Result<Ending> {
    logging::start(false, "error,librdkafka=off,rdkafka=off,stockroom::kafka=off")?;
    let brokers = arguments.bootstrap_server.clone().map_or_else(broker::start, Ok)?;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let prefix = format!("demo-{}-{}.", since_1970.as_secs(), std::process::id());
    let mut config = Config::of_broker(&brokers, &prefix)?;
    // The day has times of its own.
    config.trusted_timestamps = true;
    config.state_dir = std::env::temp_dir().join(format!("stockroom-{prefix}state"));
    tell(format!("topics {prefix}inventory.*, {PARTITIONS} partitions each, seed {}", arguments.seed));
    create_topics(&config)?;
    let processor = Processor::start(config.clone())?;
    let mut stage = Stage::open(&config, arguments.fast)?;
    for act in story::day(arguments.seed, &config.codec(), arguments.crowd) {
        stage.play(&act)?;
        processor.check()?;
    }
    drop(stage);
    processor.stop()?;
    ending(&config, &brokers, &prefix)
}

fn create_topics(config: &Config) -> anyhow::Result<()> {
    // The day is long past: nothing of it may be deleted or compacted for its age. A segment ends by the time of day of
    // its markers, so one of old records would end at once.
    let never = [("retention.ms", "-1"), ("segment.ms", "315360000000")];
    let overrides: BTreeMap<String, String> = never.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let trusted_timestamps = config.trusted_timestamps;
    let layout = Layout { partitions: PARTITIONS, replication: None, trusted_timestamps, overrides };
    topics::created(config, &layout).map(drop)
}

/// What the day comes to: stock, one product explained, the auditor's verdict.
fn ending(config: &Config, brokers: &str, prefix: &str) -> anyhow::Result<Ending> {
    let title = |text: &str| print(&format!("\n{}\n\n", paint(text, Colour::Good)));
    title("The transfer orders of the day")?;
    let orders = documents::read(config, None, |key| key.kind == Kind::TransferOrder)?;
    let shown = orders.iter().filter_map(|(key, document)| Some((key, documents::shown::Shown::of(document)?)));
    print(&documents::tables::list(documents::shown::Listed::TransferOrders, shown).text())?;
    title("The stock of london")?;
    print(&stock::table(config, &stock::rows(config, Some("london"))?).text())?;
    title("How the shirts of london came to be what they are")?;
    let key = StockKey { store_id: "london".into(), product_id: "shirt".into() };
    let row = stock::row(config, &key)?.unwrap_or_default();
    print(&explain::text(config, &row, &explain::movements(config, &key)?))?;
    tell(format!("\nlook around: stockroom transfer-orders list --bootstrap-server {brokers} --topic-prefix {prefix}"));
    tell(format!("             stockroom explain leeds socks --bootstrap-server {brokers} --topic-prefix {prefix}"));
    title("The auditor, who reads the topics alone")?;
    let report = verify::audit(config, false)?;
    print(&verify::text(&report, 50))?;
    Ok(if report.violations.is_empty() { Ending::Done } else { Ending::Refused })
}

/// A processor on a thread of this process.
struct Processor {
    shutdown: Arc<AtomicBool>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
    state_dir: PathBuf,
}

impl Processor {
    fn start(config: Config) -> anyhow::Result<Self> {
        let shutdown = Arc::new(AtomicBool::new(false));
        let status = Arc::new(Status::default());
        let (flag, shared, state_dir) = (Arc::clone(&shutdown), Arc::clone(&status), config.state_dir.clone());
        let thread = std::thread::Builder::new()
            .name("processor".to_owned())
            .spawn(move || run::process(&config, &flag, shared))?;
        let mut processor = Self { shutdown, thread: Some(thread), state_dir };
        let deadline = Instant::now() + READY_WITHIN;
        while !status.is_ready() || status.partitions().is_empty() {
            if processor.thread.as_ref().is_some_and(JoinHandle::is_finished) {
                processor.join()?;
            }
            if Instant::now() > deadline {
                return Err(Failure::failed(
                    format!("the processor is not ready after {} s", READY_WITHIN.as_secs()),
                    "set RUST_LOG=info to see what it waits for",
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(processor)
    }

    /// Whether it still runs.
    fn check(&self) -> anyhow::Result<()> {
        if self.thread.as_ref().is_some_and(JoinHandle::is_finished) {
            return Err(Failure::failed("the processor ended by itself", "set RUST_LOG=info to see why"));
        }
        Ok(())
    }

    fn stop(mut self) -> anyhow::Result<()> {
        self.join()
    }

    fn join(&mut self) -> anyhow::Result<()> {
        self.shutdown.store(true, Ordering::Release);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(Failure::failed("the processor broke", "set RUST_LOG=info to see why")),
            None => Ok(()),
        }
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        // When the play was cut short its error is told, not this one.
        let _ = self.join();
        let _ = std::fs::remove_dir_all(&self.state_dir);
    }
}
