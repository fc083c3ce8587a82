//! `stockroom import`: a file of stock, sent as commands whose ids follow from it, so that a second run changes nothing.

mod file;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::json;

use file::{Batch, Row, Said, StockFile};

use crate::codec::Codec;
use crate::codec::format::Format;
use crate::codec::headers::ERROR_CODE;
use crate::domain::decision::Outcome;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::kafka::client::sender::{Outgoing, Response, Sender};

use super::arguments::ImportArguments;
use super::connection::ProgressLine;
use super::failure::{Ending, Failure};
use super::output::{Colour, Output, paint, print, print_json_line};
use super::send::{explained, failed, refusal};
use super::terminal::{in_line, tell};

/// How many commands, of up to a thousand rows, may be without an answer before the next one is sent.
const UNDER_WAY_MAX: usize = 100;

/// Reads the file, sends what can be used, and lists what went wrong.
pub fn run(arguments: &ImportArguments) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let mut file = read(arguments, config.deployment.salable_stock_location.as_str())?;
    let said = Said { occurred_at: as_of(arguments)?, origin: (!arguments.announce).then(|| arguments.origin.clone()) };
    for (line, fault) in &file.wrong {
        tell_wrong(arguments.output, *line, fault)?;
    }
    if arguments.check {
        tell(format!("{} rows can go in, {} are wrong; nothing was sent", file.rows(), file.wrong.len()));
        return Ok(if file.wrong.is_empty() { Ending::Done } else { Ending::Refused });
    }
    let sender = Sender::open(&config.client, &config.topics, true).map_err(|error| failed(&error, &config))?;
    let patience = Duration::from_secs(arguments.timeout);
    let (total, batches) = (file.rows(), std::mem::take(&mut file.batches));
    let mut import = Import {
        file: &file,
        said: &said,
        total,
        under_way: HashMap::new(),
        sender,
        codec: config.json_codec(),
        output: arguments.output,
        patience,
        last_answer: Instant::now(),
        progress: ProgressLine::start("rows imported"),
        done: 0,
        refused: 0,
    };
    import.all(batches).map_err(|error| explained(error, &config))?;
    import.progress.end();
    let (went_in, refused, wrong) = (import.done - import.refused, import.refused, file.wrong.len());
    tell(format!("as of {}: {went_in} rows went in, {refused} were refused, {wrong} are wrong", said.occurred_at));
    Ok(if refused + wrong > 0 { Ending::Refused } else { Ending::Done })
}

fn read(arguments: &ImportArguments, stock_location: &str) -> anyhow::Result<StockFile> {
    let name = arguments.file.display();
    let delimiter = u8::try_from(arguments.delimiter).map_err(|_| {
        Failure::refused(format!("--delimiter {}: is not ASCII", arguments.delimiter), "give one like ';'")
    })?;
    let bytes = std::fs::read(&arguments.file)
        .map_err(|error| Failure::refused(format!("{name}: {error}"), "give a file of comma-separated values"))?;
    StockFile::read(&bytes, delimiter, stock_location).map_err(|fault| {
        let hint = "the first line names the columns: store_id,product_id,count and, if wanted, stock_location; \
                    --delimiter ';' is for files with semicolons";
        Failure::refused(format!("{name}: {fault}"), hint)
    })
}

/// When the numbers were so: when the file was written, unless somebody says otherwise.
fn as_of(arguments: &ImportArguments) -> anyhow::Result<Timestamp> {
    if let Some(text) = &arguments.as_of {
        let hint = "give a time like 2026-03-02T06:00:00Z";
        return Timestamp::parse(text).ok_or_else(|| Failure::refused(format!("--as-of {text}: is no time"), hint));
    }
    written_at(&arguments.file).ok_or_else(|| {
        let message = format!("{}: nobody knows when it was written", arguments.file.display());
        Failure::refused(message, "give --as-of TIME")
    })
}

fn written_at(file: &Path) -> Option<Timestamp> {
    let age = std::fs::metadata(file).and_then(|data| data.modified()).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(i64::try_from(age.as_millis()).ok()?))
}

fn tell_wrong(output: Output, line: u64, fault: &str) -> std::io::Result<()> {
    match output {
        Output::Json => print_json_line(&json!({ "lines": [line], "status": "wrong", "message": fault })),
        Output::Table => print(&format!("line {line:<4} {} {}\n", paint("wrong", Colour::Bad), in_line(fault))),
    }
}

