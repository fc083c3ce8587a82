//! What every Kafka client of ours has in common: its log lines in our voice, and its last complaint, because with a
//! wrong password or certificate a call only times out and the reason is told elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};

use crate::codec::record::{Header, InputRecord, Position, Topic};
use crate::domain::time::Timestamp;

/// How long one question to a broker may take.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The context of a client without further duties.
#[derive(Clone, Default)]
pub(super) struct Voice {
    last_complaint: Arc<Mutex<Option<String>>>,
}

impl Voice {
    /// What the client said last about brokers it cannot reach or that refuse it.
    pub(super) fn last_complaint(&self) -> Option<String> {
        self.last_complaint.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn complain(&self, error: &KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        tracing::warn!(%error, reason, "kafka client");
        *self.last_complaint.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }
}

/// Passes a line of librdkafka's log on.
pub(super) fn log(level: RDKafkaLogLevel, facility: &str, line: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::error!(target: "librdkafka", facility, "{line}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, "{line}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!(target: "librdkafka", facility, "{line}"),
        RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", facility, "{line}"),
    }
}

impl ClientContext for Voice {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complain(&error, reason);
    }
}

impl ConsumerContext for Voice {}

/// Copies a message out of the client.
pub(super) fn record(message: &BorrowedMessage<'_>, role: Topic, topic: &Arc<str>) -> InputRecord {
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        headers
            .iter()
            .map(|header| Header { key: header.key.to_owned().into(), value: header.value.map(Bytes::copy_from_slice) })
            .collect()
    });
    InputRecord {
        topic: role,
        position: Position { topic: Arc::clone(topic), partition: message.partition(), offset: message.offset() },
        timestamp: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(0)),
        key: message.key().map(Bytes::copy_from_slice),
        value: message.payload().map(Bytes::copy_from_slice),
        headers,
    }
}
