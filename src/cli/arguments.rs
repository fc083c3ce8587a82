//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::connection::Connection;
use super::output::Output;

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
    /// Make the topics, or check them.
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Register our schemas, or check them against the registry.
    #[command(subcommand)]
    Schemas(SchemasCommand),
    /// Send commands and wait for what becomes of them.
    Send(SendArguments),
    /// Take over stock from a file.
    Import(ImportArguments),
    /// Show stock.
    #[command(subcommand)]
    Stock(StockCommand),
    /// Explain how a product's stock came to be what it is.
    Explain(ExplainArguments),
    /// Show transfer orders.
    #[command(subcommand, name = "transfer-orders")]
    TransferOrders(TransferOrdersCommand),
    /// Show advance shipping notices.
    #[command(subcommand)]
    Asns(AsnsCommand),
    /// Show counts.
    #[command(subcommand)]
    Counts(CountsCommand),
    /// Audit everything there is, from the topics alone.
    Verify(VerifyArguments),
    /// Watch one day of a small chain of stores.
    Demo(DemoArguments),
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

/// `stockroom topics`.
#[derive(Subcommand, Debug)]
pub enum TopicsCommand {
    /// Make the topics that are missing; those that are there stay as they are.
    #[command(after_help = "\
Examples:
  stockroom topics create --config stockroom.toml --partitions 12
  stockroom topics create --bootstrap-server localhost:9092 --topic-prefix test. --setting retention.ms=-1")]
    Create(TopicsCreate),
    /// Check that all topics are there and as the processor needs them.
    #[command(after_help = "\
Examples:
  stockroom topics check --config stockroom.toml
  stockroom topics check --bootstrap-server localhost:9092 --topic-prefix test.")]
    Check(TopicsCheck),
}

/// `stockroom topics create`.
#[derive(Args, Debug)]
pub struct TopicsCreate {
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// Partitions of every topic; can't be changed later.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    pub partitions: i32,
    /// Copies of every topic; the broker's default when left out.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=100))]
    pub replication_factor: Option<i32>,
    /// A setting of every topic that is to differ from ours.
    #[arg(long, value_name = "KEY=VALUE")]
    pub setting: Vec<String>,
}

/// `stockroom topics check`.
#[derive(Args, Debug)]
pub struct TopicsCheck {
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
}

/// `stockroom schemas`.
#[derive(Subcommand, Debug)]
pub enum SchemasCommand {
    /// Register the schemas that are missing, each under the subject of its topic, and set how subjects may change.
    #[command(after_help = "\
Examples:
  stockroom schemas register --config stockroom.toml
  STOCKROOM__REGISTRY__URL=http://localhost:8081 stockroom schemas register --bootstrap-server localhost:9092

Exit code 1: the registry refuses a schema or us; 2: it can't be asked.")]
    Register(Connection),
    /// Say what registering would do, and whether the registry would take it. Writes nothing.
    #[command(after_help = "\
Examples:
  stockroom schemas check --config stockroom.toml
  STOCKROOM__REGISTRY__URL=http://localhost:8081 stockroom schemas check --bootstrap-server localhost:9092

Exit code 1: a schema would be refused; 2: the registry can't be asked.")]
    Check(Connection),
}

/// `stockroom send`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stockroom send --config stockroom.toml commands.jsonl
  echo '{\"command_id\":\"7b0e9a52-4f0e-4c1c-9a53-0c1d8b6f2a11\",\"store_id\":\"berlin\",\"occurred_at\":\"2026-03-02T10:00:00Z\",\\
  \"actor\":{\"id\":\"anna\"},\"operation\":{\"record_sale\":{\"sale_id\":\"1\",\"lines\":[{\"product_id\":\"shirt\",\"quantity\":1}]}}}' |
    stockroom send --bootstrap-server localhost:9092