struct Import<'a> {
    file: &'a StockFile,
    said: &'a Said,
    /// Rows that can be used.
    total: usize,
    /// What has no answer yet, by the sender's number.
    under_way: HashMap<usize, Batch>,
    sender: Sender,
    codec: Codec,
    output: Output,
    /// How long no answer may come.
    patience: Duration,
    last_answer: Instant,
    progress: ProgressLine,
    /// Rows with an answer.
    done: usize,
    /// Rows that were refused.
    refused: usize,
}

impl Import<'_> {
    fn all(&mut self, batches: Vec<Batch>) -> anyhow::Result<()> {
        for batch in batches {
            self.send(batch)?;
            while self.sender.waiting() > UNDER_WAY_MAX {
                self.answers()?;
            }
        }
        while self.sender.waiting() > 0 {
            self.answers()?;
        }
        Ok(())
    }

    fn send(&mut self, batch: Batch) -> anyhow::Result<()> {
        let value = self.codec.encode_command(&self.file.command(&batch, self.said), Format::Json);
        let key = Some(batch.store_id.as_bytes().to_vec());
        let number = self.sender.send(&Outgoing { key, value: Some(value), ..Outgoing::default() })?;
        self.under_way.insert(number, batch);
        Ok(())
    }

    fn answers(&mut self) -> anyhow::Result<()> {
        let outcomes = self.sender.outcomes(Duration::from_millis(100))?;
        if outcomes.is_empty() && self.last_answer.elapsed() > self.patience {
            let missing = self.total - self.done;
            return Err(Failure::failed(
                format!("{missing} rows have no answer, and none came for {} s", self.patience.as_secs()),
                "is a processor running for these topics? A second run goes on where this one ended",
            ));
        }
        for (number, response) in outcomes {
            self.last_answer = Instant::now();
            let Some(batch) = self.under_way.remove(&number) else { continue };
            match response {
                Response::Result(record) => {
                    let answer = self.codec.decode_answer(record.value.as_deref().unwrap_or_default())?;
                    if let Outcome::Rejected(rejection) = answer.outcome {
                        self.rejected(batch, &rejection)?;
                    } else {
                        self.done += batch.rows.len();
                    }
                }
                Response::DeadLetter(record) => {
                    let code = String::from_utf8_lossy(record.header(ERROR_CODE).unwrap_or_default());
                    self.refuse(&batch, &batch.rows, &code, &code)?;
                }
            }
        }
        self.progress.show(u64::try_from(self.done)?, u64::try_from(self.total)?);
        Ok(())
    }

    /// One bad line refuses a command. When it is named, the others are sent without it.
    fn rejected(&mut self, batch: Batch, rejection: &Rejection) -> anyhow::Result<()> {
        let named: BTreeSet<usize> = rejection.violations.iter().filter_map(|violation| violation.line).collect();
        let code = rejection.code.as_str();
        if named.is_empty() {
            return Ok(self.refuse(&batch, &batch.rows, code, &refusal(rejection))?);
        }
        let (refused, rest) = batch.without(&named);
        self.refuse(&rest, &refused, code, code)?;
        if !rest.rows.is_empty() {
            self.send(rest)?;
        }
        Ok(())
    }

    fn refuse(&mut self, batch: &Batch, rows: &[Row], code: &str, why: &str) -> std::io::Result<()> {
        self.done += rows.len();
        self.refused += rows.len();
        let mut lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
        lines.sort_unstable();
        match self.output {
            Output::Json => {
                print_json_line(&json!({ "lines": lines, "status": "rejected", "code": code, "message": why }))
            }
            Output::Table => {
                let place = format!("{} at {}: {why}", batch.stock_location, batch.store_id);
                print(&format!("line {:<4} {} {}\n", ranges(&lines), paint("rejected", Colour::Bad), in_line(&place)))
            }
        }
    }
}

/// Ascending lines, those that follow each other as `2-5`.
fn ranges(lines: &[u64]) -> String {
    let ranges: Vec<String> = lines
        .chunk_by(|one, next| one + 1 == *next)
        .filter_map(|range| match range {
            [] => None,
            [only] => Some(only.to_string()),
            [first, .., last] => Some(format!("{first}-{last}")),
        })
        .collect();
    ranges.join(",")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn lines_that_follow_each_other_are_a_range() {
        assert_eq!(ranges(&[2, 3, 4, 7, 9, 10]), "2-4,7,9-10");
        assert_eq!(ranges(&[]), "");
    }
}
