//! Each input has exactly one result, one dead letter, or was handed to its owner once (by the header `cause`); a
//! repeat gets the first answer; and the events that results name are the events there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codec::record::Position;
use crate::domain::decision::{Answer, AnswerKey, Outcome};
use crate::domain::hash::FastMap;
use crate::domain::ids::{StoreId, Uuid};
use crate::domain::rejection::Code;
use crate::domain::time::Timestamp;

use super::violation::{Rule, Violations};

/// What an input record asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    /// The answer to a command.
    Command(AnswerKey),
    /// That a leg takes effect.
    Leg(Uuid),
    /// Nothing that could be answered: a dead letter.
    DeadLetter,
}

/// What came of an input record.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Effect {
    Answer(AnswerKey),
    Applied(Uuid),
    DeadLetter,
    /// A dead letter that may stand for a command: nobody knew its schema, or it was too large to be handed over.
    Given,
    HandedOver,
}

#[derive(Default)]
struct Slot {
    asked: Option<Expected>,
    effects: Vec<Effect>,
}

/// What a command id was answered with, in short.
#[derive(Clone, PartialEq, Eq, Debug)]
enum FirstAnswer {
    Accepted(Vec<Uuid>),
    Rejected(Code),
}

#[derive(Default)]
struct Remembered {
    parked: bool,
    /// The record that released what was parked, or expired it.
    ended_by: Option<Box<Position>>,
    told: Option<(FirstAnswer, Timestamp)>,
}

#[derive(Default, Clone, Copy)]
struct Mention {
    named: bool,
    published: bool,
}

/// Inputs and what came of them.
pub struct Journal {
    slots: FastMap<Position, Slot>,
    remembered: FastMap<AnswerKey, Remembered>,
    events: FastMap<Uuid, Mention>,
    /// How long a command id is remembered: later it may be used for something else.
    command_ids_ms: i64,
    /// Input records seen.
    pub inputs: u64,
    /// Results seen.
    pub results: u64,
    /// Dead letters seen.
    pub dead_letters: u64,
}

/// How a history is judged.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Inputs may be waiting or under way: what stands at the end of one topic may be missing in another.
    pub running: bool,
    /// No input was deleted by age.
    pub inputs_complete: bool,
    /// No event was deleted by age.
    pub events_complete: bool,
    /// No result was deleted by age.
    pub results_complete: bool,
}

impl Journal {
    /// An empty one of a deployment that remembers command ids this long.
    pub fn new(command_ids_ms: i64) -> Self {
        Self {
            slots: FastMap::default(),
            remembered: FastMap::default(),
            events: FastMap::default(),
            command_ids_ms,
            inputs: 0,
            results: 0,
            dead_letters: 0,
        }
    }

    /// Takes an input record.
    pub fn asked(&mut self, position: &Position, asked: Expected) {
        self.inputs += 1;
        self.slots.entry(position.clone()).or_default().asked = Some(asked);
    }

    /// Takes a record that was handed over: it stands for the one at `from`.
    pub fn handed_over(&mut self, from: Position) {
        self.note_effect(from, Effect::HandedOver);
    }

    /// Takes a dead letter of the record at `from`.
    pub fn dead_letter(&mut self, from: Position, is_given: bool) {
        self.dead_letters += 1;
        self.note_effect(from, if is_given { Effect::Given } else { Effect::DeadLetter });
    }

    /// Takes a result with its header `cause`.
    pub fn answered(&mut self, answer: &Answer, cause: Position, at: Timestamp, violations: &mut Violations) {
        self.results += 1;
        match &answer.outcome {
            Outcome::Applied { leg_id, .. } => self.note_effect(cause.clone(), Effect::Applied(*leg_id)),
            Outcome::Accepted { .. } | Outcome::Rejected(_) | Outcome::Parked(_) => {
                self.note_effect(cause.clone(), Effect::Answer(answer.key()));
            }
        }
        if !answer.validate_only {
            self.name_events(answer);
        }
        if answer.is_remembered() {
            self.remember(answer, &cause, at, violations);
        }
    }

    /// Takes an event.
    pub fn published(&mut self, event_id: Uuid) {
        self.events.entry(event_id).or_default().published = true;
    }

    fn note_effect(&mut self, position: Position, came: Effect) {
        self.slots.entry(position).or_default().effects.push(came);
    }

    fn name_events(&mut self, answer: &Answer) {
        let ids = match &answer.outcome {
            Outcome::Accepted { event_ids, .. } | Outcome::Applied { event_ids, .. } => event_ids,
            Outcome::Rejected(_) | Outcome::Parked(_) => return,
        };
        for id in ids {
            self.events.entry(*id).or_default().named = true;
        }
    }

