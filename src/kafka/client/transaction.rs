//! The transactional calls, raw, and what an error of each demands. One of the two files with `unsafe`; the other
//! is `headers.rs`.
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

use parking_lot::{Mutex, RwLock};
use rdkafka::TopicPartitionList;
use rdkafka::bindings as raw;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};

use super::context::log;
use super::records::owned_headers;
use super::settings::ClientSettings;
use super::topics::Names;
use crate::codec::record::{OutputRecord, Topic};
use crate::store::Remedy;

/// An error of a transactional call.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{call}: {text} ({code:?})")]
pub(in crate::kafka) struct TransactionError {
    pub(in crate::kafka) call: &'static str,
    pub(in crate::kafka) remedy: Remedy,
    pub(in crate::kafka) code: RDKafkaErrorCode,
    pub(in crate::kafka) text: String,
    /// The share of the transaction whose record was refused, when it is known.
    pub(in crate::kafka) share: Option<usize>,
}

impl TransactionError {
    /// Whether another producer has the id now.
    pub(in crate::kafka) fn is_fenced(&self) -> bool {
        use RDKafkaErrorCode::{Fenced, InvalidProducerEpoch, ProducerFenced};
        [Fenced, InvalidProducerEpoch, ProducerFenced].contains(&self.code)
    }

    /// Whether it is about a record, and not about the transaction or the group.
    pub(in crate::kafka) fn is_about_a_record(&self) -> bool {
        self.call == PRODUCE || self.call == FLUSH
    }
}

const PRODUCE: &str = "produce";
const FLUSH: &str = "flush";

/// Repeats a call while it asks for it. Without a verdict at the deadline the outcome is unknown.
pub(in crate::kafka) fn until(
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
        Err(TransactionError { call, remedy, code, text, share: None })
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
pub(in crate::kafka) struct Token {
    metadata: *mut raw::rd_kafka_consumer_group_metadata_t,
    pub(in crate::kafka) generation: i32,
    pub(in crate::kafka) member: String,
}

impl Token {
    /// Reads the token. Whether it may be used: [`Token::is_of_a_member`].
    pub(in crate::kafka) fn read<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Option<Self> {
        // SAFETY: the client lives during the call; the metadata is ours from here on and destroyed by `drop`.
        unsafe {
            let metadata = raw::rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
            Self::of(metadata)
        }
    }

    /// A token that brokers do not check, for the test that shows that they would accept it.
    #[cfg(debug_assertions)]
    pub(in crate::kafka) fn unchecked(group: &str) -> Option<Self> {
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
    pub(in crate::kafka) fn is_of_a_member(&self) -> bool {
        self.generation >= 0 && !self.member.is_empty()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: not null, and destroyed here only.
        unsafe { raw::rd_kafka_consumer_group_metadata_destroy(self.metadata) };
    }
}

/// By topic, the offset behind the last record of one share of a transaction; 0 when there is none.
type Next = [AtomicI64; Topic::ALL.len()];

/// What the delivery reports of the current transaction say.
pub(in crate::kafka) struct Reports {
    /// Tells the reports of this transaction from those of aborted ones.
    transaction: AtomicUsize,
    /// By share.
    next: RwLock<Vec<Next>>,
    /// The first record that was refused, or else that was not delivered.
    failed: Mutex<Option<Undelivered>>,
}

/// Why a record is not on the broker.
#[derive(Clone)]
struct Undelivered {
    /// Whose it is; none when it is not known who is at fault.
    share: Option<usize>,
    code: RDKafkaErrorCode,
    text: String,
}

/// What is told with each record, to be found again in its report.
#[derive(Clone, Copy)]
struct Mark {
    transaction: usize,
    share: usize,
    topic: usize,
}

const TOPIC_BITS: usize = 4;
const SHARE_BITS: usize = 20;

impl Mark {
    fn pack(self) -> usize {
        (self.transaction << (SHARE_BITS + TOPIC_BITS)) | (self.share << TOPIC_BITS) | self.topic
    }

    fn unpack(mark: usize) -> Self {
        Self {
            transaction: mark >> (SHARE_BITS + TOPIC_BITS),
            share: (mark >> TOPIC_BITS) & ((1 << SHARE_BITS) - 1),
            topic: mark & ((1 << TOPIC_BITS) - 1),
        }
    }
}

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
        let Mark { transaction, share, topic } = Mark::unpack(mark);
        if transaction != self.transaction.load(Ordering::Acquire) {
            return;
        }
        match result {
            Ok(message) => {
                if let Some(next) = self.next.read().get(share).and_then(|next| next.get(topic)) {
                    next.fetch_max(message.offset() + 1, Ordering::AcqRel);
                }
            }
            Err((error, message)) => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
                let text = || format!("{}/{}: {error}", message.topic(), message.partition());
                let mut failed = self.failed.lock();
                if failed.as_ref().is_none_or(|failed| failed.share.is_none()) {
                    // What is thrown away because another record was refused says nothing of its own share.
                    let is_purged = matches!(code, RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight);
                    *failed = Some(Undelivered { share: (!is_purged).then_some(share), code, text: text() });
                }
            }
        }
    }
}

