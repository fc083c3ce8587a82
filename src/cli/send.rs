//! `stockroom send`: commands from a file or standard input, one a line, and what became of each.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::codec::Codec;
use crate::codec::command::{Undecodable, from_json};
use crate::codec::headers::ERROR_CODE;
use crate::codec::record::InputRecord;
use crate::domain::decision::{Answer, Outcome};
use crate::domain::rejection::{Rejection, Value as RejectedValue};
use crate::kafka::client::sender::{Outgoing, Response, SendError, Sender};

use super::arguments::SendArguments;
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::{Colour, Output, paint, print, print_json_line};
use super::terminal::{in_line, tell};

/// How many commands may be without a result before the next one is sent.
const UNDER_WAY_MAX: usize = 2_000;

/// Sends, waits, prints.
pub fn run(arguments: &SendArguments) -> anyhow::Result<Ending> {
    let config = arguments.connection.open()?;
    let lines = lines(arguments.file.as_deref())?;
    let sender =
        Sender::open(&config.client, &config.topics, !arguments.no_wait).map_err(|error| failed(&error, &config))?;
    let mut sending = Sending {
        sender,
        codec: config.json_codec(),
        output: arguments.output,
        numbers: Vec::new(),
        refused: 0,
        waits: !arguments.no_wait,
    };
    sending.all(&lines).map_err(|error| explained(error, &config))?;
    let missing = sending.rest(Duration::from_secs(arguments.timeout)).map_err(|error| explained(error, &config))?;
    if missing > 0 {
        let hint = "is a processor running for these topics? Sending the same commands again changes nothing twice";
        return Err(Failure::failed(format!("{missing} commands have no result after {} s", arguments.timeout), hint));
    }
    tell(format!("{} commands sent, {} refused", sending.numbers.len(), sending.refused));
    Ok(if sending.refused > 0 { Ending::Refused } else { Ending::Done })
}

pub(super) fn failed(error: &SendError, config: &Config) -> anyhow::Error {
    let hint = format!(
        "is a broker listening at {}, and are the topics there (`stockroom topics check`)?",
        config.client.brokers()
    );
    Failure::failed(error.to_string(), hint)
}

pub(super) fn explained(error: anyhow::Error, config: &Config) -> anyhow::Error {
    match error.downcast::<SendError>() {
        Ok(error) => failed(&error, config),
        Err(other) => other,
    }
}

/// Lines with their numbers, read by a thread: results are printed while standard input waits.
fn lines(file: Option<&Path>) -> anyhow::Result<Receiver<(usize, std::io::Result<Vec<u8>>)>> {
    let input: Box<dyn BufRead + Send> = match file {
        Some(file) if file.as_os_str() != "-" => Box::new(BufReader::new(File::open(file).map_err(|error| {
            Failure::refused(format!("{}: {error}", file.display()), "give a file of commands, one JSON object a line")
        })?)),
        Some(_) | None => Box::new(BufReader::new(stdin())),
    };
    let (send, receive) = sync_channel(1_000);
    std::thread::Builder::new().name("input".to_owned()).spawn(move || {
        for (index, line) in input.split(b'\n').enumerate() {
            if send.send((index + 1, line)).is_err() {
                return;
            }
        }
    })?;
    Ok(receive)
}

struct Sending {
    sender: Sender,
    codec: Codec,
    output: Output,
    /// The number of the line of each command, by the sender's number.
    numbers: Vec<usize>,
    refused: usize,
    waits: bool,
}

impl Sending {
    fn all(&mut self, lines: &Receiver<(usize, std::io::Result<Vec<u8>>)>) -> anyhow::Result<()> {
        loop {
            match lines.recv_timeout(Duration::from_millis(20)) {
                Ok((number, line)) => {
                    let line = line.with_context(|| format!("line {number} can't be read"))?;
                    self.one(number, line)?;
                }
                Err(RecvTimeoutError::Timeout) => self.results(Duration::ZERO)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            while self.sender.waiting() > UNDER_WAY_MAX {
                self.results(Duration::from_millis(100))?;
            }
        }
    }

    fn one(&mut self, number: usize, line: Vec<u8>) -> anyhow::Result<()> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        match addressed(line) {
            Ok(outgoing) => {
                self.sender.send(&outgoing)?;
                self.numbers.push(number);
            }
            Err(fault) => {
                self.refused += 1;
                tell(format!("line {number}: {fault}; it was not sent"));
            }
        }
        Ok(())
    }

    /// Waits for what is under way; gives back how many results are missing.
    fn rest(&mut self, patience: Duration) -> anyhow::Result<usize> {
        if !self.waits {
            self.sender.flush(patience)?;
            return Ok(0);
        }
        let deadline = Instant::now() + patience;
        while self.sender.waiting() > 0 && Instant::now() < deadline {
            self.results(Duration::from_millis(100))?;
        }
        Ok(self.sender.waiting())
    }

    fn results(&mut self, patience: Duration) -> anyhow::Result<()> {
        if !self.waits {
            return Ok(());
        }
        for (number, came) in self.sender.outcomes(patience)? {
            let line = self.numbers.get(number).copied().unwrap_or(0);
            match came {
                Response::Result(record) => self.answered(line, &record)?,
                Response::DeadLetter(record) => self.unanswerable(line, &record)?,
            }
        }
        Ok(())
    }

