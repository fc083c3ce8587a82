//! The one way of text to a terminal: nothing in it moves the cursor, turns text around or hides.
//!
//! Ids, notes and names come from others. `clippy.toml` keeps everything else from printing.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::Write as _;

/// What [`super::output::paint`] writes: the only control sequences that pass.
const COLOURS: [&str; 5] = ["\u{1b}[0m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"];

/// Writes text for people on standard output.
///
/// # Errors
/// Standard output is closed.
pub fn print(text: &str) -> std::io::Result<()> {
    print_as_it_is(&escaped(text, true))
}

/// Writes data for programs on standard output, as it is.
///
/// # Errors
/// Standard output is closed.
pub fn print_as_it_is(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a line, or several, for people on standard error.
pub fn tell(text: impl Display) {
    // Nothing can be done about a terminal that can't be written to.
    let _ = writeln!(std::io::stderr().lock(), "{}", escaped(&text.to_string(), true));
}

/// A text as a part of one line: line ends are shown too.
pub fn in_line(text: &str) -> Cow<'_, str> {
    escaped(text, false)
}

fn escaped(text: &str, keeps_lines: bool) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(colour) = COLOURS.iter().find(|colour| rest.starts_with(**colour)) {
            shown.push_str(colour);
            rest = &rest[colour.len()..];
            continue;
        }
        if is_unsafe(first) && !(first == '\n' && keeps_lines) {
            shown.extend(first.escape_default());
        } else {
            shown.push(first);
        }
        rest = &rest[first.len_utf8()..];
    }
    shown.into()
}

/// Controls (C0, DEL, C1), line and paragraph separators, marks of direction, and what has no width.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor_turns_text_or_hides() {
        for (text, shown) in [
            ("shirt", "shirt"),
            ("Größe 42 “XL” 衬衫 قميص", "Größe 42 “XL” 衬衫 قميص"),
            ("a\nb", "a\\nb"),
            ("a\r\tb\0", "a\\r\\tb\\u{0}"),
            ("\u{1b}[2J\u{1b}[1;1H", "\\u{1b}[2J\\u{1b}[1;1H"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{7f}\u{9b}2J", "\\u{7f}\\u{9b}2J"),
            ("\u{202e}trihs\u{202c}", "\\u{202e}trihs\\u{202c}"),
            ("\u{202a}\u{202b}\u{202d}", "\\u{202a}\\u{202b}\\u{202d}"),
            ("\u{2066}\u{2067}\u{2068}\u{2069}", "\\u{2066}\\u{2067}\\u{2068}\\u{2069}"),
            ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
            ("A\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}1", "A\\u{200b}\\u{200c}\\u{200d}\\u{2060}\\u{feff}1"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            ("\u{1b}[32maccepted\u{1b}[0m", "\u{1b}[32maccepted\u{1b}[0m"),
        ] {
            assert_eq!(in_line(text), shown);
        }
        assert_eq!(escaped("two\nlines\r", true), "two\nlines\\r");
    }
}
