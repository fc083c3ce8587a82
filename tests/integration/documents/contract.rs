//! The lists of codes in the pages are those of the code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stockroom::audit::Rule;
use stockroom::codec::command::DeadLetterCode;
use stockroom::domain::command::{Gate, OperationName};
use stockroom::domain::document::Kind;
use stockroom::domain::event::EventName;
use stockroom::domain::rejection::Code;
use walkdir::WalkDir;

use super::{path, read};

/// Codes that every operation may meet, told once for all.
const COMMON: &str = "## Refusals every operation may meet";

#[test]
fn the_contract_lists_every_code_in_its_order() {
    let text = read("docs/contract.md");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| ") && line.chars().nth(2).is_some_and(|c| c.is_ascii_digit()))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let listed: Vec<(String, bool)> =
        rows.iter().map(|row| (row[1].trim_matches('`').to_owned(), row[3] == "yes")).collect();
    let expected: Vec<(String, bool)> =
        Code::ALL.iter().map(|code| (code.as_str().to_owned(), code.retryable())).collect();
    assert_eq!(listed, expected);
}

#[test]
fn the_contract_names_everything_there_is() {
    let text = read("docs/contract.md");
    let names = (OperationName::ALL.iter().map(|name| name.as_str()))
        .chain(EventName::ALL.iter().map(|name| name.as_str()))
        .chain(Gate::ALL.iter().map(|gate| gate.as_str()))
        .chain(Kind::ALL.iter().map(|kind| kind.as_str()))
        .chain(DeadLetterCode::ALL.iter().map(|code| code.as_str()));
    for name in names {
        assert!(text.contains(&format!("`{name}`")), "docs/contract.md does not name {name}");
    }
}

/// The part of a page below a heading.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let start = text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let body = &text[start + heading.len() + 2..];
    let end = ["\n## ", "\n### "].iter().filter_map(|next| body.find(next)).min().unwrap_or(body.len());
    &body[..end]
}

/// Every result of the conformance vectors.
fn results() -> Vec<Value> {
    let mut results = Vec::new();
    for entry in WalkDir::new(path("tests/vectors")).into_iter().filter_map(Result::ok) {
        if entry.path().extension().is_some_and(|extension| extension == "json") {
            let vector: Value = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
            results.extend(vector["expect"]["results"].as_array().unwrap().iter().cloned());
        }
    }
    results
}

/// By operation the codes that the conformance vectors refuse it with.
fn refusals() -> BTreeMap<String, BTreeSet<String>> {
    let mut refusals: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for result in results() {
        if let (Some(operation), Some(code)) = (result["operation"].as_str(), result["code"].as_str()) {
            refusals.entry(operation.to_owned()).or_default().insert(code.to_owned());
        }
    }
    refusals
}

#[test]
fn each_operation_lists_what_may_refuse_it() {
    let text = read("docs/operations.md");
    let common = section(&text, COMMON);
    let mut everywhere = common.to_owned();
    for operation in OperationName::ALL {
        everywhere.push_str(section(&text, &format!("### `{}`", operation.as_str())));
    }
    for (operation, codes) in refusals() {
        let own = section(&text, &format!("### `{operation}`"));
        for code in codes {
            let name = format!("`{code}`");
            assert!(own.contains(&name) || common.contains(&name), "{operation} may be refused {code}: not said");
        }
    }
    for code in Code::ALL {
        assert!(everywhere.contains(&format!("`{}`", code.as_str())), "no operation lists {}", code.as_str());
    }
}

/// The fields of a violation, and of which kind they are.
fn fields_of(violations: &Value) -> BTreeSet<String> {
    let kind = |value: &Value| if value.is_number() { "number" } else { "text" };
    let fields = |violation: &Value| {
        let fields = violation.as_object().unwrap().iter();
        fields.map(|(name, value)| format!("{name} {}", kind(value))).collect::<Vec<_>>().join(", ")
    };
    violations.as_array().unwrap().iter().map(fields).collect()
}

/// By code the violations that the conformance vectors have of it.
fn violations() -> BTreeMap<String, Vec<BTreeSet<String>>> {
    let mut violations: BTreeMap<String, Vec<BTreeSet<String>>> = BTreeMap::new();
    for result in results().iter().filter(|result| result["status"] == "rejected") {
        let code = result["code"].as_str().unwrap().to_owned();
        violations.entry(code).or_default().push(fields_of(&result["violations"]));
    }
    violations
}

/// Each code once, in order, with an example whose violations are of the shape they have, and a word what to do.
#[test]
fn every_refusal_has_an_example_and_a_word_what_to_do() {
    let text = read("docs/operations.md");
    let rows: Vec<Vec<&str>> = section(&text, "## Every refusal")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let listed: Vec<(&str, bool)> = rows.iter().map(|row| (row[0], row[2] == "yes")).collect();
    let expected: Vec<(&str, bool)> = Code::ALL.iter().map(|code| (code.as_str(), code.retryable())).collect();
    assert_eq!(listed, expected);
    let known = violations();
    for row in rows {
        let example: Value = serde_json::from_str(row[1]).unwrap_or_else(|error| panic!("{}: {error}", row[0]));
        // No vector has one: it takes millions of bytes.
        let shapes = known.get(row[0]).cloned().unwrap_or_else(|| {
            assert_eq!(row[0], Code::TooLarge.as_str(), "no vector has {}", row[0]);
            vec![BTreeSet::from(["value number".to_owned()])]
        });
        assert!(shapes.contains(&fields_of(&example)), "{}: {example} is not like {shapes:?}", row[0]);
        assert!(row[3].len() > 20, "{}: nothing is said to the sender", row[0]);
    }
}

#[test]
fn the_audits_page_explains_each_rule() {
    let text = read("docs/audit.md");
    for rule in Rule::ALL {
        let name = rule.as_str();
        assert_eq!(text.matches(&format!("| {name} |")).count(), 1, "docs/audit.md has no row, or two, of {name:?}");
    }
}
