//! Each input has exactly one result, one dead letter, or was handed to its owner once (by the header `cause`); a
//! repeat gets the first answer; and the events that results name are the events there are.
//!
//! What is settled is forgotten: of an input with its one result only the offset is kept, of an event that is named and
//! there nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codec::record::{Position, Topic};
use crate::domain::decision::{Answer, AnswerKey, Outcome};
use crate::domain::hash::FastMap;
use crate::domain::ids::Uuid;
use crate::domain::time::Timestamp;

use super::answers::{Answers, Told, in_short};
use super::offsets::Offsets;
use super::terms::{AGED, COMPACTED_AFTER_MS, Spans, Terms, WAITING};
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
    /// The end of a command that waited for its ASN: any record may bring it, also a repeat of its own, which is answered
    /// besides (contract §6.1).
    EndOfWaiting(AnswerKey),
    Applied(Uuid),
    DeadLetter,
    /// A dead letter that may stand for a command: nobody knew its schema, or it was too large to be handed over.
    Given,
    HandedOver,
}

#[derive(Default, Debug)]
struct Slot {
    asked: Option<(Expected, Timestamp)>,
    effects: Vec<Effect>,
}

#[derive(Default, Clone, Copy, Debug)]
struct Mention {
    named: bool,
    published: bool,
    at: Timestamp,
}

/// Of a partition of inputs the first offset there is, and the last one something came of.
type Reach = BTreeMap<(Arc<str>, i32), (i64, i64)>;

/// Inputs and what came of them.
#[derive(Debug)]
pub struct Journal {
    open: FastMap<Position, Slot>,
    settled: Offsets,
    reach: Reach,
    answers: Answers,
    events: FastMap<Uuid, Mention>,
    /// Events that a result names.
    named: u64,
    /// How long a command id is remembered: later it may be used for something else.
    command_ids_ms: i64,
    /// The time of the newest result.
    newest: Timestamp,
    /// Input records seen.
    pub inputs: u64,
    /// Results seen.
    pub results: u64,
    /// Dead letters seen.
    pub dead_letters: u64,
}

impl Journal {
    /// An empty one of a deployment that remembers command ids this long.
    pub fn new(command_ids_ms: i64) -> Self {
        Self {
            open: FastMap::default(),
            settled: Offsets::default(),
            reach: Reach::default(),
            answers: Answers::new(command_ids_ms),
            events: FastMap::default(),
            named: 0,
            command_ids_ms,
            newest: Timestamp::default(),
            inputs: 0,
            results: 0,
            dead_letters: 0,
        }
    }

    /// Takes an input record of a time.
    pub fn asked(&mut self, position: &Position, asked: Expected, at: Timestamp, violations: &mut Violations) {
        self.inputs += 1;
        let reach = reach_of(&mut self.reach, position);
        reach.0 = reach.0.min(position.offset);
        self.open.entry(position.clone()).or_default().asked = Some((asked, at));
        self.settle(position, violations);
    }

    /// Takes a record that was handed over: it stands for the one at `from`.
    pub fn handed_over(&mut self, from: &Position, violations: &mut Violations) {
        self.note(from, Effect::HandedOver, violations);
    }

    /// Takes a dead letter of the record at `from`.
    pub fn dead_letter(&mut self, from: &Position, is_given: bool, violations: &mut Violations) {
        self.dead_letters += 1;
        self.note(from, if is_given { Effect::Given } else { Effect::DeadLetter }, violations);
    }

    /// Takes a result with its header `cause`. Says whether it is the first one to its command, and kept for repeats.
    pub fn answered(&mut self, answer: &Answer, cause: &Position, at: Timestamp, violations: &mut Violations) -> bool {
        self.results += 1;
        let told = if answer.is_remembered() { self.answers.of(&answer.key()) } else { Told::default() };
        let effect = match &answer.outcome {
            Outcome::Applied { leg_id, .. } => Effect::Applied(*leg_id),
            Outcome::Accepted { .. } | Outcome::Rejected(_) if told.parked && told.answer.is_none() => {
                Effect::EndOfWaiting(answer.key())
            }
            Outcome::Accepted { .. } | Outcome::Rejected(_) | Outcome::Parked(_) => Effect::Answer(answer.key()),
        };
        self.note(cause, effect, violations);
        // What must be remembered is measured by the newest record; times may go back.
        self.newest = self.newest.max(at);
        let may_be_forgotten = |since: Timestamp| self.newest.millis() - since.millis() >= self.command_ids_ms;
        // An id may be remembered for longer: a repeat is told by the time of the first answer.
        let is_first = match told.answer {
            Some((_, since)) => may_be_forgotten(since) && answer.recorded_at != since,
            None => answer.recorded_at == at || !may_be_forgotten(answer.recorded_at),
        };
        if is_first && !answer.validate_only {
            self.name_events(answer, at);
        }
        if answer.is_remembered() {
            self.remember(answer, told, at, is_first, violations);
        }
        // While it waits a repeat is told again that it does.
        is_first && answer.is_remembered() && !(told.parked && matches!(answer.outcome, Outcome::Parked(_)))
    }

