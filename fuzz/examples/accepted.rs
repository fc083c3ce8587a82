//! How deep drawn histories get: which operations are accepted, and why the others are refused.
//!
//! `cargo run --release --manifest-path fuzz/Cargo.toml --example accepted -- 10000`
#![allow(clippy::disallowed_macros, reason = "nobody else prints here")]
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Instant;

use stockroom::engine::tally::CommandResult;
use stockroom_fuzz::histories::{self, Figures};

/// The next of a sequence of random numbers (splitmix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap());
    let (many, seed) = (arguments.next().unwrap_or(1_000), arguments.next().unwrap_or(0));
    let (began, mut all) = (Instant::now(), Figures::default());
    for number in seed..seed + many {
        let mut state = number;
        let length = usize::try_from(next(&mut state) % 4_096).unwrap();
        let data: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| next(&mut state).to_le_bytes()).collect();
        let done = std::panic::catch_unwind(|| histories::check(&data));
        let Ok(figures) = done else {
            let file = std::env::temp_dir().join(format!("history-{number}"));
            std::fs::write(&file, &data).unwrap();
            println!("history {number}: {}", file.display());
            std::process::exit(1);
        };
        for (answer, times) in figures.commands {
            *all.commands.entry(answer).or_default() += times;
        }
        all.legs += figures.legs;
        all.late_facts += figures.late_facts;
        all.records += figures.records;
    }
    show(&all);
    let seconds = began.elapsed().as_secs();
    println!(
        "{many} histories, {} records, {} legs, {} late facts, {seconds} s",
        all.records, all.legs, all.late_facts
    );
}

fn show(figures: &Figures) {
    let mut operations: BTreeMap<_, (u64, u64, u64, Vec<_>)> = BTreeMap::new();
    for ((operation, result, code), times) in &figures.commands {
        let (accepted, parked, rejected, codes) = operations.entry(*operation).or_default();
        *match result {
            CommandResult::Accepted => accepted,
            CommandResult::Parked => parked,
            CommandResult::Rejected => rejected,
        } += times;
        if let (CommandResult::Rejected, Some(code)) = (result, code) {
            codes.push((*times, code.as_str()));
        }
    }
    for (operation, (accepted, parked, rejected, mut codes)) in operations {
        codes.sort_unstable();
        let most: Vec<_> = codes.iter().rev().take(4).map(|(times, code)| format!("{code} {times}")).collect();
        let name = operation.map_or("(unreadable)", |name| name.as_str()).to_owned();
        println!("{name:22} accepted {accepted:8} parked {parked:7} rejected {rejected:8}: {}", most.join(", "));
    }
}
