//! Events, as ERP connectors read them. The processor itself never reads them back: audits and people do.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;

use super::Codec;
use super::names::Listed;
use super::record::Topic;
use super::schemas::Schema;
use super::value::Unreadable;
use super::wire::{Form, Midnight, Wire, record};
use crate::domain::command::{CountType, ExternalIdentifiers, OperationName, Origin, Source};
use crate::domain::document::CloseReason;
use crate::domain::event::{Event, EventName, Item, Payload};
use crate::domain::ids::{StoreId, Text, Uuid};
use crate::domain::time::{Date, Timestamp};

/// The envelope of an event.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    tenant: Cow<'a, Text>,
    name: EventName,
    published_at: Timestamp,
    payload: Cow<'a, Payload>,
    event_id: Uuid,
    store_id: Cow<'a, StoreId>,
    sequence: u64,
    occurred_at: Timestamp,
    business_date: Date,
    command_id: Uuid,
    correlation_id: Cow<'a, Option<Text>>,
    origin: Cow<'a, Option<Origin>>,
}

record! { Envelope<'a> = "Event" {
    tenant, name, published_at, payload, event_id, store_id, sequence, occurred_at, business_date, command_id,
    correlation_id?, origin?,
} }

record! { Payload = "EventPayload" {
    id,
    associate_id,
    processed_at,
    fulfillment_location_id?,
    fulfillment_node_id?,
    asn_id?,
    from_location?,
    order_ref?,
    shipment_ref?,
    shipment_id?,
    shipment_date?,
    transfer_order_id?,
    transfer_order_ref?,
    origin_id?,
    destination_id?,
    order_date?,
    source? via Listed<Source>,
    stock_location_name?,
    service_level?,
    carrier?,
    tracking_code?,
    package_count?,
    reason?,
    adjustment_type?,
    adjustment_reason?,
    origin_stock_location_name?,
    destination_stock_location_name?,
    note?,
    status? via ClosedStatus,
    close_reason? via Listed<CloseReason>,
    closed_by?,
    count_id?,
    count_type? via Listed<CountType>,
    due_date? via Midnight,
    started_at?,
    completed_at?,
    external_id?,
    caused_by? via Cause,
    sale_id?,
    return_id?,
    reservation_id?,
    chunk_number,
    total_chunks,
    items,
} }

record! { Item = "EventItem" {
    product_id,
    carton_id?,
    condition?,
    stock_location_name?,
    quantity?,
    rejected_quantity?,
    expected_quantity?,
    received_quantity?,
    received_total?,
    ordered_quantity?,
    transferred_quantity?,
    remaining_quantity?,
    stock_on_hand?,
    count?,
    correction?,
    variance?,
    external_identifiers?,
} }

record! { ExternalIdentifiers = "ExternalIdentifiers" { upc?, sku?, } }
record! { Origin = "Origin" { system, id, } }

/// The operation that caused an event which is told by another one's.
#[derive(Debug)]
pub(super) struct Cause;

impl Form<Option<&'static str>> for Cause {
    fn write<S: Serializer>(value: &Option<&'static str>, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(value, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'static str>, D::Error> {
        Ok(Option::<OperationName>::read(deserializer)?.map(OperationName::as_str))
    }
}

/// The one status that events tell.
#[derive(Debug)]
pub(super) struct ClosedStatus;

impl Form<Option<&'static str>> for ClosedStatus {
    fn write<S: Serializer>(value: &Option<&'static str>, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(value, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'static str>, D::Error> {
        match Option::<String>::read(deserializer)?.as_deref() {
            None => Ok(None),
            Some("closed") => Ok(Some("closed")),
            Some(other) => Err(D::Error::custom(format_args!("{other:?} is not a status this release knows"))),
        }
    }
}

impl Codec {
    /// An event.
    pub fn encode_event(&self, event: &Event) -> Vec<u8> {
        let envelope = Envelope {
            tenant: Cow::Borrowed(&self.tenant),
            name: event.name,
            published_at: event.recorded_at,
            payload: Cow::Borrowed(&event.payload),
            event_id: event.event_id,
            store_id: Cow::Borrowed(&event.store_id),
            sequence: event.sequence,
            occurred_at: event.occurred_at,
            business_date: event.business_date,
            command_id: event.command_id,
            correlation_id: Cow::Borrowed(&event.correlation_id),
            origin: Cow::Borrowed(&event.origin),
        };
        self.encode(Topic::Events, Schema::Event, &envelope)
    }

    /// An event.
    ///
    /// # Errors
    /// When the bytes are no event, or one of a name this release does not know.
    pub fn decode_event(&self, value: &[u8]) -> Result<Event, Unreadable> {
        self.decode::<Envelope<'static>>(Schema::Event, value).map(Envelope::event)
    }
}

impl Envelope<'_> {
    /// The event.
    pub(super) fn event(self) -> Event {
        let envelope = self;
        Event {
            name: envelope.name,
            event_id: envelope.event_id,
            store_id: envelope.store_id.into_owned(),
            sequence: envelope.sequence,
            recorded_at: envelope.published_at,
            occurred_at: envelope.occurred_at,
            business_date: envelope.business_date,
            command_id: envelope.command_id,
            correlation_id: envelope.correlation_id.into_owned(),
            origin: envelope.origin.into_owned(),
            payload: envelope.payload.into_owned(),
        }
    }
}