/// A transactional producer of a worker.
pub(in crate::kafka) struct Producer(ThreadedProducer<Reports>);

impl Producer {
    /// A producer with this transactional id. It has fenced nobody yet: that is what [`Producer::init`] does.
    pub(in crate::kafka) fn new(settings: &ClientSettings, transactional_id: &str) -> Result<Self, KafkaError> {
        let reports = Reports { transaction: AtomicUsize::new(0), next: RwLock::default(), failed: Mutex::new(None) };
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
    pub(in crate::kafka) fn init(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        verdict("init_transactions", unsafe { raw::rd_kafka_init_transactions(self.native(), millis(timeout)) })
    }

    /// Begins a transaction of so many shares.
    pub(in crate::kafka) fn begin(&self, shares: usize) -> Result<(), TransactionError> {
        let reports = self.reports();
        *reports.failed.lock() = None;
        *reports.next.write() = (0..shares).map(|_| Next::default()).collect();
        reports.transaction.fetch_add(1, Ordering::AcqRel);
        // SAFETY: the client lives during the call.
        verdict("begin_transaction", unsafe { raw::rd_kafka_begin_transaction(self.native()) })
    }

    /// Hands a record of a share to the client; waits while its queue is full.
    pub(in crate::kafka) fn send(
        &self,
        names: &Names,
        share: usize,
        output: &OutputRecord,
        patience: Duration,
    ) -> Result<(), TransactionError> {
        let transaction = self.reports().transaction.load(Ordering::Acquire);
        let mark = Mark { transaction, share, topic: output.topic as usize }.pack();
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
                Err((error, _)) => return Err(self.refused(&error, share, output.topic)),
            }
        }
    }

    /// A record the client does not take: for ever when the producer is fatally broken, else until the next attempt.
    fn refused(&self, error: &KafkaError, share: usize, topic: Topic) -> TransactionError {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
        let remedy = if self.is_broken() || code == RDKafkaErrorCode::Fatal { Remedy::Replace } else { Remedy::Abort };
        let text = format!("{}: {error}", topic.name());
        TransactionError { call: PRODUCE, remedy, code, text, share: Some(share) }
    }

    fn is_broken(&self) -> bool {
        let mut text: [c_char; 256] = [0; 256];
        // SAFETY: the client and the buffer, whose size is given, live during the call.
        let code = unsafe { raw::rd_kafka_fatal_error(self.native(), text.as_mut_ptr(), text.len()) };
        code != raw::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Waits until everything sent is on the broker, and says so only when every delivery report is good.
    pub(in crate::kafka) fn flush(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        let code = unsafe { raw::rd_kafka_flush(self.native(), millis(timeout)) };
        let undelivered = self.reports().failed.lock().clone();
        let is_late = code != raw::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
        let text = || "not everything was delivered in time".to_owned();
        let late = is_late.then(|| Undelivered { share: None, code: code.into(), text: text() });
        let Some(Undelivered { share, code, text }) = undelivered.or(late) else { return Ok(()) };
        let remedy = if self.is_broken() { Remedy::Replace } else { Remedy::Abort };
        Err(TransactionError { call: FLUSH, remedy, code, text, share })
    }

    /// Puts the input offsets into the transaction, with the proof of membership.
    pub(in crate::kafka) fn send_offsets(
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

    pub(in crate::kafka) fn commit(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        verdict("commit_transaction", unsafe { raw::rd_kafka_commit_transaction(self.native(), millis(timeout)) })
    }

    pub(in crate::kafka) fn abort(&self, timeout: Duration) -> Result<(), TransactionError> {
        // SAFETY: the client lives during the call.
        verdict("abort_transaction", unsafe { raw::rd_kafka_abort_transaction(self.native(), millis(timeout)) })
    }

    /// By topic the offset behind the last record of a share of the transaction that was flushed.
    pub(in crate::kafka) fn delivered(&self, share: usize) -> Vec<(Topic, i64)> {
        let shares = self.reports().next.read();
        let Some(next) = shares.get(share) else { return Vec::new() };
        let next = next.each_ref().map(|next| next.load(Ordering::Acquire));
        Topic::ALL.into_iter().zip(next).filter(|(_, next)| *next > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_what_was_put_into_it() {
        for (transaction, share, topic) in [(0, 0, 0), (7, 199, 7), (1 << 30, (1 << 20) - 1, 15)] {
            let Mark { transaction: a, share: b, topic: c } = Mark::unpack(Mark { transaction, share, topic }.pack());
            assert_eq!((a, b, c), (transaction, share, topic));
        }
        assert!(Topic::ALL.len() <= 1 << TOPIC_BITS);
    }
}
