//! One partition's life on this instance, as a state machine.
//!
//! ```text
//!            ┌──────────────── again, in a new worker ───────────────┐
//!            ▼                                                       │
//!  ──► assigned ──► restoring ──► running ──────────────┬──► failing ┘
//!            │          │            │                  │
//!            │          └────────────│──────────────────┤
//!            └──────────┴────────────┴──► revoked ──►   (gone)
//! ```
//!
//! *assigned*: the group gave it to us; nothing is fetched yet. The worker waits for its turn, fences the last owner and
//! ends the transaction it left open. *restoring*: state is read from the topics up to the watermark. *running*: the
//! inputs are fetched and batches are committed. *failing*: something is broken; the worker has ended and another begins
//! after a pause. *revoked*: it finishes or aborts what it has begun; when it is gone nothing of it is in flight.

use std::fmt;

use super::client::reader::Progress;

/// Where in its life a partition is on this instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It was given to us and waits for its turn, or for the last owner's transaction.
    Assigned,
    /// Its state is being read from the topics.
    Restoring(Progress),
    /// It works.
    Running,
    /// Something is broken and is tried again. The text says what.
    Failing(String),
    /// It was taken away and finishes what it has begun.
    Revoked,
}

impl Phase {
    /// Whether this phase may be followed by that one.
    pub fn may_become(&self, next: &Phase) -> bool {
        match self {
            Phase::Assigned => matches!(next, Phase::Restoring(_) | Phase::Failing(_) | Phase::Revoked),
            Phase::Restoring(_) => {
                matches!(next, Phase::Restoring(_) | Phase::Running | Phase::Failing(_) | Phase::Revoked)
            }
            Phase::Running => matches!(next, Phase::Failing(_) | Phase::Revoked),
            Phase::Failing(_) => matches!(next, Phase::Assigned | Phase::Revoked),
            Phase::Revoked => false,
        }
    }

    /// The name of the phase.
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Assigned => "assigned",
            Phase::Restoring(_) => "restoring",
            Phase::Running => "running",
            Phase::Failing(_) => "failing",
            Phase::Revoked => "revoked",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Phase::Restoring(Progress { done, total }) => write!(f, "restoring {done} of {total}"),
            Phase::Failing(reason) => write!(f, "failing: {reason}"),
            Phase::Assigned | Phase::Running | Phase::Revoked => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_legal_successors() {
        let restoring = Phase::Restoring(Progress::default());
        let failing = Phase::Failing("x".into());
        let all = [Phase::Assigned, restoring, Phase::Running, failing, Phase::Revoked];
        let legal = [
            ("assigned", vec!["restoring", "failing", "revoked"]),
            ("restoring", vec!["restoring", "running", "failing", "revoked"]),
            ("running", vec!["failing", "revoked"]),
            ("failing", vec!["assigned", "revoked"]),
            ("revoked", vec![]),
        ];
        for (phase, (name, expected)) in all.iter().zip(legal) {
            let found: Vec<_> = all.iter().filter(|next| phase.may_become(next)).map(Phase::name).collect();
            assert_eq!((phase.name(), found), (name, expected));
        }
    }
}
