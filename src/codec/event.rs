//! Events, as ERP connectors read them. The processor itself never reads them back: audits and people do.

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::Unreadable;
use super::wire::{Midnight, Tenanted, record};
use crate::domain::command::{ExternalIdentifiers, Origin};
use crate::domain::event::{Event, Item, Payload};
use crate::domain::ids::Text;

record! { Tenanted<'a, Event> = "Event" of row {
    [tenant of Text = *row.tenant], name, recorded_at as "published_at", payload, event_id, store_id, sequence, occurred_at,
    business_date, command_id, correlation_id?, origin?,
} event: Event {} => Tenanted::read(tenant, event) }

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
    source?,
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
    status?,
    close_reason?,
    closed_by?,
    count_id?,
    count_type?,
    due_date? via Midnight,
    started_at?,
    completed_at?,
    external_id?,
    caused_by?,
    sale_id?,
    return_id?,
    reservation_id?,
    receipt_id?,
    adjustment_id?,
    import_id?,
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
    reserved_quantity?,
} }

record! { ExternalIdentifiers = "ExternalIdentifiers" { upc?, sku?, } }
record! { Origin = "Origin" { system, id, } }

impl Codec {
    /// An event.
    pub fn encode_event(&self, event: &Event) -> Vec<u8> {
        self.encode(Topic::Events, Schema::Event, &Tenanted::of(&self.tenant, event))
    }

    /// An event.
    ///
    /// # Errors
    /// When the bytes are no event, or one of a name this release does not know.
    pub fn decode_event(&self, value: &[u8]) -> Result<Event, Unreadable> {
        self.decode::<Tenanted<'static, Event>>(Schema::Event, value).map(|row| row.record.into_owned())
    }
}
