//! Records that should be commands, and are whatever somebody sent.

use std::sync::{Arc, LazyLock};

use stockroom::codec::command::{CommandError, from_json, to_json};
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::framing::{SCHEMA_ID_HEADER, frame};
use stockroom::codec::record::{Header, InputRecord, Position, Topic};
use stockroom::codec::schemas::Schema;
use stockroom::domain::command::Command;
use stockroom::domain::decide::{Input, needs};
use stockroom::domain::rejection::Code;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::{Context, Engine};
use stockroom::store::memory::MemoryStore;

use crate::memory::bounded;

static CONTEXT: LazyLock<Arc<Context>> =
    LazyLock::new(|| Context::new(Settings::default(), Formats::all(Format::Json), 1));
/// What is made at the first look is not part of what an input takes.
static IDS: LazyLock<Vec<(u32, Vec<u8>)>> = LazyLock::new(|| {
    let warm = record(b"{}".to_vec(), Vec::new());
    drop(CONTEXT.codec.decode_command(&warm));
    let versions = Schema::Command.built_in().iter();
    versions.map(|version| (version.id(), [&[1], &version.guid().as_bytes()[..]].concat())).collect()
});

fn record(value: Vec<u8>, headers: Vec<Header>) -> InputRecord {
    InputRecord {
        topic: Topic::Commands,
        position: Position { topic: "inventory.commands".into(), partition: 0, offset: 0 },
        timestamp: Timestamp::from_millis(1_772_438_400_000),
        key: Some("S1".into()),
        value: Some(value.into()),
        headers,
    }
}

fn header(key: &'static str, value: &[u8]) -> Header {
    Header { key: key.into(), value: Some(value.to_vec().into()) }
}

/// The record that an input stands for: its first byte says how the value and its headers are made, the rest is the value.
fn drawn(data: &[u8]) -> Option<InputRecord> {
    let (kind, rest) = data.split_first()?;
    // The length of a header's value, and the value; then the record's.
    let parts = || {
        let (length, rest) = rest.split_first()?;
        rest.split_at_checked(usize::from(*length))
    };
    let (id, guid) = &IDS[usize::from(*kind >> 4) % IDS.len()];
    Some(match kind % 8 {
        0 | 1 => record(rest.to_vec(), Vec::new()),
        2 => record(rest.to_vec(), vec![header("content-type", b"application/json; charset=utf-8")]),
        3 => record([&frame(*id), rest].concat(), Vec::new()),
        4 => record(rest.to_vec(), vec![header(SCHEMA_ID_HEADER, guid)]),
        5 => {
            let (value, rest) = parts()?;
            record(rest.to_vec(), vec![header("content-type", value)])
        }
        6 => {
            let (value, rest) = parts()?;
            record(rest.to_vec(), vec![header(SCHEMA_ID_HEADER, value), header("traceparent", value)])
        }
        _ => {
            // A whole command, drawn, with some of its bytes changed: places and what stands there.
            let (changes, rest) = parts()?;
            let command = arbitrary::Unstructured::new(rest).arbitrary::<Command>().ok()?;
            same_again(&command);
            let format = if kind & 8 == 0 { Format::Json } else { Format::Avro };
            let mut value = CONTEXT.codec.encode_command(&command, format);
            crate::rows::change(&mut value, changes);
            record(value, Vec::new())
        }
    })
}

/// Checks one input.
pub fn check(data: &[u8]) {
    LazyLock::force(&IDS);
    let Some(record) = drawn(data) else { return };
    let length = record.value.as_ref().map_or(0, bytes::Bytes::len);
    let decoded = bounded(length, || CONTEXT.codec.decode_command(&record));
    match decoded {
        Ok(command) => {
            within_limits(&command);
            same_again(&command);
            needs(&Input::Command(command));
        }
        Err(CommandError::DeadLetter(why)) => assert!(!why.message.is_empty()),
        Err(CommandError::Unavailable(error)) => panic!("there is no registry to be asked: {error}"),
    }
    if data[0] & 0x80 != 0 {
        one_outcome(&record);
    }
}

/// What was written is read as the same, in each format.
fn same_again(command: &Command) {
    let read = |value: Vec<u8>, headers| CONTEXT.codec.decode_command(&record(value, headers)).unwrap();
    let json = to_json(command);
    let again = from_json(json.as_bytes()).unwrap();
    if command.body.is_err() {
        // Of what does not fit the schema only the envelope is written: enough to answer it.
        assert_eq!((again.command_id, &again.store_id), (command.command_id, &command.store_id));
        assert_eq!((&again.correlation_id, again.validate_only), (&command.correlation_id, command.validate_only));
        return;
    }
    // One that was drawn has no fingerprint yet.
    let command = &Command { fingerprint: again.fingerprint, ..command.clone() };
    assert_eq!(&again, command, "{json}");
    let avro = CONTEXT.codec.encode_command(command, Format::Avro);
    assert_eq!(&read(avro, Vec::new()), command, "Avro of {json}");
    let headers = vec![header("content-type", b"application/json")];
    assert_eq!(&read(CONTEXT.codec.encode_command(command, Format::Json), headers), command, "{json}");
}

fn within_limits(command: &Command) {
    let store = command.store_id.as_str();
    assert!((1..=64).contains(&store.chars().count()), "a store of {} bytes", store.len());
    if let Err(rejection) = &command.body {
        assert!([Code::MalformedCommand, Code::MalformedQuantity].contains(&rejection.code), "{rejection:?}");
        assert!((1..=1_000).contains(&rejection.violations.len()), "{} violations", rejection.violations.len());
    } else {
        assert!(command.operation_name.is_some());
    }
}

/// The record alone, at a store with nothing in it: one answer, or one dead letter, and nothing of it too large.
fn one_outcome(record: &InputRecord) {
    let store = MemoryStore::default();
    let batch = Engine::new(Arc::clone(&CONTEXT), 0).batch(&store, std::slice::from_ref(record)).unwrap();
    let of = |topic| batch.outputs.iter().filter(|output| output.topic == topic).count();
    assert_eq!(of(Topic::Results) + of(Topic::DeadLetters), 1);
    assert_eq!(batch.tally.conservation_violations, 0);
    for output in &batch.outputs {
        let bytes =
            output.key.as_ref().map_or(0, bytes::Bytes::len) + output.value.as_ref().map_or(0, bytes::Bytes::len);
        assert!(bytes <= 8 << 20, "{bytes} bytes for {}", output.topic.name());
    }
}