Exit code 1: a command was refused. Sending one again changes nothing: its id is remembered.")]
pub struct SendArguments {
    /// Commands, one JSON object a line; standard input when left out or `-`.
    pub file: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// How long to wait for the results of what was sent, seconds.
    #[arg(long, default_value_t = 30)]
    pub timeout: u64,
    /// Do not wait for results.
    #[arg(long)]
    pub no_wait: bool,
    /// The form of the results: JSON is one object a line.
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `stockroom import`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stockroom import --config stockroom.toml stock.csv
  stockroom import --bootstrap-server localhost:9092 --as-of 2026-03-02T06:00:00Z --delimiter ';' stock.csv

The file: a first line that names the columns store_id,product_id,count and, if wanted, stock_location; then one product
a line. Wrong lines are listed with their numbers, the rest goes in. Ids follow from the file: a second run goes on where
the first ended, and changes nothing twice.

Exit code 0: all rows went in, 1: lines are wrong or were refused, 2: it could not go on; run it again.")]
pub struct ImportArguments {
    /// The stock, as comma-separated values.
    pub file: PathBuf,
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// When the numbers were so: sales since then still count. When the file was written, if left out.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// The system that made the file, and knows its numbers: events name it as their origin, so that it passes over them.
    #[arg(long, value_name = "SYSTEM", default_value = "erp", conflicts_with = "announce")]
    pub origin: String,
    /// Announce the numbers to everybody: events have no origin.
    #[arg(long)]
    pub announce: bool,
    /// What separates the columns.
    #[arg(long, default_value_t = ',')]
    pub delimiter: char,
    /// Only read the file, and list what is wrong with it.
    #[arg(long)]
    pub check: bool,
    /// How long no answer may come, seconds.
    #[arg(long, default_value_t = 60)]
    pub timeout: u64,
    /// The form of what is listed: JSON is one object a line.
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `stockroom stock`.
#[derive(Subcommand, Debug)]
pub enum StockCommand {
    /// One product at one store.
    #[command(after_help = "\
Examples:
  stockroom stock get --config stockroom.toml berlin shirt
  stockroom stock get --bootstrap-server localhost:9092 berlin shirt --output json")]
    Get(ProductArguments),
    /// Every product, of one store or of all.
    #[command(after_help = "\
Examples:
  stockroom stock list --config stockroom.toml --store berlin
  stockroom stock list --bootstrap-server localhost:9092 --output json")]
    List(StockList),
}

/// A product at a store.
#[derive(Args, Debug)]
pub struct ProductArguments {
    /// The store's id.
    pub store: String,
    /// The product's id.
    pub product: String,
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// The form of the data.
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `stockroom explain`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stockroom explain --config stockroom.toml berlin shirt
  stockroom explain --bootstrap-server localhost:9092 berlin shirt --output json")]
pub struct ExplainArguments {
    /// Which product, and where.
    #[command(flatten)]
    pub product: ProductArguments,
}

/// `stockroom stock list`.
#[derive(Args, Debug)]
pub struct StockList {
    /// Only this store.
    #[arg(long)]
    pub store: Option<String>,
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// The form of the data.
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `stockroom transfer-orders`.
#[derive(Subcommand, Debug)]
pub enum TransferOrdersCommand {
    /// List them, newest first.
    #[command(after_help = "\
Examples:
  stockroom transfer-orders list --config stockroom.toml --store berlin --status pending
  stockroom transfer-orders list --bootstrap-server localhost:9092 --product shirt --output json")]
    List(DocumentList),
    /// One transfer order, with its shipments.
    #[command(after_help = "\
Examples:
  stockroom transfer-orders show --config stockroom.toml berlin TO-7
  stockroom transfer-orders show --bootstrap-server localhost:9092 berlin TO-7 --output json")]
    Show(DocumentShow),
}

/// `stockroom asns`.
#[derive(Subcommand, Debug)]
pub enum AsnsCommand {
    /// List them, newest first.
    #[command(after_help = "\
Examples:
  stockroom asns list --config stockroom.toml --store berlin --status open
  stockroom asns list --bootstrap-server localhost:9092 --product shirt --output json")]
    List(DocumentList),
    /// One ASN, with its cartons.
    #[command(after_help = "\
Examples:
  stockroom asns show --config stockroom.toml berlin ASN-7
  stockroom asns show --bootstrap-server localhost:9092 berlin ASN-7 --output json")]
    Show(DocumentShow),
}

/// `stockroom counts`.
#[derive(Subcommand, Debug)]
pub enum CountsCommand {
    /// List them, newest first.
    #[command(after_help = "\
Examples:
  stockroom counts list --config stockroom.toml --store berlin --status in_review
  stockroom counts list --bootstrap-server localhost:9092 --product shirt --output json")]
    List(DocumentList),
    /// One count, line by line.
    #[command(after_help = "\
Examples:
  stockroom counts show --config stockroom.toml berlin COUNT-7
  stockroom counts show --bootstrap-server localhost:9092 berlin COUNT-7 --output json")]
    Show(DocumentShow),
}

/// Filters of a list of documents.
#[derive(Args, Debug)]
pub struct DocumentList {
    /// Only this store's.
    #[arg(long)]
    pub store: Option<String>,
    /// Only with this status.
    #[arg(long)]
    pub status: Option<String>,
    /// Only with this product in them.
    #[arg(long)]
    pub product: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// The form of the data.
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// One document.
#[derive(Args, Debug)]
pub struct DocumentShow {
    /// The store it lives with: of a transfer order the origin, of an ASN the destination.
    pub store: String,
    /// Its id.
    pub id: String,
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// The form of the data.
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `stockroom verify`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stockroom verify --config stockroom.toml
  stockroom verify --config stockroom.toml --replay
  stockroom verify --bootstrap-server localhost:9092 --topic-prefix test. --output json

Reads committed records only, and nothing but the topics. Exit code 0: no violation, 1: violations, 2: it could not look,
3: no violation, but of a rule nothing could be checked. Run it when nothing is being processed, or with --running.")]
pub struct VerifyArguments {
    /// Where.
    #[command(flatten)]
    pub connection: Connection,
    /// Inputs may be waiting or under way: what is not processed yet is no violation, and what looks broken is read again
    /// until it has gone or stays.
    #[arg(long)]
    pub running: bool,
    /// Decide everything once more from empty, in the order of the journal, and compare byte for byte. Needs the
    /// processor's configuration, and topics that still have their beginning.
    #[arg(long, conflicts_with = "running")]
    pub replay: bool,
    /// Print of every rule how much was looked at, and of which days. What could not be checked is always told.
    #[arg(long)]
    pub rules: bool,
    /// How many violations to print.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    /// The form of the verdict.
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `stockroom demo`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stockroom demo
  stockroom demo --fast --seed 7 --bootstrap-server localhost:9092

Starts the development broker of the checkout when none is given, makes topics of its own, runs a processor, and ends
with the verdict of the auditor.")]
pub struct DemoArguments {
    /// The brokers, as host:port,host:port; without it the development broker is started.
    #[arg(long, value_name = "BROKERS")]
    pub bootstrap_server: Option<String>,
    /// Do not wait for people to read.
    #[arg(long)]
    pub fast: bool,
    /// Where the generator starts: the same seed is the same day.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many commands the busy hours have.
    #[arg(long, default_value_t = 150)]
    pub crowd: usize,
}
