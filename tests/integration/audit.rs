//! The auditor believes every history that is right, and finds every way in which one was made wrong.


use stockroom::audit::{Audit, Report, Rule};
use stockroom::codec::Codec;
use stockroom::codec::format::Formats;
use stockroom::codec::record::{InputRecord, Topic};
use stockroom::domain::settings::Settings;

use super::support::compare::Delivery;
use super::support::memory::{Deployment, PARTITIONS};
use super::support::vector;

fn pass(records: &[InputRecord], settings: &Settings) -> Report {
    let codec = Codec::new("acme".into(), Formats::default(), settings.salable_stock_location.clone());
    let starts = Topic::ALL.into_iter().map(|topic| (topic, 0));
    let mut audit = Audit::new(codec, settings, starts, false);
    for partition in 0..PARTITIONS {
        for topics in [&Audit::TABLES[..], &Audit::OTHERS] {
            let of_partition = records.iter().filter(|record| record.position.partition == partition);
            of_partition.filter(|record| topics.contains(&record.topic)).for_each(|record| audit.observe(record));
        }
        audit.end_partition();
    }
    audit.finish()
}

#[test]
fn every_history_of_the_vectors_is_believed() {
    let mut faults = String::new();
    for vector in vector::all() {
        for is_twice in [false, true] {
            let settings = vector.settings();
            let mut deployment = Deployment::new(settings.clone(), Formats::default());
            for (number, record) in vector.records.iter().enumerate() {
                for again in 0..=usize::from(is_twice) {
                    deployment.feed(Delivery { record: number, again }, record);
                }
            }
            for violation in pass(&deployment.topics(), &settings).violations {
                faults.push_str(&format!("{}: {violation}\n", vector.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}
