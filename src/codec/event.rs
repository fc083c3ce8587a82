//! Events: the envelope, as ERP connectors read it. The payload has a module of its own.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Codec;
use super::payload::Payload;
use super::record::Topic;
use super::schemas::Schema;
use super::value;
use super::wire::{Day, Id, Str, Time, text};
use crate::domain::command;
use crate::domain::event::Event;

/// An event on the wire, fields in the order of `schemas/event.avsc`.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "Event")]
pub struct Record<'a> {
    pub tenant: Str<'a>,
    pub name: Str<'a>,
    pub published_at: Time,
    pub payload: Payload<'a>,
    pub event_id: Id,
    pub store_id: Str<'a>,
    pub sequence: i64,
    pub occurred_at: Time,
    pub business_date: Day,
    pub command_id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin<'a>>,
}

/// Who caused a command outside.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct Origin<'a> {
    pub system: Str<'a>,
    pub id: Str<'a>,
}

impl Codec {
    /// An event.
    pub fn encode_event(&self, event: &Event) -> Vec<u8> {
        value::encode(self.formats.of(Topic::Events), Schema::Event, &Record::of(&self.tenant, event))
    }
}

impl<'a> Record<'a> {
    pub fn of(tenant: &'a str, event: &'a Event) -> Self {
        Self {
            tenant: Cow::Borrowed(tenant),
            name: Cow::Borrowed(event.name.as_str()),
            published_at: Time(event.recorded_at),
            payload: Payload::of(&event.payload),
            event_id: Id(event.event_id),
            store_id: Cow::Borrowed(event.store_id.as_str()),
            sequence: value::long(event.sequence),
            occurred_at: Time(event.occurred_at),
            business_date: Day(event.business_date),
            command_id: Id(event.command_id),
            correlation_id: text!(event.correlation_id),
            origin: event.origin.as_ref().map(Origin::of),
        }
    }
}

impl<'a> Origin<'a> {
    pub fn of(origin: &'a command::Origin) -> Self {
        Self { system: Cow::Borrowed(&origin.system), id: Cow::Borrowed(&origin.id) }
    }

    pub fn origin(&self) -> command::Origin {
        command::Origin { system: self.system.as_ref().into(), id: self.id.as_ref().into() }
    }
}
