//! The transactional calls, raw, and what an error of each demands. One of the two files with `unsafe`; the other
//! is `client/headers.rs`.
//!
//! The crate's own calls poll in steps of 100 ms while they wait, which is what a transaction would then cost. With a
//! [`ThreadedProducer`] the delivery reports are served by its thread, so the raw calls may simply wait. The crate also
//! hides the generation and the member id of the group's metadata, without which the broker skips the fence.
//!
//! What makes these calls sound: a client's pointer is valid while the client lives, and every call borrows it; each
//! error and each metadata object is destroyed exactly once, by the guard that holds it; strings are copied before
//! their owner is destroyed; one thread works on one producer's transaction.
#![allow(unsafe_code, reason = "the raw transactional calls of librdkafka")]

use std::ffi::{CStr, c_char};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::bindings as raw;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};

use crate::codec::record::{OutputRecord, Topic};
use crate::kafka::client::settings::ClientSettings;
use crate::kafka::client::topics::Names;
use crate::kafka::client::{log, owned_headers};
use crate::store::Remedy;

/// An error of a transactional call.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{call}: {text} ({code:?})")]
pub(super) struct TransactionError {
    pub(super) call: &'static str,
    pub(super) remedy: Remedy,
    pub(super) code: RDKafkaErrorCode,
    pub(super) text: String,
}

/// Repeats a call while it asks for it. Without a verdict at the deadline the outcome is unknown.
pub(super) fn until(
    deadline: Instant,
    mut call: impl FnMut(Duration) -> Result<(), TransactionError>,
) -> Result<(), TransactionError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100));
        match call(left) {
            Err(error) if error.remedy == Remedy::Retry && Instant::now() < deadline => {
                tracing::debug!(%error, "transaction call is repeated");
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) if error.remedy == Remedy::Retry => {
                return Err(TransactionError { remedy: Remedy::Replace, ..error });
            }
            verdict => return verdict,
        }
    }
}

/// Destroys the error it takes, after copying what it says.
fn verdict(call: &'static str, error: *mut raw::rd_kafka_error_t) -> Result<(), TransactionError> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the pointer is not null, was just returned to us, and is destroyed once, after the last use.
    unsafe {
        let remedy = if raw::rd_kafka_error_is_fatal(error) != 0 {
            Remedy::Replace
        } else if raw::rd_kafka_error_txn_requires_abort(error) != 0 {
            Remedy::Abort
        } else if raw::rd_kafka_error_is_retriable(error) != 0 {
            Remedy::Retry
        } else {
            Remedy::Replace
        };
        let code = RDKafkaErrorCode::from(raw::rd_kafka_error_code(error));
        let text = copy(raw::rd_kafka_error_string(error));
        raw::rd_kafka_error_destroy(error);
        Err(TransactionError { call, remedy, code, text })
    }
}

/// # Safety
/// The pointer is null or a C string that lives during the call.
unsafe fn copy(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by the contract above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

/// The proof that this instance is a member of the group at its current generation, to travel in a transaction.
pub(super) struct Token {
    metadata: *mut raw::rd_kafka_consumer_group_metadata_t,
    pub(super) generation: i32,
    pub(super) member: String,
}

impl Token {
    /// Reads the token. Whether it may be used: [`Token::is_of_a_member`].
    pub(super) fn read<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Option<Self> {
        // SAFETY: the client lives during the call; the metadata is ours from here on and destroyed by `drop`.
        unsafe {
            let metadata = raw::rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
            Self::of(metadata)
        }
    }

    /// A token that brokers do not check, for the test that shows that they would accept it.
    #[cfg(debug_assertions)]
    pub(super) fn unchecked(group: &str) -> Option<Self> {
        let group = std::ffi::CString::new(group).ok()?;
        // SAFETY: the string lives during the call, which copies it.
        unsafe { Self::of(raw::rd_kafka_consumer_group_metadata_new(group.as_ptr())) }
    }

    /// # Safety
    /// The pointer is null or was just returned to us.
    unsafe fn of(metadata: *mut raw::rd_kafka_consumer_group_metadata_t) -> Option<Self> {
        if metadata.is_null() {
            return None;
        }
        // SAFETY: by the contract above; the member id is copied.
        unsafe {
            let generation = raw::rd_kafka_consumer_group_metadata_generation_id(metadata);
            let member = copy(raw::rd_kafka_consumer_group_metadata_member_id(metadata));
            Some(Self { metadata, generation, member })
        }
    }

    /// Brokers skip the fence for a negative generation with an empty member id. After `max.poll.interval.ms` the
    /// client has a generation without a member id. Neither may ever be sent.
    pub(super) fn is_of_a_member(&self) -> bool {
        self.generation >= 0 && !self.member.is_empty()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: not null, and destroyed here only.
        unsafe { raw::rd_kafka_consumer_group_metadata_destroy(self.metadata) };
    }
}

/// What the delivery reports of the current batch say.
pub(super) struct Reports {
    /// Tells the reports of this batch from those of aborted ones.
    batch: AtomicUsize,
    /// By topic, the offset behind the last record of this batch; 0 when there is none.
    next: [AtomicI64; Topic::ALL.len()],
    failed: Mutex<Option<String>>,
}

const TOPIC_BITS: usize = 4;

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka producer");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, mark: usize) {
        if mark >> TOPIC_BITS != self.batch.load(Ordering::Acquire) {
            return;
        }
        match result {
            Ok(message) => {
                if let Some(next) = self.next.get(mark & ((1 << TOPIC_BITS) - 1)) {
                    next.fetch_max(message.offset() + 1, Ordering::AcqRel);
                }
            }
            Err((error, message)) => {
                let mut failed = self.failed.lock();
                failed.get_or_insert_with(|| format!("{}/{}: {error}", message.topic(), message.partition()));
            }
        }
    }
}

