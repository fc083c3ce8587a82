//! `create_count`: products, or a whole stock location, are to be counted (domain contract §6.4).

use std::collections::BTreeSet;

use crate::domain::counts::completion::gate_of;
use crate::domain::counts::sheet::Sheet;
use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::count::{Count, CountStatus, CountType, CountedLine};
use crate::domain::model::ids::{DocumentId, ProductId, StockLocation, Text};
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::{Date, Timestamp};

/// `create_count`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CreateCount {
    pub count_id: Option<DocumentId>,
    pub count_type: CountType,
    pub product_ids: Vec<ProductId>,
    pub due_date: Option<Date>,
    pub external_id: Option<Text>,
    pub stock_location: Option<StockLocation>,
    pub blind: Option<bool>,
}

impl Rule for CreateCount {
    fn shape(&self) -> Shape<'_> {
        let shape = Shape {
            is_empty: self.count_type == CountType::CycleCount && self.product_ids.is_empty(),
            products: self.product_ids.iter().enumerate().collect(),
            ..Shape::default()
        };
        let shape = shape.gate(gate_of(self.count_type));
        match &self.count_id {
            Some(id) => shape.document(Kind::Count, id.text()),
            None => shape,
        }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        draft.check_stock_locations(&self.stock_location)?;
        let count_id = draft.id_or_derived(self.count_id.as_ref(), "count_id");
        if draft.find::<Count>(&count_id)?.is_some() {
            return Err(Rejection::of(Code::CountAlreadyExists, count_id.text()).into());
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let products: BTreeSet<&ProductId> = self.product_ids.iter().collect();
        let salable = &draft.settings.salable_stock_location;
        let count = Count {
            count_id: count_id.clone(),
            count_type: self.count_type,
            stock_location_name: self.stock_location.as_ref().unwrap_or(salable).clone(),
            status: CountStatus::Open,
            created_at: draft.context().occurred_at,
            due_date: self.due_date,
            external_id: self.external_id.clone(),
            blind: self.blind,
            submitted_at: None,
            started_at: None,
            completed_at: None,
            cancelled_at: None,
            cancel_reason: None,
            products: 0,
            products_counted: 0,
            products_outside_tolerance: 0,
            lines: Vec::new(),
        };
        let lines = products.into_iter().map(|product| CountedLine::uncounted(count_id.clone(), product.clone()));
        Sheet::new(count, lines).keep(draft);
        Ok(vec![("count_id", count_id.text())])
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::counts::create_count::CreateCount;
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::model::document::count::CountType;
    use crate::domain::model::settings::Settings;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, count, shut};

    fn count_in(location: &str) -> Operation {
        let Operation::CreateCount(operation) = count("C", &["A"]) else { unreachable!("it is one") };
        Operation::CreateCount(CreateCount { stock_location: Some(location.into()), ..operation })
    }

    #[test]
    fn a_sheet_lists_each_product_once_by_name() {
        let mut shop = Shop::default();
        assert_eq!(shop.tell("09:00", "S1", count("C", &["B", "A", "B", "b"])), "accepted");
        assert_eq!((shop.sheet("S1", "C").as_str(), shop.made("count_id").as_str()), ("open: A; B; b", "C"));
        assert!(shop.news().is_empty(), "nothing is announced before there are numbers");
        assert_eq!(shop.tell("09:00", "S1", count("ALL", &[])), "accepted");
        assert_eq!(shop.sheet("S1", "ALL"), "open: ");
    }

    #[test]
    fn refusals() {
        let catalogue = Some(["A".into(), "B".into()].into_iter().collect());
        let mut shop = Shop::with(Settings { catalogue, ..Settings::default() });
        shop.tell("09:00", "S1", count("C", &["A"]));
        let Operation::CreateCount(all) = count("D", &[]) else { unreachable!("it is one") };
        let nothing = CreateCount { count_type: CountType::CycleCount, ..all };
        for (operation, answer) in [
            (count("C", &["A"]), "count_already_exists C"),
            (count("D", &["A", "X", "B", "Y"]), "product_unknown 1 X X, 3 Y Y"),
            (Operation::CreateCount(nothing), "no_lines"),
            (count_in("cellar"), "stock_location_unknown cellar"),
            (count_in("_customer_reservations"), "stock_location_reserved _customer_reservations"),
        ] {
            assert_eq!(shop.tell("10:00", "S1", operation), answer);
        }
    }

    #[test]
    fn each_kind_of_count_has_its_gate() {
        let kinds: [&[&str]; 2] = [&["A"], &[]];
        for (gate, answers) in [
            (Gate::Counts, ["feature_disabled counts", "accepted"]),
            (Gate::FullCounts, ["accepted", "feature_disabled full_counts"]),
        ] {
            let mut shop = Shop::default();
            shop.tell("08:00", "S1", shut(&[gate]));
            assert_eq!(kinds.map(|products| shop.tell("09:00", "S1", count("C", products))), answers);
        }
    }
}
