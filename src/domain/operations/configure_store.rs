//! `configure_store`: what is named changes, what is absent stays (domain contract §4, §6.7).

use super::Ids;
use crate::domain::command::{ConfigureStore, LocationType};
use crate::domain::draft::{Draft, Step};
use crate::domain::rejection::{Code, Rejection};

pub(super) fn carry_out(draft: &mut Draft<'_>, change: &ConfigureStore) -> Step<Ids> {
    let mut configuration = draft.configuration.clone();
    for (gate, is_open) in &change.features {
        configuration.features[*gate as usize] = *is_open;
    }
    configuration.location_type = change.location_type.unwrap_or(configuration.location_type);
    configuration.inventory_master = change.inventory_master.unwrap_or(configuration.inventory_master);
    configuration.time_zone = change.time_zone.clone().unwrap_or(configuration.time_zone);
    configuration.negative_stock = change.negative_stock.unwrap_or(configuration.negative_stock);
    configuration.count_tolerance = change.count_tolerance.or(configuration.count_tolerance);
    if configuration.location_type == LocationType::Dc {
        if change.inventory_master == Some(true) {
            return Err(Rejection::of(Code::NotInventoryMaster, "dc").into());
        }
        configuration.inventory_master = false;
    }

    let id = draft.store_id.text().into();
    draft.configuration = configuration.clone();
    draft.is_configured = true;
    draft.put(&id, configuration);
    Ok(Vec::new())
}
