//! Numbers of a registry beside those built in, and which versions it must have.

use std::sync::Arc;

use super::server::{Reply, Server};
use super::{busy_server, first_text as ours, opened, settings, subjects};
use crate::codec::schemas::{Schema, Version};
use crate::registry::ids::identities;
use crate::registry::open::open;
use crate::registry::settings::Mode;
use crate::registry::subject::Subject;
use crate::registry::{Refusal, Registry, RegistryError, check};

/// The stock rows of the next release: with one more field.
fn next_stock() -> String {
    let text = ours(Schema::Stock);
    let field = r#"{"name": "shelf", "type": ["null", "string"], "default": null}, {"name": "store_id""#;
    let next = text.replacen(r#"{"name": "store_id""#, field, 1);
    assert_ne!(next, text);
    next
}

/// The subjects of a release with a second version of the stock rows.
fn subjects_with(second: &str) -> Vec<Subject> {
    let mut subjects = subjects();
    let stock = subjects.iter_mut().find(|subject| subject.schema == Schema::Stock).unwrap();
    stock.versions.push(Arc::new(Version::parse(Schema::Stock, 2, second).unwrap()));
    stock.written = 2;
    subjects
}

/// A registry with this under these numbers, and something of others under all before.
fn server_with(numbers: &[(usize, &str, String)]) -> Server {
    let server = Server::start();
    let mut last = 0;
    for (number, subject, text) in numbers {
        for other in last + 1..*number {
            server.register("else-value", &format!("{{\"type\":\"fixed\",\"name\":\"Else\",\"size\":{other}}}"));
        }
        assert_eq!(server.register(subject, text), *number);
        last = *number;
    }
    server
}

/// Whatever could be changed in a registry.
fn writes(server: &Server) -> Vec<String> {
    let is_write = |asked: &String| {
        asked.starts_with("PUT") || asked.starts_with("POST /subjects") && asked.ends_with("/versions")
    };
    server.asked().into_iter().filter(is_write).collect()
}

fn stock_numbered(numbers: &[usize]) -> Vec<(usize, &'static str, String)> {
    let texts = [ours(Schema::Stock), next_stock()];
    numbers.iter().zip(texts).map(|(number, text)| (*number, "inventory.stock-value", text)).collect()
}

/// What a topic's own subject has under the numbers built in for that topic is all that matters; whatever can be seen
/// before is refused before anything is registered, and `schemas check` says the same.
#[test]
fn a_built_in_number_that_means_something_else_on_its_own_topic_is_refused_before_anything_is_written() {
    let foreign = |name: &str| format!(r#"{{"type":"record","name":"{name}","fields":[]}}"#);
    let (event, command) = ("inventory.event-value", "inventory.command-value");
    // What stands in the registry under which number; what is refused.
    type Row = (Vec<(usize, &'static str, String)>, Option<&'static str>);
    let second_first = vec![(4, "inventory.stock-value", next_stock())];
    let table: [Row; 9] = [
        // As built in, by chance or because ours were the first.
        (vec![(1, command, ours(Schema::Command)), (2, event, ours(Schema::Event))], None),
        // Numbers that are built in for other topics.
        (vec![(1, event, ours(Schema::Event))], None),
        (vec![(1, "else-value", foreign("Else"))], None),
        (vec![(2, command, ours(Schema::Command)), (3, event, ours(Schema::Event))], None),
        (stock_numbered(&[7, 8]), None),
        // Numbers that are built in for this very topic.
        (
            vec![(1, command, foreign("Command"))],
            Some(
                "another schema under number 1 in subject inventory.command-value; built in, 1 is version 1 of command",
            ),
        ),
        (
            vec![(2, event, foreign("Event"))],
            Some("another schema under number 2 in subject inventory.event-value; built in, 2 is version 1 of event"),
        ),
        (
            stock_numbered(&[104]),
            Some(
                "version 1 of stock.avsc under number 104 in subject inventory.stock-value; built in, 104 is version 2",
            ),
        ),
        (
            second_first,
            Some("version 2 of stock.avsc under number 4 in subject inventory.stock-value; built in, 4 is version 1"),
        ),
    ];
    for (numbers, expected) in table {
        let server = server_with(&numbers);
        let registry = Registry::new(&settings(&[&server.url], Mode::Register)).unwrap();
        let subjects = subjects_with(&next_stock());
        let told = |error: RegistryError| match error {
            RegistryError::Refused(refusal) => {
                assert!(refusal.hint().contains("delete its version of the subject"), "{}", refusal.hint());
                refusal.to_string()
            }
            RegistryError::Unavailable(why) => panic!("{why}"),
        };
        let checked = check(&registry, &subjects).map(drop).map_err(told);
        assert!(writes(&server).is_empty(), "{:?}", writes(&server));
        let registered = identities(&registry, &subjects, Mode::Register).map(drop).map_err(told);
        assert_eq!(checked, registered);
        match expected {
            None => assert_eq!(registered, Ok(())),
            Some(expected) => {
                let refused = registered.expect_err("it is ambiguous");
                assert!(refused.contains(expected), "{refused}");
                assert!(writes(&server).is_empty(), "{:?}", writes(&server));
            }
        }
    }
}

/// Only the registry knows which number comes next.
#[test]
fn a_number_that_is_ambiguous_once_it_is_given_is_refused_then() {
    let server = server_with(&[(103, "else-value", "{}".to_owned())]);
    let registry = Registry::new(&settings(&[&server.url], Mode::Register)).unwrap();
    let subjects: Vec<Subject> =
        subjects_with(&next_stock()).into_iter().filter(|subject| subject.schema == Schema::Stock).collect();
    check(&registry, &subjects).unwrap();
    let refused = identities(&registry, &subjects, Mode::Register).unwrap_err().to_string();
    assert!(refused.contains("version 1 of stock.avsc under number 104"), "{refused}");
}

#[test]
fn an_empty_registry_gives_version_1_the_built_in_numbers() {
    let server = Server::start();
    let registry = Registry::new(&settings(&[&server.url], Mode::Register)).unwrap();
    for known in identities(&registry, &subjects_with(&next_stock()), Mode::Register).unwrap() {
        let expected = if known.version.number == 1 { known.version.id() } else { 8 };
        assert_eq!(known.identity.id, expected, "{}", known.subject.name);
    }
}

/// A release changes the number of all schemas, also of those that stay as they are.
#[test]
fn versions_with_the_same_text_share_their_number() {
    let server = busy_server();
    let registry = Registry::new(&settings(&[&server.url], Mode::Register)).unwrap();
    let ids = identities(&registry, &subjects_with(&ours(Schema::Stock)), Mode::Register).unwrap();
    let of_stock = ids.iter().filter(|known| known.subject.schema == Schema::Stock);
    assert_eq!(of_stock.map(|known| known.identity.id).collect::<Vec<_>>(), [24, 24]);
}

#[test]
fn one_number_for_two_of_our_schemas_is_refused() {
    for mode in [Mode::Lookup, Mode::Register] {
        let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
        server.reply(usize::MAX, "POST /subjects/inventory.event-value", Reply::Says(200, "{\"id\":77}"));
        server.reply(usize::MAX, "POST /subjects", Reply::Says(200, "{\"id\":77}"));
        let refusal = opened(&settings(&[&server.url], mode), folder.path()).unwrap_err();
        let told = "gives one number, 77, to version 1 of command.avsc in subject inventory.command-value and to version 1 of \
                    event.avsc in subject inventory.event-value";
        assert!(refusal.to_string().contains(told), "{refusal}");
        assert!(refusal.hint().contains("a number of its own"));
    }
}

/// During an upgrade an older version is written: that the newest is not registered yet is no fault.
#[test]
fn who_looks_up_demands_the_version_that_is_written() {
    // Which versions are there; which is written; whether that is enough.
    let table: [(&[usize], u32, bool); 6] = [
        (&[30], 2, false),
        (&[30], 1, true),
        (&[30, 31], 2, true),
        (&[30, 31], 1, true),
        (&[], 1, false),
        (&[], 2, false),
    ];
    for (there, written, is_enough) in table {
        let server = busy_server();
        for number in 20..29 {
            server.register("else-value", &number.to_string());
        }
        let subjects: Vec<Subject> = subjects_with(&next_stock()).into_iter().map(|s| s.written_as(written)).collect();
        for (_, subject, text) in stock_numbered(there) {
            server.register(subject, &text);
        }
        for subject in subjects.iter().filter(|subject| subject.schema != Schema::Stock) {
            server.register(&subject.name, &ours(subject.schema));
        }
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(&[&server.url], Mode::Lookup);
        match open(&settings, &subjects, folder.path(), || false) {
            Ok(_) => assert!(is_enough, "{there:?} {written}"),
            Err(refusal) => {
                assert!(!is_enough, "{there:?} {written}: {refusal}");
                let told =
                    format!("version {written} of stock.avsc is not registered under subject inventory.stock-value");
                assert!(matches!(refusal, Refusal::NotRegistered { .. }) && refusal.to_string() == told, "{refusal}");
            }
        }
    }
}
