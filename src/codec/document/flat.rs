//! The flat record: every field a document of any kind may have, in the order of `schemas/document.avsc`.

use std::borrow::Cow;

use crate::codec::value::{Unreadable, required};
use crate::codec::wire::{Map, Midnight, flat, record};
use crate::domain::command::{CountType, Gate, LocationType, NegativeStock, Quantity, Source};
use crate::domain::document::{
    AsnCarton, AsnFigures, AsnStatus, CloseReason, Kind, ParkedReference, ReceivingMode, ZoneCount,
};
use crate::domain::ids::{CartonId, DocumentId, ProductId, ReasonCode, StockLocation, StoreId, Text, Uuid};
use crate::domain::time::{Date, TimeZone, Timestamp};

pub(super) type Read<T> = Result<T, Unreadable>;

flat! {
    /// A document of any kind.
    Flat = "Document" { kind: Kind, store_id: StoreId } optional {
        transfer_order_id: DocumentId,
        transfer_order_ref: Text,
        external_ref: Text,
        origin_id: StoreId,
        destination_id: StoreId,
        order_date: Timestamp,
        source: Source,
        shipments: u32,
        asn_id: DocumentId,
        from_location: StoreId,
        order_ref: Text,
        shipment_id: DocumentId,
        shipment_ref: Text,
        shipment_date: Timestamp,
        revision: u64,
        receiving_mode: ReceivingMode,
        carried: bool,
        service_level: Text,
        carrier: Text,
        tracking_code: Text,
        package_count: Quantity,
        asn_revision: u64,
        asn_status: AsnStatus,
        asn_lines: Map<ProductId, AsnFigures>,
        count_id: DocumentId,
        count_type: CountType,
        created_at: Timestamp,
        due_date via Midnight: Date,
        external_id: Text,
        blind: bool,
        submitted_at: Timestamp,
        started_at: Timestamp,
        completed_at: Timestamp,
        cancelled_at: Timestamp,
        stock_location_name: StockLocation,
        status: Cow<'static, str>,
        close_reason: CloseReason,
        close_note: Text,
        closed_at: Timestamp,
        closed_by: Text,
        cancel_reason: Text,
        features: Map<Gate, bool>,
        inventory_master: bool,
        location_type: LocationType,
        time_zone: TimeZone,
        negative_stock: NegativeStock,
        count_tolerance: Quantity,
        reason_code: ReasonCode,
        kind_of_reason as "type": Text,
        subtype: Text,
        origin_stock_location: StockLocation,
        destination_stock_location: StockLocation,
        is_activated: bool,
        allocation_id: DocumentId,
        reservation_id: DocumentId,
        expires_at: Timestamp,
        lines: Vec<Line>,
        cartons: Vec<AsnCarton>,
        sequence: u64,
        clock: Timestamp,
        parked: Vec<ParkedReference>,
        command_id: Uuid,
        command: Text,
        arrived_at: Timestamp,
        product_id: ProductId,
        count: Quantity,
        counted_at: Timestamp,
        zones: Vec<ZoneCount>,
        stock_on_hand: Quantity,
        variance: Quantity,
        outside_tolerance: bool,
        products: u64,
        products_counted: u64,
        products_outside_tolerance: u64,
        open_shipments: u32,
        waiting: u64,
        parked_ever: u64,
        waiting_since: Timestamp,
        closed_since: Timestamp,
        number: u64,
        closed_kind: Kind,
        closed_id: Text,
    }
}

flat! {
    /// A line of a document of any kind.
    #[derive(Clone, PartialEq)]
    Line = "DocumentLine" { product_id: ProductId } optional {
        quantity: Quantity,
        carton_id: CartonId,
        ordered_quantity: Quantity,
        packed_quantity: Quantity,
        transferred_quantity: Quantity,
        expected_quantity: Quantity,
        received_quantity: Quantity,
        late_quantity: Quantity,
        lost_quantity: Quantity,
        returned_quantity: Quantity,
        count: Quantity,
        counted_at: Timestamp,
        zones: Vec<ZoneCount>,
        stock_on_hand: Quantity,
        variance: Quantity,
        outside_tolerance: bool,
    }
}

