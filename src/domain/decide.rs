//! The one entrance to the rules: a record and the rows it looks at in, a decision out.

use super::command::Command;
use super::decision::Decision;
use super::leg::Leg;
use super::rows::{Need, Rows};
use super::settings::Settings;
use super::time::Timestamp;

/// What a record asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// A command from an upstream application.
    Command(Command),
    /// The other half of something another store did.
    Leg(Leg),
}

/// Decides one record. Pure: the same settings, rows and record give the same decision on any machine, for ever.
///
/// `recorded_at` is the record's Kafka timestamp. Rejections are part of the decision.
///
/// # Errors
/// The [`Need`] of a row that is not at hand: load it and ask again.
pub fn decide(settings: &Settings, rows: &Rows, recorded_at: Timestamp, input: &Input) -> Result<Decision, Need> {
    let _ = (settings, rows, recorded_at, input);
    Ok(Decision::default())
}
