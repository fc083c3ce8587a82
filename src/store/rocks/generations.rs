//! Entries that are forgotten by age are kept in generations: column families that are dropped whole.
//!
//! A generation spans one period of record time: as long as entries must be remembered, and an hour. An entry
//! lands in the generation of its record's timestamp. A generation is dropped when **both clocks** say that
//! nobody can need it:
//!
//! - record time: there are entries two generations later, so that the store whose clock is furthest has forgotten it;
//! - wall clock: nobody wrote to it for a whole period, so that one record from the future drops nothing, nor does a
//!   store whose records come late lose what it wrote just now.
//!
//! Keeping more than needed changes no decision: `decide` judges ages itself, by record time.
//! There are never more than [`GENERATIONS_MAX`] of a kind, whatever timestamps records have: further entries land in
//! the next later generation there is, else in the latest.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The most generations of a kind. Two or three are usual.
const GENERATIONS_MAX: usize = 6;
/// Longer than a device's clock may be ahead of its record (5 minutes), and how exactly the last write is known.
const SLACK_MS: i64 = 60 * 60 * 1000;

/// Milliseconds of the wall clock since 1970.
pub(super) fn wall_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// One generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Generation {
    /// Its column family.
    pub(super) name: String,
    /// First record time it holds, ms.
    start: i64,
    /// First record time after it, ms.
    end: i64,
    /// When it was last written, by the wall clock, ms; not older than the hour before.
    written: i64,
}

/// The generations of one kind of entries.
#[derive(Debug)]
pub(super) struct Generations {
    kind: &'static str,
    period_ms: i64,
    /// Oldest first.
    generations: Vec<Generation>,
}

impl Generations {
    /// None yet, of a kind whose entries must be remembered for `keep_ms`.
    pub(super) fn new(kind: &'static str, keep_ms: i64) -> Self {
        Self { kind, period_ms: keep_ms.max(0).saturating_add(SLACK_MS), generations: Vec::new() }
    }

    /// Takes up a column family that exists, if it is one of this kind.
    pub(super) fn adopt(&mut self, name: &str, written: Option<i64>) -> bool {
        let Some(span) = name.strip_prefix(self.kind).and_then(|rest| rest.strip_prefix('@')) else { return false };
        let Some((start, end)) = span.split_once('_') else { return false };
        let (Ok(start), Ok(end)) = (start.parse(), end.parse()) else { return false };
        let written = written.unwrap_or_else(wall_clock);
        self.insert(Generation { name: name.to_owned(), start, end, written });
        true
    }

    fn insert(&mut self, generation: Generation) -> usize {
        let index =
            self.generations.partition_point(|other| (other.start, other.end) < (generation.start, generation.end));
        self.generations.insert(index, generation);
        index
    }