    fn remember(&mut self, answer: &Answer, cause: &Position, at: Timestamp, violations: &mut Violations) {
        let told = match &answer.outcome {
            Outcome::Accepted { event_ids, .. } => FirstAnswer::Accepted(event_ids.clone()),
            Outcome::Rejected(rejection) => FirstAnswer::Rejected(rejection.code),
            Outcome::Parked(_) => {
                let remembered = self.remembered.entry(answer.key()).or_default();
                (remembered.parked, remembered.ended_by) = (true, None);
                return;
            }
            Outcome::Applied { .. } => return,
        };
        let remembered = self.remembered.entry(answer.key()).or_default();
        if remembered.parked && remembered.ended_by.is_none() {
            remembered.ended_by = Some(Box::new(cause.clone()));
        }
        match &remembered.told {
            Some((first, since)) if *first != told && at.millis() - since.millis() < self.command_ids_ms => {
                let text = format!("command {}: first answered {first:?}, then {told:?}", answer.command_id);
                violations.of_store(Rule::Repeats, &answer.store_id, text);
            }
            Some(_) => {}
            None => remembered.told = Some((told, at)),
        }
    }

    /// Compares.
    pub fn finish(&self, scope: Scope, violations: &mut Violations) {
        let reach = self.reach();
        for (position, slot) in &self.slots {
            let place = (Arc::clone(&position.topic), position.partition);
            let (first, last) = reach.get(&place).copied().unwrap_or((i64::MAX, i64::MIN));
            match &slot.asked {
                Some(_) if scope.running && position.offset > last => {}
                Some(asked) => self.check(position, asked, &slot.effects, violations),
                // What it answers was deleted by age.
                None if !scope.inputs_complete && position.offset < first => {}
                None if scope.running => {}
                None => {
                    violations.note(Rule::OneResult, format!("{position}: something came of it, but it is not there"))
                }
            }
        }
        for (id, mention) in self.events.iter().filter(|_| !scope.running) {
            if mention.published && !mention.named && scope.results_complete {
                violations.note(Rule::Named, format!("event {id}: no result names it"));
            }
            if mention.named && !mention.published && scope.events_complete {
                violations.note(Rule::Named, format!("event {id}: a result names it, but it was not published"));
            }
        }
    }

    /// Of each partition of inputs the first offset there is, and the last one something came of.
    fn reach(&self) -> BTreeMap<(Arc<str>, i32), (i64, i64)> {
        let mut reach: BTreeMap<(Arc<str>, i32), (i64, i64)> = BTreeMap::new();
        for (position, slot) in &self.slots {
            let entry = reach.entry((Arc::clone(&position.topic), position.partition)).or_insert((i64::MAX, i64::MIN));
            if slot.asked.is_some() {
                entry.0 = entry.0.min(position.offset);
            }
            if !slot.effects.is_empty() {
                entry.1 = entry.1.max(position.offset);
            }
        }
        reach
    }

    fn check(&self, position: &Position, asked: &Expected, came: &[Effect], violations: &mut Violations) {
        let mut own = 0;
        for came in came {
            match (asked, came) {
                (Expected::Command(key), Effect::Answer(answered)) if key == answered => own += 1,
                (Expected::Leg(leg), Effect::Applied(applied)) if leg == applied => own += 1,
                (Expected::DeadLetter, Effect::DeadLetter) => own += 1,
                // Nobody knew its schema then, and who reads it today may have a newer release, or another registry; or it
                // was too large to be handed over.
                (_, Effect::Given) => own += 1,
                (Expected::Command(_) | Expected::DeadLetter, Effect::HandedOver) => own += 1,
                // What waited for this record, or expired by it.
                (_, Effect::Answer(other)) if self.remembered.get(other).is_some_and(|known| known.parked) => {}
                (_, _) => {
                    let text = format!("{position}: {came:?} came of it, it asked for {asked:?}");
                    violations.note(Rule::OneResult, text);
                }
            }
        }
        // A repeat by which the parked command itself expired: its end comes first, then the answer to the repeat (§6.1).
        let ended = |key| self.remembered.get(key).and_then(|known| known.ended_by.as_deref()) == Some(position);
        let wanted = if matches!(asked, Expected::Command(key) if ended(key)) { 2 } else { 1 };
        if own != wanted {
            let text = format!("{position}: {own} results, it asked for {asked:?}");
            match asked {
                Expected::Command(key) => violations.of_store(Rule::OneResult, &key.store_id, text),
                Expected::Leg(_) | Expected::DeadLetter => violations.note(Rule::OneResult, text),
            }
        }
    }

    /// Whether a leg took effect.
    pub fn was_applied(&self, position: &Position) -> bool {
        self.slots.get(position).is_some_and(|slot| slot.effects.iter().any(|came| matches!(came, Effect::Applied(_))))
    }
}

/// Everything of a store is in the partition with one number.
#[derive(Default)]
pub struct Partitions(FastMap<StoreId, i32>);

impl Partitions {
    /// Takes where something of a store stands.
    pub fn observe(&mut self, store: &StoreId, position: &Position, violations: &mut Violations) {
        let known = *self.0.entry(store.clone()).or_insert(position.partition);
        if known != position.partition {
            let text = format!("{position}: the rest of the store is in partition {known}");
            violations.of_store(Rule::OnePartition, store, text);
        }
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
