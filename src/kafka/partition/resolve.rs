//! Pure decisions about a local copy and about where an input goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::store::Positions;

/// What the group has committed, by input topic.
pub(super) type Committed = BTreeMap<Arc<str>, Option<i64>>;

/// Oldest and next offset, by topic.
pub(super) type Bounds = BTreeMap<Arc<str>, (i64, i64)>;

/// Why a local copy must be built anew; `None` when it can be gone on from.
///
/// It is never ahead of Kafka by itself: somebody reset the group or brought an older broker back. And when deletions
/// are no longer shown in the topics since it was last written, reading on would keep what was deleted.
pub(super) fn distrust(
    positions: &Positions,
    committed: &Committed,
    bounds: &Bounds,
    is_too_old: bool,
) -> Option<String> {
    for (name, position) in positions {
        if let Some(Some(committed)) = committed.get(name)
            && position > committed
        {
            return Some(format!("{name}: it is at {position}, ahead of the committed offset {committed}"));
        }
        if let Some((_, high)) = bounds.get(name)
            && position > high
        {
            return Some(format!("{name}: it is at {position}, ahead of the topic's end {high}"));
        }
    }
    let is_behind = positions.iter().any(|(name, position)| {
        !committed.contains_key(name) && bounds.get(name).is_some_and(|(_, high)| position < high)
    });
    (is_too_old && is_behind).then(|| "it is older than the topics show deletions".to_owned())
}

/// What is known about one input of a partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knowledge {
    /// The group's offset.
    pub(super) committed: Option<i64>,
    /// The local copy's.
    pub(super) local: Option<i64>,
    /// Behind the last input that has a result.
    pub(super) journal: Option<i64>,
    /// The oldest offset there is.
    pub(super) low: i64,
    /// The next offset to be written.
    pub(super) high: i64,
}

/// Where an input goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Resolution {
    /// At the group's offset.
    Committed(i64),
    /// Nobody has ever processed anything of it: at the oldest record.
    New(i64),
    /// The group forgot it (offsets of topics nobody subscribes to expire); the copy or the journal did not. Say so.
    Remembered(i64),
    /// Retention deleted what was not processed yet. Say so, and go on behind it.
    Lost {
        /// The first lost offset.
        from: i64,
        /// The oldest there is.
        to: i64,
    },
    /// The topic is shorter than what was processed: do not go on.
    BeyondEnd {
        /// The offset.
        committed: i64,
        /// The end.
        end: i64,
    },
}

/// Where an input goes on.
pub(super) fn resolve(known: Knowledge) -> Resolution {
    let Knowledge { committed, local, journal, low, high } = known;
    match committed.or(local.max(journal)) {
        None => Resolution::New(low),
        Some(offset) if offset > high => Resolution::BeyondEnd { committed: offset, end: high },
        Some(offset) if offset < low => Resolution::Lost { from: offset, to: low },
        Some(offset) if committed.is_none() => Resolution::Remembered(offset),
        Some(offset) => Resolution::Committed(offset),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn where_an_input_goes_on() {
        use Resolution::{BeyondEnd, Committed, Lost, New, Remembered};
        for (committed, local, journal, expected) in [
            (Some(7), None, None, Committed(7)),
            (Some(7), Some(5), Some(6), Committed(7)),
            (None, None, None, New(2)),
            (None, Some(5), None, Remembered(5)),
            (None, Some(5), Some(6), Remembered(6)),
            (None, None, Some(6), Remembered(6)),
            (Some(1), None, None, Lost { from: 1, to: 2 }),
            (None, Some(0), None, Lost { from: 0, to: 2 }),
            (Some(11), None, None, BeyondEnd { committed: 11, end: 10 }),
            (Some(10), None, None, Committed(10)),
        ] {
            let known = Knowledge { committed, local, journal, low: 2, high: 10 };
            assert_eq!(resolve(known), expected, "{known:?}");
        }
    }

    #[test]
    fn which_copies_are_trusted() {
        let name = |text: &str| Arc::<str>::from(text);
        let bounds = Bounds::from([(name("legs"), (0, 10)), (name("stock"), (0, 20))]);
        for (legs, stock, committed, too_old, trusted) in [
            (5, 20, Some(5), false, true),
            (4, 15, Some(5), false, true),
            (6, 20, Some(5), false, false),
            (5, 21, Some(5), false, false),
            (5, 20, None, false, true),
            (11, 20, None, false, false),
            (5, 15, Some(5), true, false),
            (4, 20, Some(5), true, true),
        ] {
            let positions = Positions::from([(name("legs"), legs), (name("stock"), stock)]);
            let committed = BTreeMap::from([(name("legs"), committed)]);
            let found = distrust(&positions, &committed, &bounds, too_old);
            assert_eq!(found.is_none(), trusted, "{legs} {stock} {committed:?} {too_old}: {found:?}");
        }
    }
}
