//! Records as the client holds them, and as ours.

use std::sync::Arc;

use bytes::Bytes;
use rdkafka::message::{BorrowedMessage, Header as KafkaHeader, Message, OwnedHeaders};

use super::headers;
use crate::codec::record::{Header, InputRecord, Position, Topic};
use crate::domain::time::Timestamp;

/// What stands for the time of a record that has none, on the wire too.
const NO_TIMESTAMP: i64 = -1;

/// Copies a message out of the client.
pub(in crate::kafka) fn record(message: &BorrowedMessage<'_>, role: Topic, topic: &Arc<str>) -> InputRecord {
    InputRecord {
        topic: role,
        position: Position { topic: Arc::clone(topic), partition: message.partition(), offset: message.offset() },
        timestamp: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(NO_TIMESTAMP)),
        key: message.key().map(Bytes::copy_from_slice),
        value: message.payload().map(Bytes::copy_from_slice),
        headers: headers::of(message),
    }
}

/// Headers as the client takes them.
pub(in crate::kafka) fn owned_headers(headers: &[Header]) -> OwnedHeaders {
    headers.iter().fold(OwnedHeaders::new_with_capacity(headers.len()), |owned, header| {
        owned.insert(KafkaHeader { key: &header.key, value: header.value.as_deref() })
    })
}
