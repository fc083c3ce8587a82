#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test may fail, and looks at what it means")]

mod bad_input;
mod by_schema;
mod round_trip;

use serde_json::{Value, json};

use super::{Codec, CommandError, DeadLetterCode, Undecodable};
use crate::codec::format::Formats;
use crate::codec::record::InputRecord;
use crate::codec::tests::input;
use crate::codec::value::to_json;
use crate::codec::violation::Place;
use crate::domain::command::Command;
use crate::domain::rejection::Rejection;

const ID: &str = "0190a6f0-3b1c-7c50-8f4e-0123456789ab";

fn codec() -> Codec {
    Codec::new("acme".into(), Formats::default(), "main".into())
}

fn decode(value: &[u8]) -> Result<Command, Undecodable> {
    decode_record(&input(Some(value), &[]))
}

fn decode_json(value: &Value) -> Result<Command, Undecodable> {
    decode(value.to_string().as_bytes())
}

fn decode_record(record: &InputRecord) -> Result<Command, Undecodable> {
    codec().decode_command(record).map_err(|error| match error {
        CommandError::DeadLetter(why) => why,
        CommandError::Unavailable(error) => panic!("no registry is configured: {error}"),
    })
}

fn code(value: &[u8]) -> Option<DeadLetterCode> {
    decode(value).err().map(|undecodable| undecodable.code)
}

/// A command of an operation.
fn command(operation: &Value) -> Value {
    json!({
        "command_id": ID, "store_id": "S1", "occurred_at": "2026-03-02T10:00:00Z", "actor": {"id": "ada"},
        "operation": operation,
    })
}

fn sale(lines: &Value) -> Value {
    command(&json!({"record_sale": {"sale_id": "POS-1", "lines": lines}}))
}

fn rejected(value: &[u8]) -> Rejection {
    decode(value).unwrap().body.unwrap_err()
}

/// The violations as the results topic shows them.
fn violations(rejection: &Rejection) -> Vec<Value> {
    rejection.violations.iter().map(|it| serde_json::from_slice(&to_json(&Place(it.clone()))).unwrap()).collect()
}
