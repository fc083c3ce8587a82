//! `submit_count`: the numbers of a count, in one go or in parts (domain contract §6.4).

use rustc_hash::FxHashMap;

use crate::domain::counts::completion;
use crate::domain::counts::completion::gate_of;
use crate::domain::counts::sheet::Sheet;
use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rows::Need;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::count::{Count, CountStatus, CountType, CountedLine, ZoneCount};
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, Text};
use crate::domain::model::rejection::{Code, Rejection, Value, Violation};
use crate::domain::model::time::Timestamp;

/// `submit_count`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct SubmitCount {
    pub count_id: DocumentId,
    /// Keep the numbers, judge nothing yet.
    pub partial: bool,
    pub lines: Vec<CountLine>,
}

/// The number of one product in one zone.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CountLine {
    pub product_id: ProductId,
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::units))]
    pub count: Quantity,
    pub counted_at: Option<Timestamp>,
    pub zone: Option<Text>,
}

impl Rule for SubmitCount {
    fn shape(&self) -> Shape<'_> {
        let shape = Shape::of_counts(self.lines.iter().map(|line| &line.product_id));
        let shape = Shape { touches_stock: !self.partial, ..shape };
        shape.document(Kind::Count, self.count_id.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        self.lines.iter().filter_map(|line| line.counted_at).collect()
    }

    /// The gate depends on the kind of the count. One that is not there has none.
    fn check_gates(&self, draft: &Draft<'_>) -> Step<()> {
        match draft.find::<Count>(&self.count_id)? {
            Some(count) => draft.require_open(gate_of(count.count_type)),
            None => Ok(()),
        }
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let mut sheet = Sheet::find(draft, &self.count_id)?;
        sheet.load(draft, self.lines.iter().map(|line| &line.product_id))?;
        if sheet.count.count_type == CountType::CycleCount {
            refuse_unlisted(&sheet, self)?;
        }
        enter(draft, &mut sheet, self);
        if self.partial {
            refuse_forgotten(draft, self)?;

            // Point of no return: every refusal is above; below only a row that is not at hand stops.
            sheet.count.status = CountStatus::Open;
            sheet.keep(draft);
            return Ok(Vec::new());
        }
        sheet.load_all(draft)?;
        match sheet.count.count_type {
            CountType::CycleCount => refuse_incomplete(&sheet)?,
            CountType::FullCount => enter_uncounted(draft, &mut sheet)?,
        }
        refuse_forgotten(draft, self)?;
        completion::refuse_forgotten(draft, &sheet)?;

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        sheet.count.submitted_at = Some(draft.context().occurred_at);
        if completion::compare(draft, &mut sheet)? {
            sheet.count.status = CountStatus::InReview;
            sheet.keep(draft);
        } else {
            completion::complete(draft, sheet)?;
        }
        Ok(Vec::new())
    }
}

fn refuse_unlisted(sheet: &Sheet, submit: &SubmitCount) -> Result<(), Rejection> {
    let unlisted = submit.lines.iter().enumerate().filter(|(_, line)| sheet.line(&line.product_id).is_none());
    let violations =
        unlisted.map(|(index, line)| Violation::line(index, &line.product_id, Value::Text(line.product_id.text())));
    Rejection::if_any(Code::ProductNotInCount, violations)
}

fn refuse_incomplete(sheet: &Sheet) -> Result<(), Rejection> {
    let uncounted = sheet.lines().filter(|line| line.count.is_none());
    Rejection::if_any(Code::CountIncomplete, uncounted.map(|line| Violation::of(line.product_id.text())))
}

/// When a line was counted: as it says, else when the numbers were handed in.
fn counted_at(draft: &Draft<'_>, line: &CountLine) -> Timestamp {
    let context = draft.context();
    line.counted_at.map_or(context.occurred_at, |time| context.device_time(time))
}

/// Refuses lines from so long ago that what moved since is not remembered.
fn refuse_forgotten(draft: &Draft<'_>, submit: &SubmitCount) -> Result<(), Rejection> {
    let times = submit.lines.iter().map(|line| (line, counted_at(draft, line)));
    let forgotten = times.enumerate().filter(|(_, (_, time))| draft.is_forgotten(*time));
    let violations = forgotten
        .map(|(index, (line, time))| Violation::line(index, &line.product_id, Value::Text(time.to_string().into())));
    Rejection::if_any(Code::ObservationTooOld, violations)
}

