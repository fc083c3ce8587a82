//! What helps against an error, in one vocabulary for the store and the runtime.

/// What an error demands: the four words of `docs/commit.md`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Remedy {
    /// The same again: its outcome is still open, or what stands in the way passes (another process has the folder,
    /// the disk is full).
    Retry,
    /// Abort the transaction; the same batch may be sent again in a new one.
    Abort,
    /// The producer is of no use any more and the transaction's outcome may be unknown: a new worker with a new
    /// producer asks the broker what was committed, and restores.
    Replace,
    /// The same, without the local copy: its rows can't be trusted, they are restored from the topics.
    Rebuild,
}
