//! Commands for people: the processor, and everything that looks at its topics.

pub mod arguments;
pub mod config;
pub mod failure;
// http follows with the processor
mod logging;
mod run;
mod verify;

use clap::Parser as _;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};
use failure::Ending;

/// Runs the command line of this process.
pub fn main() -> Ending {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    match dispatch(arguments.command) {
        Ok(ending) => ending,
        Err(error) => failure::report(&error),
    }
}

/// Help and version were asked for; everything else is the user's mistake.
fn usage(error: &clap::Error) -> Ending {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Nothing can be done about a terminal that can't be written to.
    let _ = error.print();
    if asked {
        return Ending::Done;
    }
    if error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        eprintln!("hint: stockroom --help lists the commands, each has a --help with examples");
    }
    Ending::Refused
}

fn dispatch(command: Command) -> anyhow::Result<Ending> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
    }
}
