//! What every Kafka client of ours has in common: its log lines in our format, and its last error, because with a
//! wrong password or certificate a call only times out and the reason is told elsewhere.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// How long one question to a broker may take.
pub(in crate::kafka) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The context of a client without further duties.
#[derive(Clone, Default)]
pub(in crate::kafka) struct LoggingContext {
    last_error: Arc<Mutex<Option<String>>>,
}

impl LoggingContext {
    /// What the client said last about brokers it cannot reach or that refuse it.
    pub(in crate::kafka) fn last_error(&self) -> Option<String> {
        self.last_error.lock().clone()
    }

    pub(in crate::kafka) fn record_error(&self, error: &KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        tracing::warn!(%error, reason, "kafka client");
        *self.last_error.lock() = Some(reason.to_owned());
    }
}

/// Passes a line of librdkafka's log on.
pub(in crate::kafka) fn log(level: RDKafkaLogLevel, facility: &str, line: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::error!(target: "librdkafka", facility, "{line}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, "{line}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!(target: "librdkafka", facility, "{line}"),
        RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", facility, "{line}"),
    }
}

impl ClientContext for LoggingContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.record_error(&error, reason);
    }
}

impl ConsumerContext for LoggingContext {}
