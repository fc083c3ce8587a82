//! `record_return`: a customer brought units back (domain contract §6.6). Never refused.

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, Text};
use crate::domain::model::lines::summed;
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::time::Timestamp;

/// `record_return`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct RecordReturn {
    pub return_id: DocumentId,
    pub lines: Vec<ReturnLine>,
}

/// Units of one product that came back.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ReturnLine {
    pub product_id: ProductId,
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::units))]
    pub quantity: Quantity,
    /// Whether the units go back on sale or are damaged, as the deployment's settings say.
    pub condition: Text,
}

impl Rule for RecordReturn {
    fn shape(&self) -> Shape<'_> {
        Shape::of_lines(self.lines.iter().map(|line| (&line.product_id, line.quantity)))
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let keyed = self.lines.iter().map(|line| ((line.product_id.clone(), line.condition.clone()), line.quantity));
        let mut items = Vec::with_capacity(self.lines.len());
        for ((product, condition), quantity) in summed(keyed) {
            let settings = draft.settings;
            let is_sellable = settings.is_sellable(&condition);
            let location =
                if is_sellable { &settings.salable_stock_location } else { &settings.damaged_stock_location };
            draft.post(Posting {
                product_id: &product,
                from: Account::Customer,
                to: Account::StockLocation(location.clone()),
                quantity,
                document_kind: DocumentKind::Return,
                document_id: &self.return_id,
                count: None,
            })?;
            items.push(Item {
                condition: Some(condition),
                stock_location_name: Some(location.clone()),
                ..Item::with_quantity(product, quantity)
            });
        }
        let payload = Payload {
            return_id: Some(self.return_id.clone()),
            fulfillment_location_id: Some(draft.store_id.clone()),
            ..draft.payload(draft.derived("return").text())
        };
        draft.announce(EventName::ItemsReturned, payload, items);
        draft.announce_corrections();
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::model::ids::Quantity;
    use crate::domain::operations::Operation;
    use crate::domain::sales::record_return::{RecordReturn, ReturnLine};
    use crate::domain::testing::{Shop, mastered_elsewhere, strict};

    fn bring_back(units: &[(&str, Quantity, &str)]) -> Operation {
        let line = |(product, quantity, condition): &(&str, Quantity, &str)| ReturnLine {
            product_id: (*product).into(),
            quantity: *quantity,
            condition: (*condition).into(),
        };
        Operation::RecordReturn(RecordReturn { return_id: "R".into(), lines: units.iter().map(line).collect() })
    }

    #[test]
    fn the_condition_decides_where_units_go() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", strict());
        let units =
            [("A", 1, "sellable"), ("B", 1, "torn"), ("A", 1, "stained"), ("A", 2, "sellable"), ("C", 0, "torn")];
        assert_eq!(shop.tell("10:00", "S1", bring_back(&units)), "accepted");
        assert_eq!(shop.news(), ["S1 items_returned A sellable 3; B torn 1; A stained 1"]);
        assert_eq!(
            shop.postings(),
            ["S1 A customer > main 3", "S1 B customer > damaged 1", "S1 A customer > damaged 1"]
        );
        assert_eq!(shop.tell("10:00", "S1", bring_back(&[("A", 0, "sellable")])), "no_lines");
    }

    #[test]
    fn elsewhere_it_is_announced_and_not_posted() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", mastered_elsewhere());
        assert_eq!(shop.tell("10:00", "S1", bring_back(&[("A", 2, "torn")])), "accepted");
        assert_eq!((shop.news(), shop.postings()), (vec!["S1 items_returned A torn 2".to_owned()], vec![]));
    }
}
