//! `stockroom verify`: an auditor that shares nothing with the processor but the decoding of its topics. It reads
//! committed records only and works everything out again.

mod announced;
mod audit;
mod closed;
mod holds;
mod journal;
mod ledger;
mod replay;
mod report;
#[cfg(test)]
mod samples;
mod sequences;
mod tracking;
mod transit;
mod violation;

use crate::codec::record::Topic;
use crate::engine::Context;
use crate::kafka::reader::Reader;
use crate::kafka::topics;

use super::arguments::VerifyArguments;
use super::config::Config;
use super::connection::Shown;
use super::failure::{Ending, Failure};
use super::output::{Output, print, print_json};

use audit::Audit;
use replay::Replay;
use violation::Violations;

pub use report::Report;

/// Audits, prints, and ends by the verdict.
pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let report = if arguments.replay { replay(&config)? } else { audit(&config, arguments.running)? };
    match arguments.output {
        Output::Table => print(&report.text(arguments.limit))?,
        Output::Json => print_json(&report.json(arguments.limit))?,
    }
    Ok(if report.violations.is_empty() { Ending::Done } else { Ending::Refused })
}

/// Reads every topic to its present end and compares them.
pub fn audit(config: &Config, running: bool) -> anyhow::Result<Report> {
    let (mut audit, reader) = open(config)?;
    config.read_on(reader, |record| audit.observe(&record))?;
    Ok(audit.finish(running))
}

fn open(config: &Config) -> anyhow::Result<(Audit, Reader)> {
    let reader = config.open_topics(&Topic::ALL)?;
    let damaged = config.deployment.damaged_stock_location.clone();
    Ok((Audit::new(config.codec(), damaged, reader.starts()), reader))
}

/// The same, and everything decided once more from empty.
fn replay(config: &Config) -> anyhow::Result<Report> {
    let checked = topics::check(&config.client, &config.topics).map_err(super::topics::explained)?;
    let (mut audit, reader) = open(config)?;
    if !audit.is_whole() {
        return Err(Failure::refused(
            "topics have lost their oldest records, so nothing can be decided again from empty",
            "`stockroom verify` without --replay audits what is still there",
        ));
    }
    let mut replay = Replay::default();
    config.read_on(reader, |record| {
        audit.observe(&record);
        replay.observe(&record);
    })?;
    let mut report = audit.finish(false);
    let context =
        Context::with_schemas(config.deployment.clone(), config.formats, checked.partitions, config.schemas());
    let mut violations = Violations::default();
    let mut shown = Shown::start("replaying");
    let replayed = replay.finish(&context, |done, total| shown.tell(done, total), &mut violations)?;
    shown.end();
    violations.extend(report.violations);
    report.figures.push(("inputs replayed", replayed));
    Ok(Report { violations: violations.sorted(), ..report })
}
