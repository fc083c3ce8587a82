//! Documents drawn from bytes.

use super::Draw;
use crate::domain::command::Gate;
use crate::domain::document::{
    Allocation, Asn, AsnCarton, AsnFigures, AsnLine, AsnTransfer, Closing, Configuration, Count, CountedLine, Document,
    DocumentKey, Kind, OutgoingAsn, ParkedReference, Reason, Reservation, Shipment, ShipmentLine, StoreState,
    TransferOrder, TransferOrderLine, ZoneCount,
};
use crate::domain::ids::{ProductId, StoreId, Text};
use crate::domain::time::TimeZone;

impl Draw {
    /// A document of any kind but `parked`, under its key.
    pub fn document(&mut self) -> (DocumentKey, Document) {
        let store_id: StoreId = self.name();
        let kinds = Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Parked).collect::<Vec<_>>();
        let (id, document): (Text, Document) = match self.one_of(&kinds) {
            Kind::TransferOrder => with_id(self.transfer_order(), |order| order.transfer_order_id.text()),
            Kind::Asn => with_id(self.asn(), |asn| asn.asn_id.text()),
            Kind::Shipment => with_id(self.shipment(), |shipment| shipment.shipment_id.text()),
            Kind::Count => with_id(self.count(), |count| count.count_id.text()),
            Kind::Configuration => with_id(self.configuration(), |_| store_id.text()),
            Kind::Reason => with_id(self.reason(), |reason| reason.reason_code.text()),
            Kind::Allocation => {
                let allocation = Allocation { allocation_id: self.name(), lines: self.list(Self::held) };
                with_id(allocation, |allocation| allocation.allocation_id.text())
            }
            Kind::Reservation => {
                let reservation = Reservation {
                    reservation_id: self.name(),
                    expires_at: self.option(Self::time),
                    lines: self.list(Self::held),
                };
                with_id(reservation, |reservation| reservation.reservation_id.text())
            }
            Kind::StoreState | Kind::Parked => with_id(self.store_state(), |_| store_id.text()),
            Kind::OutgoingAsn => {
                with_id(OutgoingAsn { asn_id: self.name(), shipment_id: self.name() }, |asn| asn.asn_id.text())
            }
        };
        (DocumentKey { store_id, kind: document.kind(), id }, document)
    }

    fn held(&mut self) -> (ProductId, i64) {
        (self.name(), self.long())
    }

    fn closing(&mut self) -> Closing {
        Closing {
            close_reason: self.named(),
            close_note: self.option(Self::text),
            closed_at: self.time(),
            closed_by: self.option(Self::text),
        }
    }

    fn transfer_order(&mut self) -> TransferOrder {
        TransferOrder {
            transfer_order_id: self.name(),
            external_ref: self.option(Self::text),
            transfer_order_ref: self.text(),
            origin_id: self.name(),
            destination_id: self.name(),
            order_date: self.time(),
            source: self.named(),
            stock_location_name: self.name(),
            status: self.named(),
            shipments: u32::from(self.byte()),
            closing: self.option(Self::closing),
            lines: self.list(|draw| TransferOrderLine {
                product_id: draw.name(),
                ordered_quantity: draw.long(),
                packed_quantity: draw.long(),
                transferred_quantity: draw.long(),
                received_quantity: draw.long(),
                lost_quantity: draw.long(),
                returned_quantity: draw.long(),
            }),
        }
    }

    pub fn asn_transfer(&mut self) -> AsnTransfer {
        AsnTransfer { shipment_id: self.name(), transfer_order_id: self.name(), transfer_order_ref: self.text() }
    }

    fn asn(&mut self) -> Asn {
        Asn {
            asn_id: self.name(),
            from_location: self.name(),
            shipment_ref: self.text(),
            shipment_date: self.time(),
            order_ref: self.option(Self::text),
            transfer: self.option(Self::asn_transfer),
            status: self.named(),
            revision: self.counter(),
            receiving_mode: self.option(Self::named),
            closing: self.option(Self::closing),
            lines: self.list(|draw| AsnLine {
                product_id: draw.name(),
                expected_quantity: draw.long(),
                received_quantity: draw.long(),
                late_quantity: draw.long(),
                lost_quantity: draw.long(),
                returned_quantity: draw.long(),
            }),
            cartons: self.list(|draw| AsnCarton {
                carton_id: draw.name(),
                received: draw.flag(),
                lines: draw.list(Self::held),
            }),
        }
    }

    pub fn asn_figures(&mut self) -> AsnFigures {
        AsnFigures { received: self.long(), lost: self.long(), returned: self.long() }
    }

    pub fn shipment_line(&mut self) -> ShipmentLine {
        ShipmentLine { product_id: self.name(), quantity: self.long(), carton_id: self.option(Self::name) }
    }

    fn shipment(&mut self) -> Shipment {
        let reported = |draw: &mut Self| {
            ["Z", "A", "M"]
                .into_iter()
                .filter_map(|name| draw.option(|draw| (name.into(), draw.asn_figures())))
                .collect()
        };
        Shipment {
            shipment_id: self.name(),
            transfer_order_id: self.name(),
            shipment_ref: self.text(),
            asn_id: self.name(),
            destination_id: self.name(),
            stock_location_name: self.name(),
            status: self.named(),
            carried: self.flag(),
            service_level: self.option(Self::text),
            carrier: self.option(Self::text),
            tracking_code: self.option(Self::text),
            package_count: self.option(Self::long),
            shipment_date: self.option(Self::time),
            cancel_reason: self.option(Self::text),
            asn_revision: self.counter(),
            asn_status: self.option(Self::named),
            asn_lines: self.option(reported),
            lines: self.list(Self::shipment_line),
        }
    }

    fn count(&mut self) -> Count {
        let zone = |draw: &mut Self| ZoneCount {
            zone: if draw.flag() { draw.text() } else { "".into() },
            count: draw.long(),
            counted_at: draw.time(),
        };
        Count {
            count_id: self.name(),
            count_type: self.named(),
            stock_location_name: self.name(),
            status: self.named(),
            created_at: self.time(),
            due_date: self.option(Self::date),
            external_id: self.option(Self::text),
            blind: self.option(Self::flag),
            submitted_at: self.option(Self::time),
            started_at: self.option(Self::time),
            completed_at: self.option(Self::time),
            cancelled_at: self.option(Self::time),
            cancel_reason: self.option(Self::text),
            lines: self.list(|draw| CountedLine {
                product_id: draw.name(),
                count: draw.option(Self::long),
                counted_at: draw.option(Self::time),
                zones: draw.list(zone),
                stock_on_hand: draw.option(Self::long),
                variance: draw.option(Self::long),
                outside_tolerance: draw.option(Self::flag),
            }),
        }
    }

    fn configuration(&mut self) -> Configuration {
        Configuration {
            features: Gate::ALL.map(|_| self.flag()),
            inventory_master: self.flag(),
            location_type: self.named(),
            time_zone: self.option(|_| TimeZone::named("Europe/Berlin")).flatten().unwrap_or(TimeZone::utc()),
            negative_stock: self.named(),
            count_tolerance: self.option(Self::long),
        }
    }

    fn reason(&mut self) -> Reason {
        Reason {
            reason_code: self.name(),
            kind: self.text(),
            subtype: self.text(),
            origin_stock_location: self.option(Self::name),
            destination_stock_location: self.option(Self::name),
            is_activated: self.flag(),
        }
    }

    fn store_state(&mut self) -> StoreState {
        StoreState {
            sequence: self.counter(),
            clock: self.time(),
            parked: self.list(|draw| ParkedReference {
                command_id: draw.uuid(),
                asn_id: draw.name(),
                arrived_at: draw.time(),
            }),
        }
    }
}

fn with_id<T: Into<Document>>(document: T, id: impl FnOnce(&T) -> Text) -> (Text, Document) {
    (id(&document), document.into())
}
