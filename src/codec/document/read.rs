//! Documents from the wire.

use super::wire::{Carton, Figures, Line, Record, Waiting, Zone};
use crate::codec::command;
use crate::codec::value::{Unreadable, named, named_if, required, unsigned};
use crate::codec::wire::{Day, Str, Time};
use crate::domain::command::{Gate, Quantity};
use crate::domain::document::{
    Allocation, Asn, AsnCarton, AsnFigures, AsnLine, AsnTransfer, Closing, Configuration, Count, CountedLine, Document,
    DocumentKey, Kind, OutgoingAsn, Parked, ParkedReference, Reason, Reservation, Shipment, ShipmentLine, StoreState,
    TransferOrder, TransferOrderLine, ZoneCount,
};
use crate::domain::ids::{ProductId, Text};
use crate::domain::time::{TimeZone, Timestamp};

type Read<T> = Result<T, Unreadable>;

/// A field every document of the kind has, as what the domain calls it.
fn field<'r, T: From<&'r str>>(value: &'r Option<Str<'_>>, name: &'static str) -> Read<T> {
    required(value.as_deref(), name).map(T::from)
}

/// A field the document may lack.
fn field_if<'r, T: From<&'r str>>(value: &'r Option<Str<'_>>) -> Option<T> {
    value.as_deref().map(T::from)
}

fn time(value: Option<Time>, name: &'static str) -> Read<Timestamp> {
    required(value, name).map(|time| time.0)
}

fn time_if(value: Option<Time>) -> Option<Timestamp> {
    value.map(|time| time.0)
}

