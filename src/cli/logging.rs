//! Log lines: to standard error, as text or JSON, from a level on.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::failure::Failure;

/// Starts logging. `RUST_LOG` goes before `level`.
///
/// # Errors
/// The level is no filter; refused.
pub fn start(json: bool, level: &str) -> anyhow::Result<()> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| level.to_owned());
    // The crate complains when a consumer that was closed is dropped; what the client says comes another way.
    let filter = EnvFilter::try_new(format!("rdkafka=off,{wanted}")).map_err(|error| {
        Failure::refused(
            format!("log.level: \"{wanted}\" is no filter: {error}"),
            "use error, warn, info, debug or trace",
        )
    })?;
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start (a processor inside the demo) keeps the first one's lines.
    let _ = if json { lines.json().flatten_event(true).try_init() } else { lines.with_ansi(colour).try_init() };
    Ok(())
}
