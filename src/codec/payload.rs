//! The payload of an event: one flat record for all events, whose fields are there or not.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::wire::{Str, Time, text};
use crate::domain::{command, event};

/// A payload on the wire.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "EventPayload")]
pub struct Payload<'a> {
    pub id: Str<'a>,
    pub associate_id: Str<'a>,
    pub processed_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillment_location_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillment_node_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asn_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_location: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_ref: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_date: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_order_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_order_ref: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_date: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_location_name: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_level: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_code: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustment_type: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustment_reason: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_stock_location_name: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_stock_location_name: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count_type: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caused_by: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<Str<'a>>,
    pub chunk_number: i64,
    pub total_chunks: i64,
    pub items: Vec<Item<'a>>,
}

/// One item of a payload.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "EventItem")]
pub struct Item<'a> {
    pub product_id: Str<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_location_name: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_total: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transferred_quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_on_hand: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_identifiers: Option<ExternalIdentifiers<'a>>,
}

/// Identifiers of a product in other systems.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct ExternalIdentifiers<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upc: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Str<'a>>,
}

impl<'a> Payload<'a> {
    pub fn of(payload: &'a event::Payload) -> Self {
        Self {
            id: Cow::Borrowed(&payload.id),
            associate_id: Cow::Borrowed(&payload.associate_id),
            processed_at: Time(payload.processed_at),
            fulfillment_location_id: text!(payload.fulfillment_location_id),
            fulfillment_node_id: text!(payload.fulfillment_node_id),
            asn_id: text!(payload.asn_id),
            from_location: text!(payload.from_location),
            order_ref: text!(payload.order_ref),
            shipment_ref: text!(payload.shipment_ref),
            shipment_id: text!(payload.shipment_id),
            shipment_date: payload.shipment_date.map(Time),
            transfer_order_id: text!(payload.transfer_order_id),
            transfer_order_ref: text!(payload.transfer_order_ref),
            origin_id: text!(payload.origin_id),
            destination_id: text!(payload.destination_id),
            order_date: payload.order_date.map(Time),
            source: text!(payload.source),
            stock_location_name: text!(payload.stock_location_name),
            service_level: text!(payload.service_level),
            carrier: text!(payload.carrier),
            tracking_code: text!(payload.tracking_code),
            package_count: payload.package_count,
            reason: text!(payload.reason),
            adjustment_type: text!(payload.adjustment_type),
            adjustment_reason: text!(payload.adjustment_reason),
            origin_stock_location_name: text!(payload.origin_stock_location_name),
            destination_stock_location_name: text!(payload.destination_stock_location_name),
            note: text!(payload.note),
            status: text!(payload.status),
            close_reason: text!(payload.close_reason),
            closed_by: text!(payload.closed_by),
            count_id: text!(payload.count_id),
            count_type: text!(payload.count_type),
            due_date: payload.due_date.map(|date| Time(date.midnight_utc())),
            started_at: payload.started_at.map(Time),
            completed_at: payload.completed_at.map(Time),
            external_id: text!(payload.external_id),
            caused_by: text!(payload.caused_by),
            sale_id: text!(payload.sale_id),
            return_id: text!(payload.return_id),
            reservation_id: text!(payload.reservation_id),
            chunk_number: i64::from(payload.chunk_number),
            total_chunks: i64::from(payload.total_chunks),
            items: payload.items.iter().map(Item::of).collect(),
        }
    }
}

impl<'a> Item<'a> {
    fn of(item: &'a event::Item) -> Self {
        Self {
            product_id: Cow::Borrowed(item.product_id.as_str()),
            carton_id: text!(item.carton_id),
            condition: text!(item.condition),
            stock_location_name: text!(item.stock_location_name),
            quantity: item.quantity,
            rejected_quantity: item.rejected_quantity,
            expected_quantity: item.expected_quantity,
            received_quantity: item.received_quantity,
            received_total: item.received_total,
            ordered_quantity: item.ordered_quantity,
            transferred_quantity: item.transferred_quantity,
            remaining_quantity: item.remaining_quantity,
            stock_on_hand: item.stock_on_hand,
            count: item.count,
            correction: item.correction,
            variance: item.variance,
            external_identifiers: item.external_identifiers.as_ref().map(ExternalIdentifiers::of),
        }
    }
}

impl<'a> ExternalIdentifiers<'a> {
    fn of(identifiers: &'a command::ExternalIdentifiers) -> Self {
        Self { upc: text!(identifiers.upc), sku: text!(identifiers.sku) }
    }
}
