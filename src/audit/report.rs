//! What an audit comes to, as data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::domain::ids::StoreId;

use super::terms::{Span, Spans, WAITING};
use super::violation::{Coverage, Rule, Violation, Violations};

/// Why something can't be told from a fault.
const MOVING: &str = "looked broken, in another way at each reading";

/// What was looked at, and what was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// How much there was.
    pub figures: Vec<(&'static str, u64)>,
    /// How far each rule was checked.
    pub rules: Vec<Checked>,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

/// How far a rule was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The rule.
    pub rule: Rule,
    /// How many units were looked at, and how many were not.
    pub coverage: Coverage,
    /// From when to when the records are that it rests on.
    pub span: Option<Span>,
}

impl Checked {
    /// Whether there was something to check, and nothing of it could be.
    pub fn is_blind(&self) -> bool {
        let Coverage { checked, left_out, not_at_all } = &self.coverage;
        not_at_all.is_some() || (*checked == 0 && left_out.keys().any(|why| ![WAITING, MOVING].contains(why)))
    }
}

impl Report {
    /// Of a pass over every topic.
    pub(super) fn new(figures: Vec<(&'static str, u64)>, spans: &Spans, found: Violations) -> Self {
        let checked = |rule: &Rule| Checked {
            rule: *rule,
            coverage: found.coverage().get(rule).cloned().unwrap_or_default(),
            span: rule.topics().iter().filter_map(|topic| spans.of(*topic)).reduce(Span::with),
        };
        // Only a replay checks this one: it is added when it was asked for.
        let rules = Rule::ALL.iter().filter(|rule| **rule != Rule::Replay).map(checked).collect();
        Self { figures, rules, violations: found.sorted() }
    }

    /// Adds what a replay found.
    pub fn add_replay(&mut self, found: Violations, replayed: Option<u64>) {
        let coverage = found.coverage().get(&Rule::Replay).cloned().unwrap_or_default();
        let topics = Rule::Replay.topics();
        let spans =
            self.rules.iter().filter(|checked| checked.rule.topics().iter().any(|topic| topics.contains(topic)));
        let span = spans.filter_map(|checked| checked.span).reduce(Span::with);
        self.rules.push(Checked { rule: Rule::Replay, coverage, span });
        self.figures.extend(replayed.map(|inputs| ("inputs replayed", inputs)));
        self.violations.extend(found.sorted());
        self.violations.sort();
    }

    /// Leaves only the violations that another pass found too: what is under way looks broken, and not twice the same way.
    /// What is broken in another way each time may be either: it counts as not checked.
    pub fn keep_what_persists(&mut self, earlier: &Report) {
        let earlier: BTreeSet<_> = earlier.violations.iter().map(subject).collect();
        let (kept, moving) =
            self.violations.drain(..).partition::<Vec<_>, _>(|found| earlier.contains(&subject(found)));
        self.violations = kept;
        for checked in &mut self.rules {
            let units = moving.iter().filter(|found| found.rule == checked.rule).count();
            if units > 0 {
                let left_out = checked.coverage.left_out.entry(MOVING).or_default();
                *left_out += u64::try_from(units).unwrap_or(u64::MAX);
            }
        }
    }

    /// Rules of which nothing could be checked.
    pub fn blind(&self) -> impl Iterator<Item = &Checked> {
        self.rules.iter().filter(|checked| checked.is_blind())
    }

    /// For programs; at most `limit` of the violations.
    pub fn json(&self, limit: usize) -> Value {
        let violations: Vec<Value> = self
            .violations
            .iter()
            .take(limit)
            .map(|violation| {
                let store = violation.store.as_ref().map(|store| store.as_str());
                let mut value = json!({ "rule": violation.rule.as_str(), "text": violation.text });
                if let Some(store) = store {
                    value["store_id"] = json!(store);
                }
                value
            })
            .collect();
        let figures: serde_json::Map<String, Value> =
            self.figures.iter().map(|(name, number)| (name.replace(' ', "_"), json!(number))).collect();
        let rules: Vec<Value> = self.rules.iter().map(rule_json).collect();
        json!({ "violations": self.violations.len(), "found": violations, "looked_at": figures, "rules": rules })
    }
}

/// What is broken in the same way at two readings. Rows of stock are compared as of when they were written, so that what is
/// wrong of a product stays wrong whatever is sold meanwhile: the figures do not matter.
fn subject(found: &Violation) -> (Rule, Option<&StoreId>, &str) {
    let is_of_row = matches!(found.rule, Rule::Stock | Rule::Law);
    let text = if is_of_row { found.text.split(": ").next().unwrap_or_default() } else { &found.text };
    (found.rule, found.store.as_ref(), text)
}

fn rule_json(checked: &Checked) -> Value {
    let Coverage { checked: units, left_out, not_at_all } = &checked.coverage;
    let left_out: BTreeMap<&str, u64> = left_out.iter().map(|(why, units)| (*why, *units)).collect();
    let mut value = json!({ "rule": checked.rule.as_str(), "units": checked.rule.units(), "checked": units,
        "not_checked": left_out });
    if let Some(span) = checked.span {
        value["from"] = json!(span.from.to_string());
        value["to"] = json!(span.to.to_string());
    }
    if let Some(why) = not_at_all {
        value["not_at_all"] = json!(why);
    }
    value
}
