//! Each kind of document: which fields of the flat record it has.

use std::borrow::Cow;

use super::flat::{Flat, Part, Read, Slot, part};
use crate::codec::command;
use crate::codec::names::Named;
use crate::codec::value::{Unreadable, required};
use crate::codec::wire::Map;
use crate::domain::command::Gate;
use crate::domain::document::{
    Allocation, Asn, AsnFigures, AsnStatus, AsnTransfer, Closed, Closing, Configuration, Count, CountStatus,
    CountedLine, Document, DocumentKey, Kind, OrderShipment, OutgoingAsn, Parked, Reason, Reservation, Shipment,
    ShipmentStatus, StoreState, TransferOrder, TransferOrderStatus, Waiting,
};
use crate::domain::ids::{ProductId, Text};

part! { TransferOrder {
    transfer_order_id, external_ref, transfer_order_ref, origin_id, destination_id, order_date, source,
    stock_location_name, status, shipments, lines,
} later { open_shipments } with closing }

part! { Asn {
    asn_id, from_location, shipment_ref, shipment_date, order_ref, status, revision, receiving_mode, lines, cartons,
} with closing, transfer }

part! { AsnTransfer { shipment_id, transfer_order_id, transfer_order_ref } }

part! { Closing { close_reason, close_note, closed_at, closed_by } }

part! { Shipment {
    shipment_id, transfer_order_id, shipment_ref, asn_id, destination_id, stock_location_name, status, carried,
    service_level, carrier, tracking_code, package_count, shipment_date, cancel_reason, asn_revision, asn_status,
    asn_lines, lines,
} }

part! { Count {
    count_id, count_type, stock_location_name, status, created_at, due_date, external_id, blind, submitted_at, started_at,
    completed_at, cancelled_at, cancel_reason,
} later { products, products_counted, products_outside_tolerance, lines } }

part! { CountedLine {
    count_id, product_id, count, counted_at, stock_on_hand, variance, outside_tolerance,
} later { zones } }

part! { Configuration { features, inventory_master, location_type, time_zone, negative_stock, count_tolerance } }

part! { Reason {
    reason_code, subtype, origin_stock_location, destination_stock_location, is_activated,
} renamed kind kind_of_reason }

part! { Allocation { allocation_id, lines } }

part! { Reservation { reservation_id, expires_at, lines } }

part! { StoreState { sequence, clock, waiting_since, closed_since } later { parked, waiting, parked_ever } }

part! { Waiting { command_id, asn_id, arrived_at, number } }

part! { OrderShipment { transfer_order_id, shipment_id } }

part! { Closed { closed_at } renamed kind closed_kind, id closed_id }

part! { OutgoingAsn { asn_id, shipment_id } }

/// The command of a parked receipt is kept as JSON.
impl Part for Parked {
    fn fill(&self, record: Flat) -> Flat {
        Flat {
            command_id: Some(self.command.command_id),
            command: Some(command::to_json(&self.command.clone().into()).into()),
            arrived_at: Some(self.arrived_at),
            ..record
        }
    }

    fn take(record: &mut Flat) -> Read<Self> {
        let command: Text = Slot::take(record.command.take(), "command")?;
        Ok(Self {
            command: command::from_json(command.as_bytes())?.receipt().ok_or(Unreadable::Missing("command"))?,
            arrived_at: Slot::take(record.arrived_at.take(), "arrived_at")?,
        })
    }
}

/// A part that is there when one of its fields is.
macro_rules! optional_part {
    ($type:ident when $field:ident) => {
        impl Part for Option<$type> {
            fn fill(&self, record: Flat) -> Flat {
                match self {
                    Some(part) => part.fill(record),
                    None => record,
                }
            }

            fn take(record: &mut Flat) -> Read<Self> {
                if record.$field.is_some() { Part::take(record).map(Some) } else { Ok(None) }
            }
        }
    };
}
optional_part!(Closing when close_reason);
optional_part!(AsnTransfer when transfer_order_id);

macro_rules! status {
    ($($type:ident),+) => {
        $(impl Slot<Cow<'static, str>> for $type {
            fn put(&self) -> Option<Cow<'static, str>> {
                Some(Cow::Borrowed(Named::name(*self)))
            }

            fn take(field: Option<Cow<'static, str>>, name: &'static str) -> Read<Self> {
                let status = required(field, name)?;
                Self::named(&status).ok_or_else(|| Unreadable::unknown(name, status))
            }
        })+
    };
}
status!(TransferOrderStatus, AsnStatus, ShipmentStatus, CountStatus);

impl Slot<Map<ProductId, AsnFigures>> for Option<Vec<(ProductId, AsnFigures)>> {
    fn put(&self) -> Option<Map<ProductId, AsnFigures>> {
        self.clone().map(Map)
    }

    fn take(field: Option<Map<ProductId, AsnFigures>>, _: &'static str) -> Read<Self> {
        Ok(field.map(|lines| lines.0))
    }
}

/// Gates are open (true) or shut; one that was not written is as in a new configuration.
impl Slot<Map<Gate, bool>> for [bool; Gate::ALL.len()] {
    fn put(&self) -> Option<Map<Gate, bool>> {
        Some(Gate::ALL.into_iter().map(|gate| (gate, self[gate as usize])).collect())
    }

    fn take(field: Option<Map<Gate, bool>>, name: &'static str) -> Read<Self> {
        let mut features = Configuration::default().features;
        for (gate, open) in required(field, name)?.0 {
            features[gate as usize] = open;
        }
        Ok(features)
    }
}

macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        impl Flat {
            /// The document as it is written.
            pub(super) fn of(key: &DocumentKey, document: &Document) -> Self {
                let blank = Flat::blank(document.kind(), key.store_id.clone());
                match document {
                    $(Document::$kind(document) => document.fill(blank),)+
                }
            }

            /// The key and the document that was written.
            pub(super) fn document(mut self) -> Read<(DocumentKey, Document)> {
                let document: Document = match self.kind {
                    $(Kind::$kind => <$kind as Part>::take(&mut self)?.into(),)+
                };
                Ok((document.key(self.store_id), document))
            }
        }
    };
}

kinds! {
    TransferOrder, Asn, Shipment, Count, Configuration, Reason, Allocation, Reservation, StoreState, Parked, OutgoingAsn,
    CountedLine, Waiting, OrderShipment, Closed,
}
