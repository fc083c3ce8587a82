//! `configure_store`: what is named changes, what is absent stays (domain contract §4, §6.7).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::configuration::{Gate, LocationType, NegativeStock};
use crate::domain::model::ids::Quantity;
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::{TimeZone, Timestamp};

/// `configure_store`.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ConfigureStore {
    /// Open (true) or shut, of the gates named.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::sorted_entries))]
    pub features: Vec<(Gate, bool)>,
    pub inventory_master: Option<bool>,
    pub location_type: Option<LocationType>,
    pub time_zone: Option<TimeZone>,
    pub negative_stock: Option<NegativeStock>,
    /// Units.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::optional_number))]
    pub count_tolerance: Option<Quantity>,
}

impl Rule for ConfigureStore {
    fn shape(&self) -> Shape<'_> {
        Shape::default()
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let mut configuration = draft.configuration.clone();
        for (gate, is_open) in &self.features {
            configuration.features[*gate as usize] = *is_open;
        }
        configuration.location_type = self.location_type.unwrap_or(configuration.location_type);
        configuration.inventory_master = self.inventory_master.unwrap_or(configuration.inventory_master);
        configuration.time_zone = self.time_zone.clone().unwrap_or(configuration.time_zone);
        configuration.negative_stock = self.negative_stock.unwrap_or(configuration.negative_stock);
        configuration.count_tolerance = self.count_tolerance.or(configuration.count_tolerance);
        if configuration.location_type == LocationType::Dc {
            if self.inventory_master == Some(true) {
                return Err(Rejection::of(Code::NotInventoryMaster, "dc").into());
            }
            configuration.inventory_master = false;
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let id = draft.store_id.text().into();
        draft.configuration = configuration.clone();
        draft.is_configured = true;
        draft.put(&id, configuration);
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::model::document::configuration::{Configuration, Gate, LocationType};
    use crate::domain::operations::Operation;
    use crate::domain::setup::configure_store::ConfigureStore;
    use crate::domain::testing::{Shop, sell, shut};

    fn configure(change: ConfigureStore) -> Operation {
        Operation::ConfigureStore(change)
    }

    #[test]
    fn what_is_absent_stays() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", shut(&[Gate::Counts]));
        shop.tell("08:01", "S1", configure(ConfigureStore { count_tolerance: Some(3), ..ConfigureStore::default() }));
        let configuration: Configuration = shop.document("S1", "S1").expect("it was configured");
        assert!(!configuration.is_open(Gate::Counts) && configuration.is_open(Gate::FullCounts));
        assert_eq!(configuration.count_tolerance, Some(3));
    }

    #[test]
    fn a_distribution_centre_is_never_mastered() {
        let mut shop = Shop::default();
        let dc = |inventory_master| {
            let location_type = Some(LocationType::Dc);
            configure(ConfigureStore { location_type, inventory_master, ..ConfigureStore::default() })
        };
        assert_eq!(shop.tell("08:00", "DC1", dc(Some(true))), "not_inventory_master dc");
        assert_eq!(shop.tell("08:01", "DC1", dc(None)), "accepted");
        let master = configure(ConfigureStore { inventory_master: Some(true), ..ConfigureStore::default() });
        assert_eq!(shop.tell("08:02", "DC1", master), "not_inventory_master dc");
        assert_eq!(shop.document::<Configuration>("DC1", "DC1").map(|it| it.inventory_master), Some(false));
    }

    #[test]
    fn a_strict_deployment_knows_only_configured_stores() {
        let mut shop = Shop::default();
        shop.settings.strict_configuration = true;
        assert_eq!(shop.tell("09:00", "S1", sell("POS", &[("A", 1)])), "store_unknown S1");
        assert_eq!(shop.tell("09:01", "S1", configure(ConfigureStore::default())), "accepted");
        assert_eq!(shop.tell("09:02", "S1", sell("POS", &[("A", 1)])), "accepted");
    }
}
