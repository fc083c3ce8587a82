//! The source tree as text, for the tests that look at it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Every Rust file of a folder, by its path from the root of the project.
pub fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    WalkDir::new(root.join(folder))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"))
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            (entry.path().strip_prefix(root).unwrap().to_path_buf(), text)
        })
        .collect()
}

/// Code without comments: line comments cut, doc comments too.
pub fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

/// Identifiers.
pub fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The lines that are compiled for tests only are empty here, so that numbers of lines stay.
pub fn production(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    // The indentation of an item for tests, and whether its first line of code came.
    let mut test_item: Option<(usize, bool)> = None;
    for line in text.lines() {
        let (indent, line_code) = (line.len() - line.trim_start().len(), code(line).trim());
        if test_item.is_none() && line_code.starts_with("#[cfg(test)]") {
            test_item = Some((indent, false));
        }
        let Some((depth, begun)) = test_item else {
            lines.push(code(line));
            continue;
        };
        lines.push("");
        let is_attribute = line_code.is_empty() || line_code.starts_with("#[");
        let ends_at_once = !begun && !is_attribute && (line_code.ends_with(';') || line_code.ends_with('}'));
        let ends_here = begun && indent == depth && (line_code.starts_with('}') || line_code.ends_with("};"));
        test_item = if ends_at_once || ends_here { None } else { Some((depth, begun || !is_attribute)) };
    }
    lines
}

/// The files of modules that exist in tests only: what a `mod` under `#[cfg(test)]` names, and all below.
pub fn test_files(files: &[(PathBuf, String)]) -> BTreeSet<PathBuf> {
    let mut roots = Vec::new();
    for (path, text) in files {
        if text.lines().any(|line| line.starts_with("#![cfg(test)]")) {
            roots.push(path.clone());
        }
        let (mut is_test, mut renamed) = (false, None);
        for line in text.lines().map(|line| code(line).trim()).filter(|line| !line.is_empty()) {
            if line.starts_with("#[cfg(test)]") {
                is_test = true;
            } else if let Some(name) = line.strip_prefix("#[path = \"") {
                renamed = name.strip_suffix("\"]").map(str::to_owned);
            } else if !line.starts_with("#[") {
                let name =
                    line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ").and_then(|l| l.strip_suffix(';'));
                if let (true, Some(name)) = (is_test, name) {
                    let folder = path.parent().unwrap();
                    match renamed.take() {
                        Some(file) => roots.push(folder.join(file)),
                        None => roots.push(children(path).join(name)),
                    }
                }
                (is_test, renamed) = (false, None);
            }
        }
    }
    let is_below = |path: &Path| roots.iter().any(|root| path.with_extension("").starts_with(root.with_extension("")));
    files.iter().map(|(path, _)| path.clone()).filter(|path| is_below(path)).collect()
}

/// The folder where a file's child modules are.
pub fn children(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let folder = path.parent().unwrap();
    if ["mod", "lib", "main"].contains(&stem) { folder.to_path_buf() } else { folder.join(stem) }
}
