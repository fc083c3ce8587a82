//! What an audit found.

use std::fmt;

use crate::domain::ids::StoreId;

/// One broken invariant, in a sentence.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Violation {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where: the store, when it is a store's.
    pub store: Option<StoreId>,
    /// What is wrong, with the figures.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.store {
            Some(store) => write!(f, "{} [store {store}]: {}", self.rule.as_str(), self.text),
            None => write!(f, "{}: {}", self.rule.as_str(), self.text),
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:literal => $variant:ident),+ $(,)?) => {
        /// What an audit checks.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Rule {
            $($(#[$doc])* $variant,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant),+];

            /// The rule in a few words.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Rule::$variant => $name,)+
                }
            }
        }
    };
}

rules! {
    /// A record of ours can't be decoded, or its key is not that of its content.
    "every record can be read" => Readable,
    /// Everything of a store is in the partition with one number.
    "a store has one partition" => OnePartition,
    /// Each row continues the balance the row before left, and moves a quantity above zero between two accounts.
    "movements chain" => Chain,
    /// Stock rows show what the ledger adds up to.
    "stock is the sum of its movements" => Stock,
    /// Packed, allocated and reserved units are those of the documents.
    "holds are those of the documents" => Holds,
    /// Event sequences have no gap and no repetition.
    "sequences are gap-free" => Sequence,
    /// Each input has one result, or one dead letter, or was handed to its owner once.
    "each input has one result" => OneResult,
    /// A repeat gets the first answer, and nothing happens twice.
    "repeats change nothing" => Repeats,
    /// The events a result names are the events there are.
    "results name their events" => Named,
    /// Each change of on hand is announced by exactly one event.
    "each change is announced once" => Announced,
    /// Units in transit are those of open ASN lines.
    "units in transit are those of open ASNs" => Transit,
    /// Shipped = received + in transit + lost + returned.
    "units are conserved over a transfer" => Conservation,
    /// What a closed document announced never changes.
    "closed documents never change" => Closed,
    /// Replayed from the journal, everything comes out again.
    "a replay gives the same bytes" => Replay,
}

/// What was found so far.
#[derive(Default, Debug)]
pub struct Violations {
    found: Vec<Violation>,
}

impl Violations {
    /// Notes a broken rule of a store.
    pub fn of_store(&mut self, rule: Rule, store: &StoreId, text: impl Into<String>) {
        self.found.push(Violation { rule, store: Some(store.clone()), text: text.into() });
    }

    /// Notes a broken rule.
    pub fn note(&mut self, rule: Rule, text: impl Into<String>) {
        self.found.push(Violation { rule, store: None, text: text.into() });
    }

    /// Adds what another audit found.
    pub fn extend(&mut self, found: Vec<Violation>) {
        self.found.extend(found);
    }

    /// All of them, in an order that does not depend on the order of reading.
    pub fn sorted(mut self) -> Vec<Violation> {
        self.found.sort();
        self.found
    }

    /// The rules that are broken, each once.
    #[cfg(test)]
    pub fn rules(self) -> Vec<Rule> {
        let mut rules: Vec<Rule> = self.found.into_iter().map(|violation| violation.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}