impl Record<'_> {
    /// The key and the document that was written.
    pub fn document(&self) -> Read<(DocumentKey, Document)> {
        let kind = Kind::parse(&self.kind).ok_or_else(|| Unreadable::unknown("kind", self.kind.as_ref()))?;
        let document: Document = match kind {
            Kind::TransferOrder => self.transfer_order()?.into(),
            Kind::Asn => self.asn()?.into(),
            Kind::Shipment => self.shipment()?.into(),
            Kind::Count => self.count()?.into(),
            Kind::Configuration => self.configuration()?.into(),
            Kind::Reason => self.reason()?.into(),
            Kind::Allocation => {
                Allocation { allocation_id: field(&self.allocation_id, "allocation_id")?, lines: self.held()? }.into()
            }
            Kind::Reservation => Reservation {
                reservation_id: field(&self.reservation_id, "reservation_id")?,
                expires_at: time_if(self.expires_at),
                lines: self.held()?,
            }
            .into(),
            Kind::StoreState => self.store()?.into(),
            Kind::Parked => self.parked()?.into(),
            Kind::OutgoingAsn => OutgoingAsn {
                asn_id: field(&self.asn_id, "asn_id")?,
                shipment_id: field(&self.shipment_id, "shipment_id")?,
            }
            .into(),
        };
        let key = DocumentKey { store_id: self.store_id.as_ref().into(), kind, id: self.id(kind)? };
        Ok((key, document))
    }

    fn id(&self, kind: Kind) -> Read<Text> {
        match kind {
            Kind::TransferOrder => field(&self.transfer_order_id, "transfer_order_id"),
            Kind::Asn | Kind::OutgoingAsn => field(&self.asn_id, "asn_id"),
            Kind::Shipment => field(&self.shipment_id, "shipment_id"),
            Kind::Count => field(&self.count_id, "count_id"),
            Kind::Reason => field(&self.reason_code, "reason_code"),
            Kind::Allocation => field(&self.allocation_id, "allocation_id"),
            Kind::Reservation => field(&self.reservation_id, "reservation_id"),
            Kind::Configuration | Kind::StoreState => Ok(self.store_id.as_ref().into()),
            Kind::Parked => Ok(required(self.command_id, "command_id")?.0.to_string().into()),
        }
    }

    fn lines<'r, T>(&'r self, read: impl Fn(&'r Line<'r>) -> Read<T>) -> Read<Vec<T>> {
        required(self.lines.as_deref(), "lines")?.iter().map(read).collect()
    }

    fn held(&self) -> Read<Vec<(ProductId, Quantity)>> {
        self.lines(|line| Ok((line.product(), required(line.quantity, "lines.quantity")?)))
    }

    fn transfer_order(&self) -> Read<TransferOrder> {
        Ok(TransferOrder {
            transfer_order_id: field(&self.transfer_order_id, "transfer_order_id")?,
            external_ref: field_if(&self.external_ref),
            transfer_order_ref: field(&self.transfer_order_ref, "transfer_order_ref")?,
            origin_id: field(&self.origin_id, "origin_id")?,
            destination_id: field(&self.destination_id, "destination_id")?,
            order_date: time(self.order_date, "order_date")?,
            source: named(required(self.source.as_deref(), "source")?, "source")?,
            stock_location_name: field(&self.stock_location_name, "stock_location_name")?,
            status: named(required(self.status.as_deref(), "status")?, "status")?,
            shipments: unsigned(required(self.shipments, "shipments")?, "shipments")?,
            closing: self.closing()?,
            lines: self.lines(Line::ordered)?,
        })
    }

    fn asn(&self) -> Read<Asn> {
        let transfer = |order: &str| -> Read<AsnTransfer> {
            Ok(AsnTransfer {
                shipment_id: field(&self.shipment_id, "shipment_id")?,
                transfer_order_id: order.into(),
                transfer_order_ref: field(&self.transfer_order_ref, "transfer_order_ref")?,
            })
        };
        Ok(Asn {
            asn_id: field(&self.asn_id, "asn_id")?,
            from_location: field(&self.from_location, "from_location")?,
            shipment_ref: field(&self.shipment_ref, "shipment_ref")?,
            shipment_date: time(self.shipment_date, "shipment_date")?,
            order_ref: field_if(&self.order_ref),
            transfer: self.transfer_order_id.as_deref().map(transfer).transpose()?,
            status: named(required(self.status.as_deref(), "status")?, "status")?,
            revision: unsigned(required(self.revision, "revision")?, "revision")?,
            receiving_mode: named_if(self.receiving_mode.as_deref(), "receiving_mode")?,
            closing: self.closing()?,
            lines: self.lines(Line::expected)?,
            cartons: self.cartons.iter().flatten().map(Carton::carton).collect(),
        })
    }

    fn closing(&self) -> Read<Option<Closing>> {
        let Some(reason) = self.close_reason.as_deref() else { return Ok(None) };
        Ok(Some(Closing {
            close_reason: named(reason, "close_reason")?,
            close_note: field_if(&self.close_note),
            closed_at: time(self.closed_at, "closed_at")?,
            closed_by: field_if(&self.closed_by),
        }))
    }

    fn shipment(&self) -> Read<Shipment> {
        let reported = |(product, figures): &(Str<'_>, Figures)| (product.as_ref().into(), figures.figures());
        Ok(Shipment {
            shipment_id: field(&self.shipment_id, "shipment_id")?,
            transfer_order_id: field(&self.transfer_order_id, "transfer_order_id")?,
            shipment_ref: field(&self.shipment_ref, "shipment_ref")?,
            asn_id: field(&self.asn_id, "asn_id")?,
            destination_id: field(&self.destination_id, "destination_id")?,
            stock_location_name: field(&self.stock_location_name, "stock_location_name")?,
            status: named(required(self.status.as_deref(), "status")?, "status")?,
            carried: required(self.carried, "carried")?,
            service_level: field_if(&self.service_level),
            carrier: field_if(&self.carrier),
            tracking_code: field_if(&self.tracking_code),
            package_count: self.package_count,
            shipment_date: time_if(self.shipment_date),
            cancel_reason: field_if(&self.cancel_reason),
            asn_revision: unsigned(required(self.asn_revision, "asn_revision")?, "asn_revision")?,
            asn_status: named_if(self.asn_status.as_deref(), "asn_status")?,
            asn_lines: self.asn_lines.as_ref().map(|lines| lines.0.iter().map(reported).collect()),
            lines: self.lines(Line::shipped)?,
        })
    }

    fn count(&self) -> Read<Count> {
        Ok(Count {
            count_id: field(&self.count_id, "count_id")?,
            count_type: named(required(self.count_type.as_deref(), "count_type")?, "count_type")?,
            stock_location_name: field(&self.stock_location_name, "stock_location_name")?,
            status: named(required(self.status.as_deref(), "status")?, "status")?,
            created_at: time(self.created_at, "created_at")?,
            due_date: self.due_date.map(|time| Day::at(time.0).0),
            external_id: field_if(&self.external_id),
            blind: self.blind,
            submitted_at: time_if(self.submitted_at),
            started_at: time_if(self.started_at),
            completed_at: time_if(self.completed_at),
            cancelled_at: time_if(self.cancelled_at),
            cancel_reason: field_if(&self.cancel_reason),
            lines: self.lines(Line::counted)?,
        })
    }

    fn configuration(&self) -> Read<Configuration> {
        let mut features = Configuration::default().features;
        for (name, open) in &required(self.features.as_ref(), "features")?.0 {
            let gate = Gate::parse(name).ok_or_else(|| Unreadable::unknown("features", name.as_ref()))?;
            features[gate as usize] = *open;
        }
        let time_zone = required(self.time_zone.as_deref(), "time_zone")?;
        Ok(Configuration {
            features,
            inventory_master: required(self.inventory_master, "inventory_master")?,
            location_type: named(required(self.location_type.as_deref(), "location_type")?, "location_type")?,
            time_zone: TimeZone::named(time_zone).ok_or_else(|| Unreadable::unknown("time_zone", time_zone))?,
            negative_stock: named(required(self.negative_stock.as_deref(), "negative_stock")?, "negative_stock")?,
            count_tolerance: self.count_tolerance,
        })
    }

    fn reason(&self) -> Read<Reason> {
        Ok(Reason {
            reason_code: field(&self.reason_code, "reason_code")?,
            kind: field(&self.r#type, "type")?,
            subtype: field(&self.subtype, "subtype")?,
            origin_stock_location: field_if(&self.origin_stock_location),
            destination_stock_location: field_if(&self.destination_stock_location),
            is_activated: required(self.is_activated, "is_activated")?,
        })
    }

    fn store(&self) -> Read<StoreState> {
        Ok(StoreState {
            sequence: unsigned(required(self.sequence, "sequence")?, "sequence")?,
            clock: time(self.clock, "clock")?,
            parked: self.parked.iter().flatten().map(Waiting::reference).collect(),
        })
    }

    fn parked(&self) -> Read<Parked> {
        Ok(Parked {
            command: required(command::from_json(required(self.command.as_deref(), "command")?)?.receipt(), "command")?,
            arrived_at: time(self.arrived_at, "arrived_at")?,
        })
    }
}

impl Line<'_> {
    fn product(&self) -> ProductId {
        self.product_id.as_ref().into()
    }

    fn ordered(&self) -> Read<TransferOrderLine> {
        Ok(TransferOrderLine {
            product_id: self.product(),
            ordered_quantity: required(self.ordered_quantity, "lines.ordered_quantity")?,
            packed_quantity: required(self.packed_quantity, "lines.packed_quantity")?,
            transferred_quantity: required(self.transferred_quantity, "lines.transferred_quantity")?,
            received_quantity: required(self.received_quantity, "lines.received_quantity")?,
            lost_quantity: required(self.lost_quantity, "lines.lost_quantity")?,
            returned_quantity: required(self.returned_quantity, "lines.returned_quantity")?,
        })
    }

    fn expected(&self) -> Read<AsnLine> {
        Ok(AsnLine {
            product_id: self.product(),
            expected_quantity: required(self.expected_quantity, "lines.expected_quantity")?,
            received_quantity: required(self.received_quantity, "lines.received_quantity")?,
            late_quantity: required(self.late_quantity, "lines.late_quantity")?,
            lost_quantity: required(self.lost_quantity, "lines.lost_quantity")?,
            returned_quantity: required(self.returned_quantity, "lines.returned_quantity")?,
        })
    }

    fn shipped(&self) -> Read<ShipmentLine> {
        Ok(ShipmentLine {
            product_id: self.product(),
            quantity: required(self.quantity, "lines.quantity")?,
            carton_id: field_if(&self.carton_id),
        })
    }

    fn counted(&self) -> Read<CountedLine> {
        Ok(CountedLine {
            product_id: self.product(),
            count: self.count,
            counted_at: time_if(self.counted_at),
            zones: self.zones.iter().flatten().map(Zone::zone).collect(),
            stock_on_hand: self.stock_on_hand,
            variance: self.variance,
            outside_tolerance: self.outside_tolerance,
        })
    }
}

impl Zone<'_> {
    fn zone(&self) -> ZoneCount {
        ZoneCount { zone: self.zone.as_ref().into(), count: self.count, counted_at: self.counted_at.0 }
    }
}

impl Carton<'_> {
    fn carton(&self) -> AsnCarton {
        AsnCarton {
            carton_id: self.carton_id.as_ref().into(),
            received: self.received,
            lines: self.lines.iter().map(|line| (line.product_id.as_ref().into(), line.quantity)).collect(),
        }
    }
}

impl Figures {
    fn figures(&self) -> AsnFigures {
        AsnFigures { received: self.received, lost: self.lost, returned: self.returned }
    }
}

impl Waiting<'_> {
    fn reference(&self) -> ParkedReference {
        ParkedReference {
            command_id: self.command_id.0,
            asn_id: self.asn_id.as_ref().into(),
            arrived_at: self.arrived_at.0,
        }
    }
}
