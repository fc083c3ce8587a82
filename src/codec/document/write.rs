//! Documents to the wire.

use std::borrow::Cow;

use super::wire::{Carton, CartonLine, Figures, Line, Record, Waiting, Zone};
use crate::codec::command;
use crate::codec::names::Named;
use crate::codec::value::long;
use crate::codec::wire::{Id, Str, Time, text};
use crate::domain::command::{Gate, Quantity};
use crate::domain::document::{
    Asn, AsnCarton, AsnLine, Closing, Configuration, Count, CountedLine, Document, DocumentKey, OutgoingAsn, Parked,
    ParkedReference, Reason, Shipment, ShipmentLine, StoreState, TransferOrder, TransferOrderLine, ZoneCount,
};
use crate::domain::ids::{DocumentId, ProductId};

fn some(text: &str) -> Option<Str<'_>> {
    Some(Cow::Borrowed(text))
}

impl<'a> Record<'a> {
    /// The document as it is written.
    pub fn of(key: &'a DocumentKey, document: &'a Document) -> Self {
        let record = match document {
            Document::TransferOrder(order) => Self::of_transfer_order(order),
            Document::Asn(asn) => Self::of_asn(asn),
            Document::Shipment(shipment) => Self::of_shipment(shipment),
            Document::Count(count) => Self::of_count(count),
            Document::Configuration(configuration) => Self::of_configuration(configuration),
            Document::Reason(reason) => Self::of_reason(reason),
            Document::Allocation(allocation) => {
                Self { allocation_id: some(allocation.allocation_id.as_str()), ..Self::of_held(&allocation.lines) }
            }
            Document::Reservation(reservation) => Self {
                reservation_id: some(reservation.reservation_id.as_str()),
                expires_at: reservation.expires_at.map(Time),
                ..Self::of_held(&reservation.lines)
            },
            Document::StoreState(state) => Self::of_store(state),
            Document::Parked(parked) => Self::of_parked(parked),
            Document::OutgoingAsn(asn) => Self::of_outgoing_asn(asn),
        };
        Self { kind: Cow::Borrowed(document.kind().as_str()), store_id: Cow::Borrowed(key.store_id.as_str()), ..record }
    }

    fn of_transfer_order(order: &'a TransferOrder) -> Self {
        Self {
            transfer_order_id: some(order.transfer_order_id.as_str()),
            transfer_order_ref: some(&order.transfer_order_ref),
            external_ref: text!(order.external_ref),
            origin_id: some(order.origin_id.as_str()),
            destination_id: some(order.destination_id.as_str()),
            order_date: Some(Time(order.order_date)),
            source: some(order.source.name()),
            stock_location_name: some(order.stock_location_name.as_str()),
            status: some(order.status.name()),
            shipments: Some(i64::from(order.shipments)),
            lines: Some(order.lines.iter().map(Line::of_ordered).collect()),
            ..Self::of_closed(order.closing.as_ref())
        }
    }

    fn of_asn(asn: &'a Asn) -> Self {
        Self {
            asn_id: some(asn.asn_id.as_str()),
            from_location: some(asn.from_location.as_str()),
            shipment_ref: some(&asn.shipment_ref),
            shipment_date: Some(Time(asn.shipment_date)),
            order_ref: text!(asn.order_ref),
            shipment_id: asn.transfer.as_ref().and_then(|transfer| some(transfer.shipment_id.as_str())),
            transfer_order_id: asn.transfer.as_ref().and_then(|transfer| some(transfer.transfer_order_id.as_str())),
            transfer_order_ref: asn.transfer.as_ref().and_then(|transfer| some(&transfer.transfer_order_ref)),
            status: some(asn.status.name()),
            revision: Some(long(asn.revision)),
            receiving_mode: asn.receiving_mode.and_then(|mode| some(mode.name())),
            lines: Some(asn.lines.iter().map(Line::of_expected).collect()),
            cartons: Some(asn.cartons.iter().map(Carton::of).collect()),
            ..Self::of_closed(asn.closing.as_ref())
        }
    }

    fn of_closed(closing: Option<&'a Closing>) -> Self {
        closing.map_or_else(Self::default, |closing| Self {
            close_reason: some(closing.close_reason.name()),
            close_note: text!(closing.close_note),
            closed_at: Some(Time(closing.closed_at)),
            closed_by: text!(closing.closed_by),
            ..Self::default()
        })
    }

