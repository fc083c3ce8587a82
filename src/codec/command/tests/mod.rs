#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test may fail, and looks at what it means")]

mod bad_input;
mod generated;
mod round_trip;
mod samples;
mod vectors;

use std::sync::Arc;

use super::{Codec, CommandError, DeadLetterCode, Undecodable};
use crate::codec::format::Formats;
use crate::codec::record::{Header, InputRecord, Position, Topic};
use crate::domain::command::Command;
use crate::domain::ids::{StockLocation, Text};
use crate::domain::rejection::{Rejection, Value as Found};
use crate::domain::time::Timestamp;

fn codec() -> Codec {
    Codec::new(Text::from("acme"), Formats::default(), StockLocation::from("main"))
}

fn record(value: Option<&[u8]>, headers: &[(&str, &[u8])]) -> InputRecord {
    let header =
        |(key, value): &(&str, &[u8])| Header { key: (*key).to_owned().into(), value: Some(value.to_vec().into()) };
    InputRecord {
        topic: Topic::Commands,
        position: Position { topic: Arc::from("inventory.commands"), partition: 0, offset: 0 },
        timestamp: Timestamp::from_millis(0),
        key: None,
        value: value.map(|value| value.to_vec().into()),
        headers: headers.iter().map(header).collect(),
    }
}

fn decode(value: &[u8]) -> Result<Command, Undecodable> {
    decode_record(&record(Some(value), &[]))
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

/// The rejection as the results topic shows it.
fn violations(rejection: &Rejection) -> Vec<serde_json::Value> {
    let violation = |violation: &crate::domain::rejection::Violation| {
        let mut object = serde_json::Map::new();
        if let Some(line) = violation.line {
            object.insert("line".to_owned(), line.into());
        }
        if let Some(product) = &violation.product_id {
            object.insert("product_id".to_owned(), product.as_str().into());
        }
        if let Some(field) = &violation.field {
            object.insert("field".to_owned(), (**field).into());
        }
        match &violation.value {
            Some(Found::Text(text)) => object.insert("value".to_owned(), (**text).into()),
            Some(Found::Number(number)) => object.insert("value".to_owned(), (*number).into()),
            Some(Found::Json(json)) => object.insert("value".to_owned(), serde_json::from_str(json).unwrap()),
            None => None,
        };
        serde_json::Value::Object(object)
    };
    rejection.violations.iter().map(violation).collect()
}