/// The transactional producer of one partition.
pub(super) struct Producer(ThreadedProducer<Reports>);

impl Producer {
    /// A producer with this transactional id. It has fenced nobody yet: that is what [`Producer::init`] does.
    pub(super) fn new(settings: &ClientSettings, transactional_id: &str) -> Result<Self, KafkaError> {
        let reports = Reports {
            batch: AtomicUsize::new(0),
            next: std::array::from_fn(|_| AtomicI64::new(0)),
            failed: Mutex::new(None),
        };
        settings.transactional_producer(transactional_id).create_with_context(reports).map(Self)
    }

    fn native(&self) -> *mut raw::rd_kafka_t {
        self.0.client().native_ptr()
    }

    fn reports(&self) -> &Reports {
        self.0.client().context()
    }

    /// Fences every older producer of this id and ends the transaction it left open. To be repeated while it says
    /// [`Remedy::Retry`].
    pub(super) fn init(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        verdict("init_transactions", unsafe { raw::rd_kafka_init_transactions(self.native(), millis(timeout)) })
    }

    pub(super) fn begin(&self) -> Result<(), TransactionError> {
        let reports = self.reports();
        *reports.failed.lock() = None;
        reports.next.iter().for_each(|next| next.store(0, Ordering::Release));
        reports.batch.fetch_add(1, Ordering::AcqRel);
        // SAFETY: the client lives during the call.
        verdict("begin_transaction", unsafe { raw::rd_kafka_begin_transaction(self.native()) })
    }

    /// Hands a record to the client; waits while its queue is full.
    pub(super) fn send(
        &self,
        names: &Names,
        output: &OutputRecord,
        patience: Duration,
    ) -> Result<(), TransactionError> {
        let mark = (self.reports().batch.load(Ordering::Acquire) << TOPIC_BITS) | output.topic as usize;
        let deadline = Instant::now() + patience;
        loop {
            let mut record = BaseRecord::<[u8], [u8], usize>::with_opaque_to(names.name(output.topic), mark);
            record.partition = Some(output.partition);
            record.key = output.key.as_deref();
            record.payload = output.value.as_deref();
            record.timestamp = Some(output.timestamp.millis());
            record.headers = (!output.headers.is_empty()).then(|| owned_headers(&output.headers));
            match self.0.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err((error, _)) => return Err(self.refused(&error, output.topic)),
            }
        }
    }

    /// A record the client does not take: for ever when the producer is fatally broken, else until the next attempt.
    fn refused(&self, error: &KafkaError, topic: Topic) -> TransactionError {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
        let remedy = if self.is_broken() || code == RDKafkaErrorCode::Fatal { Remedy::Replace } else { Remedy::Abort };
        TransactionError { call: "produce", remedy, code, text: format!("{}: {error}", topic.name()) }
    }

    fn is_broken(&self) -> bool {
        let mut text: [c_char; 256] = [0; 256];
        // SAFETY: the client and the buffer, whose size is given, live during the call.
        let code = unsafe { raw::rd_kafka_fatal_error(self.native(), text.as_mut_ptr(), text.len()) };
        code != raw::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Waits until everything sent is on the broker, and says so only when every delivery report is good.
    pub(super) fn flush(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        let code = unsafe { raw::rd_kafka_flush(self.native(), millis(timeout)) };
        let failed = self.reports().failed.lock().clone();
        let wrong = if code != raw::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            Some("not everything was delivered in time".to_owned())
        } else {
            failed
        };
        let Some(text) = wrong else { return Ok(()) };
        let remedy = if self.is_broken() { Remedy::Replace } else { Remedy::Abort };
        Err(TransactionError { call: "flush", remedy, code: RDKafkaErrorCode::from(code), text })
    }

    /// Puts the input offsets into the transaction, with the proof of membership.
    pub(super) fn send_offsets(
        &self,
        offsets: &TopicPartitionList,
        token: &Token,
        timeout: Duration,
    ) -> Result<(), TransactionError> {
        // SAFETY: the client, the list and the token live during the call, which copies what it needs.
        verdict("send_offsets_to_transaction", unsafe {
            raw::rd_kafka_send_offsets_to_transaction(self.native(), offsets.ptr(), token.metadata, millis(timeout))
        })
    }

    pub(super) fn commit(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        verdict("commit_transaction", unsafe { raw::rd_kafka_commit_transaction(self.native(), millis(timeout)) })
    }

    pub(super) fn abort(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        verdict("abort_transaction", unsafe { raw::rd_kafka_abort_transaction(self.native(), millis(timeout)) })
    }

    /// By topic the offset behind the last record of the batch that was flushed.
    pub(super) fn delivered(&self) -> impl Iterator<Item = (Topic, i64)> {
        let next = self.reports().next.each_ref().map(|next| next.load(Ordering::Acquire));
        Topic::ALL.into_iter().zip(next).filter(|(_, next)| *next > 0)
    }
}
