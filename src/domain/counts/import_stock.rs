//! `import_stock`: opening stock, or the file of a full count made elsewhere (domain contract §6.4).
//!
//! An import is a completed count of the products in the file that no document is kept of.

use std::collections::BTreeMap;

use crate::domain::counts::completion;
use crate::domain::counts::sheet::Sheet;
use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::count::{Count, CountStatus, CountType, CountedLine};
use crate::domain::model::event::Payload;
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation, Text};
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::Timestamp;

/// `import_stock`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ImportStock {
    pub import_id: Option<DocumentId>,
    pub stock_location: StockLocation,
    pub external_id: Option<Text>,
    pub lines: Vec<ImportLine>,
}

/// The number of one product in an import.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ImportLine {
    pub product_id: ProductId,
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::units))]
    pub count: Quantity,
}

impl Rule for ImportStock {
    fn shape(&self) -> Shape<'_> {
        let shape = Shape::of_counts(self.lines.iter().map(|line| &line.product_id));
        Shape { is_empty: self.lines.is_empty(), ..shape }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        draft.check_stock_locations([&self.stock_location])?;
        let occurred_at = draft.context().occurred_at;
        if draft.is_forgotten(occurred_at) {
            return Err(Rejection::of(Code::ObservationTooOld, occurred_at.to_string()).into());
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let import_id = draft.id_or_derived(self.import_id.as_ref(), "import_id");
        let mut sums: BTreeMap<&ProductId, Quantity> = BTreeMap::new();
        for line in &self.lines {
            *sums.entry(&line.product_id).or_default() += line.count;
        }
        let lines = sums.into_iter().map(|(product, sum)| CountedLine {
            count: Some(sum),
            counted_at: Some(occurred_at),
            ..CountedLine::uncounted(import_id.clone(), product.clone())
        });
        let count = Count {
            count_id: import_id.clone(),
            count_type: CountType::FullCount,
            stock_location_name: self.stock_location.clone(),
            status: CountStatus::Completed,
            created_at: occurred_at,
            due_date: None,
            external_id: self.external_id.clone(),
            blind: None,
            submitted_at: Some(occurred_at),
            started_at: Some(occurred_at),
            completed_at: Some(occurred_at),
            cancelled_at: None,
            cancel_reason: None,
            products: 0,
            products_counted: 0,
            products_outside_tolerance: 0,
            lines: Vec::new(),
        };
        let mut sheet = Sheet::new(count, lines);
        // Nobody reviews an import, whatever the store's tolerance.
        completion::compare(draft, &mut sheet)?;
        let id = draft.derived("import").text();
        let payload = Payload { import_id: Some(import_id.clone()), ..completion::payload(draft, &sheet.count, id) };
        completion::accept(draft, &sheet, payload, true)?;
        Ok(vec![("import_id", import_id.text())])
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::testing::{Shop, import, mastered_elsewhere, sell, tolerance};

    #[test]
    fn the_first_one_is_opening_stock_and_later_ones_are_counts() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", tolerance(0));
        // Where, what the file says, what is announced, what is posted.
        for (location, file, news, postings) in [
            (
                "main",
                &[("B", 5), ("A", 4), ("A", 6)][..],
                "A on record 0, counted 10; B on record 0, counted 5",
                &["S1 A opening > main 10", "S1 B opening > main 5"][..],
            ),
            ("damaged", &[("A", 1)], "A on record 0, counted 1", &["S1 A opening > damaged 1"]),
            (
                "main",
                &[("A", 7), ("D", 0)],
                "A on record 10, counted 7; D on record 0, counted 0",
                &["S1 A main > count_variance/FILE 3"],
            ),
            ("main", &[("D", 2)], "D on record 0, counted 2", &["S1 D count_variance/FILE > main 2"]),
        ] {
            assert_eq!(shop.tell("09:00", "S1", import("FILE", location, file)), "accepted");
            assert_eq!(shop.news(), [format!("S1 items_counted {news}")]);
            assert_eq!(shop.postings(), postings);
        }
        assert_eq!((shop.on_hand("S1", "B"), shop.made("import_id").as_str()), (5, "FILE"));
    }

    #[test]
    fn late_facts_correct_the_account_it_was_posted_with() {
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", import("ONE", "main", &[("A", 0)]));
        shop.tell("10:00", "S1", import("TWO", "main", &[("A", 10)]));
        shop.postings();
        for (occurred_at, posting) in [("08:30", "opening > main 2"), ("09:30", "count_variance/TWO > main 2")] {
            shop.tell_late("11:00", occurred_at, "S1", sell("POS", &[("A", 2)]));
            assert_eq!(shop.postings(), ["S1 A main > customer 2".to_owned(), format!("S1 A {posting}")]);
        }
        assert_eq!(shop.on_hand("S1", "A"), 10);
    }

    #[test]
    fn refusals() {
        for (operation, answer) in [
            (import("FILE", "cellar", &[("A", 1)]), "stock_location_unknown cellar"),
            (import("FILE", "_customer_reservations", &[("A", 1)]), "stock_location_reserved _customer_reservations"),
            (import("FILE", "main", &[]), "no_lines"),
        ] {
            assert_eq!(Shop::default().tell("10:00", "S1", operation), answer);
        }
    }

    #[test]
    fn elsewhere_it_is_announced_and_not_posted() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", mastered_elsewhere());
        assert_eq!(shop.tell("10:00", "S1", import("FILE", "main", &[("A", 2)])), "accepted");
        assert_eq!((shop.news(), shop.postings()), (vec!["S1 items_counted A counted 2".to_owned()], vec![]));
    }
}
