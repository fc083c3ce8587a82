//! `record_sale`: units left with a customer (domain contract §6.6). Never refused for stock.

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::holds::hold;
use crate::domain::model::document::Kind;
use crate::domain::model::document::hold::Allocation;
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::DocumentId;
use crate::domain::model::lines::{Line, plain, summed_lines};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::time::Timestamp;

/// `record_sale`.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordSale {
    pub sale_id: DocumentId,
    pub allocation_id: Option<DocumentId>,
    pub lines: Vec<Line>,
}

/// The default of the allocation, the sale's id, is as good as none.
#[cfg(any(test, feature = "arbitrary"))]
impl<'a> arbitrary::Arbitrary<'a> for RecordSale {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let (sale_id, allocation_id): (_, Option<DocumentId>) = u.arbitrary()?;
        let allocation_id = allocation_id.filter(|allocation_id| *allocation_id != sale_id);
        Ok(Self { sale_id, allocation_id, lines: u.arbitrary()? })
    }
}

impl Rule for RecordSale {
    fn shape(&self) -> Shape<'_> {
        Shape::of_lines(plain(&self.lines)).document(Kind::Allocation, allocation_of(self).text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let salable = draft.settings.salable_stock_location.clone();
        let lines = summed_lines(&self.lines);
        for (product, quantity) in &lines {
            draft.post(Posting {
                product_id: product,
                from: Account::StockLocation(salable.clone()),
                to: Account::Customer,
                quantity: *quantity,
                document_kind: DocumentKind::Sale,
                document_id: &self.sale_id,
                count: None,
            })?;
        }
        if let Some(allocation) = draft.find::<Allocation>(allocation_of(self))?.cloned() {
            hold::release_allocation(draft, allocation, Some(&lines))?;
        }

        let payload = Payload {
            sale_id: Some(self.sale_id.clone()),
            fulfillment_location_id: Some(draft.store_id.clone()),
            stock_location_name: Some(salable),
            ..draft.payload(draft.derived("sale").text())
        };
        let items = lines.into_iter().map(|(product, quantity)| Item::with_quantity(product, quantity)).collect();
        draft.announce(EventName::ItemsSold, payload, items);
        draft.announce_corrections();
        Ok(Vec::new())
    }
}

/// The allocation a sale uses up: the one it names, else the one under its own id.
fn allocation_of(sale: &RecordSale) -> &DocumentId {
    sale.allocation_id.as_ref().unwrap_or(&sale.sale_id)
}

#[cfg(test)]
mod tests {
    use crate::domain::holds::allocate::Allocate;
    use crate::domain::model::document::hold::Allocation;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, lines, mastered_elsewhere, sell};

    #[test]
    fn units_leave_and_are_announced_whatever_is_there() {
        let mut shop = Shop::default();
        for (goods, announced, posted) in [
            (&[("A", 2)][..], "S1 items_sold A 2", &["S1 A main > customer 2"][..]),
            (
                &[("A", 1), ("B", 1), ("A", 3)],
                "S1 items_sold A 4; B 1",
                &["S1 A main > customer 4", "S1 B main > customer 1"],
            ),
            (&[("A", 0), ("B", 1)], "S1 items_sold B 1", &["S1 B main > customer 1"]),
        ] {
            assert_eq!(shop.tell("10:00", "S1", sell("POS", goods)), "accepted");
            assert_eq!(
                (shop.news(), shop.postings()),
                (vec![announced.to_owned()], posted.iter().map(|row| (*row).to_owned()).collect())
            );
        }
        assert_eq!((shop.on_hand("S1", "A"), shop.available("S1", "A")), (-6, 0));
        assert_eq!(shop.tell("10:00", "S1", sell("POS", &[("A", 0)])), "no_lines");
    }

    #[test]
    fn a_sale_uses_up_the_allocation_of_its_order() {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 10)]);
        let allocate = Allocate { allocation_id: "ORDER-1".into(), lines: lines(&[("A", 5)]) };
        shop.tell("09:00", "S1", Operation::Allocate(allocate));
        assert_eq!(shop.available("S1", "A"), 5);
        shop.tell("10:00", "S1", sell("ORDER-1", &[("A", 3)]));
        assert_eq!((shop.on_hand("S1", "A"), shop.available("S1", "A")), (7, 5));
        shop.tell("10:00", "S1", sell("ORDER-1", &[("A", 3)]));
        assert_eq!((shop.on_hand("S1", "A"), shop.available("S1", "A")), (4, 4), "no more than is held");
        assert!(shop.document::<Allocation>("S1", "ORDER-1").is_none(), "an empty one is gone");
    }

    #[test]
    fn elsewhere_it_is_announced_and_not_posted() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", mastered_elsewhere());
        assert_eq!(shop.tell("10:00", "S1", sell("POS", &[("A", 2)])), "accepted");
        assert_eq!((shop.news(), shop.postings()), (vec!["S1 items_sold A 2".to_owned()], vec![]));
        assert!(shop.stock("S1", "A").is_none());
    }
}
