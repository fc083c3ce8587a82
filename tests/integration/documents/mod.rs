//! The pages of `docs/` that show what the code does, held to what it does.
//!
//! A page is compared with what comes out; with `UPDATE_DOCS=1` in the environment it is written instead:
//! `UPDATE_DOCS=1 cargo test --test integration documents`.

mod contract;
mod deploy;
mod dictionary;
mod json;
mod moving_in;
mod page;
mod readme;
pub mod schemas;
mod story;

use std::path::PathBuf;

/// A file of the project.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Compares a file with what it should be, or makes it that.
fn hold(name: &str, expected: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path(name), expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(path(name)).unwrap_or_default();
    if found == expected {
        return;
    }
    let line = found.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    panic!(
        "{name}:{}: the page says\n  {}\nand the code does\n  {}\nUPDATE_DOCS=1 cargo test --test integration documents \
         writes it",
        line + 1,
        at(&found),
        at(expected)
    );
}
