//! `stockroom send`: commands from a file or standard input, one a line, and what became of each.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::codec::Codec;
use crate::codec::headers::ERROR_CODE;
use crate::codec::record::InputRecord;
use crate::domain::decision::{Answer, Outcome};
use crate::domain::rejection::{Rejection, Value as RejectedValue};
use crate::kafka::client::sender::{Outgoing, Response, SendError, Sender};

use super::arguments::SendArguments;
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::{Colour, Output, paint, print};

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
    eprintln!("{} commands sent, {} refused", sending.numbers.len(), sending.refused);
    Ok(if sending.refused > 0 { Ending::Refused } else { Ending::Done })
}

fn failed(error: &SendError, config: &Config) -> anyhow::Error {
    let hint = format!(
        "is a broker listening at {}, and are the topics there (`stockroom topics check`)?",
        config.client.brokers()
    );
    Failure::failed(error.to_string(), hint)
}

fn explained(error: anyhow::Error, config: &Config) -> anyhow::Error {
    match error.downcast::<SendError>() {
        Ok(error) => failed(&error, config),
        Err(other) => other,
    }
}

/// Lines with their numbers, read by a thread: results are printed while standard input waits.
fn lines(file: Option<&Path>) -> anyhow::Result<Receiver<(usize, std::io::Result<String>)>> {
    let input: Box<dyn BufRead + Send> = match file {
        Some(file) if file.as_os_str() != "-" => Box::new(BufReader::new(File::open(file).map_err(|error| {
            Failure::refused(format!("{}: {error}", file.display()), "give a file of commands, one JSON object a line")
        })?)),
        Some(_) | None => Box::new(BufReader::new(stdin())),
    };
    let (send, receive) = sync_channel(1_000);
    std::thread::Builder::new().name("input".to_owned()).spawn(move || {
        for (index, line) in input.lines().enumerate() {
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
    fn all(&mut self, lines: &Receiver<(usize, std::io::Result<String>)>) -> anyhow::Result<()> {
        loop {
            match lines.recv_timeout(Duration::from_millis(20)) {
                Ok((number, line)) => {
                    let line = line.with_context(|| format!("line {number} can't be read"))?;
                    self.one(number, line.trim())?;
                }
                Err(RecvTimeoutError::Timeout) => self.results(Duration::ZERO)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            while self.sender.waiting() > UNDER_WAY_MAX {
                self.results(Duration::from_millis(100))?;
            }
        }
    }

    fn one(&mut self, number: usize, line: &str) -> anyhow::Result<()> {
        if line.is_empty() {
            return Ok(());
        }
        let store =
            serde_json::from_str::<Value>(line).map_err(|error| format!("is no JSON: {error}")).and_then(|value| {
                let store = value.get("store_id").and_then(Value::as_str).map(str::to_owned);
                store.ok_or_else(|| "has no store_id: nobody could answer it".to_owned())
            });
        match store {
            Ok(store) => {
                let outgoing = Outgoing {
                    key: Some(store.into_bytes()),
                    value: Some(line.as_bytes().to_vec()),
                    ..Outgoing::default()
                };
                self.sender.send(&outgoing)?;
                self.numbers.push(number);
            }
            Err(fault) => {
                self.refused += 1;
                eprintln!("line {number} {fault}; it was not sent");
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
                print(&format!("{value}\n"))?;
            }
            Output::Table => print(&format!("line {line:<4} {}\n", sentence(&answer)))?,
        }
        Ok(())
    }

    fn unanswerable(&mut self, line: usize, record: &InputRecord) -> anyhow::Result<()> {
        self.refused += 1;
        let header = |key: &str| String::from_utf8_lossy(record.header(key).unwrap_or_default()).into_owned();
        let (code, message) = (header(ERROR_CODE), header("__streams.errors.message"));
        match self.output {
            Output::Json => {
                print(&format!(
                    "{}\n",
                    json!({ "line": line, "status": "dead_letter", "code": code, "message": message })
                ))?;
            }
            Output::Table => {
                print(&format!("line {line:<4} {} {code}: {message}\n", paint("dead letter", Colour::Bad)))?
            }
        }
        Ok(())
    }
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

fn refusal(rejection: &Rejection) -> String {
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
