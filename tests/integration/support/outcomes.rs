//! What became of every input.

use std::collections::BTreeMap;

use stockroom::codec::record::{InputRecord, Topic};

use super::deployment::Deployment;

/// By the input's position (`topic/partition/offset`): all results and dead letters that name it, or the leg in which it
/// was handed over to the partition of its store.
pub fn outcomes(deployment: &Deployment) -> BTreeMap<String, Vec<InputRecord>> {
    let forwarded: BTreeMap<String, String> = deployment
        .read(Topic::Legs)
        .into_iter()
        .filter_map(|leg| {
            let from = std::str::from_utf8(leg.header("forwarded-from")?).unwrap().to_owned();
            Some((leg.position.to_string(), from))
        })
        .collect();
    let mut outcomes: BTreeMap<String, Vec<InputRecord>> = BTreeMap::new();
    for record in deployment.read_all(&[Topic::Results, Topic::DeadLetters]) {
        let cause = record.cause().unwrap().to_string();
        let input = forwarded.get(&cause).unwrap_or(&cause);
        outcomes.entry(input.clone()).or_default().push(record);
    }
    outcomes
}
