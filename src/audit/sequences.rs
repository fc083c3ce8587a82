//! Event sequences are gap-free per store (invariant 6), and the store's own document knows the last one.

use crate::domain::event::Event;
use crate::domain::hash::FastMap;
use crate::domain::ids::{StoreId, Uuid};

use super::violation::{Rule, Violations};

/// The last event of each store.
#[derive(Default, Debug)]
pub struct Sequences {
    last: FastMap<StoreId, (u64, Uuid)>,
    /// Events seen.
    pub events: u64,
}

impl Sequences {
    /// Takes the next event. `complete`: the topic still has its beginning, so that sequences start at 1.
    pub fn observe(&mut self, event: &Event, complete: bool, violations: &mut Violations) {
        self.events += 1;
        violations.checked(Rule::Sequence, 1);
        let last = self.last.insert(event.store_id.clone(), (event.sequence, event.event_id));
        let expected = last.map_or(if complete { 1 } else { event.sequence }, |(last, _)| last + 1);
        if event.sequence != expected {
            let text = format!("event {} has sequence {}, {expected} was to come", event.event_id, event.sequence);
            violations.of_store(Rule::Sequence, &event.store_id, text);
        }
        if last.is_some_and(|(_, last)| last == event.event_id) {
            violations.of_store(
                Rule::Repeats,
                &event.store_id,
                format!("event {} was published twice", event.event_id),
            );
        }
    }

    /// Compares with what the stores' documents remember. `complete`: no event was deleted by age.
    pub fn finish(&self, remembered: &FastMap<StoreId, u64>, complete: bool, violations: &mut Violations) {
        for (store, sequence) in remembered {
            let last = self.last.get(store).map_or(if complete { 0 } else { *sequence }, |(last, _)| *last);
            if last != *sequence {
                let text = format!("its document remembers sequence {sequence}, its last event has {last}");
                violations.of_store(Rule::Sequence, store, text);
            }
        }
        for (store, (last, _)) in &self.last {
            if !remembered.contains_key(store) {
                violations.of_store(Rule::Sequence, store, format!("has {last} events, but no document remembers it"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{STORE, event};
    use super::*;

    fn audit(sequences: &[u64], remembered: u64) -> Vec<Rule> {
        let (mut audit, mut violations) = (Sequences::default(), Violations::default());
        for (index, sequence) in sequences.iter().enumerate() {
            audit.observe(&event(index as u128, *sequence), true, &mut violations);
        }
        audit.finish(&FastMap::from_iter([(STORE.into(), remembered)]), true, &mut violations);
        violations.rules()
    }

    #[test]
    fn gaps_repetitions_and_a_wrong_memory_are_found() {
        assert_eq!(audit(&[1, 2, 3], 3), []);
        for (sequences, remembered) in
            [(&[1, 3][..], 3), (&[2, 3], 3), (&[1, 1], 1), (&[1, 2], 3), (&[2, 1], 1), (&[], 4)]
        {
            assert_eq!(audit(sequences, remembered), [Rule::Sequence], "{sequences:?} {remembered}");
        }
    }

    #[test]
    fn the_same_event_twice_is_found() {
        let (mut audit, mut violations) = (Sequences::default(), Violations::default());
        audit.observe(&event(7, 1), true, &mut violations);
        audit.observe(&event(7, 2), true, &mut violations);
        assert_eq!(violations.rules(), [Rule::Repeats]);
    }

    #[test]
    fn a_store_nobody_remembers_is_found() {
        let (mut audit, mut violations) = (Sequences::default(), Violations::default());
        audit.observe(&event(7, 1), true, &mut violations);
        audit.finish(&FastMap::default(), true, &mut violations);
        assert_eq!(violations.rules(), [Rule::Sequence]);
    }
}
