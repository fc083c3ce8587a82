//! Commands for people: the processor, and everything that looks at its topics.

pub mod arguments;
pub mod config;
pub mod connection;
mod demo;
mod documents;
mod explain;
pub mod failure;
mod http;
mod import;
mod logging;
pub mod output;
mod registered;
mod run;
mod schemas;
mod send;
mod stock;
mod terminal;
mod topics;
mod verify;

use clap::Parser as _;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};
use failure::Ending;
use terminal::tell;

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
        tell("hint: stockroom --help lists the commands, each has a --help with examples");
    }
    Ending::Refused
}

fn dispatch(command: Command) -> anyhow::Result<Ending> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Topics(command) => topics::run(&command),
        Command::Schemas(command) => schemas::run(&command),
        Command::Send(arguments) => send::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Stock(command) => stock::run(&command),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::TransferOrders(command) => documents::transfer_orders(&command),
        Command::Asns(command) => documents::asns(&command),
        Command::Counts(command) => documents::counts(&command),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
    }
}
