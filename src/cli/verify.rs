//! `stockroom verify`: the auditor's command. It reads every topic to its present end, and ends by the verdict.

use std::time::Duration;

use crate::audit::{Audit, Coverage, Replay, Report, Rule, Violations};
use crate::codec::record::{InputRecord, Topic};
use crate::domain::time::Timestamp;
use crate::engine::Context;
use crate::kafka::client::reader::Scope;
use crate::kafka::client::topics;

use super::arguments::VerifyArguments;
use super::config::Config;
use super::connection::ProgressLine;
use super::failure::Ending;
use super::output::{Colour, Output, paint, print, print_json};
use super::terminal::in_line;

/// How often a running deployment is read, until what looks broken has gone or stays.
const PASSES_MAX: usize = 4;
/// Between two passes: what was under way has arrived.
const PAUSE: Duration = Duration::from_secs(3);
const LOST: &str = "topics have lost their oldest records, so nothing can be decided again from empty";

/// Audits, prints, and ends by the verdict.
pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let report = if arguments.replay { replay(&config)? } else { audit(&config, arguments.running)? };
    match arguments.output {
        Output::Table => {
            print(&rules(&report, arguments.rules))?;
            print(&text(&report, arguments.limit))?;
        }
        Output::Json => print_json(&report.json(arguments.limit))?,
    }
    Ok(if !report.violations.is_empty() {
        Ending::Refused
    } else if report.blind().next().is_some() {
        Ending::NotChecked
    } else {
        Ending::Done
    })
}

/// Reads every topic to its present end and compares them. Of a running deployment the ends do not belong together: it is
/// read again until nothing looks broken, or the same is broken every time.
pub fn audit(config: &Config, running: bool) -> anyhow::Result<Report> {
    let (partitions, passes) = (partitions(config)?, if running { PASSES_MAX } else { 1 });
    let mut report = read(config, partitions, open(config, running)?, |_| {})?;
    for _ in 1..passes {
        if report.violations.is_empty() {
            break;
        }
        std::thread::sleep(PAUSE);
        let mut again = read(config, partitions, open(config, running)?, |_| {})?;
        again.keep_what_persists(&report);
        report = again;
    }
    Ok(report)
}

fn partitions(config: &Config) -> anyhow::Result<i32> {
    config.require_schemas()?;
    Ok(topics::check(&config.client, &config.topics).map_err(super::topics::explained)?.partitions)
}

/// An audit that knows which topics still have their beginning.
fn open(config: &Config, running: bool) -> anyhow::Result<Audit> {
    let starts = config.open_topics(&Topic::ALL, Scope::All)?;
    Ok(Audit::new(config.codec(), &config.deployment, starts.starts(), running))
}

/// One reading of everything, partition by partition.
fn read(
    config: &Config,
    partitions: i32,
    mut audit: Audit,
    mut on_record: impl FnMut(&InputRecord),
) -> anyhow::Result<Report> {
    for partition in 0..partitions {
        let what = format!("partition {} of {partitions}", partition + 1);
        for topics in Audit::STEPS {
            let reader = config.open_topics(topics, Scope::Partition(partition))?;
            config.read_on(reader, &*what, |record| {
                audit.observe(&record);
                on_record(&record);
            })?;
        }
        audit.end_partition();
    }
    Ok(audit.finish())
}

/// The same, and everything decided once more from empty.
fn replay(config: &Config) -> anyhow::Result<Report> {
    let (partitions, audit) = (partitions(config)?, open(config, false)?);
    let mut found = Violations::default();
    if !audit.is_whole() {
        let mut report = read(config, partitions, audit, |_| {})?;
        found.not_at_all(Rule::Replay, LOST);
        report.add_replay(found, None);
        return Ok(report);
    }
    let mut replay = Replay::new(Context::with_codec(config.deployment.clone(), config.codec(), partitions));
    let mut report = read(config, partitions, audit, |record| replay.observe(record))?;
    let mut line = ProgressLine::start("replaying");
    let replayed = replay.finish(|done, total| line.show(done, total), &mut found)?;
    line.end();
    found.checked(Rule::Replay, replayed);
    report.add_replay(found, Some(replayed));
    Ok(report)
}

/// What was checked and what was not, rule by rule, for people: of all rules, or of those that something is left out of.
fn rules(report: &Report, all: bool) -> String {
    let mut text = String::new();
    for checked in &report.rules {
        let Coverage { checked: units, left_out, not_at_all } = &checked.coverage;
        let day = |time: Timestamp| time.to_string()[..10].to_owned();
        let span = checked.span.map_or_else(String::new, |span| format!(" {}…{}", day(span.from), day(span.to)));
        let (name, of) = (checked.rule.as_str(), checked.rule.units());
        if !all && left_out.is_empty() && not_at_all.is_none() {
            continue;
        }
        text.push_str(&paint(&format!("{name:<45} {units:>12} {of}{span}"), Colour::Faint));
        text.push('\n');
        for (why, units) in left_out {
            text.push_str(&format!("  not checked: {units} {of}: {why}\n"));
        }
        if let Some(why) = not_at_all {
            text.push_str(&format!("  not checked: {why}\n"));
        }
    }
    text
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
    let blind = report.blind().count();
    if found == 0 && blind > 0 {
        return paint(&format!("0 violations, but of {blind} rules nothing could be checked"), Colour::Bad);
    }
    let text = if found == 1 { "1 violation".to_owned() } else { format!("{found} violations") };
    paint(&text, if found == 0 { Colour::Good } else { Colour::Bad })
}
