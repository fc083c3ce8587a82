//! `deploy/` and the page for those who operate it: the example is a configuration, and the lines, metrics and files the
//! page speaks of are there.

use std::collections::BTreeSet;

use stockroom::cli::config::{Config, effective};
use stockroom::domain::settings::Settings;
use walkdir::WalkDir;

use super::{path, read};

const EXAMPLE: &str = "deploy/example.toml";
const RUNNING: &str = "docs/running.md";

fn load(text: &str) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Config::load(Some(file.path())).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// `section.key` of every key in a configuration.
fn keys(toml: &str) -> BTreeSet<String> {
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in toml.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.split(']').next().unwrap().trim_start_matches('[').to_owned();
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with("# ")) {
            keys.insert(format!("{section}.{key}"));
        }
    }
    keys
}

/// The example with every alternative in effect.
fn with_alternatives(text: &str) -> String {
    let line = |line: &str| {
        let is_alternative =
            line.strip_prefix('#').is_some_and(|rest| rest.starts_with(['"', '[']) || rest.contains(" = "));
        if is_alternative && !line.starts_with("# ") { line[1..].to_owned() } else { line.to_owned() }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_has_every_setting_with_its_default() {
    let text = read(EXAMPLE);
    let config = load(&text);
    assert_eq!(format!("{:?}", config.deployment), format!("{:?}", Settings::default()));
    let minimal = load("[kafka]\n\"bootstrap.servers\" = \"localhost:9092\"\n");
    assert_eq!(effective(&config), effective(&minimal), "{EXAMPLE} is not what the defaults are");
    let whole = with_alternatives(&text);
    let expected = keys(&effective(&load(&whole)).unwrap());
    let shown = keys(&whole);
    let missing: Vec<_> = expected.iter().filter(|key| !key.starts_with("kafka.") && !shown.contains(*key)).collect();
    assert!(missing.is_empty(), "{EXAMPLE} does not have {missing:?}");
}

/// All source text.
fn sources() -> String {
    let files = WalkDir::new(path("src")).into_iter().filter_map(Result::ok);
    let texts = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "rs"));
    texts.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect()
}

#[test]
fn the_log_lines_explained_are_those_that_are_written() {
    let text = read(RUNNING);
    let table = text.split("\n## Log lines").nth(1).unwrap().split("\n## ").next().unwrap();
    let sources = sources();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    for line in rows.flat_map(|row| row.split(" | ").next().unwrap().split('`').skip(1).step_by(2)) {
        assert!(sources.contains(&format!("\"{line}\"")), "nothing logs {line:?}");
    }
    let mut explained = 0;
    for level in ["error", "warn"] {
        for call in sources.split(&format!("tracing::{level}!(")).skip(1) {
            let arguments = call.split(");").next().unwrap();
            let Some(said) = arguments.rsplit('"').nth(1).filter(|said| !said.contains('{')) else { continue };
            assert!(table.contains(&format!("`{said}`")), "{RUNNING} does not explain {said:?}");
            explained += 1;
        }
    }
    assert!(explained > 20, "only {explained} lines are found in the sources");
}

#[test]
fn every_metric_is_explained() {
    let metrics = read("src/metrics.rs");
    let text = read(RUNNING);
    let names: BTreeSet<&str> = metrics
        .split('"')
        .filter(|part| ["stockroom_", "kafka_", "process_"].iter().any(|prefix| part.starts_with(prefix)))
        .map(|name| name.split(['{', ' ', '\\']).next().unwrap())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let base = name.trim_end_matches("_count");
        assert!(text.contains(&format!("`{base}")), "{RUNNING} does not explain {name}");
    }
}

/// Every link from one page to another, or to a file, leads somewhere; so does each to a heading.
#[test]
fn links_lead_somewhere() {
    let pages = WalkDir::new(path("docs")).max_depth(1).into_iter().filter_map(Result::ok).map(|file| file.into_path());
    let roots = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(path);
    for page in pages.chain(roots).filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = inline_links(&std::fs::read_to_string(&page).unwrap());
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.contains("://") || link.contains('\n') {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if !anchor.is_empty() {
                let there = std::fs::read_to_string(&target).unwrap();
                let found = there.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
                assert!(found, "{}: {link}: no such heading", page.display());
            }
        }
    }
}

/// A test that is named as a proof is there.
#[test]
fn tests_named_in_the_readme_are_there() {
    let named = named_tests("README.md") + named_tests("docs/contract.md");
    assert!(named > 20, "only {named} tests are named");
}

/// How many tests a page names: each in the file it links to.
fn named_tests(page: &str) -> usize {
    let text = inline_links(&read(page));
    let folder = path(page).parent().unwrap().to_path_buf();
    let mut named = 0;
    for piece in text.split("[`").skip(1) {
        let Some((name, rest)) = piece.split_once("`](") else { continue };
        let file = rest.split(')').next().unwrap();
        if file.ends_with(".rs") && !name.ends_with(".rs") {
            let source = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(source.contains(&format!("fn {name}(")), "{page}: {file} has no {name}");
            named += 1;
        }
    }
    named
}

/// A page whose links by reference, `[text][name]` with `[name]: file` below, stand in the line.
fn inline_links(text: &str) -> String {
    let definitions = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    let inline = |text: String, (name, file): (&str, &str)| {
        let reference = format!("][{name}]");
        assert!(text.contains(&reference), "nothing refers to [{name}]");
        text.replace(&reference, &format!("]({file})"))
    };
    definitions.fold(text.to_owned(), inline)
}

/// What a heading is called in links.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
