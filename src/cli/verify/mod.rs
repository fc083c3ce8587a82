//! `stockroom verify`: an auditor that shares nothing with the processor but the decoding of its topics. It reads
//! committed records only and works everything out again.

mod announced;
mod audit;
mod closed;
mod holds;
mod journal;
mod ledger;
mod report;
#[cfg(test)]
mod samples;
mod sequences;
mod transit;
mod violation;

use crate::codec::record::Topic;

use super::arguments::VerifyArguments;
use super::config::Config;
use super::failure::Ending;
use super::output::{Output, print, print_json};

use audit::Audit;
pub use report::Report;

/// Audits, prints, and ends by the verdict.
pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let report = audit(&config, arguments.running)?;
    match arguments.output {
        Output::Table => print(&report.text(arguments.limit))?,
        Output::Json => print_json(&report.json(arguments.limit))?,
    }
    Ok(if report.violations.is_empty() { Ending::Done } else { Ending::Refused })
}

/// Reads every topic to its present end and compares them.
pub fn audit(config: &Config, running: bool) -> anyhow::Result<Report> {
    let reader = config.open_topics(&Topic::ALL)?;
    let damaged = config.deployment.damaged_stock_location.clone();
    let mut audit = Audit::new(config.codec(), damaged, reader.starts());
    config.read_on(reader, |record| audit.observe(&record))?;
    Ok(audit.finish(running))
}
