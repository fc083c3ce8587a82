//! `stockroom verify`: the auditor's command. It reads every topic to its present end, and ends by the verdict.

use crate::audit::{Audit, Replay, Report, Violations};
use crate::codec::record::Topic;
use crate::engine::Context;
use crate::kafka::client::reader::{Reader, Scope};
use crate::kafka::client::topics;

use super::arguments::VerifyArguments;
use super::config::Config;
use super::connection::ProgressLine;
use super::failure::{Ending, Failure};
use super::output::{Colour, Output, paint, print, print_json};
use super::terminal::in_line;

/// Audits, prints, and ends by the verdict.
pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let report = if arguments.replay { replay(&config)? } else { audit(&config, arguments.running)? };
    match arguments.output {
        Output::Table => print(&text(&report, arguments.limit))?,
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
    config.require_schemas()?;
    let reader = config.open_topics(&Topic::ALL, Scope::All)?;
    Ok((Audit::new(config.codec(), &config.deployment, reader.starts()), reader))
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
    let context = Context::with_codec(config.deployment.clone(), config.codec(), checked.partitions);
    let mut replay = Replay::new(context);
    config.read_on(reader, |record| {
        audit.observe(&record);
        replay.observe(&record);
    })?;
    let mut report = audit.finish(false);
    let mut violations = Violations::default();
    let mut line = ProgressLine::start("replaying");
    let replayed = replay.finish(|done, total| line.show(done, total), &mut violations)?;
    line.end();
    violations.extend(report.violations);
    report.figures.push(("inputs replayed", replayed));
    Ok(Report { violations: violations.sorted(), ..report })
}

/// Lines for people; the verdict is the last one.
pub fn text(report: &Report, limit: usize) -> String {
    let figures: Vec<String> = report.figures.iter().map(|(name, number)| format!("{number} {name}")).collect();
    let mut text = format!("{}\n", paint(&figures.join(", "), Colour::Faint));
    for violation in report.violations.iter().take(limit) {
        text.push_str(&format!("{}\n", in_line(&violation.to_string())));
    }
    if report.violations.len() > limit {
        text.push_str(&format!("… and {} more; --limit shows more\n", report.violations.len() - limit));
    }
    text.push_str(&format!("{}\n", verdict(report)));
    text
}

/// `0 violations`.
fn verdict(report: &Report) -> String {
    let found = report.violations.len();
    let text = if found == 1 { "1 violation".to_owned() } else { format!("{found} violations") };
    paint(&text, if found == 0 { Colour::Good } else { Colour::Bad })
}
