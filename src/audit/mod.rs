//! An auditor that shares nothing with the processor but the decoding of its topics and, for a replay, the engine. It
//! takes committed records one by one, works everything out again and says what does not fit.
//!
//! It knows no Kafka: whoever reads topics hands their records to [`Audit::observe`]. What it checks is told rule by
//! rule in `docs/audit.md`.

mod accounts;
mod announced;
mod answers;
mod closed;
mod effects;
mod figures;
mod holds;
mod journal;
mod law;
mod ledger;
mod offsets;
mod part;
mod pass;
mod replay;
mod report;
#[cfg(test)]
mod samples;
mod sequences;
mod sums;
mod terms;
mod tracking;
mod transit;
mod violation;
mod whole;

pub use pass::Audit;
pub use replay::Replay;
pub use report::{Checked, Report};
pub use violation::{Coverage, Rule, Violation, Violations};
