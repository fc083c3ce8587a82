//! `stockroom run`: the processor as a process.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::engine::Context;
use crate::kafka::client::topics;
use crate::kafka::config::Config as ProcessorConfig;
use crate::kafka::error::RunError;
use crate::kafka::phase::Phase;
use crate::kafka::processor;
use crate::kafka::status::Status;

use super::arguments::RunArguments;
use super::config::{Config, effective};
use super::failure::{Ending, Failure};
use super::http::{Endpoints, in_words};
use super::logging;
use super::terminal::{print_as_it_is, tell};

/// Runs until the process is told to stop.
pub fn run(arguments: &RunArguments) -> anyhow::Result<Ending> {
    let config = Config::load(arguments.config.as_deref())?;
    if arguments.print_effective_config {
        print_as_it_is(&effective(&config)?)?;
        return Ok(Ending::Done);
    }
    if arguments.check_config {
        config.check_registry()?;
        tell("the configuration can be used");
        return Ok(Ending::Done);
    }
    logging::start(config.log_json, &config.log_level)?;
    let shutdown = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        // A second signal ends the process at once: nothing is lost by it, the next start only takes longer.
        signal_hook::flag::register_conditional_shutdown(signal, 2, Arc::clone(&shutdown))?;
        signal_hook::flag::register(signal, Arc::clone(&shutdown))?;
    }
    let status = Arc::new(Status::default());
    let endpoints = config.listen.map(|address| Endpoints::serve(address, Arc::clone(&status))).transpose()?;
    if let Some(endpoints) = &endpoints {
        tracing::info!(address = %endpoints.address, "http endpoints /livez /readyz /metrics");
    }
    let watcher = watch(Arc::clone(&status), Arc::clone(&shutdown))?;
    let ended = process(&config, &shutdown, status);
    shutdown.store(true, Ordering::Release);
    // The watcher only reports; what it has to say no longer matters.
    let _ = watcher.join();
    ended.map(|()| Ending::Done)
}

/// Runs the processor until `shutdown` is set.
///
/// # Errors
/// What keeps an instance from going on.
pub fn process(config: &Config, shutdown: &AtomicBool, status: Arc<Status>) -> anyhow::Result<()> {
    let checked = topics::check(&config.client, &config.topics).map_err(super::topics::explained)?;
    super::topics::let_in(config, &checked)?;
    if config.open_schemas(|| shutdown.load(Ordering::Acquire))?.is_none() {
        return Ok(());
    }
    let deployment = &config.deployment;
    tracing::info!(
        tenant = &*deployment.tenant,
        history_ms = deployment.history_ms,
        command_ids_ms = deployment.command_ids_ms,
        documents_ms = deployment.documents_ms,
        parked_for_ms = deployment.parked_for_ms,
        strict_configuration = deployment.strict_configuration,
        reasons = deployment.reasons.len(),
        version = env!("CARGO_PKG_VERSION"),
        "deployment"
    );
    let context = Context::with_codec(deployment.clone(), config.codec(), checked.partitions);
    processor::run(config.processor(), context, shutdown, status).map_err(|error| explained(&error))
}

impl Config {
    /// What the processor needs to know besides the rules of the business.
    fn processor(&self) -> ProcessorConfig {
        ProcessorConfig {
            client: self.client.clone(),
            topics: self.topics.clone(),
            state_dir: self.state_dir.clone(),
            batch: self.batch,
        }
    }
}

fn explained(error: &RunError) -> anyhow::Error {
    let hint = match error {
        RunError::Topics(_) => "`stockroom topics check` says what is wrong with the topics",
        RunError::Partitions { .. } | RunError::PartitionsAdded(_) => {
            "the number of partitions can't be changed: stop all instances, make topics of the old number under another \
             prefix, copy the records into them partition by partition, and start on those (docs/running.md)"
        }
        RunError::Client(_) | RunError::Read(_) => "are the brokers in kafka.\"bootstrap.servers\" reachable?",
        RunError::Refused(_) => "give every instance a group.instance_id of its own, or none",
        RunError::State { .. } => "set state.dir to a folder this process may write, one for each instance",
        RunError::Thread(_) => "raise the number of threads a process may have (ulimit -u, pids of the container)",
        RunError::NotClosed => "start again: the group finds out by itself",
    };
    Failure::failed(error.to_string(), hint)
}

/// Tells on a terminal, or in the log, how far partitions are restored.
fn watch(status: Arc<Status>, shutdown: Arc<AtomicBool>) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
        let mut known: BTreeMap<i32, Phase> = BTreeMap::new();
        let between = Duration::from_secs(if std::io::stderr().is_terminal() { 1 } else { 5 });
        let step = Duration::from_millis(100);
        let mut waited = Duration::ZERO;
        while !shutdown.load(Ordering::Acquire) {
            std::thread::sleep(step);
            waited += step;
            if waited < between {
                continue;
            }
            waited = Duration::ZERO;
            let now = status.partitions();
            for (partition, phase) in &now {
                let restoring = matches!(phase, Phase::Restoring(_));
                if restoring && known.get(partition) != Some(phase) {
                    tracing::info!(partition, "{}", in_words(phase));
                }
            }
            known = now;
        }
    })
}
