//! The words of counting: `cfg(test)`, like the whole bench.

use super::{Shop, moment, named};
use crate::domain::counts::create_count::CreateCount;
use crate::domain::counts::import_stock::{ImportLine, ImportStock};
use crate::domain::counts::submit_count::{CountLine, SubmitCount};
use crate::domain::model::document::count::{Count, CountType, CountedLine};
use crate::domain::model::ids::Quantity;
use crate::domain::operations::Operation;
use crate::domain::setup::configure_store::ConfigureStore;

impl Shop {
    /// The sheet of a count: `in_review: A counted 7, on record 10, variance -3 !; B`. `!`: outside tolerance.
    pub fn sheet(&self, store: &str, id: &str) -> String {
        let count = self.document::<Count>(store, id).expect("the count was created");
        let lines = self.parts::<CountedLine>(store, id);
        let lines = lines.iter().map(|line| {
            let figures = [("counted ", line.count), ("on record ", line.stock_on_hand), ("variance ", line.variance)];
            let mark = if line.outside_tolerance == Some(true) { " !" } else { "" };
            format!("{} {}{mark}", line.product_id, named(figures)).trim_end().to_owned()
        });
        let lines: Vec<_> = lines.collect();
        format!("{}: {}", count.status.as_str(), lines.join("; "))
    }
}

/// The listed products are to be counted; without any, everything.
pub(crate) fn count(id: &str, products: &[&str]) -> Operation {
    Operation::CreateCount(CreateCount {
        count_id: Some(id.into()),
        count_type: if products.is_empty() { CountType::FullCount } else { CountType::CycleCount },
        product_ids: products.iter().map(|product| (*product).into()).collect(),
        due_date: None,
        external_id: None,
        stock_location: None,
        blind: None,
    })
}

/// Numbers of a count: product, number, zone, time; `""`: none named.
pub(crate) fn numbers(id: &str, partial: bool, numbers: &[(&str, Quantity, &str, &str)]) -> Operation {
    let line = |(product, count, zone, at): &(&str, Quantity, &str, &str)| CountLine {
        product_id: (*product).into(),
        count: *count,
        counted_at: (!at.is_empty()).then(|| moment(at)),
        zone: (!zone.is_empty()).then(|| (*zone).into()),
    };
    let lines = numbers.iter().map(line).collect();
    Operation::SubmitCount(SubmitCount { count_id: id.into(), partial, lines })
}

/// The numbers of a count, all at once.
pub(crate) fn submit(id: &str, counted: &[(&str, Quantity)]) -> Operation {
    numbers(id, false, &counted.iter().map(|(product, count)| (*product, *count, "", "")).collect::<Vec<_>>())
}

pub(crate) fn import(id: &str, location: &str, counted: &[(&str, Quantity)]) -> Operation {
    let line = |(product, count): &(&str, Quantity)| ImportLine { product_id: (*product).into(), count: *count };
    Operation::ImportStock(ImportStock {
        import_id: Some(id.into()),
        stock_location: location.into(),
        external_id: None,
        lines: counted.iter().map(line).collect(),
    })
}

/// Differences of more units than this are reviewed.
pub(crate) fn tolerance(units: Quantity) -> Operation {
    Operation::ConfigureStore(ConfigureStore { count_tolerance: Some(units), ..ConfigureStore::default() })
}
