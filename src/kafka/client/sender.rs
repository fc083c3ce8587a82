//! Sending commands and waiting for what became of them, for people's commands, the demo and tests.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};

use super::context::log;
use super::reader::{ReadError, Reader, Scope, Start};
use super::records::owned_headers;
use super::settings::ClientSettings;
use super::topics::Names;
use crate::codec::record::{Header, InputRecord, Position, Topic};
use crate::domain::time::Timestamp;

/// A command to be sent, as bytes.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// The record's key: the store's id. The partition follows from it.
    pub key: Option<Vec<u8>>,
    /// The record's value.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<Header>,
    /// Its timestamp; `None` is now.
    pub timestamp: Option<Timestamp>,
}

/// What became of a command.
#[derive(Clone, Debug)]
pub enum Response {
    /// A record of the results topic.
    Result(InputRecord),
    /// A record of the dead letters topic.
    DeadLetter(InputRecord),
}

/// Why a command could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The client says so.
    #[error("cannot send: {0}")]
    Client(#[from] KafkaError),
    /// The answers cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Where each command that was sent arrived, or why it did not.
#[derive(Clone, Default)]
struct Deliveries(Arc<Mutex<Vec<Delivery>>>);

/// The number of a command, and its place.
type Delivery = (usize, Result<Position, KafkaError>);

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let place = match result {
            Ok(message) => {
                Ok(Position { topic: message.topic().into(), partition: message.partition(), offset: message.offset() })
            }
            Err((error, _)) => Err(error.clone()),
        };
        self.0.lock().push((number, place));
    }
}

/// Sends commands to the first commands topic and matches what comes back by the position each one got.
pub struct Sender {
    producer: ThreadedProducer<Deliveries>,
    deliveries: Deliveries,
    answers: Option<Reader>,
    topic: Arc<str>,
    sent: usize,
    undelivered: usize,
    /// The numbers of commands that were delivered, by position, until their outcome comes.
    waiting: HashMap<Position, usize>,
    /// Outcomes that came before the report of where their command is.
    early: HashMap<Position, Response>,
}

impl Sender {
    /// A sender; `waits` says whether outcomes will be asked for.
    pub fn open(settings: &ClientSettings, names: &Names, waits: bool) -> Result<Self, SendError> {
        let deliveries = Deliveries::default();
        let mut config = settings.plain_producer();
        // The partition of a store: the Java client's default, like everywhere else.
        config.set("partitioner", "murmur2_random");
        let answers = if waits {
            let topics = [Topic::Results, Topic::DeadLetters].map(|topic| (topic, Arc::clone(names.name(topic))));
            Some(Reader::open(settings, &topics, Scope::All, Start::End)?)
        } else {
            None
        };
        Ok(Self {
            producer: config.create_with_context(deliveries.clone())?,
            deliveries,
            answers,
            topic: Arc::clone(names.name(Topic::Commands)),
            sent: 0,
            undelivered: 0,
            waiting: HashMap::new(),
            early: HashMap::new(),
        })
    }

    /// Hands a command to the client and gives it a number, counted from 0.
    pub fn send(&mut self, outgoing: &Outgoing) -> Result<usize, SendError> {
        let number = self.sent;
        loop {
            let mut record = BaseRecord::<[u8], [u8], usize>::with_opaque_to(&self.topic, number);
            record.key = outgoing.key.as_deref();
            record.payload = outgoing.value.as_deref();
            record.timestamp = outgoing.timestamp.map(Timestamp::millis);
            record.headers = (!outgoing.headers.is_empty()).then(|| owned_headers(&outgoing.headers));
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
        self.sent += 1;
        self.undelivered += 1;
        Ok(number)
    }

    /// How many commands were handed over.
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// How many commands have no outcome yet.
    pub fn waiting(&self) -> usize {
        self.undelivered + self.waiting.len()
    }

    /// Waits until everything sent is on the broker.
    pub fn flush(&mut self, timeout: Duration) -> Result<(), SendError> {
        self.producer.flush(timeout)?;
        let deadline = Instant::now() + timeout;
        while self.undelivered > 0 && Instant::now() < deadline {
            self.take_deliveries()?;
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn take_deliveries(&mut self) -> Result<(), SendError> {
        let reports = std::mem::take(&mut *self.deliveries.0.lock());
        for (number, place) in reports {
            self.undelivered -= 1;
            self.waiting.insert(place?, number);
        }
        Ok(())
    }

    /// What became of commands, with their numbers, in the order it was read; waits up to `timeout` for the first.
    pub fn outcomes(&mut self, timeout: Duration) -> Result<Vec<(usize, Response)>, SendError> {
        let deadline = Instant::now() + timeout;
        let mut outcomes = Vec::new();
        loop {
            self.take_deliveries()?;
            let found: Vec<Position> =
                self.early.keys().filter(|place| self.waiting.contains_key(*place)).cloned().collect();
            for place in found {
                if let (Some(number), Some(outcome)) = (self.waiting.remove(&place), self.early.remove(&place)) {
                    outcomes.push((number, outcome));
                }
            }
            if self.undelivered == 0 {
                // What is left are answers to commands of others.
                self.early.clear();
            }
            let Some(answers) = &mut self.answers else { return Ok(outcomes) };
            let left = deadline.saturating_duration_since(Instant::now());
            let patience = if outcomes.is_empty() { left.min(Duration::from_millis(10)) } else { Duration::ZERO };
            match answers.next(patience)? {
                Some(record) => {
                    if let Some(place) = record.cause() {
                        let outcome = if record.topic == Topic::DeadLetters {
                            Response::DeadLetter(record)
                        } else {
                            Response::Result(record)
                        };
                        self.early.insert(place, outcome);
                    }
                }
                None if !outcomes.is_empty() || left.is_zero() => return Ok(outcomes),
                None => {}
            }
        }
    }
}
