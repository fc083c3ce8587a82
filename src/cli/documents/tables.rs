//! Documents as tables.

use crate::codec::names::Named as _;
use crate::domain::document::{Asn, Closing, Count, DocumentKey, Shipment, TransferOrder};

use super::shown::{Listed, Shown};
use crate::cli::output::{Rows, optional};
use crate::cli::terminal::in_line;

/// One line a document.
pub fn list<'a>(listed: Listed, documents: impl Iterator<Item = (&'a DocumentKey, Shown<'a>)>) -> Rows {
    let headings: &[&str] = match listed {
        Listed::TransferOrders => &[
            "ORIGIN",
            "TRANSFER ORDER",
            "REFERENCE",
            "DESTINATION",
            "STATUS",
            "ORDERED",
            "TRANSFERRED",
            "RECEIVED",
            "LOST",
            "RETURNED",
            "DATE",
        ],
        Listed::Asns => {
            &["STORE", "ASN", "FROM", "SHIPMENT", "STATUS", "EXPECTED", "RECEIVED", "LATE", "LOST", "RETURNED", "DATE"]
        }
        Listed::Counts => {
            &["STORE", "COUNT", "TYPE", "LOCATION", "STATUS", "PRODUCTS", "COUNTED", "VARIANCE", "CREATED"]
        }
    };
    let mut rows = Rows::new(headings);
    for (key, shown) in documents {
        rows.push(match shown {
            Shown::TransferOrder(order) => order_row(order),
            Shown::Asn(asn) => asn_row(key, asn),
            Shown::Count(count) => count_row(key, count),
        });
    }
    rows
}

fn order_row(order: &TransferOrder) -> Vec<String> {
    let sum = |figure: fn(&crate::domain::document::TransferOrderLine) -> i64| {
        order.lines.iter().map(figure).sum::<i64>().to_string()
    };
    vec![
        order.origin_id.to_string(),
        order.transfer_order_id.to_string(),
        order.transfer_order_ref.to_string(),
        order.destination_id.to_string(),
        order.status.name().to_owned(),
        sum(|line| line.ordered_quantity),
        sum(|line| line.transferred_quantity),
        sum(|line| line.received_quantity),
        sum(|line| line.lost_quantity),
        sum(|line| line.returned_quantity),
        order.order_date.to_string(),
    ]
}

fn asn_row(key: &DocumentKey, asn: &Asn) -> Vec<String> {
    let sum =
        |figure: fn(&crate::domain::document::AsnLine) -> i64| asn.lines.iter().map(figure).sum::<i64>().to_string();
    vec![
        key.store_id.to_string(),
        asn.asn_id.to_string(),
        asn.from_location.to_string(),
        asn.shipment_ref.to_string(),
        asn.status.name().to_owned(),
        sum(|line| line.expected_quantity),
        sum(|line| line.received_quantity),
        sum(|line| line.late_quantity),
        sum(|line| line.lost_quantity),
        sum(|line| line.returned_quantity),
        asn.shipment_date.to_string(),
    ]
}

fn count_row(key: &DocumentKey, count: &Count) -> Vec<String> {
    let counted = count.lines.iter().filter(|line| line.count.is_some()).count();
    let variances: Vec<i64> = count.lines.iter().filter_map(|line| line.variance).collect();
    vec![
        key.store_id.to_string(),
        count.count_id.to_string(),
        count.count_type.name().to_owned(),
        count.stock_location_name.to_string(),
        count.status.name().to_owned(),
        count.lines.len().to_string(),
        counted.to_string(),
        if variances.is_empty() { "–".to_owned() } else { format!("{:+}", variances.iter().sum::<i64>()) },
        count.created_at.to_string(),
    ]
}

/// A document in full.
pub fn show(key: &DocumentKey, shown: Shown<'_>, shipments: &[&Shipment]) -> String {
    match shown {
        Shown::TransferOrder(order) => show_order(order, shipments),
        Shown::Asn(asn) => show_asn(key, asn),
        Shown::Count(count) => show_count(key, count),
    }
}

/// Names and values, one a line; what is absent is left out.
fn facts(facts: &[(&str, Option<String>)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    facts
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name:width$}  {}\n", in_line(value))))
        .collect()
}

fn closed(closing: Option<&Closing>) -> Option<String> {
    closing.map(|closing| {
        let by = closing.closed_by.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
        let note = closing.close_note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        format!("{} at {}{by}{note}", closing.close_reason.as_str(), closing.closed_at)
    })
}

