//! The rules of the source tree, checked like a compiler would: who may import what, and how long things get.

use std::fmt::Write as _;
use std::path::Path;

use super::sources::{code, production, sources, test_files, words};

/// From left to right: a module imports only from modules to its left.
const LAYERS: [&str; 9] = ["domain", "codec", "registry", "store", "engine", "metrics", "audit", "kafka", "cli"];
/// Layers that stand side by side and know nothing of each other.
const SIDE_BY_SIDE: [(&str, &str); 1] = [("metrics", "audit")];
/// Crates that appear in one layer only.
const CRATES_OF_ONE_LAYER: [(&str, &str); 5] = [
    ("ureq", "registry"),
    ("native_tls", "registry"),
    ("rdkafka", "kafka"),
    ("rocksdb", "store"),
    ("apache_avro", "codec"),
];
/// What the domain may use besides the standard library and itself.
const CRATES_OF_THE_DOMAIN: [&str; 7] = ["std", "core", "uuid", "jiff", "rustc_hash", "strum", "arbitrary"];
const FILE_LINES_MAX: usize = 450;
const FUNCTION_LINES_MAX: usize = 70;

fn layer_of(path: &Path) -> Option<usize> {
    let first = path.components().nth(1)?.as_os_str().to_str()?;
    LAYERS.iter().position(|layer| *layer == first.trim_end_matches(".rs"))
}

#[test]
fn modules_import_only_to_their_left() {
    let mut faults = String::new();
    for (path, text) in sources("src") {
        let Some(own) = layer_of(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            let line = code(line);
            for (index, layer) in LAYERS.iter().enumerate() {
                let apart = SIDE_BY_SIDE
                    .iter()
                    .any(|(a, b)| (LAYERS[own], *layer) == (*a, *b) || (LAYERS[own], *layer) == (*b, *a));
                if (index > own || apart) && line.contains(&format!("crate::{layer}")) {
                    writeln!(faults, "{}:{}: {} may not import {layer}", path.display(), number + 1, LAYERS[own])
                        .unwrap();
                }
            }
            for (name, layer) in CRATES_OF_ONE_LAYER {
                if LAYERS[own] != layer && words(line).any(|word| word == name) && line.contains(&format!("{name}::")) {
                    writeln!(faults, "{}:{}: only {layer} may use {name}", path.display(), number + 1).unwrap();
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn the_domain_uses_the_standard_library_uuids_and_time_zones_only() {
    let mut faults = String::new();
    let files = sources("src/domain");
    let tests = test_files(&sources("src"));
    for (path, text) in files.iter().filter(|(path, _)| !tests.contains(path)) {
        for (number, line) in production(text).into_iter().enumerate() {
            if code(line).contains("SystemTime") || code(line).contains("Instant::now") || code(line).contains("new_v4")
            {
                writeln!(faults, "{}:{}: the domain has no clock and no randomness", path.display(), number + 1)
                    .unwrap();
            }
            let Some(used) = code(line).trim_start().trim_start_matches("pub ").strip_prefix("use ") else { continue };
            let first = words(used).next().unwrap_or("");
            // The door names the domain's own folders.
            let is_own = ["crate", "super", "self"].contains(&first) || text.contains(&format!("\nmod {first};"));
            if !is_own && !CRATES_OF_THE_DOMAIN.contains(&first) {
                writeln!(faults, "{}:{}: the domain may not use {first}", path.display(), number + 1).unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Every rule says where its last refusal is.
#[test]
fn each_rule_marks_its_point_of_no_return() {
    let mut faults = String::new();
    for (path, text) in sources("src/domain") {
        let is_rule = text.contains("\nimpl Rule for ");
        let marks = text.matches("// Point of no return: every refusal is above").count();
        if is_rule != (marks > 0) {
            writeln!(faults, "{}: {marks} points of no return", path.display()).unwrap();
        }
        let after = text.split("\nimpl Rule for ").nth(1).and_then(|text| text.split("\n}\n").next()).unwrap_or("");
        let after = after.rsplit("// Point of no return").next().filter(|_| after.contains("// Point of no return"));
        if after.is_some_and(|after| after.contains("Rejection::") || after.contains("refuse_")) {
            writeln!(faults, "{}: a refusal after the point of no return", path.display()).unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn files_and_functions_stay_short() {
    let mut faults = String::new();
    for (path, text) in ["src", "tests", "benches", "fuzz/src", "fuzz/examples", "fuzz/targets"]
        .iter()
        .flat_map(|folder| sources(folder))
    {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            writeln!(faults, "{}: {lines} lines, {FILE_LINES_MAX} are the ceiling", path.display()).unwrap();
        }
        let mut open: Option<(usize, usize, String)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let head = line.trim_start();
            let starts =
                words(head).take(5).any(|word| word == "fn") && !head.starts_with("//") && !head.ends_with(';');
            if open.is_none() && starts && !line.trim_end().ends_with('}') {
                open = Some((indent, number, head.to_owned()));
            } else if let Some((depth, start, name)) = &open
                && indent == *depth
                && head.starts_with('}')
            {
                if number - start + 1 > FUNCTION_LINES_MAX {
                    let length = number - start + 1;
                    writeln!(faults, "{}:{}: {length} lines: {name}", path.display(), start + 1).unwrap();
                }
                open = None;
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["todo!", "unimplemented!", "TODO", "FIXME", "XXX", "dbg!", "#[ignore"];
    let mut faults = String::new();
    for (path, text) in
        ["src", "benches", "fuzz/src", "fuzz/examples", "fuzz/targets"].iter().flat_map(|folder| sources(folder))
    {
        for (number, line) in text.lines().enumerate() {
            for mark in marks.iter().filter(|mark| line.contains(**mark)) {
                writeln!(faults, "{}:{}: {mark}", path.display(), number + 1).unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}