    /// Takes an event.
    pub fn published(&mut self, event_id: Uuid, at: Timestamp) {
        self.mention(event_id, at, |mention| &mut mention.published);
    }

    fn note(&mut self, position: &Position, effect: Effect, violations: &mut Violations) {
        let reach = reach_of(&mut self.reach, position);
        reach.1 = reach.1.max(position.offset);
        if self.settled.contains(position) {
            if !matches!(effect, Effect::EndOfWaiting(_)) {
                violations.note(Rule::OneResult, format!("{position}: {effect:?} came of it too"));
            }
            return;
        }
        self.open.entry(position.clone()).or_default().effects.push(effect);
        self.settle(position, violations);
    }

    /// Forgets an input that has what it asked for, and nothing else.
    fn settle(&mut self, position: &Position, violations: &mut Violations) {
        let Some(slot) = self.open.get(position) else { return };
        let Some((asked, _)) = &slot.asked else { return };
        if own_effects(asked, &slot.effects) == Some(1) {
            self.open.remove(position);
            self.settled.insert(position);
            violations.checked(Rule::OneResult, 1);
        }
    }

    fn mention(&mut self, event_id: Uuid, at: Timestamp, part: fn(&mut Mention) -> &mut bool) {
        let mention = self.events.entry(event_id).or_default();
        *part(mention) = true;
        mention.at = mention.at.max(at);
        if mention.named && mention.published {
            self.named += 1;
            self.events.remove(&event_id);
        }
    }

    fn name_events(&mut self, answer: &Answer, at: Timestamp) {
        let ids = match &answer.outcome {
            Outcome::Accepted { event_ids, .. } | Outcome::Applied { event_ids, .. } => event_ids,
            Outcome::Rejected(_) | Outcome::Parked(_) => return,
        };
        for id in ids {
            self.mention(*id, at, |mention| &mut mention.named);
        }
    }

    fn remember(&mut self, answer: &Answer, told: Told, at: Timestamp, is_first: bool, violations: &mut Violations) {
        let Some(now) = in_short(&answer.outcome) else {
            self.answers.put(&answer.key(), Told { parked: true, ..told }, at);
            return;
        };
        violations.checked(Rule::Repeats, 1);
        if let Some((first, since)) = told.answer.filter(|_| !is_first)
            && first != now
        {
            let text = format!(
                "command {}: was answered otherwise at {since} than with {:?}",
                answer.command_id, answer.outcome
            );
            violations.of_store(Rule::Repeats, &answer.store_id, text);
        }
        if is_first {
            self.answers.put(&answer.key(), Told { answer: Some((now, at)), ..told }, at);
        }
    }

    /// Whether a leg took effect, or whatever else it asked for.
    pub fn is_settled(&self, position: &Position) -> bool {
        self.settled.contains(position)
    }

    /// Compares events; what is left of the inputs may still be answered in other partitions.
    pub fn finish(self, terms: &Terms, spans: &Spans, left: &mut Unsettled, violations: &mut Violations) {
        let named_since = spans.whole_since(terms, &[Topic::Results]);
        let seen_since = spans.whole_since(terms, &[Topic::Results, Topic::Legs, Topic::DeadLetters]);
        let published_since = spans.whole_since(terms, &[Topic::Events]);
        violations.checked(Rule::Named, self.named);
        for (id, mention) in &self.events {
            let (since, fault) = if mention.published {
                (named_since, "no result names it")
            } else {
                (published_since, "a result names it, but it was not published")
            };
            if mention.at <= since {
                violations.left_out(Rule::Named, 1, AGED);
            } else {
                violations.note(Rule::Named, format!("event {id}: {fault}"));
            }
        }
        for (position, slot) in self.open {
            let gone = slot.asked.as_ref().is_some_and(|(asked, at)| {
                // Its result may have been replaced by that of a repeat, which has the same key.
                let age = spans.newest().millis() - at.millis();
                let is_repeated = matches!(asked, Expected::Command(key) if self.answers.of(key).answer.is_some());
                *at <= seen_since || (age > COMPACTED_AFTER_MS && is_repeated)
            });
            left.add(position, slot, gone);
        }
        for (place, (first, last)) in self.reach {
            let reach = left.reach.entry(place).or_insert((i64::MAX, i64::MIN));
            (reach.0, reach.1) = (reach.0.min(first), reach.1.max(last));
        }
    }
}

