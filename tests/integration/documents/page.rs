//! Pages with examples: a comment says what the JSON block after it is.
//!
//! `<!-- command: NAME at TIME -->` is a command, taken from the page; `<!-- result: NAME -->` and
//! `<!-- event: EVENT of NAME -->` are what came of it, written into the page.

/// A page, in the pieces it is made of.
pub struct Page {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Example { marker: String, json: String },
}

/// A block of a page.
pub struct Example<'p> {
    /// `command`, `result` or `event`.
    pub kind: &'p str,
    /// What stands behind the colon.
    pub of: &'p str,
    /// The block's text.
    pub json: &'p mut String,
}

const KINDS: [&str; 3] = ["command", "result", "event"];

impl Page {
    /// Takes a page apart.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            plain.push_str(line);
            plain.push('\n');
            let Some(marker) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) else { continue };
            if !KINDS.iter().any(|kind| marker.starts_with(&format!("{kind}: "))) {
                continue;
            }
            assert_eq!(lines.next(), Some("```json"), "a JSON block must follow <!-- {marker} -->");
            let json = lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n");
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Example { marker: marker.to_owned(), json });
        }
        pieces.push(Piece::Text(plain));
        Self { pieces }
    }

    /// Its examples, in order.
    pub fn examples(&mut self) -> impl Iterator<Item = Example<'_>> {
        self.pieces.iter_mut().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Example { marker, json } => {
                let (kind, of) = marker.split_once(": ").unwrap();
                Some(Example { kind, of, json })
            }
        })
    }

    /// Puts it together again.
    pub fn text(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Example { json, .. } => format!("```json\n{json}\n```\n"),
        };
        self.pieces.iter().map(piece).collect()
    }
}

#[test]
fn a_page_is_what_it_was_when_put_together() {
    let text = "# Page\n\n<!-- result: a -->\n```json\n{}\n```\n\n```json\n[1]\n```\n<!-- note -->\nend\n";
    let mut page = Page::parse(text);
    assert_eq!(page.text(), text);
    *page.examples().next().unwrap().json = "{\"b\": 1}".to_owned();
    assert_eq!(page.text(), text.replace("{}", "{\"b\": 1}"));
}
