//! What command ids were answered with, in short: an id takes a few bytes, for as long as ids are remembered.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::domain::decision::{AnswerKey, Outcome};
use crate::domain::hash::FastMap;
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
/// ids are remembered.
#[derive(Debug)]
pub struct Answers {
    young: FastMap<u64, Told>,
    old: FastMap<u64, Told>,
    since: Timestamp,
    kept_ms: i64,
}

impl Answers {
    /// None yet; each is kept for at least this long.
    pub fn new(kept_ms: i64) -> Self {
        Self { young: FastMap::default(), old: FastMap::default(), since: Timestamp::default(), kept_ms }
    }

    /// What is known of a command id at a store.
    pub fn of(&self, of: &AnswerKey) -> Told {
        let key = in_bytes(of);
        self.young.get(&key).or_else(|| self.old.get(&key)).copied().unwrap_or_default()
    }

    /// Notes what is known now.
    pub fn put(&mut self, of: &AnswerKey, told: Told, at: Timestamp) {
        if at.millis() - self.since.millis() > self.kept_ms {
            self.old = std::mem::take(&mut self.young);
            self.since = at;
        }
        self.young.insert(in_bytes(of), told);
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
