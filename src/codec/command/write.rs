//! Writes a command as JSON with the contract's field names: parked commands, and those of producers.

use serde_json::{Map, Value, json};

use crate::codec::names::Named;
use crate::domain::command::*;

/// An object made field by field; what is absent is left out.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn text(self, name: &str, value: impl ToString) -> Self {
        self.set(name, value.to_string())
    }

    fn optional_text(self, name: &str, value: Option<&(impl ToString + ?Sized)>) -> Self {
        match value {
            Some(value) => self.text(name, value.to_string()),
            None => self,
        }
    }

    fn optional(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    fn list<T>(self, name: &str, items: &[T], write: impl Fn(&T) -> Object) -> Self {
        self.set(name, items.iter().map(|item| Value::Object(write(item).0)).collect::<Vec<_>>())
    }

    fn texts(self, name: &str, items: &[impl ToString]) -> Self {
        self.set(name, items.iter().map(|item| Value::String(item.to_string())).collect::<Vec<_>>())
    }
}

/// The whole command. Of one that does not fit the schema only the envelope is known.
pub(super) fn command(command: &Command) -> Value {
    let mut object = Object::default()
        .text("command_id", command.command_id)
        .text("store_id", &command.store_id)
        .optional_text("correlation_id", command.correlation_id.as_ref());
    if command.validate_only {
        object = object.set("validate_only", true);
    }
    if let Ok(body) = &command.body {
        let actor = Object::default()
            .text("id", &body.actor.id)
            .optional_text("role", body.actor.role.as_ref())
            .optional_text("device", body.actor.device.as_ref());
        let origin = body.origin.as_ref().map(|origin| json!({"system": &*origin.system, "id": &*origin.id}));
        object = object
            .text("occurred_at", body.occurred_at)
            .set("actor", actor.0)
            .optional("origin", origin)
            .set("operation", json!({ body.operation.name().as_str(): operation(&body.operation).0 }));
    }
    Value::Object(object.0)
}

fn operation(operation: &Operation) -> Object {
    let o = Object::default();
    match operation {
        Operation::ReceiveItems(it) => receive_items(it),
        Operation::CreateAsn(it) => o
            .optional_text("asn_id", it.asn_id.as_ref())
            .text("from_location", &it.from_location)
            .text("shipment_ref", &it.shipment_ref)
            .optional_text("order_ref", it.order_ref.as_ref())
            .text("shipment_date", it.shipment_date)
            .list("lines", &it.lines, carton_line),
        Operation::CloseAsn(it) => {
            let remainder = (it.remainder == Remainder::Returned).then_some("returned");
            o.text("asn_id", &it.asn_id).text("reason", &it.reason).optional("remainder", remainder)
        }
        Operation::CreateTransferOrder(it) => create_transfer_order(it),
        Operation::PackShipment(it) => pack_shipment(it),
        Operation::ShipItems(it) => {
            let o = o.text("transfer_order_id", &it.transfer_order_id);
            match &it.goods {
                ShippedGoods::Packed(shipment_id) => o.text("shipment_id", shipment_id),
                ShippedGoods::Carried(lines) => o.list("lines", lines, carton_line),
            }
        }
        Operation::CancelShipment(it) => o.text("shipment_id", &it.shipment_id).text("reason", &it.reason),
        Operation::CloseTransferOrder(it) => {
            o.text("transfer_order_id", &it.transfer_order_id).text("reason", &it.reason)
        }
        Operation::AdjustStock(it) => o
            .optional_text("adjustment_id", it.adjustment_id.as_ref())
            .text("reason_code", &it.reason_code)
            .optional_text("note", it.note.as_ref())
            .list("lines", &it.lines, adjustment_line),
        Operation::CreateCount(it) => create_count(it),
        Operation::SubmitCount(it) => o
            .text("count_id", &it.count_id)
            .optional("partial", it.partial.then_some(true))
            .list("lines", &it.lines, count_line),
        Operation::ReviewCount(it) => review_count(it),
        Operation::CancelCount(it) => o.text("count_id", &it.count_id).text("reason", &it.reason),
        Operation::ImportStock(it) => o
            .optional_text("import_id", it.import_id.as_ref())
            .text("stock_location", &it.stock_location)
            .optional_text("external_id", it.external_id.as_ref())
            .list("lines", &it.lines, |it| count(&it.product_id, it.count)),
        Operation::RecordSale(it) => o
            .text("sale_id", &it.sale_id)
            .optional_text("allocation_id", it.allocation_id.as_ref())
            .list("lines", &it.lines, line),
        Operation::RecordReturn(it) => o
            .text("return_id", &it.return_id)
            .list("lines", &it.lines, |it| product(&it.product_id, it.quantity).text("condition", &it.condition)),
        Operation::Allocate(it) => o.text("allocation_id", &it.allocation_id).list("lines", &it.lines, line),
        Operation::ReleaseAllocation(it) => release(o.text("allocation_id", &it.allocation_id), it.lines.as_deref()),
        Operation::Reserve(it) => o
            .text("reservation_id", &it.reservation_id)
            .list("lines", &it.lines, line)
            .optional_text("expires_at", it.expires_at.as_ref()),
        Operation::ReleaseReservation(it) => {
            let o = o.text("reservation_id", &it.reservation_id).optional_text("expires_at", it.expires_at.as_ref());
            release(o, it.lines.as_deref())
        }
        Operation::ConfigureStore(it) => configure_store(it),
        Operation::DefineReason(it) => define_reason(it),
    }
}

