//! The sheet of a count (domain contract §6.4): its document, and of its lines those that are looked at.
//!
//! Each line is a row of its own, so that a command reads and writes what it names and no more.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rows::Need;
use crate::domain::model::document::count::{Count, CountStatus, CountedLine};
use crate::domain::model::document::{DocumentKey, Ids, Kept};
use crate::domain::model::ids::{DocumentId, ProductId};
use crate::domain::model::rejection::{Code, Rejection};

/// A count in the making.
pub(crate) struct Sheet {
    pub count: Count,
    lines: BTreeMap<ProductId, CountedLine>,
    changed: BTreeSet<ProductId>,
}

impl Sheet {
    /// The sheet of a count with these lines, all of them new.
    pub fn new(count: Count, lines: impl IntoIterator<Item = CountedLine>) -> Self {
        let mut sheet = Self { count, lines: BTreeMap::new(), changed: BTreeSet::new() };
        for line in lines {
            sheet.set(line);
        }
        sheet
    }

    /// The sheet of a count that is not over, no line looked at yet. Lines that the first release kept in the document are
    /// new rows now.
    pub fn find(draft: &Draft<'_>, count_id: &DocumentId) -> Step<Self> {
        let Some(count) = draft.find::<Count>(count_id)? else {
            return Err(Rejection::of(Code::CountUnknown, count_id.text()).into());
        };
        match count.status {
            CountStatus::Open | CountStatus::InReview => {
                let mut count = count.clone();
                let count_id = count.count_id.clone();
                let lines = std::mem::take(&mut count.lines);
                let lines = lines.into_iter().map(|line| CountedLine { count_id: count_id.clone(), ..line });
                Ok(Self::new(count, lines))
            }
            CountStatus::Completed | CountStatus::Cancelled => {
                Err(Rejection::of(Code::CountClosed, count.status.as_str()).into())
            }
        }
    }

    /// Looks at the lines of these products.
    pub fn load<'p>(&mut self, draft: &Draft<'_>, products: impl Iterator<Item = &'p ProductId>) -> Result<(), Need> {
        let unseen = products.filter(|product| !self.lines.contains_key(*product));
        let keys: Vec<DocumentKey> = unseen.map(|product| self.key(draft, product)).collect();
        self.look(draft, keys)
    }

    /// Looks at every line.
    pub fn load_all(&mut self, draft: &Draft<'_>) -> Result<(), Need> {
        let keys = draft.range(CountedLine::KIND, Ids::Of(self.count.count_id.text()))?;
        self.look(draft, keys)
    }

    fn look(&mut self, draft: &Draft<'_>, keys: impl IntoIterator<Item = DocumentKey>) -> Result<(), Need> {
        let keys: Vec<DocumentKey> = keys.into_iter().collect();
        draft.require_documents(&keys)?;
        for key in &keys {
            if let Some(line) = draft.find_at::<CountedLine>(key)? {
                self.lines.entry(line.product_id.clone()).or_insert_with(|| line.clone());
            }
        }
        Ok(())
    }

    /// The line of a product that was looked at; `None` when the count has none.
    pub fn line(&self, product: &ProductId) -> Option<&CountedLine> {
        self.lines.get(product)
    }

    /// The lines that were looked at, by the bytes of the product's id.
    pub fn lines(&self) -> impl Iterator<Item = &CountedLine> + Clone {
        self.lines.values()
    }

    /// Changes lines that were looked at.
    pub fn change(&mut self, change: impl Fn(&CountedLine) -> Option<CountedLine>) {
        let changed: Vec<CountedLine> = self.lines.values().filter_map(change).collect();
        for line in changed {
            self.set(line);
        }
    }

    /// Puts a line in place, which was looked at if there is one.
    pub fn set(&mut self, line: CountedLine) {
        let figures =
            |line: &CountedLine| [1, u64::from(line.count.is_some()), u64::from(line.outside_tolerance == Some(true))];
        let before = self.lines.get(&line.product_id).map(figures).unwrap_or_default();
        let now = figures(&line);
        let count = &mut self.count;
        let totals = [&mut count.products, &mut count.products_counted, &mut count.products_outside_tolerance];
        for (index, total) in totals.into_iter().enumerate() {
            *total = *total + now[index] - before[index];
        }
        self.changed.insert(line.product_id.clone());
        self.lines.insert(line.product_id.clone(), line);
    }

    /// Writes what was changed.
    pub fn keep(self, draft: &mut Draft<'_>) {
        let id = self.count.count_id.clone();
        for product in &self.changed {
            draft.put_at(self.key(draft, product), self.lines[product].clone());
        }
        draft.put(&id, self.count);
    }

    fn key(&self, draft: &Draft<'_>, product: &ProductId) -> DocumentKey {
        draft.part_key::<CountedLine>(self.count.count_id.text(), product.text())
    }
}
