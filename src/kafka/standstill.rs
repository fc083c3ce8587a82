//! An input that stands still although there is more to read.

use std::fmt;
use std::sync::Arc;

/// Why an input stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client can't unpack what stands there: somebody has to help. What it says.
    Unreadable(String),
    /// A transaction of somebody else is open there: it goes on when that ends.
    OpenTransaction,
    /// The client does not go on, and does not say why.
    Unknown,
}

/// An input of a partition that stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standstill {
    /// The topic.
    pub topic: Arc<str>,
    /// The next offset to be read.
    pub position: i64,
    /// Why.
    pub reason: Reason,
}

impl Standstill {
    /// Whether it stays so until somebody does something about it.
    pub fn needs_help(&self) -> bool {
        match self.reason {
            Reason::Unreadable(_) | Reason::Unknown => true,
            Reason::OpenTransaction => false,
        }
    }
}

impl fmt::Display for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, position, reason } = self;
        write!(f, "{topic} stands still at {position}: ")?;
        match reason {
            Reason::Unreadable(complaint) => write!(f, "the client cannot unpack what stands there: {complaint}"),
            Reason::OpenTransaction => f.write_str("a transaction of somebody else is open there"),
            Reason::Unknown => f.write_str("the client does not go on"),
        }
    }
}

/// Why an input that has stood at `position` for a while does not move; `None` when there is nothing more to read.
/// `stable`: the end for who reads committed records only; `complaint`: what the client says it can't unpack, lately.
pub(super) fn judge(position: i64, stable: i64, high: i64, complaint: Option<String>) -> Option<Reason> {
    if position >= high {
        None
    } else if position >= stable {
        Some(Reason::OpenTransaction)
    } else {
        Some(complaint.map_or(Reason::Unknown, Reason::Unreadable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_an_input_does_not_move() {
        let complaint = || Some("bad".to_owned());
        for (position, stable, high, complaint, expected) in [
            (7, 7, 7, None, None),
            (7, 7, 7, complaint(), None),
            (7, 7, 9, complaint(), Some(Reason::OpenTransaction)),
            (7, 9, 9, complaint(), Some(Reason::Unreadable("bad".to_owned()))),
            (7, 9, 9, None, Some(Reason::Unknown)),
        ] {
            assert_eq!(judge(position, stable, high, complaint.clone()), expected, "{position} {stable} {high}");
        }
    }
}
