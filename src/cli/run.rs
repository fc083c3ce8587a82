//! `stockroom run`: the processor as a process.

use super::arguments::RunArguments;
use super::config::{Config, effective};
use super::failure::Ending;
use super::logging;

/// Runs until the process is told to stop.
pub fn run(arguments: &RunArguments) -> anyhow::Result<Ending> {
    let config = Config::load(arguments.config.as_deref())?;
    if arguments.print_effective_config {
        print!("{}", effective(&config));
        return Ok(Ending::Done);
    }
    if arguments.check_config {
        eprintln!("the configuration can be used");
        return Ok(Ending::Done);
    }
    logging::start(config.log_json, &config.log_level)?;
    Ok(Ending::Done)
}
