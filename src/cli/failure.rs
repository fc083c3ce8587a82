//! How a command ends when it can't do what was asked: a sentence, what to do about it, and an exit code.

use super::terminal::tell;
use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// How a command of a person's ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It did what was asked.
    Done,
    /// What the user gave was refused, or an audit found faults.
    Refused,
    /// We failed.
    Failed,
    /// Nothing was found wrong, but something that was asked for could not be looked at.
    NotChecked,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => ExitCode::SUCCESS,
            Ending::Refused => ExitCode::from(1),
            Ending::Failed => ExitCode::from(2),
            Ending::NotChecked => ExitCode::from(3),
        }
    }
}

/// An error that knows its remedy.
#[derive(Debug)]
pub struct Failure {
    /// With which code the process ends.
    pub ending: Ending,
    /// What is wrong, in a sentence or several lines.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Failure {
    /// What the user gave can't be used.
    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        Self { ending: Ending::Refused, message: message.into(), hint: hint.into() }.into()
    }

    /// Something we depend on does not work.
    pub fn failed(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        Self { ending: Ending::Failed, message: message.into(), hint: hint.into() }.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

/// Tells the user, on standard error, and says how the process ends.
pub fn report(error: &anyhow::Error) -> Ending {
    // Whoever read our output has seen enough.
    let closed = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    if closed.into_iter().any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe) {
        return Ending::Done;
    }
    let known = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
    let mut message = error.to_string();
    for cause in error.chain().skip(1) {
        message.push_str(": ");
        message.push_str(&cause.to_string());
    }
    tell(format!("error: {message}"));
    let hint = known.map_or("run the command with --help, or with RUST_LOG=debug for details", |failure| &failure.hint);
    tell(format!("hint: {hint}"));
    known.map_or(Ending::Failed, |failure| failure.ending)
}
