//! What an audit comes to, for people and for programs.

use serde_json::{Value, json};

use super::super::output::{Colour, paint};
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
    /// Lines for people; the verdict is the last one.
    pub fn text(&self, limit: usize) -> String {
        let figures: Vec<String> = self.figures.iter().map(|(name, number)| format!("{number} {name}")).collect();
        let mut text = format!("{}\n", paint(&figures.join(", "), Colour::Faint));
        for violation in self.violations.iter().take(limit) {
            text.push_str(&format!("{violation}\n"));
        }
        if self.violations.len() > limit {
            text.push_str(&format!("… and {} more; --limit shows more\n", self.violations.len() - limit));
        }
        text.push_str(&format!("{}\n", self.verdict()));
        text
    }

    /// `0 violations`.
    pub fn verdict(&self) -> String {
        let found = self.violations.len();
        let text = if found == 1 { "1 violation".to_owned() } else { format!("{found} violations") };
        paint(&text, if found == 0 { Colour::Good } else { Colour::Bad })
    }

    /// The same for programs.
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
