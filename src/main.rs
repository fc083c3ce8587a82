//! The `stockroom` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    stockroom::cli::main().into()
}
