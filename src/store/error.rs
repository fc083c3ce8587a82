//! What can be wrong with a partition's database, and what helps.

use std::path::PathBuf;

use super::remedy::Remedy;

/// Why a store can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another part of this one, has it open.
    #[error(
        "the state folder {dir} is in use by another process; give each instance a `state.dir` of its own: {cause}"
    )]
    Locked {
        /// The folder.
        dir: PathBuf,
        /// What the database said.
        cause: String,
    },
    /// The database's files are damaged.
    #[error("the state folder {dir} is damaged; delete it, its rows are restored from the topics: {cause}")]
    Damaged {
        /// The folder.
        dir: PathBuf,
        /// What the database said.
        cause: String,
    },
    /// Another version wrote it.
    #[error(
        "the state folder {dir} has format {found}, this version reads {expected}; delete it, its rows are restored from the topics"
    )]
    Format {
        /// The folder.
        dir: PathBuf,
        /// What it has.
        found: String,
        /// What it should have.
        expected: &'static str,
    },
    /// It was kept for less time than is asked for now: what is too old was thrown away already.
    #[error(
        "the state folder {dir} was kept with {key} = {found}, now it is {asked}; its rows are restored from the topics"
    )]
    Retention {
        /// The folder.
        dir: PathBuf,
        /// The setting.
        key: &'static str,
        /// How long it was kept, in milliseconds.
        found: i64,
        /// How long it is to be kept, in milliseconds.
        asked: i64,
    },
    /// The disk refused.
    #[error("the state folder {dir} can't be read or written: {cause}")]
    Disk {
        /// The folder.
        dir: PathBuf,
        /// What the database or the operating system said.
        cause: String,
    },
}

impl StoreError {
    /// What helps.
    pub fn remedy(&self) -> Remedy {
        match self {
            StoreError::Damaged { .. } | StoreError::Format { .. } | StoreError::Retention { .. } => Remedy::Rebuild,
            // The folder may still be held by a worker of ours that is about to end.
            StoreError::Locked { .. } | StoreError::Disk { .. } => Remedy::Retry,
        }
    }
}
