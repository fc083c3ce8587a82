//! Each operation and each kind of line: its fields (domain contract §4), in the order of `schemas/command.avsc`.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::fields::Fields;
use super::kinds::{
    Boolean, Choice, ChoiceOrDefault, Content, Flag, FreeText, Gates, Id, Identifiers, Ids, Instant, Kind, LinesOf,
    LinesOrNone, OptionalBalance, OptionalBoolean, OptionalChoice, OptionalDay, OptionalId, OptionalIds,
    OptionalInstant, OptionalLines, OptionalNumber, OptionalText, OptionalZone, PositiveUnits, Read, Units,
    UnitsOrNone, Written, content,
};
use crate::codec::wire::{Plain, put, put_if};
use crate::domain::command::*;
use crate::domain::ids::DocumentId;

macro_rules! dispatch {
    ($($(#[$doc:meta])* $operation:ident in $family:ident::$file:ident,)+) => {
        /// Reads the operation of a name.
        pub(super) fn read(name: OperationName, fields: &mut Fields<'_, '_>) -> Read<Operation> {
            match name {
                $(OperationName::$operation => Content::read(fields).map(Operation::$operation),)+
            }
        }

        /// An operation as the record of which one field is set.
        impl Serialize for Written<'_, Operation> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut record = serializer.serialize_struct("Operation", OperationName::ALL.len())?;
                $(match self.0 {
                    Operation::$operation(it) => {
                        record.serialize_field(OperationName::$operation.as_str(), &Some(Written(it)))?;
                    }
                    _ => record.skip_field(OperationName::$operation.as_str())?,
                })+
                record.end()
            }
        }
    };
}

operations!(dispatch);

content! {
    ReceiveItems {
        receipt_id: OptionalId,
        asn_id: OptionalId,
        carton_ids: OptionalIds,
        order_ref: OptionalText,
        shipment_ref: OptionalText,
        started_at: OptionalInstant,
        lines: LinesOrNone,
    }
    ReceiptLine {
        product_id: Id,
        quantity: Units,
        rejected_quantity: UnitsOrNone,
        external_identifiers: Identifiers,
    }
    CreateAsn {
        asn_id: OptionalId,
        from_location: Id,
        shipment_ref: FreeText,
        order_ref: OptionalText,
        shipment_date: Instant,
        lines: LinesOf,
    }
    CartonLine { product_id: Id, quantity: Units, carton_id: OptionalId }
    CloseAsn { asn_id: Id, reason: FreeText, remainder: ChoiceOrDefault }
    CreateTransferOrder {
        transfer_order_id: OptionalId,
        external_ref: OptionalText,
        destination_id: Id,
        stock_location: OptionalId,
        source: Choice,
        lines: LinesOf,
    }
    Line { product_id: Id, quantity: Units }
    PackShipment {
        transfer_order_id: Id,
        shipment_id: OptionalId,
        service_level: FreeText,
        carrier: OptionalText,
        tracking_code: OptionalText,
        package_count: OptionalNumber,
        lines: LinesOf,
    }
    CancelShipment { shipment_id: Id, reason: FreeText }
    CloseTransferOrder { transfer_order_id: Id, reason: FreeText }
    AdjustStock {
        adjustment_id: OptionalId,
        reason_code: Id,
        note: OptionalText,
        lines: LinesOf,
    }
    AdjustmentLine { product_id: Id, quantity: PositiveUnits, expected_on_hand: OptionalBalance }
    CreateCount {
        count_id: OptionalId,
        count_type: Choice,
        product_ids: Ids,
        due_date: OptionalDay,
        external_id: OptionalId,
        stock_location: OptionalId,
        blind: OptionalBoolean,
    }
    SubmitCount { count_id: Id, partial: Flag, lines: LinesOrNone }
    CountLine { product_id: Id, count: Units, counted_at: OptionalInstant, zone: OptionalText }
    ReviewCount { count_id: Id, decision: Choice, product_ids: OptionalIds }
    CancelCount { count_id: Id, reason: FreeText }
    ImportStock {
        import_id: OptionalId,
        stock_location: Id,
        external_id: OptionalId,
        lines: LinesOf,
    }
    ImportLine { product_id: Id, count: Units }
    RecordSale { sale_id: Id, allocation_id: OtherThanTheSale, lines: LinesOf }
    RecordReturn { return_id: Id, lines: LinesOf }
    ReturnLine { product_id: Id, quantity: Units, condition: FreeText }
    Allocate { allocation_id: Id, lines: LinesOf }
    ReleaseAllocation { allocation_id: Id, lines: OptionalLines }
    Reserve { reservation_id: Id, lines: LinesOf, expires_at: OptionalInstant }
    ReleaseReservation { reservation_id: Id, lines: OptionalLines, expires_at: OptionalInstant }
    ConfigureStore {
        features: Gates,
        inventory_master: OptionalBoolean,
        location_type: OptionalChoice,
        time_zone: OptionalZone,
        negative_stock: OptionalChoice,
        count_tolerance: OptionalNumber,
    }
    DefineReason {
        reason_code: Id,
        kind as "type": FreeText,
        subtype: FreeText,
        origin_stock_location: OptionalId,
        destination_stock_location: OptionalId,
        is_activated: Boolean,
    }
}

/// The allocation of a sale. Its default is the sale's id: written out it is the same command.
struct OtherThanTheSale;

impl Kind<Option<DocumentId>> for OtherThanTheSale {
    fn read(fields: &mut Fields<'_, '_>, name: &str) -> Read<Option<DocumentId>> {
        let sale_id: DocumentId = fields.id("sale_id")?;
        if fields.is_default(name, sale_id.as_str()) { Ok(None) } else { fields.optional_id(name) }
    }

    fn write<S: SerializeStruct>(
        record: &mut S,
        name: &'static str,
        value: &Option<DocumentId>,
    ) -> Result<(), S::Error> {
        put_if::<_, Plain, S>(record, name, value)
    }
}

/// A packed shipment or lines, never both.
impl Content for ShipItems {
    fn read(fields: &mut Fields<'_, '_>) -> Read<Self> {
        if fields.has("shipment_id") == fields.has("lines") {
            return Err(fields.malformed("lines"));
        }
        Ok(Self {
            transfer_order_id: fields.id("transfer_order_id")?,
            goods: if fields.has("lines") {
                ShippedGoods::Carried(LinesOf::read(fields, "lines")?)
            } else {
                ShippedGoods::Packed(fields.id("shipment_id")?)
            },
        })
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (shipment, lines) = match &self.goods {
            ShippedGoods::Packed(shipment_id) => (Some(shipment_id.clone()), None),
            ShippedGoods::Carried(lines) => (None, Some(lines.clone())),
        };
        let mut record = serializer.serialize_struct("ShipItems", 3)?;
        put::<_, Plain, S::SerializeStruct>(&mut record, "transfer_order_id", &self.transfer_order_id)?;
        OptionalId::write(&mut record, "shipment_id", &shipment)?;
        OptionalLines::write(&mut record, "lines", &lines)?;
        record.end()
    }
}
