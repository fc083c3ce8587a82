//! Each operation and each kind of line: its fields (domain contract §4), in the order of `schemas/command.avsc`.

use super::fields::{Fields, Read};
use super::kinds::{self, *};
use crate::codec::wire::Plain;
use crate::codec::writer::Writer;
use crate::domain::command::*;

macro_rules! dispatch {
    ($($(#[$doc:meta])* $operation:ident in $family:ident::$file:ident,)+) => {
        /// Reads the operation of a name.
        pub(super) fn read(name: OperationName, fields: &mut Fields<'_, '_>) -> Read<Operation> {
            match name {
                $(OperationName::$operation => Content::read(fields).map(Operation::$operation),)+
                OperationName::Later(_) => Err(fields.malformed("operation")),
            }
        }

        /// Writes an operation as the record of which one field is set.
        pub(super) fn write<W: Writer>(operation: &Operation, writer: &mut W) {
            writer.begin_record();
            $(match operation {
                Operation::$operation(it) => {
                    writer.field(OperationName::$operation.as_str());
                    writer.some();
                    it.write(writer);
                }
                _ => writer.skip(),
            })+
            writer.end_record();
        }
    };
}

operations!(dispatch);

content! {
    ReceiveItems { receipt_id, asn_id, carton_ids? via List, order_ref, shipment_ref, started_at, lines? via Lines, }
    ReceiptLine {
        product_id, quantity via Units, rejected_quantity? via Units, external_identifiers via Identifiers,
    }
    CreateAsn { asn_id, from_location, shipment_ref, order_ref, shipment_date, lines via Lines, }
    CartonLine { product_id, quantity via Units, carton_id, }
    CloseAsn { asn_id, reason, remainder?, }
    CreateTransferOrder { transfer_order_id, external_ref, destination_id, stock_location, source, lines via Lines, }
    Line { product_id, quantity via Units, }
    PackShipment {
        transfer_order_id, shipment_id, service_level, carrier, tracking_code, package_count via Number, lines via Lines,
    }
    CancelShipment { shipment_id, reason, }
    CloseTransferOrder { transfer_order_id, reason, }
    AdjustStock { adjustment_id, reason_code, note, lines via Lines, }
    AdjustmentLine { product_id, quantity via PositiveUnits, expected_on_hand via Balance, external_identifiers via Identifiers, }
    CreateCount {
        count_id, count_type, product_ids via List, due_date via Day, external_id via Id, stock_location, blind,
    }
    SubmitCount { count_id, partial?, lines? via Lines, }
    CountLine { product_id, count via Units, counted_at, zone, }
    ReviewCount { count_id, decision, product_ids? via List, }
    CancelCount { count_id, reason, }
    ImportStock { import_id, stock_location, external_id via Id, lines via Lines, }
    ImportLine { product_id, count via Units, }
    RecordSale { sale_id, allocation_id via OtherThanTheSale, lines via Lines, reservation_id, }
    RecordReturn { return_id, lines via Lines, }
    ReturnLine { product_id, quantity via Units, condition, }
    Allocate { allocation_id, lines via Lines, }
    ReleaseAllocation { allocation_id, lines via Lines, }
    Reserve { reservation_id, lines via Lines, expires_at, }
    ReleaseReservation { reservation_id, lines via Lines, expires_at, }
    ConfigureStore {
        features? via Gates, inventory_master, location_type, time_zone, negative_stock, count_tolerance via Number,
    }
    DefineReason {
        reason_code, kind as "type", subtype, origin_stock_location, destination_stock_location, is_activated,
    }
}

/// A packed shipment or lines, never both.
impl Content for ShipItems {
    fn read(fields: &mut Fields<'_, '_>) -> Read<Self> {
        if fields.get("shipment_id").is_some() == fields.get("lines").is_some() {
            return Err(fields.malformed("lines"));
        }
        Ok(Self {
            transfer_order_id: kinds::read::<_, Plain>(fields, "transfer_order_id")?,
            goods: match fields.get("lines") {
                Some(_) => ShippedGoods::Carried(kinds::read::<_, Lines>(fields, "lines")?),
                None => ShippedGoods::Packed(kinds::read::<_, Plain>(fields, "shipment_id")?),
            },
        })
    }

    fn write<W: Writer>(&self, writer: &mut W) {
        let (shipment, lines) = match &self.goods {
            ShippedGoods::Packed(shipment_id) => (Some(shipment_id.clone()), None),
            ShippedGoods::Carried(lines) => (None, Some(lines.clone())),
        };
        writer.begin_record();
        Plain::put(writer, "transfer_order_id", &self.transfer_order_id);
        Plain::put(writer, "shipment_id", &shipment);
        Lines::put(writer, "lines", &lines);
        writer.end_record();
    }
}
