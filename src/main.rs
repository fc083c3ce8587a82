//! The `stockroom` binary.

use std::process::ExitCode;

/// Many small values live for one batch each: with the system's allocator that costs a quarter of the CPU. The C
/// libraries use this one too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    stockroom::cli::main().into()
}
