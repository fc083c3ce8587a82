//! One pass over every topic, partition by partition: what a partition needs is dropped before the next one is read.

use std::collections::BTreeSet;

use crate::codec::Codec;
use crate::codec::record::{InputRecord, Topic};
use crate::domain::settings::Settings;

use super::part::{Part, Sight};
use super::report::Report;
use super::terms::Terms;
use super::violation::Violations;
use super::whole::Whole;

/// Every audit.
pub struct Audit {
    terms: Terms,
    part: Part,
    whole: Whole,
    found: Violations,
}

impl Audit {
    /// The topics of a partition in the order in which they are handed over: first its tables. Those of one step may come in
    /// any order.
    pub const STEPS: [&[Topic]; 2] = [
        &[Topic::Stock, Topic::Documents],
        &[Topic::Commands, Topic::Legs, Topic::Events, Topic::Ledger, Topic::Results, Topic::DeadLetters],
    ];

    /// Of a deployment with these settings. `starts`: the oldest offset of each partition of each topic. `running`: inputs
    /// may be waiting or under way.
    pub fn new(codec: Codec, settings: &Settings, starts: impl Iterator<Item = (Topic, i64)>, running: bool) -> Self {
        let terms = Terms::new(codec, settings, starts, running);
        Self { part: Part::new(&terms), terms, whole: Whole::default(), found: Violations::default() }
    }

    /// Whether every topic still has its beginning.
    pub fn is_whole(&self) -> bool {
        self.terms.is_whole()
    }

    /// Takes the next record of the partition that is read, in the order of [`Audit::STEPS`].
    pub fn observe(&mut self, record: &InputRecord) {
        self.part.observe(record, &mut Sight { terms: &self.terms, whole: &mut self.whole, found: &mut self.found });
    }

    /// Takes everything there is, when it is in memory: records of all partitions, of each topic in their order.
    pub fn observe_all(&mut self, records: &[InputRecord]) {
        let partitions: BTreeSet<i32> = records.iter().map(|record| record.position.partition).collect();
        for partition in partitions {
            for topics in Self::STEPS {
                let of_partition = records.iter().filter(|record| record.position.partition == partition);
                of_partition.filter(|record| topics.contains(&record.topic)).for_each(|record| self.observe(record));
            }
            self.end_partition();
        }
    }

    /// Compares what a partition says, which was read to its end.
    pub fn end_partition(&mut self) {
        let part = std::mem::replace(&mut self.part, Part::new(&self.terms));
        part.finish(Sight { terms: &self.terms, whole: &mut self.whole, found: &mut self.found });
    }

    /// Compares what partitions say of each other.
    pub fn finish(mut self) -> Report {
        let (figures, spans) = (self.whole.figures, self.whole.spans.clone());
        self.whole.finish(&self.terms, &mut self.found);
        Report::new(figures.named(), &spans, self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::replay::tests::day;
    use super::super::report::Checked;
    use super::super::samples::{pass, pass_of};
    use super::super::violation::Rule;
    use super::*;

    fn audit(records: &[InputRecord]) -> Vec<Rule> {
        let mut rules: Vec<Rule> = pass(records).violations.iter().map(|violation| violation.rule).collect();
        rules.dedup();
        rules
    }

    #[test]
    fn a_sound_history_has_no_violation() {
        assert_eq!(audit(&day()), []);
    }

    #[test]
    fn what_was_deleted_by_age_is_told_and_is_no_violation() {
        for topic in [Topic::Events, Topic::Ledger, Topic::Results] {
            let mut records = day();
            let oldest = records.iter().position(|record| record.topic == topic).unwrap();
            let partition = records[oldest].position.partition;
            // All before the newest one: retention deletes from the front.
            let newest = records
                .iter()
                .rposition(|record| record.topic == topic && record.position.partition == partition)
                .unwrap();
            let mut index = 0;
            records.retain(|record| {
                index += 1;
                index > newest || record.topic != topic || record.position.partition != partition
            });
            let report = pass_of(&records, &Settings::default(), |cut| i64::from(cut == topic));
            assert_eq!(report.violations, [], "{topic:?}");
            let left_out = |rule: &Checked| !rule.coverage.left_out.is_empty();
            assert!(report.rules.iter().any(left_out), "{topic:?}: {:?}", report.rules);
        }
    }

    #[test]
    fn any_record_that_is_missing_is_found() {
        let records = day();
        for topic in Topic::ALL {
            // Of a store's own document only a replay knows the clock.
            let of_store = |record: &InputRecord| {
                topic == Topic::Documents && record.key.as_deref().is_some_and(|key| key.ends_with(b"|store|leeds"))
            };
            let last = records.iter().rposition(|record| record.topic == topic && !of_store(record));
            let index = last.unwrap();
            let mut missing = records.clone();
            missing.remove(index);
            assert_ne!(audit(&missing), [], "the last of {topic:?}");
        }
    }

    #[test]
    fn records_that_are_not_what_their_key_or_place_says_are_found() {
        for topic in [Topic::Events, Topic::Ledger, Topic::Stock, Topic::Documents, Topic::Results] {
            let broken = |change: fn(&mut InputRecord)| {
                let mut records = day();
                change(records.iter_mut().rfind(|record| record.topic == topic).unwrap());
                audit(&records)
            };
            assert!(broken(|record| record.key = Some("other".into())).contains(&Rule::Readable), "{topic:?}");
            assert!(broken(|record| record.value = Some(vec![0; 9].into())).contains(&Rule::Readable), "{topic:?}");
            assert!(broken(|record| record.position.partition += 1).contains(&Rule::OnePartition), "{topic:?}");
        }
    }
}
