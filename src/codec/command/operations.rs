//! Reads each operation (domain contract §4). Fields are read in the order of the contract: it is the order of the
//! canonical form, and so part of every fingerprint.

use super::fields::{Fields, Malformed};
use crate::domain::command::*;
use crate::domain::ids::DocumentId;
use crate::domain::time::{Date, TimeZone};

type Read<T> = Result<T, Malformed>;

/// Reads the operation of a name.
pub(super) fn read(name: OperationName, f: &mut Fields<'_, '_>) -> Read<Operation> {
    Ok(match name {
        OperationName::ReceiveItems => Operation::ReceiveItems(receive_items(f)?),
        OperationName::CreateAsn => Operation::CreateAsn(create_asn(f)?),
        OperationName::CloseAsn => Operation::CloseAsn(close_asn(f)?),
        OperationName::CreateTransferOrder => Operation::CreateTransferOrder(create_transfer_order(f)?),
        OperationName::PackShipment => Operation::PackShipment(pack_shipment(f)?),
        OperationName::ShipItems => Operation::ShipItems(ship_items(f)?),
        OperationName::CancelShipment => {
            Operation::CancelShipment(CancelShipment { shipment_id: f.id("shipment_id")?, reason: f.text("reason")? })
        }
        OperationName::CloseTransferOrder => Operation::CloseTransferOrder(CloseTransferOrder {
            transfer_order_id: f.id("transfer_order_id")?,
            reason: f.text("reason")?,
        }),
        OperationName::AdjustStock => Operation::AdjustStock(adjust_stock(f)?),
        OperationName::CreateCount => Operation::CreateCount(create_count(f)?),
        OperationName::SubmitCount => Operation::SubmitCount(submit_count(f)?),
        OperationName::ReviewCount => Operation::ReviewCount(review_count(f)?),
        OperationName::CancelCount => {
            Operation::CancelCount(CancelCount { count_id: f.id("count_id")?, reason: f.text("reason")? })
        }
        OperationName::ImportStock => Operation::ImportStock(import_stock(f)?),
        OperationName::RecordSale => Operation::RecordSale(record_sale(f)?),
        OperationName::RecordReturn => Operation::RecordReturn(record_return(f)?),
        OperationName::Allocate => {
            Operation::Allocate(Allocate { allocation_id: f.id("allocation_id")?, lines: f.lines(line)? })
        }
        OperationName::ReleaseAllocation => Operation::ReleaseAllocation(ReleaseAllocation {
            allocation_id: f.id("allocation_id")?,
            lines: f.optional_lines(line)?,
        }),
        OperationName::Reserve => Operation::Reserve(Reserve {
            reservation_id: f.id("reservation_id")?,
            lines: f.lines(line)?,
            expires_at: f.optional_instant("expires_at")?,
        }),
        OperationName::ReleaseReservation => Operation::ReleaseReservation(ReleaseReservation {
            reservation_id: f.id("reservation_id")?,
            lines: f.optional_lines(line)?,
            expires_at: f.optional_instant("expires_at")?,
        }),
        OperationName::ConfigureStore => Operation::ConfigureStore(configure_store(f)?),
        OperationName::DefineReason => Operation::DefineReason(define_reason(f)?),
    })
}

fn line(f: &mut Fields<'_, '_>) -> Read<Line> {
    Ok(Line { product_id: f.id("product_id")?, quantity: f.quantity("quantity") })
}

fn carton_line(f: &mut Fields<'_, '_>) -> Read<CartonLine> {
    Ok(CartonLine {
        product_id: f.id("product_id")?,
        quantity: f.quantity("quantity"),
        carton_id: f.optional_id("carton_id")?,
    })
}

fn receive_items(f: &mut Fields<'_, '_>) -> Read<ReceiveItems> {
    Ok(ReceiveItems {
        receipt_id: f.optional_id("receipt_id")?,
        asn_id: f.optional_id("asn_id")?,
        carton_ids: f.optional_ids("carton_ids")?,
        order_ref: f.optional_text("order_ref")?,
        shipment_ref: f.optional_text("shipment_ref")?,
        started_at: f.optional_instant("started_at")?,
        lines: f.lines_or_none(receipt_line)?,
    })
}

fn receipt_line(f: &mut Fields<'_, '_>) -> Read<ReceiptLine> {
    Ok(ReceiptLine {
        product_id: f.id("product_id")?,
        quantity: f.quantity("quantity"),
        rejected_quantity: f.quantity_or_zero("rejected_quantity"),
        external_identifiers: f.optional_object("external_identifiers", |f| {
            let identifiers = ExternalIdentifiers { upc: f.optional_text("upc")?, sku: f.optional_text("sku")? };
            Ok((identifiers.upc.is_some() || identifiers.sku.is_some()).then_some(identifiers))
        })?,
    })
}

fn create_asn(f: &mut Fields<'_, '_>) -> Read<CreateAsn> {
    Ok(CreateAsn {
        asn_id: f.optional_id("asn_id")?,
        from_location: f.id("from_location")?,
        shipment_ref: f.text("shipment_ref")?,
        order_ref: f.optional_text("order_ref")?,
        shipment_date: f.instant("shipment_date")?,
        lines: f.lines(carton_line)?,
    })
}

fn close_asn(f: &mut Fields<'_, '_>) -> Read<CloseAsn> {
    Ok(CloseAsn { asn_id: f.id("asn_id")?, reason: f.text("reason")?, remainder: f.choice_or_default("remainder")? })
}

