//! A document on the wire, fields in the order of `schemas/document.avsc`.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use serde::{Deserialize, Serialize};

use crate::codec::wire::{Id, Map, Str, Time};

macro_rules! flat_record {
    ($(#[$meta:meta])* $record:ident as $name:literal { $($field:ident: $type:ty),+ $(,)? } optional { $($optional:ident: $optional_type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
        #[serde(rename = $name)]
        pub struct $record<'a> {
            $(pub $field: $type,)+
            $(
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )+
        }
    };
}

flat_record! {
    /// A document of any kind.
    Record as "Document" {
        kind: Str<'a>,
        store_id: Str<'a>,
    } optional {
        transfer_order_id: Str<'a>,
        transfer_order_ref: Str<'a>,
        external_ref: Str<'a>,
        origin_id: Str<'a>,
        destination_id: Str<'a>,
        order_date: Time,
        source: Str<'a>,
        shipments: i64,
        asn_id: Str<'a>,
        from_location: Str<'a>,
        order_ref: Str<'a>,
        shipment_id: Str<'a>,
        shipment_ref: Str<'a>,
        shipment_date: Time,
        revision: i64,
        receiving_mode: Str<'a>,
        carried: bool,
        service_level: Str<'a>,
        carrier: Str<'a>,
        tracking_code: Str<'a>,
        package_count: i64,
        asn_revision: i64,
        asn_status: Str<'a>,
        asn_lines: Map<'a, Figures>,
        count_id: Str<'a>,
        count_type: Str<'a>,
        created_at: Time,
        due_date: Time,
        external_id: Str<'a>,
        blind: bool,
        submitted_at: Time,
        started_at: Time,
        completed_at: Time,
        cancelled_at: Time,
        stock_location_name: Str<'a>,
        status: Str<'a>,
        close_reason: Str<'a>,
        close_note: Str<'a>,
        closed_at: Time,
        closed_by: Str<'a>,
        cancel_reason: Str<'a>,
        features: Map<'a, bool>,
        inventory_master: bool,
        location_type: Str<'a>,
        time_zone: Str<'a>,
        negative_stock: Str<'a>,
        count_tolerance: i64,
        reason_code: Str<'a>,
        r#type: Str<'a>,
        subtype: Str<'a>,
        origin_stock_location: Str<'a>,
        destination_stock_location: Str<'a>,
        is_activated: bool,
        allocation_id: Str<'a>,
        reservation_id: Str<'a>,
        expires_at: Time,
        lines: Vec<Line<'a>>,
        cartons: Vec<Carton<'a>>,
        sequence: i64,
        clock: Time,
        parked: Vec<Waiting<'a>>,
        command_id: Id,
        command: Str<'a>,
        arrived_at: Time,
    }
}

flat_record! {
    /// A line of a document of any kind.
    Line as "DocumentLine" {
        product_id: Str<'a>,
    } optional {
        quantity: i64,
        carton_id: Str<'a>,
        ordered_quantity: i64,
        packed_quantity: i64,
        transferred_quantity: i64,
        expected_quantity: i64,
        received_quantity: i64,
        late_quantity: i64,
        lost_quantity: i64,
        returned_quantity: i64,
        count: i64,
        counted_at: Time,
        zones: Vec<Zone<'a>>,
        stock_on_hand: i64,
        variance: i64,
        outside_tolerance: bool,
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "ZoneCount")]
pub struct Zone<'a> {
    pub zone: Str<'a>,
    pub count: i64,
    pub counted_at: Time,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct Carton<'a> {
    pub carton_id: Str<'a>,
    pub received: bool,
    pub lines: Vec<CartonLine<'a>>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct CartonLine<'a> {
    pub product_id: Str<'a>,
    pub quantity: i64,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "AsnFigures")]
pub struct Figures {
    pub received: i64,
    pub lost: i64,
    pub returned: i64,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "ParkedReference")]
pub struct Waiting<'a> {
    pub command_id: Id,
    pub asn_id: Str<'a>,
    pub arrived_at: Time,
}