/// What one command says of the zones of each product: several lines of a zone are summed, the latest time counts.
fn zones(draft: &Draft<'_>, submit: &SubmitCount) -> Vec<(ProductId, Vec<ZoneCount>)> {
    let mut products: Vec<(ProductId, Vec<ZoneCount>)> = Vec::new();
    let mut index: FxHashMap<&ProductId, usize> = FxHashMap::default();
    for line in &submit.lines {
        let at = *index.entry(&line.product_id).or_insert(products.len());
        if at == products.len() {
            products.push((line.product_id.clone(), Vec::new()));
        }
        let zone = line.zone.clone().unwrap_or_default();
        products[at].1.push(ZoneCount { zone, count: line.count, counted_at: counted_at(draft, line) });
    }
    for (_, zones) in &mut products {
        let lines = std::mem::take(zones);
        merge(zones, lines, |zone, line| {
            zone.count += line.count;
            zone.counted_at = zone.counted_at.max(line.counted_at);
        });
    }
    products
}

/// Puts zones to those there are; what to do with one that is there is told.
fn merge(zones: &mut Vec<ZoneCount>, others: Vec<ZoneCount>, same: impl Fn(&mut ZoneCount, ZoneCount)) {
    let mut index: FxHashMap<Text, usize> = zones.iter().map(|zone| zone.zone.clone()).zip(0..).collect();
    for other in others {
        let at = *index.entry(other.zone.clone()).or_insert(zones.len());
        match zones.get_mut(at) {
            Some(zone) => same(zone, other),
            None => zones.push(other),
        }
    }
}

/// Enters the numbers: they replace those of the same zone.
fn enter(draft: &Draft<'_>, sheet: &mut Sheet, submit: &SubmitCount) {
    let count_id = sheet.count.count_id.clone();
    for (product, entered) in zones(draft, submit) {
        let mut zones = sheet.line(&product).map(|line| line.zones.clone()).unwrap_or_default();
        merge(&mut zones, entered, |zone, other| *zone = other);
        sheet.set(CountedLine {
            count: Some(zones.iter().map(|zone| zone.count).sum()),
            counted_at: zones.iter().map(|zone| zone.counted_at).max(),
            zones,
            ..CountedLine::uncounted(count_id.clone(), product)
        });
    }
}