fn create_transfer_order(f: &mut Fields<'_, '_>) -> Read<CreateTransferOrder> {
    Ok(CreateTransferOrder {
        transfer_order_id: f.optional_id("transfer_order_id")?,
        external_ref: f.optional_text("external_ref")?,
        destination_id: f.id("destination_id")?,
        stock_location: f.optional_id("stock_location")?,
        source: f.choice("source")?,
        lines: f.lines(line)?,
    })
}

fn pack_shipment(f: &mut Fields<'_, '_>) -> Read<PackShipment> {
    Ok(PackShipment {
        transfer_order_id: f.id("transfer_order_id")?,
        shipment_id: f.optional_id("shipment_id")?,
        service_level: f.text("service_level")?,
        carrier: f.optional_text("carrier")?,
        tracking_code: f.optional_text("tracking_code")?,
        package_count: f.optional_number("package_count")?,
        lines: f.lines(carton_line)?,
    })
}

fn ship_items(f: &mut Fields<'_, '_>) -> Read<ShipItems> {
    if f.has("shipment_id") == f.has("lines") {
        return Err(f.malformed("lines"));
    }
    Ok(ShipItems {
        transfer_order_id: f.id("transfer_order_id")?,
        goods: if f.has("lines") {
            ShippedGoods::Carried(f.lines(carton_line)?)
        } else {
            ShippedGoods::Packed(f.id("shipment_id")?)
        },
    })
}

fn adjust_stock(f: &mut Fields<'_, '_>) -> Read<AdjustStock> {
    Ok(AdjustStock {
        adjustment_id: f.optional_id("adjustment_id")?,
        reason_code: f.id("reason_code")?,
        note: f.optional_text("note")?,
        lines: f.lines(|f| {
            Ok(AdjustmentLine {
                product_id: f.id("product_id")?,
                quantity: f.positive_quantity("quantity"),
                expected_on_hand: f.optional_balance("expected_on_hand"),
            })
        })?,
    })
}

fn create_count(f: &mut Fields<'_, '_>) -> Read<CreateCount> {
    Ok(CreateCount {
        count_id: f.optional_id("count_id")?,
        count_type: f.choice("count_type")?,
        product_ids: f.ids("product_ids")?,
        due_date: f.optional_parsed("due_date", |text| Some((Date::parse(text)?, text.to_owned())))?,
        external_id: f.optional_id("external_id")?,
        stock_location: f.optional_id("stock_location")?,
        blind: f.optional_boolean("blind")?,
    })
}

fn submit_count(f: &mut Fields<'_, '_>) -> Read<SubmitCount> {
    Ok(SubmitCount {
        count_id: f.id("count_id")?,
        partial: f.flag("partial")?,
        lines: f.lines_or_none(|f| {
            Ok(CountLine {
                product_id: f.id("product_id")?,
                count: f.quantity("count"),
                counted_at: f.optional_instant("counted_at")?,
                zone: f.optional_text("zone")?,
            })
        })?,
    })
}

fn review_count(f: &mut Fields<'_, '_>) -> Read<ReviewCount> {
    Ok(ReviewCount {
        count_id: f.id("count_id")?,
        decision: f.choice("decision")?,
        product_ids: f.optional_ids("product_ids")?,
    })
}

fn import_stock(f: &mut Fields<'_, '_>) -> Read<ImportStock> {
    Ok(ImportStock {
        import_id: f.optional_id("import_id")?,
        stock_location: f.id("stock_location")?,
        external_id: f.optional_id("external_id")?,
        lines: f.lines(|f| Ok(ImportLine { product_id: f.id("product_id")?, count: f.quantity("count") }))?,
    })
}

fn record_sale(f: &mut Fields<'_, '_>) -> Read<RecordSale> {
    let sale_id: DocumentId = f.id("sale_id")?;
    // The default is the sale's id: written out it is the same command.
    let written = !f.is_default("allocation_id", sale_id.as_str());
    Ok(RecordSale {
        allocation_id: if written { f.optional_id("allocation_id")? } else { None },
        lines: f.lines(line)?,
        sale_id,
    })
}

fn record_return(f: &mut Fields<'_, '_>) -> Read<RecordReturn> {
    Ok(RecordReturn {
        return_id: f.id("return_id")?,
        lines: f.lines(|f| {
            Ok(ReturnLine {
                product_id: f.id("product_id")?,
                quantity: f.quantity("quantity"),
                condition: f.text("condition")?,
            })
        })?,
    })
}

fn configure_store(f: &mut Fields<'_, '_>) -> Read<ConfigureStore> {
    let zone = |text: &str| {
        let zone = TimeZone::named(text)?;
        let name = zone.name().to_owned();
        Some((zone, name))
    };
    Ok(ConfigureStore {
        features: f.optional_switches("features", Gate::parse, Gate::as_str)?,
        inventory_master: f.optional_boolean("inventory_master")?,
        location_type: f.optional_choice("location_type")?,
        time_zone: f.optional_parsed("time_zone", zone)?,
        negative_stock: f.optional_choice("negative_stock")?,
        count_tolerance: f.optional_number("count_tolerance")?,
    })
}

fn define_reason(f: &mut Fields<'_, '_>) -> Read<DefineReason> {
    Ok(DefineReason {
        reason_code: f.id("reason_code")?,
        kind: f.text("type")?,
        subtype: f.text("subtype")?,
        origin_stock_location: f.optional_id("origin_stock_location")?,
        destination_stock_location: f.optional_id("destination_stock_location")?,
        is_activated: f.boolean("is_activated")?,
    })
}
