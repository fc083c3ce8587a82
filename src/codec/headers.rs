//! Headers of everything we write: where it comes from, what it is, why it could not be read.
//!
//! Events carry CloudEvents 1.0 in Kafka's binary mode, so that a filter need not decode a value.

use std::borrow::Cow;

use bytes::Bytes;

use super::Codec;
use super::arena::Arena;
use super::command::{DeadLetterCode, Undecodable};
use super::format::Format;
use super::record::{Header, InputRecord, Topic};
use super::trace;
use crate::domain::event::Event;
use crate::domain::ids::Uuid;

/// Position of the input record that caused a record: `<topic>/<partition>/<offset>`.
pub const CAUSE: &str = "cause";
/// Position of the record that was handed over to the partition of its store.
pub const FORWARDED_FROM: &str = "forwarded-from";
/// Why a record is a dead letter: a code of a closed list.
pub const ERROR_CODE: &str = "error-code";

fn header(key: &'static str, value: Bytes) -> Header {
    Header { key: Cow::Borrowed(key), value: Some(value) }
}

/// What an input record passes on to everything it causes: its position and its trace.
#[derive(Clone, PartialEq, Debug)]
pub struct Lineage(Vec<Header>);

impl Lineage {
    /// Of an input record.
    pub fn of(record: &InputRecord, arena: &mut Arena) -> Self {
        let mut headers = vec![header(CAUSE, arena.keep(record.position.to_string()))];
        headers.extend(trace::of(record).map(|(key, value)| header(key, arena.keep(value))));
        Self(headers)
    }

    /// The headers of a record it causes: `cause`, and `traceparent` and `tracestate` where it had proper ones.
    pub fn headers(&self) -> Vec<Header> {
        self.0.clone()
    }

    /// Only `traceparent` and `tracestate`, where it had them: for rows of tables and of the ledger.
    pub fn trace(&self) -> Vec<Header> {
        self.0[1..].to_vec()
    }
}

impl Codec {
    /// The headers of an event: CloudEvents, and what its input record passes on.
    pub fn event_headers(&self, event: &Event, lineage: &Lineage, arena: &mut Arena) -> Vec<Header> {
        let content_type = content_type(self.formats.of(Topic::Events));
        let mut headers = Vec::with_capacity(12 + lineage.0.len());
        headers.push(header("ce_specversion", Bytes::from_static(b"1.0")));
        headers.push(header("ce_id", uuid(event.event_id, arena)));
        headers.push(header("ce_source", arena.keep(self.source())));
        headers.push(header("ce_type", Bytes::from_static(event.name.as_str().as_bytes())));
        headers.push(header("ce_time", arena.keep(event.occurred_at.to_string())));
        headers.push(header("ce_subject", arena.keep(event.payload.id.as_bytes())));
        if let Some(correlation_id) = &event.correlation_id {
            headers.push(header("ce_correlationid", arena.keep(correlation_id.as_bytes())));
        }
        headers.push(header("ce_causationid", uuid(event.command_id, arena)));
        headers.push(header("ce_sequence", arena.keep(event.sequence.to_string())));
        headers.push(header("ce_recordedtime", arena.keep(event.recorded_at.to_string())));
        headers.push(header("ce_partitionkey", arena.keep(event.store_id.as_str())));
        headers.push(header("content-type", Bytes::from_static(content_type.as_bytes())));
        headers.extend_from_slice(&lineage.0);
        headers
    }

    /// Who tells of events, as the URI reference CloudEvents asks for: the deployment of a tenant.
    fn source(&self) -> String {
        let mut source = String::with_capacity(11 + self.tenant.len());
        source.push_str("/stockroom/");
        for byte in self.tenant.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                source.push(char::from(byte));
            } else {
                source.push_str(&format!("%{byte:02X}"));
            }
        }
        source
    }
}

/// Whether a dead letter is one because nobody knew the schema it was written with.
pub fn is_of_unknown_schema(headers: &[Header]) -> bool {
    let code = headers.iter().rev().find(|header| header.key == ERROR_CODE).and_then(|header| header.value.as_deref());
    code == Some(DeadLetterCode::UnknownSchemaId.as_str().as_bytes())
}

/// The headers of a dead letter: its own, then where it stood and why nobody could answer it. The names are those of
/// Kafka Streams (KIP-1034), so that its tools read them; of a dead letter that was sent again the last ones count.
pub fn dead_letter(record: &InputRecord, why: &Undecodable) -> Vec<Header> {
    let position = &record.position;
    let mut headers = record.headers.clone();
    headers.push(header("__streams.errors.exception", Bytes::from_static(b"stockroom.Undecodable")));
    headers.push(header("__streams.errors.message", Bytes::copy_from_slice(why.message.as_bytes())));
    headers.push(header("__streams.errors.topic", Bytes::copy_from_slice(position.topic.as_bytes())));
    headers.push(header("__streams.errors.partition", position.partition.to_string().into()));
    headers.push(header("__streams.errors.offset", position.offset.to_string().into()));
    headers.push(header(ERROR_CODE, Bytes::from_static(why.code.as_str().as_bytes())));
    headers
}

