//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The inventory master for a retailer's stores, as an exactly-once Kafka stream processor.
#[derive(Parser, Debug)]
#[command(name = "stockroom", version, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 1 what you gave was refused (or an audit found faults), 2 we failed.")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the processor: commands in, stock, documents and events out.
    Run(RunArguments),
}

/// `stockroom run`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stockroom run --config stockroom.toml
  STOCKROOM__KAFKA__BOOTSTRAP_SERVERS=broker:9092 stockroom run --print-effective-config

The least a file must hold:
  [kafka]
  \"bootstrap.servers\" = \"broker:9092\"")]
pub struct RunArguments {
    /// A TOML file; the environment (STOCKROOM__SECTION__KEY) goes before it.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Look at the configuration, say what is wrong with it, and end.
    #[arg(long)]
    pub check_config: bool,
    /// Print the configuration in effect, without secrets, and end.
    #[arg(long)]
    pub print_effective_config: bool,
}
