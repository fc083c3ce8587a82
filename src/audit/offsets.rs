//! Offsets that are settled, as ranges: a partition that is settled from its beginning takes the room of one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codec::record::Position;

/// Settled offsets of every partition of inputs.
#[derive(Default, Debug)]
pub struct Offsets(BTreeMap<(Arc<str>, i32), BTreeMap<i64, i64>>);

impl Offsets {
    /// Adds one.
    pub fn insert(&mut self, position: &Position) {
        let ranges = self.0.entry((Arc::clone(&position.topic), position.partition)).or_default();
        let (mut first, mut last) = (position.offset, position.offset);
        if let Some((start, end)) = ranges.range(..first).next_back().map(|(start, end)| (*start, *end))
            && end + 1 >= first
        {
            (first, last) = (start, last.max(end));
        }
        if let Some(end) = ranges.remove(&(last + 1)) {
            last = end;
        }
        ranges.insert(first, last);
    }

    /// Whether one is in it.
    pub fn contains(&self, position: &Position) -> bool {
        let ranges = self.0.get(&(Arc::clone(&position.topic), position.partition));
        let range = ranges.and_then(|ranges| ranges.range(..=position.offset).next_back());
        range.is_some_and(|(_, end)| *end >= position.offset)
    }

    /// How many ranges there are.
    #[cfg(test)]
    pub fn ranges(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_range_in_any_order() {
        let at = |offset| Position { topic: "commands".into(), partition: 0, offset };
        for (offsets, ranges) in
            [(&[1, 2, 3][..], 1), (&[3, 1, 2], 1), (&[5, 1, 3], 3), (&[1, 1, 2, 2], 1), (&[9, 7, 8, 1, 0], 2)]
        {
            let mut settled = Offsets::default();
            offsets.iter().for_each(|offset| settled.insert(&at(*offset)));
            assert_eq!(settled.ranges(), ranges, "{offsets:?}");
            for offset in 0..10 {
                assert_eq!(settled.contains(&at(offset)), offsets.contains(&offset), "{offsets:?} {offset}");
            }
        }
    }
}