fn uuid(id: Uuid, arena: &mut Arena) -> Bytes {
    arena.keep(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes())
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Avro => "application/avro",
        Format::Json => "application/json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::format::Formats;
    use crate::codec::tests::{drawn, input};
    use crate::domain::event::{EventName, Payload};
    use crate::domain::time::Timestamp;

    fn parent(number: u32) -> String {
        format!("00-0af7651916cd43dd8448eb211c80319c-{number:016x}-01")
    }

    fn shown(headers: &[Header]) -> Vec<String> {
        let text = |header: &Header| String::from_utf8_lossy(header.value.as_deref().unwrap_or(b"null")).into_owned();
        headers.iter().map(|header| format!("{}: {}", header.key, text(header))).collect()
    }

    #[test]
    fn the_position_and_the_trace_are_passed_on_and_nothing_else() {
        let (first, last) = (parent(1), parent(2));
        let record = input(
            None,
            &[
                ("traceparent", first.as_bytes()),
                ("secret", b"x"),
                ("traceparent", last.as_bytes()),
                ("tracestate", b"vendor=1"),
            ],
        );
        let last = format!("traceparent: {last}");
        let expected = ["cause: inventory.commands/3/41", &last, "tracestate: vendor=1"];
        assert_eq!(shown(&Lineage::of(&record, &mut Arena::default()).headers()), expected);
        assert_eq!(
            shown(&Lineage::of(&input(None, &[]), &mut Arena::default()).headers()),
            ["cause: inventory.commands/3/41"]
        );
    }

    #[test]
    fn a_trace_that_is_none_or_too_long_is_not_passed_on() {
        let (parent, long) = (parent(1), "s".repeat(513));
        let (shown_parent, longest) = (format!("traceparent: {parent}"), "s".repeat(512));
        let shown_state = format!("tracestate: {longest}");
        for (traceparent, tracestate, expected) in [
            (&*parent, &*longest, vec![&*shown_parent, &*shown_state]),
            (&*parent, &*long, vec![&*shown_parent]),
            ("00-1", "vendor=1", vec![]),
            (&*long, "vendor=1", vec![]),
        ] {
            let record = input(None, &[("traceparent", traceparent.as_bytes()), ("tracestate", tracestate.as_bytes())]);
            assert_eq!(shown(&Lineage::of(&record, &mut Arena::default()).trace()), expected, "{traceparent}");
        }
        let record = input(None, &[("tracestate", b"vendor=1")]);
        assert!(Lineage::of(&record, &mut Arena::default()).trace().is_empty(), "a state without a parent");
    }

    #[test]
    fn events_are_cloud_events() {
        let at = Timestamp::parse("2026-03-02T10:00:00.000Z").expect("a time");
        let event = Event {
            name: EventName::ItemsSold,
            event_id: Uuid::from_u128(1),
            store_id: "S1".into(),
            sequence: 12,
            recorded_at: at.plus_millis(1),
            occurred_at: at,
            command_id: Uuid::from_u128(2),
            correlation_id: Some("order 7".into()),
            payload: Payload { id: "SALE-1".into(), ..Payload::default() },
            ..drawn(Vec::new())
        };
        let codec = Codec::new("acme & sons".into(), Formats::all(Format::Json), "main".into());
        let expected = [
            "ce_specversion: 1.0",
            "ce_id: 00000000-0000-0000-0000-000000000001",
            "ce_source: /stockroom/acme%20%26%20sons",
            "ce_type: inventory_transaction.items_sold",
            "ce_time: 2026-03-02T10:00:00.000Z",
            "ce_subject: SALE-1",
            "ce_correlationid: order 7",
            "ce_causationid: 00000000-0000-0000-0000-000000000002",
            "ce_sequence: 12",
            "ce_recordedtime: 2026-03-02T10:00:00.001Z",
            "ce_partitionkey: S1",
            "content-type: application/json",
            "cause: inventory.commands/3/41",
        ];
        let mut arena = Arena::default();
        let lineage = Lineage::of(&input(None, &[]), &mut arena);
        assert_eq!(shown(&codec.event_headers(&event, &lineage, &mut arena)), expected);
        let without = Event { correlation_id: None, ..event };
        assert_eq!(codec.event_headers(&without, &lineage, &mut arena).len(), expected.len() - 1);
    }

    #[test]
    fn a_dead_letter_keeps_its_headers_and_says_why() {
        let expected = [
            "mine: 1",
            "__streams.errors.exception: stockroom.Undecodable",
            "__streams.errors.message: expected value at line 1 column 1",
            "__streams.errors.topic: inventory.commands",
            "__streams.errors.partition: 3",
            "__streams.errors.offset: 41",
            "error-code: not_json",
        ];
        let message = "expected value at line 1 column 1".to_owned();
        let why = Undecodable { code: DeadLetterCode::NotJson, message };
        assert_eq!(shown(&dead_letter(&input(None, &[("mine", b"1")]), &why)), expected);
    }
}