/// What nobody counted in a full count is not there: products listed, and those with a balance in the stock location.
fn enter_uncounted(draft: &Draft<'_>, sheet: &mut Sheet) -> Result<(), Need> {
    let count_id = sheet.count.count_id.clone();
    if draft.is_master() {
        let products = draft.products()?;
        draft.require_stock(&products)?;
        for product in products {
            let row = draft.stock(&product)?;
            let has_balance = row.is_some_and(|row| row.location(&sheet.count.stock_location_name).is_some());
            if has_balance && sheet.line(&product).is_none() {
                sheet.set(CountedLine::uncounted(count_id.clone(), product));
            }
        }
    }
    let counted_at = Some(draft.context().occurred_at);
    sheet.change(|line| {
        let uncounted = || CountedLine::uncounted(line.count_id.clone(), line.product_id.clone());
        line.zones.is_empty().then(|| CountedLine { count: Some(0), counted_at, ..uncounted() })
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::domain::counts::create_count::CreateCount;
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::model::document::count::{Count, CountedLine};
    use crate::domain::operations::Operation;
    use crate::domain::testing::{
        Shop, count, import, mastered_elsewhere, moment, numbers, sell, shut, submit, tolerance,
    };

    /// A shop with 10 A and 5 B on record, which counts both.
    fn shop() -> Shop {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", import("FILE", "main", &[("A", 10), ("B", 5)]));
        shop.tell("09:00", "S1", count("C", &["A", "B"]));
        shop.news();
        shop.postings();
        shop
    }

    #[test]
    fn what_is_counted_is_there() {
        // Counted, sheet, announced, posted.
        for (counted, sheet, news, postings) in [
            (
                &[("A", 10), ("B", 5)],
                "completed: A counted 10, on record 10, variance 0; B counted 5, on record 5, variance 0",
                "A on record 10, counted 10; B on record 5, counted 5",
                &[][..],
            ),
            (
                &[("B", 0), ("A", 12)],
                "completed: A counted 12, on record 10, variance 2; B counted 0, on record 5, variance -5",
                "A on record 10, counted 12; B on record 5, counted 0",
                &["S1 A count_variance/C > main 2", "S1 B main > count_variance/C 5"],
            ),
        ] {
            let mut shop = shop();
            assert_eq!(shop.tell("10:00", "S1", submit("C", counted)), "accepted");
            assert_eq!(shop.sheet("S1", "C"), sheet);
            assert_eq!(shop.news(), [format!("S1 items_counted {news}")]);
            assert_eq!(shop.postings(), postings);
            for (product, number) in counted {
                assert_eq!(shop.on_hand("S1", product), *number);
            }
        }
    }

    #[test]
    fn parts_and_zones() {
        // One submit after another: partial or not, its numbers, the answer, the sheet.
        let mut shop = shop();
        for (partial, given, answer, sheet) in [
            (true, &[("A", 4, "shelf", ""), ("A", 1, "shelf", "09:50")][..], "accepted", "open: A counted 5; B"),
            (false, &[("A", 2, "window", "")], "count_incomplete B", "open: A counted 5; B"),
            (true, &[("A", 2, "window", "10:00")], "accepted", "open: A counted 7; B"),
            (true, &[("A", 3, "shelf", "10:01")], "accepted", "open: A counted 5; B"),
            (true, &[("B", 5, "", ""), ("X", 1, "", "")], "product_not_in_count 1 X X", "open: A counted 5; B"),
            (true, &[("B", 5, "", "09:30")], "accepted", "open: A counted 5; B counted 5"),
            (
                false,
                &[],
                "accepted",
                "completed: A counted 5, on record 10, variance -5; B counted 5, on record 5, variance 0",
            ),
            (
                false,
                &[("A", 1, "", "")],
                "count_closed completed",
                "completed: A counted 5, on record 10, variance -5; B counted 5, on record 5, variance 0",
            ),
        ] {
            assert_eq!(shop.tell("10:10", "S1", numbers("C", partial, given)), answer, "{given:?}");
            assert_eq!(shop.sheet("S1", "C"), sheet, "{given:?}");
        }
        let count = shop.document::<Count>("S1", "C").expect("there");
        let line = &shop.parts::<CountedLine>("S1", "C")[0];
        assert_eq!(line.counted_at, Some(moment("10:01")), "of the latest zone");
        assert_eq!(
            line.zones.iter().map(|zone| (&*zone.zone, zone.count)).collect::<Vec<_>>(),
            [("shelf", 3), ("window", 2)]
        );
        assert_eq!((count.started_at, count.submitted_at), (Some(moment("09:30")), Some(moment("10:10"))));
    }

    #[test]
    fn differences_beyond_tolerance_are_reviewed() {
        for (units, sheet, is_announced) in [
            (None, "completed: A counted 7, on record 10, variance -3; B counted 5, on record 5, variance 0", true),
            (Some(3), "completed: A counted 7, on record 10, variance -3; B counted 5, on record 5, variance 0", true),
            (
                Some(2),
                "in_review: A counted 7, on record 10, variance -3 !; B counted 5, on record 5, variance 0",
                false,
            ),
            (
                Some(0),
                "in_review: A counted 7, on record 10, variance -3 !; B counted 5, on record 5, variance 0",
                false,
            ),
        ] {
            let mut shop = shop();
            units.map(|units| shop.tell("09:30", "S1", tolerance(units)));
            shop.tell("10:00", "S1", submit("C", &[("A", 7), ("B", 5)]));
            assert_eq!(shop.sheet("S1", "C"), sheet);
            assert_eq!(!shop.news().is_empty(), is_announced);
            assert_eq!(shop.on_hand("S1", "A"), if is_announced { 7 } else { 10 });
        }
    }

    #[test]
    fn submitting_during_the_review_counts_again() {
        let mut shop = shop();
        shop.tell("09:30", "S1", tolerance(0));
        for (partial, given, sheet) in [
            (
                false,
                &[("A", 7, "", ""), ("B", 5, "", "")][..],
                "in_review: A counted 7, on record 10, variance -3 !; B counted 5, on record 5, variance 0",
            ),
            (
                false,
                &[("A", 8, "", "")],
                "in_review: A counted 8, on record 10, variance -2 !; B counted 5, on record 5, variance 0",
            ),
            (true, &[("A", 9, "", "")], "open: A counted 9; B counted 5, on record 5, variance 0"),
            (
                false,
                &[("A", 10, "", "")],
                "completed: A counted 10, on record 10, variance 0; B counted 5, on record 5, variance 0",
            ),
        ] {
            assert_eq!(shop.tell("10:00", "S1", numbers("C", partial, given)), "accepted");
            assert_eq!(shop.sheet("S1", "C"), sheet);
        }
    }

    #[test]
    fn what_nobody_counted_in_a_full_count_is_not_there() {
        let mut shop = shop();
        shop.tell("09:00", "S1", import("DAMAGED", "damaged", &[("D", 1)]));
        shop.tell("09:10", "S1", sell("POS", &[("N", 1)]));
        shop.tell("09:20", "S1", count("ALL", &[]));
        shop.news();
        assert_eq!(shop.tell("10:00", "S1", submit("ALL", &[("A", 10), ("NEW", 1)])), "accepted");
        assert_eq!(
            shop.sheet("S1", "ALL"),
            "completed: A counted 10, on record 10, variance 0; B counted 0, on record 5, variance -5; N counted 0, on record -1, variance 1; NEW counted 1, on record 0, variance 1"
        );
        assert_eq!(
            shop.news(),
            [
                "S1 items_counted A on record 10, counted 10; B on record 5, counted 0; N on record -1, counted 0; NEW on record 0, counted 1"
            ]
        );
        assert_eq!(shop.on_hand_in("S1", "D", "damaged"), 1, "another stock location");
        shop.tell("11:00", "S2", count("ALL", &[]));
        assert_eq!(shop.tell("11:00", "S2", submit("ALL", &[])), "accepted", "nothing is there, and nothing was");
        assert_eq!(shop.news(), ["S2 items_counted"]);
    }

    #[test]
    fn refusals() {
        for (operation, answer) in [
            (submit("D", &[("A", 1)]), "count_unknown D"),
            (submit("C", &[("A", 1), ("X", 1), ("Y", 1)]), "product_not_in_count 1 X X, 2 Y Y"),
            (submit("C", &[]), "count_incomplete A, B"),
        ] {
            assert_eq!(shop().tell("10:00", "S1", operation), answer);
        }
        let mut shop = shop();
        shop.tell("09:30", "S1", shut(&[Gate::Counts]));
        for (operation, answer) in
            [(submit("C", &[("X", 1)]), "feature_disabled counts"), (submit("D", &[("X", 1)]), "count_unknown D")]
        {
            assert_eq!(shop.tell("10:00", "S1", operation), answer, "the kind of count decides which gate");
        }
    }

    #[test]
    fn elsewhere_only_the_numbers_are_announced() {
        let mut shop = Shop::default();
        shop.tell("08:00", "S1", mastered_elsewhere());
        shop.tell("08:00", "S1", tolerance(0));
        let Operation::CreateCount(all) = count("C", &[]) else { unreachable!("it is one") };
        let listed = CreateCount { product_ids: vec!["A".into(), "B".into()], ..all };
        shop.tell("09:00", "S1", Operation::CreateCount(listed));
        assert_eq!(shop.tell("10:00", "S1", submit("C", &[("A", 7)])), "accepted");
        assert_eq!((shop.sheet("S1", "C").as_str(), shop.postings()), ("completed: A counted 7; B counted 0", vec![]));
        assert_eq!(shop.news(), ["S1 items_counted A counted 7; B counted 0"]);
        assert!(shop.stock("S1", "A").is_none());
    }

    #[test]
    fn more_than_500_products_are_announced_in_chunks() {
        let names: Vec<String> = (0..1_200).map(|number| format!("P{number:04}")).collect();
        let products: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut shop = Shop::default();
        shop.tell("09:00", "S1", count("C", &products));
        let (first, second) = products.split_at(900);
        for (partial, part) in [(true, first), (false, second)] {
            let part: Vec<_> = part.iter().rev().map(|product| (*product, 1, "", "")).collect();
            assert_eq!(shop.tell("10:00", "S1", numbers("C", partial, &part)), "accepted");
        }
        let chunks = shop.events.iter().map(|event| (event.payload.chunk_number, event.payload.items.len()));
        assert_eq!(chunks.collect::<Vec<_>>(), [(1, 500), (2, 500), (3, 200)]);
        let items = shop.events.iter().flat_map(|event| &event.payload.items).map(|item| item.product_id.as_str());
        assert!(items.eq(products), "by product, each once");
    }
}
