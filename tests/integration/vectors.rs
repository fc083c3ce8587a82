//! The conformance vectors against the engine in memory: in seconds, without Kafka.

use std::fmt::Write as _;

use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::{InputRecord, OutputRecord, Topic};

use crate::support::compare::{Contract, Delivery, differences};
use crate::support::memory::{Deployment, PARTITIONS};
use crate::support::vector::{self, Vector};

fn once(vector: &Vector) -> Deployment {
    let mut deployment = Deployment::new(vector.settings(), Formats::all(Format::Json));
    for (record, fed) in vector.records.iter().enumerate() {
        deployment.feed(Delivery { record, again: 0 }, fed);
    }
    deployment
}

/// Every record without `validate_only` twice in a row, and all of them again at the end.
fn twice(vector: &Vector) -> Deployment {
    let mut deployment = Deployment::new(vector.settings(), Formats::all(Format::Json));
    let repeats = vector.records.iter().enumerate().filter(|(_, fed)| !fed.validate_only);
    for (record, fed) in vector.records.iter().enumerate() {
        deployment.feed(Delivery { record, again: 0 }, fed);
        if !fed.validate_only {
            deployment.feed(Delivery { record, again: 1 }, fed);
        }
    }
    for (record, fed) in repeats {
        deployment.feed(Delivery { record, again: 2 }, fed);
    }
    deployment
}

fn check(contract: &Contract, vector: &Vector) -> String {
    let mut faults = String::new();
    for (name, deployment, is_twice) in [("once", once(vector), false), ("twice", twice(vector), true)] {
        let found = differences(contract, vector, deployment.observed(), is_twice);
        if !found.is_empty() {
            writeln!(faults, " {name}:\n{found}").unwrap();
        }
        for partition in deployment.not_restored() {
            writeln!(faults, " {name}: partition {partition} is not restored from what it wrote").unwrap();
        }
    }
    faults
}

/// With `VECTOR=part-of-a-name` in the environment only those are tried.
#[test]
fn vectors_hold_in_memory_and_so_do_repeats_and_restores() {
    let vectors = vector::all();
    let contract = Contract::of(&vectors);
    let (mut faults, mut passed, mut failed) = (String::new(), 0, 0);
    let wanted = std::env::var("VECTOR").ok();
    for vector in &vectors {
        if wanted.as_ref().is_some_and(|wanted| !vector.name.contains(wanted.as_str())) {
            continue;
        }
        let found = check(&contract, vector);
        if found.is_empty() {
            passed += 1;
        } else {
            failed += 1;
            writeln!(faults, "{}\n{found}", vector.name).unwrap();
        }
    }
    println!("{passed} vectors hold, {failed} do not");
    assert!(faults.is_empty(), "{failed} vectors do not hold:\n\n{faults}");
}

/// Everything but the tables, whose rows are written once a batch.
fn streams(deployment: &Deployment) -> Vec<OutputRecord> {
    let outputs = deployment.written.iter().map(|(_, output)| output);
    let mut streams: Vec<_> =
        outputs.filter(|output| !matches!(output.topic, Topic::Stock | Topic::Documents)).cloned().collect();
    streams.sort_by_key(|output| (output.topic, output.partition));
    streams
}

/// Nor does what is kept decoded: after each batch the engine starts with the store alone.
#[test]
fn where_a_batch_ends_changes_nothing() {
    for vector in vector::all() {
        let single = once(&vector);
        if single.written.iter().any(|(_, output)| output.topic == Topic::Legs) {
            continue;
        }
        let mut batched = Deployment::new(vector.settings(), Formats::all(Format::Json));
        let inputs: Vec<InputRecord> = vector.records.iter().map(|record| batched.input(record)).collect();
        for partition in 0..PARTITIONS {
            let of_partition = inputs.iter().filter(|input| input.position.partition == partition).cloned();
            let of_partition: Vec<_> = of_partition.collect();
            for records in of_partition.chunks(3) {
                batched.batch(Delivery { record: 0, again: 0 }, records);
                batched.forget_rows();
            }
        }
        assert_eq!(streams(&batched), streams(&single), "{}", vector.name);
        let tables = |deployment: &Deployment| {
            let observed = deployment.observed();
            (observed.stock, observed.documents)
        };
        assert_eq!(tables(&batched), tables(&single), "{}", vector.name);
    }
}
