//! What an audit found.

use std::collections::BTreeMap;
use std::fmt;

use crate::codec::record::Topic;
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
    ($($(#[$doc:meta])* $name:literal, $units:literal of [$($topic:ident)+] => $variant:ident),+ $(,)?) => {
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

            /// What is looked at, one by one.
            pub fn units(self) -> &'static str {
                match self {
                    $(Rule::$variant => $units,)+
                }
            }

            /// The topics it is about: of none of them anything may be missing.
            pub fn topics(self) -> &'static [Topic] {
                match self {
                    $(Rule::$variant => &[$(Topic::$topic),+],)+
                }
            }
        }
    };
}

rules! {
    /// A record of ours can't be decoded, or its key is not that of its content.
    "every record can be read", "records" of [Events Ledger Stock Documents Results DeadLetters] => Readable,
    /// Everything of a store is in the partition with one number.
    "a store has one partition", "records" of [Events Ledger Stock Documents Results Legs] => OnePartition,
    /// `recorded_at` and `updated_at` are the time of the record they stand in.
    "times are those of the record", "records" of [Events Ledger Stock Results] => Times,
    /// Each row continues the balance the row before left, and moves a quantity above zero between two accounts.
    "movements chain", "movements" of [Ledger] => Chain,
    /// A movement leads from and to the kinds of account that its operation has.
    "accounts are those of the operation", "movements" of [Ledger] => Accounts,
    /// Stock rows show what the ledger adds up to.
    "stock is the sum of its movements", "balances" of [Ledger Stock] => Stock,
    /// What everybody reads of a stock row is what its stock locations come to.
    "public figures are those of the row", "stock rows" of [Stock] => Figures,
    /// On hand is what was counted last, and what moved since then.
    "on hand is what was counted and moved since", "counted balances" of [Events Ledger Stock] => Law,
    /// Packed, allocated and reserved units are those of the documents.
    "holds are those of the documents", "balances" of [Stock Documents] => Holds,
    /// The figures of a document are those of its lines, and of the documents that belong to it.
    "documents add up", "documents" of [Documents] => Documents,
    /// What a document names is there.
    "references lead somewhere", "references" of [Documents] => References,
    /// Event sequences have no gap and no repetition.
    "sequences are gap-free", "events" of [Events Documents] => Sequence,
    /// Each input has one result, or one dead letter, or was handed to its owner once.
    "each input has one result", "inputs" of [Commands Legs Results DeadLetters] => OneResult,
    /// A repeat gets the first answer, and nothing happens twice.
    "repeats change nothing", "answers" of [Results Events Ledger] => Repeats,
    /// An accepted command announced, moved or kept what its operation is for.
    "accepted commands take effect", "commands" of [Commands Results Documents] => Effects,
    /// The events a result names are the events there are.
    "results name their events", "events" of [Results Events] => Named,
    /// Each change of on hand is announced by exactly one event.
    "each change is announced once", "commands" of [Ledger Events] => Announced,
    /// Units in transit are those of open ASN lines.
    "units in transit are those of open ASNs", "lines of ASNs" of [Ledger Documents] => Transit,
    /// Shipped = received + in transit + lost + returned.
    "units are conserved over a transfer", "lines of ASNs" of [Ledger Documents] => Conservation,
    /// What a closed document announced never changes.
    "closed documents never change", "closed documents" of [Documents Events] => Closed,
    /// Documents with which something is still to happen are not deleted.
    "open documents stay", "deletions" of [Documents] => Open,
    /// Replayed from the journal, everything comes out again.
    "a replay gives the same bytes", "inputs" of [Commands Legs Results] => Replay,
}

/// How far one rule was checked.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Coverage {
    /// How many units were looked at.
    pub checked: u64,
    /// How many were not, by the reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Why the rule was not checked at all, when it was not.
    pub not_at_all: Option<&'static str>,
}

/// What was found so far, and what was looked at.
#[derive(Default, Debug)]
pub struct Violations {
    found: Vec<Violation>,
    coverage: BTreeMap<Rule, Coverage>,
}

impl Violations {
    /// Notes that a rule was checked for so many units.
    pub fn checked(&mut self, rule: Rule, units: u64) {
        self.coverage.entry(rule).or_default().checked += units;
    }

    /// Notes that a rule could not be checked for so many units.
    pub fn left_out(&mut self, rule: Rule, units: u64, why: &'static str) {
        if units > 0 {
            *self.coverage.entry(rule).or_default().left_out.entry(why).or_default() += units;
        }
    }

    /// Notes that a rule that was asked for could not be checked.
    pub fn not_at_all(&mut self, rule: Rule, why: &'static str) {
        self.coverage.entry(rule).or_default().not_at_all = Some(why);
    }

    /// How far each rule was checked.
    pub fn coverage(&self) -> &BTreeMap<Rule, Coverage> {
        &self.coverage
    }

    /// Notes a broken rule of a store.
    pub fn of_store(&mut self, rule: Rule, store: &StoreId, text: impl Into<String>) {
        self.found.push(Violation { rule, store: Some(store.clone()), text: text.into() });
    }

    /// Notes a broken rule.
    pub fn note(&mut self, rule: Rule, text: impl Into<String>) {
        self.found.push(Violation { rule, store: None, text: text.into() });
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
