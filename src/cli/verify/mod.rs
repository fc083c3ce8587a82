//! `stockroom verify`: an auditor that shares nothing with the processor but the decoding of its topics.
#![allow(dead_code)]

mod announced;
mod closed;
mod holds;
mod journal;
mod ledger;
#[cfg(test)]
mod samples;
mod sequences;
mod transit;
mod violation;
