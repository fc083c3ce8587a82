//! Values of our topics as JSON, whatever format they were written in: for people's commands and for tests.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::schemas::Schema;
use super::value::{Unreadable, decode};
use super::violation::Place;
use super::{document, event, ledger, leg, result, stock};

/// A value of a topic that the processor writes, as it would stand in JSON.
///
/// # Errors
/// When the bytes are no such value; of commands, when they are not JSON already.
pub fn of(schema: Schema, value: &[u8]) -> Result<Value, Unreadable> {
    match schema {
        Schema::Command => Ok(serde_json::from_slice(value)?),
        Schema::Event => again::<event::Record<'static>>(schema, value),
        Schema::Ledger => again::<ledger::Record<'static>>(schema, value),
        Schema::Stock => again::<stock::Record<'static>>(schema, value),
        Schema::Document => again::<document::Record<'static>>(schema, value),
        Schema::Leg => again::<leg::Record<'static>>(schema, value),
        Schema::Result => {
            let mut record = decode::<result::Record<'static>>(schema, value)?;
            let places = record.violations.take();
            record.violations = places.map(|places| places.into_iter().map(Place::into_json).collect());
            Ok(serde_json::to_value(record)?)
        }
    }
}

fn again<T: Serialize + DeserializeOwned>(schema: Schema, value: &[u8]) -> Result<Value, Unreadable> {
    Ok(serde_json::to_value(decode::<T>(schema, value)?)?)
}