record! { ZoneCount = "ZoneCount" { zone, count, counted_at, } }
record! { AsnFigures = "AsnFigures" { received, lost, returned, } }
record! { ParkedReference = "ParkedReference" { command_id, asn_id, arrived_at, } }

/// How a field of a document stands in the field of a flat record, which may be absent.
pub(super) trait Slot<F>: Sized {
    /// To the flat record.
    fn put(&self) -> Option<F>;

    /// From the flat record.
    fn take(field: Option<F>, name: &'static str) -> Read<Self>;
}

/// A field that documents of the kind always have.
impl<T: Clone> Slot<T> for T {
    fn put(&self) -> Option<T> {
        Some(self.clone())
    }

    fn take(field: Option<T>, name: &'static str) -> Read<T> {
        required(field, name)
    }
}

/// A field that a document may lack.
impl<T: Clone> Slot<T> for Option<T> {
    fn put(&self) -> Option<T> {
        self.clone()
    }

    fn take(field: Option<T>, _: &'static str) -> Read<Self> {
        Ok(field)
    }
}

/// A part of a flat record: a kind of document, or some fields that several kinds share.
pub(super) trait Part: Sized {
    /// Its fields, in a record that has others too.
    fn fill(&self, record: Flat) -> Flat;

    /// From the record's fields, which are taken out of it.
    fn take(record: &mut Flat) -> Read<Self>;
}

/// A field that documents of the first version lack: a figure is 0 there, a list has nothing in it and is left out then.
pub(super) trait Later<F>: Sized {
    /// To the flat record.
    fn put(&self) -> Option<F>;

    /// From the flat record.
    fn take(field: Option<F>, name: &'static str) -> Read<Self>;
}

macro_rules! figures {
    ($($type:ty),+) => {
        $(impl Later<$type> for $type {
            fn put(&self) -> Option<$type> {
                Some(*self)
            }

            fn take(field: Option<$type>, _: &'static str) -> Read<Self> {
                Ok(field.unwrap_or_default())
            }
        })+
    };
}
figures!(u32, u64);

impl<L, F> Later<Vec<F>> for Vec<L>
where
    Vec<L>: Slot<Vec<F>>,
{
    fn put(&self) -> Option<Vec<F>> {
        if self.is_empty() { None } else { Slot::put(self) }
    }

    fn take(field: Option<Vec<F>>, name: &'static str) -> Read<Self> {
        if field.is_none() { Ok(Vec::new()) } else { Slot::take(field, name) }
    }
}

/// Which fields of the flat record a part has: those of the same name, behind `later` those that the first version lacks,
/// behind `renamed` those the record calls otherwise, and behind `with` what is a part of its own.
macro_rules! part {
    ($type:ident { $($name:ident),+ $(,)? } $(later { $($later:ident),+ })? $(renamed $($own:ident $flat:ident),+)?
        $(with $($inner:ident),+)?) => {
        impl Part for $type {
            fn fill(&self, record: Flat) -> Flat {
                $($(let record = self.$inner.fill(record);)+)?
                Flat {
                    $($name: Slot::put(&self.$name),)+
                    $($($later: crate::codec::document::flat::Later::put(&self.$later),)+)?
                    $($($flat: Slot::put(&self.$own),)+)?
                    ..record
                }
            }

            fn take(record: &mut Flat) -> Read<Self> {
                Ok($type {
                    $($name: Slot::take(record.$name.take(), stringify!($name))?,)+
                    $($($later: crate::codec::document::flat::Later::take(record.$later.take(), stringify!($later))?,)+)?
                    $($($own: Slot::take(record.$flat.take(), stringify!($own))?,)+)?
                    $($($inner: Part::take(record)?,)+)?
                })
            }
        }
    };
}
pub(super) use part;
