//! What people's commands print: data to standard output, as a table or as JSON; all else to standard error.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

pub use super::terminal::print;
use super::terminal::{in_line, print_as_it_is, tell};

/// The form of a command's data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

/// Rows under their headings.
#[derive(Debug)]
pub struct Rows {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    /// No rows yet.
    pub fn new(headings: &[&str]) -> Self {
        Self { headings: headings.iter().map(|heading| (*heading).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<String>) {
        self.rows.push(row.iter().map(|cell| in_line(cell).into_owned()).collect());
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_header(&self.headings);
        // A pipe gets whole lines.
        let folded = std::io::stdout().is_terminal();
        table.set_content_arrangement(if folded { ContentArrangement::Dynamic } else { ContentArrangement::Disabled });
        for row in &self.rows {
            table.add_row(row);
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Prints the table; when it is empty, says so on standard error.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn print(&self) -> std::io::Result<()> {
        if self.rows.is_empty() {
            tell("nothing found");
            return Ok(());
        }
        print(&self.text())
    }
}

/// Prints a JSON value, readable.
///
/// # Errors
/// Standard output is closed.
pub fn print_json(value: &Value) -> std::io::Result<()> {
    print_as_it_is(&format!("{value:#}\n"))
}

/// Prints a JSON value in one line.
///
/// # Errors
/// Standard output is closed.
pub fn print_json_line(value: &Value) -> std::io::Result<()> {
    print_as_it_is(&format!("{value}\n"))
}

/// A colour that means something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// As it should be.
    Good,
    /// Worth a look.
    Notable,
    /// Wrong.
    Bad,
    /// Less important.
    Faint,
}

/// Text in a colour, when standard output is a terminal that wants colours.
pub fn paint(text: &str, colour: Colour) -> String {
    let wanted = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if !wanted {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Good => 32,
        Colour::Notable => 33,
        Colour::Bad => 31,
        Colour::Faint => 2,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// A value that may be absent.
pub fn optional(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}
