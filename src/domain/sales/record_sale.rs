//! `record_sale`: units left with a customer (domain contract §6.6). Never refused for stock.

use rustc_hash::FxHashMap;

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rows::Need;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::holds::hold;
use crate::domain::model::document::Kind;
use crate::domain::model::document::hold::{Allocation, Reservation};
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, RESERVATIONS};
use crate::domain::model::lines::{Line, plain, summed_lines};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::time::Timestamp;

/// `record_sale`.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordSale {
    pub sale_id: DocumentId,
    pub allocation_id: Option<DocumentId>,
    pub reservation_id: Option<DocumentId>,
    pub lines: Vec<Line>,
}

/// The default of the allocation, the sale's id, is as good as none.
#[cfg(any(test, feature = "arbitrary"))]
impl<'a> arbitrary::Arbitrary<'a> for RecordSale {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let (sale_id, allocation_id): (_, Option<DocumentId>) = u.arbitrary()?;
        let allocation_id = allocation_id.filter(|allocation_id| *allocation_id != sale_id);
        Ok(Self { sale_id, allocation_id, reservation_id: u.arbitrary()?, lines: u.arbitrary()? })
    }
}

impl Rule for RecordSale {
    fn shape(&self) -> Shape<'_> {
        let shape = Shape::of_lines(plain(&self.lines)).document(Kind::Allocation, allocation_of(self).text());
        match &self.reservation_id {
            Some(id) => shape.document(Kind::Reservation, id.text()),
            None => shape,
        }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let salable = draft.settings.salable_stock_location.clone();
        let lines = summed_lines(&self.lines);
        let reserved: FxHashMap<ProductId, Quantity> = take_reserved(draft, self, &lines)?.into_iter().collect();
        let reserved_of = |product: &ProductId| reserved.get(product).copied().unwrap_or_default();
        for (product, quantity) in &lines {
            let reserved = reserved_of(product);
            for (from, quantity) in [(RESERVATIONS.into(), reserved), (salable.clone(), quantity - reserved)] {
                draft.post(Posting {
                    product_id: product,
                    from: Account::StockLocation(from),
                    to: Account::Customer,
                    quantity,
                    document_kind: DocumentKind::Sale,
                    document_id: &self.sale_id,
                    count: None,
                })?;
            }
        }
        if let Some(allocation) = draft.find::<Allocation>(allocation_of(self))?.cloned() {
            hold::release_allocation(draft, allocation, Some(&lines))?;
        }

        let payload = Payload {
            sale_id: Some(self.sale_id.clone()),
            reservation_id: self.reservation_id.clone().filter(|_| !reserved.is_empty()),
            fulfillment_location_id: Some(draft.store_id.clone()),
            stock_location_name: Some(salable),
            ..draft.payload(draft.derived("sale").text())
        };
        let items = lines.into_iter().map(|(product, quantity)| Item {
            reserved_quantity: Some(reserved_of(&product)).filter(|units| *units > 0),
            ..Item::with_quantity(product, quantity)
        });
        draft.announce(EventName::ItemsSold, payload, items.collect());
        draft.announce_corrections();
        Ok(Vec::new())
    }
}

/// What the reservation a sale names still holds of it is taken out of that. One that is unknown holds nothing.
fn take_reserved(
    draft: &mut Draft<'_>,
    sale: &RecordSale,
    lines: &[(ProductId, Quantity)],
) -> Result<Vec<(ProductId, Quantity)>, Need> {
    let Some(id) = &sale.reservation_id else { return Ok(Vec::new()) };
    let Some(mut reservation) = draft.find::<Reservation>(id)?.cloned() else { return Ok(Vec::new()) };
    let taken = hold::take(&mut reservation.lines, Some(lines));
    if reservation.lines.is_empty() {
        draft.delete::<Reservation>(id);
    } else if !taken.is_empty() {
        draft.put(id, reservation);
    }
    Ok(taken)
}

/// The allocation a sale uses up: the one it names, else the one under its own id.
fn allocation_of(sale: &RecordSale) -> &DocumentId {
    sale.allocation_id.as_ref().unwrap_or(&sale.sale_id)
}

#[cfg(test)]
mod tests {
    use crate::domain::holds::allocate::Allocate;
    use crate::domain::holds::reserve::Reserve;
    use crate::domain::model::document::hold::{Allocation, Reservation};
    use crate::domain::model::ids::RESERVATIONS;
    use crate::domain::operations::Operation;
    use crate::domain::sales::record_sale::RecordSale;
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
    fn a_sale_takes_what_was_put_aside_for_it_first() {
        // Of 10 A and 1 B on hand 4 A are put aside under R. What is sold under which reservation; what is announced and
        // posted; on hand; what is still held.
        for (goods, reservation, news, postings, on_hand, held) in [
            (
                &[("A", 3)][..],
                "R",
                "S1 items_sold A 3, reserved 3",
                &["S1 A _customer_reservations > customer 3"][..],
                6,
                1,
            ),
            (&[("A", 4)], "R", "S1 items_sold A 4, reserved 4", &["S1 A _customer_reservations > customer 4"], 6, 0),
            (
                &[("A", 5), ("B", 1)],
                "R",
                "S1 items_sold A 5, reserved 4; B 1",
                &["S1 A _customer_reservations > customer 4", "S1 A main > customer 1", "S1 B main > customer 1"],
                5,
                0,
            ),
            (&[("B", 1)], "R", "S1 items_sold B 1", &["S1 B main > customer 1"], 6, 4),
            (&[("A", 5)], "NONE", "S1 items_sold A 5", &["S1 A main > customer 5"], 1, 4),
        ] {
            let mut shop = Shop::default();
            shop.stock_up("S1", &[("A", 10), ("B", 1)]);
            let reserve = Reserve { reservation_id: "R".into(), lines: lines(&[("A", 4)]), expires_at: None };
            shop.tell("09:00", "S1", Operation::Reserve(reserve));
            shop.news();
            shop.postings();
            let Operation::RecordSale(sale) = sell("POS", goods) else { unreachable!("it is one") };
            let sale = RecordSale { reservation_id: Some(reservation.into()), ..sale };
            assert_eq!(shop.tell("10:00", "S1", Operation::RecordSale(sale)), "accepted");
            assert_eq!(
                (shop.news(), shop.postings()),
                (vec![news.to_owned()], postings.iter().map(|row| (*row).to_owned()).collect())
            );
            assert_eq!(shop.on_hand("S1", "A"), on_hand, "{news}");
            let still: i64 =
                shop.document::<Reservation>("S1", "R").map_or(0, |held| held.lines.iter().map(|line| line.1).sum());
            assert_eq!((still, shop.on_hand_in("S1", "A", RESERVATIONS)), (held, held), "{news}");
            let named = shop.events.last().and_then(|event| event.payload.reservation_id.clone());
            assert_eq!(named.is_some(), held < 4, "{news}");
        }
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