fn reach_of<'r>(reach: &'r mut Reach, position: &Position) -> &'r mut (i64, i64) {
    reach.entry((Arc::clone(&position.topic), position.partition)).or_insert((i64::MAX, i64::MIN))
}

/// How often an input got what it asked for; `None` when something else came of it.
fn own_effects(asked: &Expected, came: &[Effect]) -> Option<usize> {
    let mut own = 0;
    for came in came {
        own += match (asked, came) {
            (Expected::Command(key), Effect::Answer(answered)) if key == answered => 1,
            (Expected::Leg(leg), Effect::Applied(applied)) if leg == applied => 1,
            (Expected::DeadLetter, Effect::DeadLetter) => 1,
            // Nobody knew its schema then, and who reads it today may have a newer release, or another registry; or it
            // was too large to be handed over.
            (_, Effect::Given) => 1,
            (Expected::Command(_) | Expected::DeadLetter, Effect::HandedOver) => 1,
            // What waited for this record, or expired by it.
            (_, Effect::EndOfWaiting(_)) => 0,
            (_, _) => return None,
        };
    }
    Some(own)
}

/// Inputs of all partitions that their own partition does not settle.
#[derive(Default, Debug)]
pub struct Unsettled {
    slots: BTreeMap<Position, (Slot, bool)>,
    reach: Reach,
}

impl Unsettled {
    fn add(&mut self, position: Position, slot: Slot, gone: bool) {
        let (own, is_gone) = self.slots.entry(position).or_default();
        own.asked = own.asked.take().or(slot.asked);
        own.effects.extend(slot.effects);
        *is_gone |= gone;
    }

    /// Compares, when all partitions were read.
    pub fn finish(self, terms: &Terms, violations: &mut Violations) {
        let inputs_complete = terms.is_complete(Topic::Commands) && terms.is_complete(Topic::Legs);
        for (position, (slot, gone)) in &self.slots {
            let place = (Arc::clone(&position.topic), position.partition);
            let (first, last) = self.reach.get(&place).copied().unwrap_or((i64::MAX, i64::MIN));
            match &slot.asked {
                Some(_) if terms.running && position.offset > last => {
                    violations.left_out(Rule::OneResult, 1, WAITING);
                }
                // The end of what waited, of which was told before the oldest result there is.
                Some((asked, _))
                    if own_effects(asked, &slot.effects).is_none() && !terms.is_complete(Topic::Results) =>
                {
                    violations.left_out(Rule::OneResult, 1, "results were deleted by age");
                }
                Some((asked, _)) => check(position, asked, &slot.effects, *gone, violations),
                // What it answers was deleted by age, or stands beyond the cut.
                None if !inputs_complete && position.offset < first => {
                    violations.left_out(Rule::OneResult, 1, "inputs were deleted by age");
                }
                None => {
                    violations.note(Rule::OneResult, format!("{position}: something came of it, but it is not there"))
                }
            }
        }
    }
}

fn check(position: &Position, asked: &Expected, came: &[Effect], gone: bool, violations: &mut Violations) {
    let own = own_effects(asked, came);
    if own == Some(1) {
        return violations.checked(Rule::OneResult, 1);
    }
    if own == Some(0) && gone {
        return violations.left_out(Rule::OneResult, 1, "results were deleted by age, or replaced by those of repeats");
    }
    violations.checked(Rule::OneResult, 1);
    let text = match own {
        Some(own) => format!("{position}: {own} results, it asked for {asked:?}"),
        None => format!("{position}: {came:?} came of it, it asked for {asked:?}"),
    };
    match asked {
        Expected::Command(key) => violations.of_store(Rule::OneResult, &key.store_id, text),
        Expected::Leg(_) | Expected::DeadLetter => violations.note(Rule::OneResult, text),
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