    fn answered(&mut self, line: usize, record: &InputRecord) -> anyhow::Result<()> {
        let answer = self.codec.decode_answer(record.value.as_deref().unwrap_or_default())?;
        self.refused += usize::from(matches!(answer.outcome, Outcome::Rejected(_)));
        match self.output {
            Output::Json => {
                let mut value: Value = serde_json::from_slice(&self.codec.encode_answer(&answer))?;
                value["line"] = json!(line);
                print_json_line(&value)?;
            }
            Output::Table => print(&format!("line {line:<4} {}\n", in_line(&sentence(&answer))))?,
        }
        Ok(())
    }

    fn unanswerable(&mut self, line: usize, record: &InputRecord) -> anyhow::Result<()> {
        self.refused += 1;
        let header = |key: &str| String::from_utf8_lossy(record.header(key).unwrap_or_default()).into_owned();
        let (code, message) = (header(ERROR_CODE), header("__streams.errors.message"));
        match self.output {
            Output::Json => {
                print_json_line(&json!({ "line": line, "status": "dead_letter", "code": code, "message": message }))?;
            }
            Output::Table => {
                print(&format!("line {line:<4} {} {code}: {}\n", paint("dead letter", Colour::Bad), in_line(&message)))?
            }
        }
        Ok(())
    }
}

/// A line as it is, with its store as key. Read as the processor reads it: what that can answer is sent.
fn addressed(line: Vec<u8>) -> Result<Outgoing, Undecodable> {
    let store = from_json(&line)?.store_id;
    Ok(Outgoing { key: Some(store.as_str().as_bytes().to_vec()), value: Some(line), ..Outgoing::default() })
}

/// A result in a sentence.
pub fn sentence(answer: &Answer) -> String {
    let operation = answer.operation.map_or("?", crate::domain::command::OperationName::as_str);
    let head = format!("{} at {}", operation, answer.store_id);
    let clock = if answer.clock_clamped { ", device clock was wrong" } else { "" };
    match &answer.outcome {
        Outcome::Accepted { event_ids, ids } => {
            let made: Vec<String> = ids.iter().map(|(name, id)| format!(" {name}={id}")).collect();
            let asked = if answer.validate_only { " (only asked)" } else { "" };
            let events =
                if event_ids.len() == 1 { "1 event".to_owned() } else { format!("{} events", event_ids.len()) };
            format!("{} {head}{}, {events}{asked}{clock}", paint("accepted", Colour::Good), made.concat())
        }
        Outcome::Rejected(rejection) => {
            format!("{} {head}: {}{clock}", paint("rejected", Colour::Bad), refusal(rejection))
        }
        Outcome::Parked(rejection) => {
            format!("{} {head}: waits, {}{clock}", paint("parked", Colour::Notable), refusal(rejection))
        }
        Outcome::Applied { leg_id, event_ids } => format!("applied leg {leg_id}, {} events", event_ids.len()),
    }
}

pub(super) fn refusal(rejection: &Rejection) -> String {
    let places: Vec<String> = rejection
        .violations
        .iter()
        .map(|violation| {
            let mut parts = Vec::new();
            parts.extend(violation.line.map(|line| format!("line {line}")));
            parts.extend(violation.product_id.as_ref().map(|product| format!("product {product}")));
            parts.extend(violation.field.as_ref().map(|field| format!("field {field}")));
            parts.extend(violation.value.as_ref().map(|value| match value {
                RejectedValue::Text(text) | RejectedValue::Json(text) => text.to_string(),
                RejectedValue::Number(number) => number.to_string(),
            }));
            parts.join(" ")
        })
        .filter(|place| !place.is_empty())
        .collect();
    if places.is_empty() {
        rejection.code.as_str().to_owned()
    } else {
        format!("{} ({})", rejection.code.as_str(), places.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::codec::format::{Format, Formats};
    use crate::codec::record::{Position, Topic};
    use crate::domain::time::Timestamp;

    #[test]
    fn what_the_processor_can_answer_is_sent_as_it_is() {
        let codec = Codec::new("t".into(), Formats::all(Format::Json), "main".into());
        let id = r#""command_id":"7b0e9a52-4f0e-4c1c-9a53-0c1d8b6f2a11""#;
        let table = [
            (format!(r#"{{{id},"store_id":"S1"}}"#), Some("S1")),
            (format!("\u{feff}{{{id},\"store_id\":\"S1\"}}\r"), Some("S1")),
            (format!("  {{{id},\"store_id\":\"S1\",\"note\":\"half \\ud800\"}} "), Some("S1")),
            (format!(r#"{{{id},"store_id":"S1","store_id":"S2"}}"#), Some("S2")),
            (format!(r#"{{{id},"store_id":"S1","operation":{{"dance":{{}}}},"number":1e999}}"#), Some("S1")),
            (format!(r#"{{{id},"store_id":" S1"}}"#), None),
            (format!(r#"{{{id}}}"#), None),
            (r#"{"command_id":"7","store_id":"S1"}"#.to_owned(), None),
            ("[]".to_owned(), None),
            ("{".to_owned(), None),
        ];
        for (line, store) in table {
            let record = InputRecord {
                topic: Topic::Commands,
                position: Position { topic: "commands".into(), partition: 0, offset: 0 },
                timestamp: Timestamp::from_millis(0),
                key: None,
                value: Some(Bytes::from(line.clone())),
                headers: Vec::new(),
            };
            let taken = codec.decode_command(&record).ok().map(|command| command.store_id.to_string());
            assert_eq!(taken.as_deref(), store, "{line}");
            let sent = addressed(line.clone().into_bytes()).ok();
            assert_eq!(sent.as_ref().and_then(|sent| sent.key.clone()), store.map(|store| store.as_bytes().to_vec()));
            assert!(sent.is_none_or(|sent| sent.value == Some(line.into_bytes())));
        }
    }
}