fn show_order(order: &TransferOrder, shipments: &[&Shipment]) -> String {
    let head = facts(&[
        ("transfer order", Some(order.transfer_order_id.to_string())),
        ("reference", Some(order.transfer_order_ref.to_string())),
        ("from", Some(format!("{} ({})", order.origin_id, order.stock_location_name))),
        ("to", Some(order.destination_id.to_string())),
        ("ordered", Some(format!("{} by {}", order.order_date, order.source.name()))),
        ("status", Some(order.status.name().to_owned())),
        ("closed", closed(order.closing.as_ref())),
    ]);
    let mut lines = Rows::new(&["PRODUCT", "ORDERED", "PACKED", "TRANSFERRED", "RECEIVED", "LOST", "RETURNED"]);
    for line in &order.lines {
        let figures = [
            line.ordered_quantity,
            line.packed_quantity,
            line.transferred_quantity,
            line.received_quantity,
            line.lost_quantity,
            line.returned_quantity,
        ];
        lines.push(std::iter::once(line.product_id.to_string()).chain(figures.map(|n| n.to_string())).collect());
    }
    let mut text = format!("{head}\n{}", lines.text());
    if !shipments.is_empty() {
        let mut rows = Rows::new(&["SHIPMENT", "REFERENCE", "STATUS", "UNITS", "SHIPPED", "ASN", "ASN STATUS"]);
        for shipment in shipments {
            rows.push(vec![
                shipment.shipment_id.to_string(),
                shipment.shipment_ref.to_string(),
                format!("{}{}", shipment.status.name(), if shipment.carried { ", carried" } else { "" }),
                shipment.lines.iter().map(|line| line.quantity).sum::<i64>().to_string(),
                optional(shipment.shipment_date),
                shipment.asn_id.to_string(),
                optional(shipment.asn_status.map(crate::codec::names::Named::name)),
            ]);
        }
        text.push_str(&format!("\n{}", rows.text()));
    }
    text
}

fn show_asn(key: &DocumentKey, asn: &Asn) -> String {
    let transfer = asn.transfer.as_ref();
    let head = facts(&[
        ("ASN", Some(asn.asn_id.to_string())),
        ("store", Some(key.store_id.to_string())),
        ("from", Some(asn.from_location.to_string())),
        ("shipment", Some(format!("{} of {}", asn.shipment_ref, asn.shipment_date))),
        ("order", asn.order_ref.as_ref().map(ToString::to_string)),
        ("transfer order", transfer.map(|transfer| transfer.transfer_order_id.to_string())),
        ("status", Some(format!("{}, revision {}", asn.status.name(), asn.revision))),
        ("received by", asn.receiving_mode.map(|mode| mode.name().to_owned())),
        ("closed", closed(asn.closing.as_ref())),
    ]);
    let mut lines = Rows::new(&["PRODUCT", "EXPECTED", "RECEIVED", "LATE", "LOST", "RETURNED"]);
    for line in &asn.lines {
        let figures = [
            line.expected_quantity,
            line.received_quantity,
            line.late_quantity,
            line.lost_quantity,
            line.returned_quantity,
        ];
        lines.push(std::iter::once(line.product_id.to_string()).chain(figures.map(|n| n.to_string())).collect());
    }
    let mut text = format!("{head}\n{}", lines.text());
    if !asn.cartons.is_empty() {
        let mut rows = Rows::new(&["CARTON", "RECEIVED", "CONTENT"]);
        for carton in &asn.cartons {
            let content: Vec<String> =
                carton.lines.iter().map(|(product, quantity)| format!("{quantity} × {product}")).collect();
            let received = if carton.received { "yes" } else { "no" };
            rows.push(vec![carton.carton_id.to_string(), received.to_owned(), content.join(", ")]);
        }
        text.push_str(&format!("\n{}", rows.text()));
    }
    text
}

fn show_count(key: &DocumentKey, count: &Count) -> String {
    let head = facts(&[
        ("count", Some(count.count_id.to_string())),
        ("store", Some(format!("{} ({})", key.store_id, count.stock_location_name))),
        ("type", Some(count.count_type.name().to_owned())),
        ("number of the ERP", count.external_id.as_ref().map(ToString::to_string)),
        ("created", Some(count.created_at.to_string())),
        ("due", count.due_date.map(|date| date.to_string())),
        ("status", Some(count.status.name().to_owned())),
        ("submitted", count.submitted_at.map(|at| at.to_string())),
        ("completed", count.completed_at.map(|at| at.to_string())),
        ("cancelled", count.cancelled_at.map(|at| format!("{at}{}", note(count.cancel_reason.as_deref())))),
    ]);
    let mut lines = Rows::new(&["PRODUCT", "COUNTED", "AT", "ON RECORD", "VARIANCE", "OUTSIDE TOLERANCE", "ZONES"]);
    for line in &count.lines {
        let zones: Vec<String> = line
            .zones
            .iter()
            .filter(|zone| !zone.zone.is_empty())
            .map(|zone| format!("{} {}", zone.zone, zone.count))
            .collect();
        let outside = line.outside_tolerance.map(|outside| if outside { "yes" } else { "no" });
        lines.push(vec![
            line.product_id.to_string(),
            optional(line.count),
            optional(line.counted_at),
            optional(line.stock_on_hand),
            line.variance.map_or_else(|| "–".to_owned(), |variance| format!("{variance:+}")),
            optional(outside),
            zones.join(", "),
        ]);
    }
    format!("{head}\n{}", lines.text())
}

fn note(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!(": {text}"))
}
