//! `[deployment]`: what decisions depend on. Every instance of a deployment must have the same.

use crate::domain::document::Reason;
use crate::domain::ids::{RESERVATIONS, StockLocation, Text};
use crate::domain::movement::Account;
use crate::domain::settings::Settings;

use super::found::Found;

const YEAR_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// Reads the section, noting every fault.
pub fn read(found: &mut Found) -> Settings {
    let mut settings = Settings::default();
    if let Some(tenant) = found.name("deployment.tenant") {
        settings.tenant = Text::from(tenant);
    }
    if let Some(locations) = found.texts("deployment.stock_locations") {
        settings.stock_locations = locations.into_iter().map(StockLocation::from).collect();
    }
    for location in settings.stock_locations.clone() {
        if let Some(fault) = unusable(&location) {
            found.fault("deployment.stock_locations", fault);
        }
    }
    for (key, setting) in [
        ("deployment.salable_stock_location", &mut settings.salable_stock_location),
        ("deployment.damaged_stock_location", &mut settings.damaged_stock_location),
    ] {
        if let Some(location) = found.name(key) {
            *setting = StockLocation::from(location);
        }
        if !settings.stock_locations.contains(setting) {
            found.fault(key, format!("\"{setting}\" is not one of deployment.stock_locations"));
        }
    }
    if settings.salable_stock_location == settings.damaged_stock_location {
        found.fault("deployment.damaged_stock_location", "is the salable one too: damaged goods would be sold");
    }
    settings.catalogue = found.texts("deployment.catalogue").map(|products| {
        products.into_iter().map(|product| crate::domain::ids::ProductId::from(product.as_str())).collect()
    });
    read_reasons(found, &mut settings);
    for (key, setting) in [
        ("deployment.parked_for_ms", &mut settings.parked_for_ms),
        ("deployment.history_ms", &mut settings.history_ms),
        ("deployment.command_ids_ms", &mut settings.command_ids_ms),
        ("deployment.documents_ms", &mut settings.documents_ms),
    ] {
        *setting = found.number(key, 1, 10 * YEAR_MS).unwrap_or(*setting);
    }
    for (key, setting) in
        [("deployment.parked_for_ms", settings.parked_for_ms), ("deployment.history_ms", settings.history_ms)]
    {
        if setting > settings.command_ids_ms {
            found.fault(key, format!("{setting} is more than deployment.command_ids_ms, {}", settings.command_ids_ms));
        }
    }
    if let Some(conditions) = found.texts("deployment.sellable_conditions") {
        settings.sellable_conditions = conditions.into_iter().map(Text::from).collect();
    }
    for (key, setting) in [
        ("deployment.strict_configuration", &mut settings.strict_configuration),
        ("deployment.emit_transfer_order_created_for_api", &mut settings.emit_transfer_order_created_for_api),
        ("deployment.emit_asn_created_for_packed", &mut settings.emit_asn_created_for_packed),
    ] {
        *setting = found.flag(key).unwrap_or(*setting);
    }
    settings
}

/// Why a name can't be that of a stock location, if it can't.
fn unusable(location: &StockLocation) -> Option<String> {
    let name = location.as_str();
    let is_name =
        (1..=64).contains(&name.chars().count()) && name.trim().len() == name.len() && !name.contains(char::is_control);
    if !is_name {
        return Some(format!("{name:?} is not a name of 1 to 64 characters without blanks around it"));
    }
    if name == RESERVATIONS {
        return Some(format!("\"{name}\" is where reserved units are kept, in every store"));
    }
    let virtual_account = Account::parse(name).stock_location().is_none();
    virtual_account.then(|| format!("\"{name}\" is the name of an account that is no stock location"))
}

fn read_reasons(found: &mut Found, settings: &mut Settings) {
    for (name, mut table) in found.tables("deployment.reasons") {
        let reason = Reason {
            reason_code: table.name("reason_code").unwrap_or_default().into(),
            kind: table.text("type").unwrap_or_default().into(),
            subtype: table.text("subtype").unwrap_or_default().into(),
            origin_stock_location: table.name("origin_stock_location").map(StockLocation::from),
            destination_stock_location: table.name("destination_stock_location").map(StockLocation::from),
            is_activated: table.flag("is_activated").unwrap_or(true),
        };
        for (key, missing) in [
            ("reason_code", reason.reason_code.as_str().is_empty()),
            ("type", reason.kind.is_empty()),
            ("subtype", reason.subtype.is_empty()),
        ] {
            if missing && !table.faults.iter().any(|fault| fault.key == key) {
                table.fault(key, "is missing");
            }
        }
        let sides = [
            ("origin_stock_location", &reason.origin_stock_location),
            ("destination_stock_location", &reason.destination_stock_location),
        ];
        if sides.iter().all(|(_, side)| side.is_none()) {
            table.fault("origin_stock_location", "is missing, and so is destination_stock_location: one is needed");
        }
        if reason.origin_stock_location.is_some() && reason.origin_stock_location == reason.destination_stock_location {
            table.fault("destination_stock_location", "is the origin too: such a reason has no effect");
        }
        for (key, side) in sides {
            // Naming the bucket of reservations is refused with the command that uses the reason (§6.5).
            if let Some(location) = side
                && location.as_str() != RESERVATIONS
                && !settings.stock_locations.contains(location)
            {
                table.fault(key, format!("\"{location}\" is not one of deployment.stock_locations"));
            }
        }
        found.adopt(&name, table);
        settings.reasons.push(reason);
    }
}
