//! What an audit comes to, as data.

use serde_json::{Value, json};

use super::violation::Violation;

/// What was looked at, and what was found.
#[derive(Debug)]
pub struct Report {
    /// How much there was.
    pub figures: Vec<(&'static str, u64)>,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

impl Report {
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
        json!({ "violations": self.violations.len(), "found": violations, "looked_at": figures })
    }
}