fn create_count(it: &CreateCount) -> Object {
    Object::default()
        .optional_text("count_id", it.count_id.as_ref())
        .set("count_type", it.count_type.name())
        .texts("product_ids", &it.product_ids)
        .optional_text("due_date", it.due_date.as_ref())
        .optional_text("external_id", it.external_id.as_ref())
        .optional_text("stock_location", it.stock_location.as_ref())
        .optional("blind", it.blind)
}

fn review_count(it: &ReviewCount) -> Object {
    let o = Object::default().text("count_id", &it.count_id).set("decision", it.decision.name());
    if it.product_ids.is_empty() { o } else { o.texts("product_ids", &it.product_ids) }
}

fn receive_items(it: &ReceiveItems) -> Object {
    let o = if it.carton_ids.is_empty() {
        Object::default()
    } else {
        Object::default().texts("carton_ids", &it.carton_ids)
    };
    o.optional_text("receipt_id", it.receipt_id.as_ref())
        .optional_text("asn_id", it.asn_id.as_ref())
        .optional_text("order_ref", it.order_ref.as_ref())
        .optional_text("shipment_ref", it.shipment_ref.as_ref())
        .optional_text("started_at", it.started_at.as_ref())
        .list("lines", &it.lines, receipt_line)
}

fn receipt_line(it: &ReceiptLine) -> Object {
    let identifiers = it
        .external_identifiers
        .as_ref()
        .map(|it| Object::default().optional_text("upc", it.upc.as_ref()).optional_text("sku", it.sku.as_ref()).0);
    product(&it.product_id, it.quantity)
        .optional("rejected_quantity", (it.rejected_quantity > 0).then_some(it.rejected_quantity))
        .optional("external_identifiers", identifiers)
}

fn create_transfer_order(it: &CreateTransferOrder) -> Object {
    Object::default()
        .optional_text("transfer_order_id", it.transfer_order_id.as_ref())
        .optional_text("external_ref", it.external_ref.as_ref())
        .text("destination_id", &it.destination_id)
        .optional_text("stock_location", it.stock_location.as_ref())
        .set("source", it.source.name())
        .list("lines", &it.lines, line)
}

fn pack_shipment(it: &PackShipment) -> Object {
    Object::default()
        .text("transfer_order_id", &it.transfer_order_id)
        .optional_text("shipment_id", it.shipment_id.as_ref())
        .text("service_level", &it.service_level)
        .optional_text("carrier", it.carrier.as_ref())
        .optional_text("tracking_code", it.tracking_code.as_ref())
        .optional("package_count", it.package_count)
        .list("lines", &it.lines, carton_line)
}

fn adjustment_line(it: &AdjustmentLine) -> Object {
    product(&it.product_id, it.quantity).optional("expected_on_hand", it.expected_on_hand)
}

fn count_line(it: &CountLine) -> Object {
    count(&it.product_id, it.count)
        .optional_text("counted_at", it.counted_at.as_ref())
        .optional_text("zone", it.zone.as_ref())
}

fn configure_store(it: &ConfigureStore) -> Object {
    let features: Map<_, _> =
        it.features.iter().map(|(gate, open)| (gate.as_str().to_owned(), Value::Bool(*open))).collect();
    Object::default()
        .optional("features", (!features.is_empty()).then_some(features))
        .optional("inventory_master", it.inventory_master)
        .optional("location_type", it.location_type.map(Named::name))
        .optional("time_zone", it.time_zone.as_ref().map(|zone| zone.name()))
        .optional("negative_stock", it.negative_stock.map(Named::name))
        .optional("count_tolerance", it.count_tolerance)
}

fn define_reason(it: &DefineReason) -> Object {
    Object::default()
        .text("reason_code", &it.reason_code)
        .text("type", &it.kind)
        .text("subtype", &it.subtype)
        .optional_text("origin_stock_location", it.origin_stock_location.as_ref())
        .optional_text("destination_stock_location", it.destination_stock_location.as_ref())
        .set("is_activated", it.is_activated)
}

fn product(product_id: &impl ToString, quantity: Quantity) -> Object {
    Object::default().text("product_id", product_id.to_string()).set("quantity", quantity)
}

fn count(product_id: &impl ToString, count: Quantity) -> Object {
    Object::default().text("product_id", product_id.to_string()).set("count", count)
}

fn line(it: &Line) -> Object {
    product(&it.product_id, it.quantity)
}

fn carton_line(it: &CartonLine) -> Object {
    product(&it.product_id, it.quantity).optional_text("carton_id", it.carton_id.as_ref())
}

fn release(o: Object, lines: Option<&[Line]>) -> Object {
    match lines {
        Some(lines) => o.list("lines", lines, line),
        None => o,
    }
}
