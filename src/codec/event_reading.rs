//! Events read back, for audits and for people: the processor itself never reads them.

use super::Codec;
use super::event::Record;
use super::names::Named;
use super::payload::{Item, Payload};
use super::schemas::Schema;
use super::value::{self, Unreadable};
use super::wire::Str;
use crate::domain::command::{CountType, ExternalIdentifiers, Source};
use crate::domain::document::CloseReason;
use crate::domain::event::{self, Event, EventName};
use crate::domain::time::TimeZone;

impl Codec {
    /// An event.
    ///
    /// # Errors
    /// When the bytes are no event, or one of a name this release does not know.
    pub fn decode_event(&self, value: &[u8]) -> Result<Event, Unreadable> {
        value::decode::<Record<'static>>(Schema::Event, value)?.event()
    }
}

/// A text of the domain's own kind.
fn text<T: for<'t> From<&'t str>>(text: Option<&Str<'_>>) -> Option<T> {
    text.map(|text| T::from(text.as_ref()))
}

/// The name itself, from the list it is in.
fn listed<T: Named>(name: Option<&Str<'_>>, field: &'static str) -> Result<Option<&'static str>, Unreadable> {
    Ok(value::named_if::<T>(name.map(AsRef::as_ref), field)?.map(Named::name))
}

impl Record<'_> {
    fn event(&self) -> Result<Event, Unreadable> {
        let name = EventName::ALL.iter().find(|name| name.as_str() == self.name);
        Ok(Event {
            name: *name.ok_or_else(|| Unreadable::unknown("name", self.name.as_ref()))?,
            event_id: self.event_id.0,
            store_id: self.store_id.as_ref().into(),
            sequence: value::unsigned(self.sequence, "sequence")?,
            recorded_at: self.published_at.0,
            occurred_at: self.occurred_at.0,
            business_date: self.business_date.0,
            command_id: self.command_id.0,
            correlation_id: text(self.correlation_id.as_ref()),
            origin: self.origin.as_ref().map(super::event::Origin::origin),
            payload: self.payload.payload()?,
        })
    }
}

impl Payload<'_> {
    fn payload(&self) -> Result<event::Payload, Unreadable> {
        let caused_by = self.caused_by.as_deref().map(|name| value::operation(name, "caused_by")).transpose()?;
        let status = match self.status.as_deref() {
            None => None,
            Some("closed") => Some("closed"),
            Some(other) => return Err(Unreadable::unknown("status", other)),
        };
        Ok(event::Payload {
            id: self.id.as_ref().into(),
            associate_id: self.associate_id.as_ref().into(),
            processed_at: self.processed_at.0,
            fulfillment_location_id: text(self.fulfillment_location_id.as_ref()),
            fulfillment_node_id: text(self.fulfillment_node_id.as_ref()),
            asn_id: text(self.asn_id.as_ref()),
            from_location: text(self.from_location.as_ref()),
            order_ref: text(self.order_ref.as_ref()),
            shipment_ref: text(self.shipment_ref.as_ref()),
            shipment_id: text(self.shipment_id.as_ref()),
            shipment_date: self.shipment_date.map(|time| time.0),
            transfer_order_id: text(self.transfer_order_id.as_ref()),
            transfer_order_ref: text(self.transfer_order_ref.as_ref()),
            origin_id: text(self.origin_id.as_ref()),
            destination_id: text(self.destination_id.as_ref()),
            order_date: self.order_date.map(|time| time.0),
            source: listed::<Source>(self.source.as_ref(), "source")?,
            stock_location_name: text(self.stock_location_name.as_ref()),
            service_level: text(self.service_level.as_ref()),
            carrier: text(self.carrier.as_ref()),
            tracking_code: text(self.tracking_code.as_ref()),
            package_count: self.package_count,
            reason: text(self.reason.as_ref()),
            adjustment_type: text(self.adjustment_type.as_ref()),
            adjustment_reason: text(self.adjustment_reason.as_ref()),
            origin_stock_location_name: text(self.origin_stock_location_name.as_ref()),
            destination_stock_location_name: text(self.destination_stock_location_name.as_ref()),
            note: text(self.note.as_ref()),
            status,
            close_reason: listed::<CloseReason>(self.close_reason.as_ref(), "close_reason")?,
            closed_by: text(self.closed_by.as_ref()),
            count_id: text(self.count_id.as_ref()),
            count_type: listed::<CountType>(self.count_type.as_ref(), "count_type")?,
            due_date: self.due_date.map(|time| TimeZone::utc().date_at(time.0)),
            started_at: self.started_at.map(|time| time.0),
            completed_at: self.completed_at.map(|time| time.0),
            external_id: text(self.external_id.as_ref()),
            caused_by: caused_by.map(crate::domain::command::OperationName::as_str),
            sale_id: text(self.sale_id.as_ref()),
            return_id: text(self.return_id.as_ref()),
            reservation_id: text(self.reservation_id.as_ref()),
            chunk_number: value::unsigned(self.chunk_number, "chunk_number")?,
            total_chunks: value::unsigned(self.total_chunks, "total_chunks")?,
            items: self.items.iter().map(Item::item).collect(),
        })
    }
}

impl Item<'_> {
    fn item(&self) -> event::Item {
        event::Item {
            product_id: self.product_id.as_ref().into(),
            carton_id: text(self.carton_id.as_ref()),
            condition: text(self.condition.as_ref()),
            stock_location_name: text(self.stock_location_name.as_ref()),
            quantity: self.quantity,
            rejected_quantity: self.rejected_quantity,
            expected_quantity: self.expected_quantity,
            received_quantity: self.received_quantity,
            received_total: self.received_total,
            ordered_quantity: self.ordered_quantity,
            transferred_quantity: self.transferred_quantity,
            remaining_quantity: self.remaining_quantity,
            stock_on_hand: self.stock_on_hand,
            count: self.count,
            correction: self.correction,
            variance: self.variance,
            external_identifiers: self
                .external_identifiers
                .as_ref()
                .map(|ids| ExternalIdentifiers { upc: text(ids.upc.as_ref()), sku: text(ids.sku.as_ref()) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{Format, Formats};
    use super::*;
    use crate::domain::time::{Date, Timestamp};

    #[test]
    fn an_event_comes_back_as_it_was_written_in_both_formats() {
        let at = Timestamp::from_millis(1_772_445_600_123);
        let item = event::Item { rejected_quantity: Some(1), ..event::Item::with_quantity("p".into(), 3) };
        let event = Event {
            name: EventName::ItemsCounted,
            event_id: uuid::Uuid::from_u128(5),
            store_id: "s".into(),
            sequence: 7,
            recorded_at: at,
            occurred_at: at.plus_millis(-1),
            business_date: Date::parse("2026-03-02").unwrap(),
            command_id: uuid::Uuid::from_u128(6),
            correlation_id: Some("c".into()),
            origin: None,
            payload: event::Payload {
                id: "i".into(),
                associate_id: "a".into(),
                processed_at: at,
                source: Some("api"),
                status: Some("closed"),
                close_reason: Some("manual"),
                count_type: Some("full_count"),
                due_date: Date::parse("2026-03-05"),
                caused_by: Some("record_sale"),
                chunk_number: 1,
                total_chunks: 2,
                items: vec![item],
                ..event::Payload::default()
            },
        };
        for format in [Format::Avro, Format::Json] {
            let codec = Codec::new("acme".into(), Formats::all(format), "main".into());
            assert_eq!(codec.decode_event(&codec.encode_event(&event)).unwrap(), event, "{format:?}");
        }
    }
}