    /// Column families, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &str> {
        self.generations.iter().rev().map(|generation| generation.name.as_str())
    }

    /// Column families, oldest first: at the indexes of [`Generations::place`].
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = &str> {
        self.generations.iter().map(|generation| generation.name.as_str())
    }

    /// The column family at `index`.
    pub(super) fn name(&self, index: usize) -> &str {
        &self.generations[index].name
    }

    /// The generation for an entry, or the name of the one to be made for it with [`Generations::made`].
    pub(super) fn place(&self, recorded_at: i64) -> Result<usize, String> {
        let holds = |generation: &Generation| (generation.start..generation.end).contains(&recorded_at);
        if let Some(index) = self.generations.iter().rposition(holds) {
            return Ok(index);
        }
        if self.generations.len() < GENERATIONS_MAX {
            let start = recorded_at.div_euclid(self.period_ms).saturating_mul(self.period_ms);
            return Err(format!("{}@{start}_{}", self.kind, start.saturating_add(self.period_ms)));
        }
        let later = self.generations.iter().position(|generation| generation.start > recorded_at);
        Ok(later.unwrap_or(self.generations.len() - 1))
    }

    /// Notes that the generation at `index` is written now; whether that must be stored.
    pub(super) fn written(&mut self, index: usize, now: i64) -> bool {
        let generation = &mut self.generations[index];
        let due = now.saturating_sub(generation.written) >= SLACK_MS || generation.written > now;
        if due {
            generation.written = now;
        }
        due
    }

    /// Column families nobody can need any more; they are no longer listed.
    pub(super) fn expired(&mut self, now: i64) -> Vec<String> {
        let Some(latest) = self.generations.last().map(|generation| generation.start) else { return Vec::new() };
        let period = self.period_ms;
        let is_expired = |generation: &Generation| {
            generation.end.saturating_add(period) <= latest && generation.written.saturating_add(period) <= now
        };
        let expired = self.generations.iter().filter(|generation| is_expired(generation));
        let names = expired.map(|generation| generation.name.clone()).collect();
        self.generations.retain(|generation| !is_expired(generation));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    /// Name, entries (record time, wall time) in days, wall time of the look, how many are dropped and kept.
    type Case = (&'static str, &'static [(i64, i64)], i64, usize, usize);

    /// Generations as they are after entries of these record times, each written at a wall time.
    fn after(entries: &[(i64, i64)]) -> Generations {
        let mut generations = Generations::new("answers", 30 * DAY);
        for (recorded_at, now) in entries {
            if let Err(name) = generations.place(*recorded_at) {
                assert!(generations.adopt(&name, Some(*now)));
            }
            let index = generations.place(*recorded_at).expect("made above");
            generations.written(index, *now);
        }
        generations
    }

    #[test]
    fn generations_are_dropped_when_both_clocks_agree() {
        let day = |number: i64| number * DAY;
        let table: [Case; 6] = [
            ("live: the one before the last", &[(0, 0), (29, 29), (31, 31), (60, 60), (61, 61)], 61, 1, 2),
            ("nothing young is dropped", &[(0, 0), (31, 31), (59, 59)], 59, 0, 2),
            ("a record from the future drops nothing", &[(0, 0), (20, 20), (40_000, 21)], 22, 0, 2),
            ("a replay keeps what it wrote just now", &[(0, 500), (40, 500), (80, 500), (120, 500)], 500, 0, 4),
            ("and drops it a month later", &[(0, 500), (40, 500), (80, 500), (120, 500)], 531, 2, 2),
            ("a paused processor has lost nothing", &[(0, 0), (1, 1)], 400, 0, 1),
        ];
        for (name, entries, now, dropped, kept) in table {
            let entries: Vec<_> = entries.iter().map(|(at, now)| (day(*at), day(*now))).collect();
            let mut generations = after(&entries);
            assert_eq!(generations.expired(day(now)).len(), dropped, "{name}");
            assert_eq!(generations.newest_first().count(), kept, "{name}");
        }
    }

    #[test]
    fn wild_timestamps_make_few_generations() {
        let entries: Vec<_> = (0..100).map(|number| ((number * 7_919 % 100 - 50) * 100 * DAY, 0)).collect();
        let generations = after(&entries);
        assert_eq!(generations.newest_first().count(), GENERATIONS_MAX);
        let last = generations.place(i64::MAX).expect("no more are made");
        assert_eq!(last, GENERATIONS_MAX - 1);
        assert!(generations.place(i64::MIN).is_ok());
    }

    #[test]
    fn names_are_read_back() {
        let generations = after(&[(0, 0), (40 * DAY, 0)]);
        let mut again = Generations::new("answers", 30 * DAY);
        for name in generations.newest_first() {
            assert!(again.adopt(name, Some(0)));
        }
        assert_eq!(again.generations, generations.generations);
        for foreign in ["stock", "answers", "answers@", "answers@1", "answers@x_y", "history@0_1"] {
            assert!(!again.adopt(foreign, None), "{foreign}");
        }
    }
}