    fn of_shipment(shipment: &'a Shipment) -> Self {
        let reported = |lines: &'a Vec<(ProductId, _)>| {
            lines.iter().map(|(product, figures)| (product.as_str(), Figures::of(*figures))).collect()
        };
        Self {
            shipment_id: some(shipment.shipment_id.as_str()),
            transfer_order_id: some(shipment.transfer_order_id.as_str()),
            shipment_ref: some(&shipment.shipment_ref),
            asn_id: some(shipment.asn_id.as_str()),
            destination_id: some(shipment.destination_id.as_str()),
            stock_location_name: some(shipment.stock_location_name.as_str()),
            status: some(shipment.status.name()),
            carried: Some(shipment.carried),
            service_level: text!(shipment.service_level),
            carrier: text!(shipment.carrier),
            tracking_code: text!(shipment.tracking_code),
            package_count: shipment.package_count,
            shipment_date: shipment.shipment_date.map(Time),
            cancel_reason: text!(shipment.cancel_reason),
            asn_revision: Some(long(shipment.asn_revision)),
            asn_status: shipment.asn_status.and_then(|status| some(status.name())),
            asn_lines: shipment.asn_lines.as_ref().map(reported),
            lines: Some(shipment.lines.iter().map(Line::of_shipped).collect()),
            ..Self::default()
        }
    }

    fn of_count(count: &'a Count) -> Self {
        Self {
            count_id: some(count.count_id.as_str()),
            count_type: some(count.count_type.name()),
            stock_location_name: some(count.stock_location_name.as_str()),
            status: some(count.status.name()),
            created_at: Some(Time(count.created_at)),
            due_date: count.due_date.map(|date| Time(date.midnight_utc())),
            external_id: text!(count.external_id),
            blind: count.blind,
            submitted_at: count.submitted_at.map(Time),
            started_at: count.started_at.map(Time),
            completed_at: count.completed_at.map(Time),
            cancelled_at: count.cancelled_at.map(Time),
            cancel_reason: text!(count.cancel_reason),
            lines: Some(count.lines.iter().map(Line::of_counted).collect()),
            ..Self::default()
        }
    }

    fn of_configuration(configuration: &'a Configuration) -> Self {
        let features = Gate::ALL.into_iter().map(|gate| (gate.as_str(), configuration.is_open(gate)));
        Self {
            features: Some(features.collect()),
            inventory_master: Some(configuration.inventory_master),
            location_type: some(configuration.location_type.name()),
            time_zone: some(configuration.time_zone.name()),
            negative_stock: some(configuration.negative_stock.name()),
            count_tolerance: configuration.count_tolerance,
            ..Self::default()
        }
    }

    fn of_reason(reason: &'a Reason) -> Self {
        Self {
            reason_code: some(reason.reason_code.as_str()),
            r#type: some(&reason.kind),
            subtype: some(&reason.subtype),
            origin_stock_location: text!(reason.origin_stock_location),
            destination_stock_location: text!(reason.destination_stock_location),
            is_activated: Some(reason.is_activated),
            ..Self::default()
        }
    }

    fn of_held(lines: &'a [(ProductId, Quantity)]) -> Self {
        Self { lines: Some(lines.iter().map(Line::of_held).collect()), ..Self::default() }
    }

    fn of_store(state: &'a StoreState) -> Self {
        Self {
            sequence: Some(long(state.sequence)),
            clock: Some(Time(state.clock)),
            parked: Some(state.parked.iter().map(Waiting::of).collect()),
            ..Self::default()
        }
    }

    fn of_parked(parked: &'a Parked) -> Self {
        Self {
            command_id: Some(Id(parked.command.command_id)),
            command: Some(Cow::Owned(command::to_json(&parked.command.clone().into()))),
            arrived_at: Some(Time(parked.arrived_at)),
            ..Self::default()
        }
    }

    fn of_outgoing_asn(asn: &'a OutgoingAsn) -> Self {
        let id = |id: &'a DocumentId| some(id.as_str());
        Self { asn_id: id(&asn.asn_id), shipment_id: id(&asn.shipment_id), ..Self::default() }
    }
}

impl<'a> Line<'a> {
    fn of(product: &'a ProductId) -> Self {
        Self { product_id: Cow::Borrowed(product.as_str()), ..Self::default() }
    }

    fn of_held((product, quantity): &'a (ProductId, Quantity)) -> Self {
        Self { quantity: Some(*quantity), ..Self::of(product) }
    }

    fn of_ordered(line: &'a TransferOrderLine) -> Self {
        Self {
            ordered_quantity: Some(line.ordered_quantity),
            packed_quantity: Some(line.packed_quantity),
            transferred_quantity: Some(line.transferred_quantity),
            received_quantity: Some(line.received_quantity),
            lost_quantity: Some(line.lost_quantity),
            returned_quantity: Some(line.returned_quantity),
            ..Self::of(&line.product_id)
        }
    }

    fn of_expected(line: &'a AsnLine) -> Self {
        Self {
            expected_quantity: Some(line.expected_quantity),
            received_quantity: Some(line.received_quantity),
            late_quantity: Some(line.late_quantity),
            lost_quantity: Some(line.lost_quantity),
            returned_quantity: Some(line.returned_quantity),
            ..Self::of(&line.product_id)
        }
    }

    fn of_shipped(line: &'a ShipmentLine) -> Self {
        Self { quantity: Some(line.quantity), carton_id: text!(line.carton_id), ..Self::of(&line.product_id) }
    }

    fn of_counted(line: &'a CountedLine) -> Self {
        let zones = || line.zones.iter().map(Zone::of).collect();
        Self {
            count: line.count,
            counted_at: line.counted_at.map(Time),
            zones: (!line.zones.is_empty()).then(zones),
            stock_on_hand: line.stock_on_hand,
            variance: line.variance,
            outside_tolerance: line.outside_tolerance,
            ..Self::of(&line.product_id)
        }
    }
}

impl<'a> Zone<'a> {
    fn of(zone: &'a ZoneCount) -> Self {
        Self { zone: Cow::Borrowed(&zone.zone), count: zone.count, counted_at: Time(zone.counted_at) }
    }
}

impl<'a> Carton<'a> {
    fn of(carton: &'a AsnCarton) -> Self {
        let line = |(product, quantity): &'a (ProductId, Quantity)| CartonLine {
            product_id: Cow::Borrowed(product.as_str()),
            quantity: *quantity,
        };
        Self {
            carton_id: Cow::Borrowed(carton.carton_id.as_str()),
            received: carton.received,
            lines: carton.lines.iter().map(line).collect(),
        }
    }
}

impl Figures {
    fn of(figures: crate::domain::document::AsnFigures) -> Self {
        Self { received: figures.received, lost: figures.lost, returned: figures.returned }
    }
}

impl<'a> Waiting<'a> {
    fn of(parked: &'a ParkedReference) -> Self {
        Self {
            command_id: Id(parked.command_id),
            asn_id: Cow::Borrowed(parked.asn_id.as_str()),
            arrived_at: Time(parked.arrived_at),
        }
    }
}
