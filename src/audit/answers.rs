//! What command ids were answered with, in short: an id takes a few bytes, for as long as ids are remembered.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::domain::decision::{AnswerKey, Outcome};
use crate::domain::hash::{FastMap, FastSet};
use crate::domain::time::Timestamp;

/// What is known of a command id.
#[derive(Clone, Copy, Default, Debug)]
pub struct Told {
    /// It waits, or waited, for its ASN.
    pub parked: bool,
    /// The final answer in short, and the time of its record.
    pub answer: Option<(u64, Timestamp)>,
}

/// Command ids by what they were answered with. Two generations: the older one is dropped when the younger is as old as
/// ids are remembered. What waits is known for as long as it does: in a quiet store that may be longer.
#[derive(Debug)]
pub struct Answers {
    waiting: FastSet<u64>,
    young: FastMap<u64, Told>,
    old: FastMap<u64, Told>,
    since: Timestamp,
    kept_ms: i64,
}

impl Answers {
    /// None yet; each is kept for at least this long.
    pub fn new(kept_ms: i64) -> Self {
        Self {
            waiting: FastSet::default(),
            young: FastMap::default(),
            old: FastMap::default(),
            since: Timestamp::default(),
            kept_ms,
        }
    }

    /// What is known of a command id at a store.
    pub fn of(&self, of: &AnswerKey) -> Told {
        let key = in_bytes(of);
        let told = self.young.get(&key).or_else(|| self.old.get(&key)).copied();
        told.unwrap_or_else(|| Told { parked: self.waiting.contains(&key), answer: None })
    }

    /// Notes what is known now.
    pub fn put(&mut self, of: &AnswerKey, told: Told, at: Timestamp) {
        if at.millis() - self.since.millis() > self.kept_ms {
            self.old = std::mem::take(&mut self.young);
            self.since = at;
        }
        let key = in_bytes(of);
        if told.parked && told.answer.is_none() {
            self.waiting.insert(key);
        } else {
            self.waiting.remove(&key);
        }
        self.young.insert(key, told);
    }
}

fn in_bytes(of: &AnswerKey) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(of.command_id.as_bytes());
    hash.update(of.store_id.as_str().as_bytes());
    hash.digest()
}

/// A final answer in short: accepted with these events and ids, or rejected with this code.
pub fn in_short(outcome: &Outcome) -> Option<u64> {
    match outcome {
        Outcome::Accepted { event_ids, .. } => {
            let mut hash = Xxh3::new();
            event_ids.iter().for_each(|id| hash.update(id.as_bytes()));
            Some(hash.digest())
        }
        Outcome::Rejected(rejection) => Some(xxh3_64(rejection.code.as_str().as_bytes())),
        Outcome::Parked(_) | Outcome::Applied { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_known_until_it_does_not() {
        let key = |number| AnswerKey { store_id: "S1".into(), command_id: crate::domain::ids::Uuid::from_u128(number) };
        let mut answers = Answers::new(1_000);
        let waits = Told { parked: true, answer: None };
        answers.put(&key(1), waits, Timestamp::from_millis(10_000));
        for at in [20_000, 30_000, 40_000] {
            answers.put(
                &key(2),
                Told { parked: false, answer: Some((7, Timestamp::default())) },
                Timestamp::from_millis(at),
            );
            assert!(answers.of(&key(1)).parked, "{at}");
        }
        let ended = Told { parked: true, answer: Some((8, Timestamp::from_millis(50_000))) };
        answers.put(&key(1), ended, Timestamp::from_millis(50_000));
        assert_eq!(answers.of(&key(1)).answer, ended.answer);
        for at in [60_000, 70_000, 80_000] {
            answers.put(&key(2), Told::default(), Timestamp::from_millis(at));
        }
        assert!(!answers.of(&key(1)).parked, "the answer is forgotten, and that it waited");
    }
}
