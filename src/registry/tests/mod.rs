//! What each answer of a registry leads to, over real HTTP.

mod numbers;
mod server;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::check::{State, check};
use super::open::{Registered, open, peek};
use super::remembered::FILE;
use super::settings::{Authorization, Mode, Settings};
use super::subject::Subject;
use super::{LEVEL, Refusal, Registry, RegistryError};
use crate::codec::framing::SchemaId;
use crate::codec::registered::Schemas;
use crate::codec::schemas::Schema;
use server::{Reply, Server};

const HTML: &str = "<html><body>Sign in</body></html>";
const BUSY: Reply = Reply::Says(503, "{\"error_code\":50301,\"message\":\"busy\"}");

fn settings(urls: &[&str], mode: Mode) -> Settings {
    let urls = urls.iter().map(|url| (*url).to_owned()).collect();
    Settings { urls, mode, timeout: Duration::from_millis(400), ..Settings::default() }
}

/// The subjects of a deployment.
fn subjects_of_today() -> Vec<Subject> {
    let name = |schema: Schema| format!("inventory.{}", schema.file_name().trim_end_matches(".avsc"));
    Schema::ALL.into_iter().map(|schema| Subject::of_topic(schema, &name(schema))).collect()
}

/// The same as the first release had them, with one version each: these tests are about the registry, not about what
/// releases change.
fn subjects() -> Vec<Subject> {
    let first = |subject: Subject| Subject { versions: subject.versions[..1].to_vec(), written: 1, ..subject };
    subjects_of_today().into_iter().map(first).collect()
}

/// The text of a schema's first version.
fn first_text(schema: Schema) -> String {
    schema.built_in()[0].text.clone()
}

/// A server whose numbers are beyond the built-in ones.
fn busy_server() -> Server {
    let server = Server::start();
    for number in 0..20 {
        server.register("else-value", &format!("{{\"type\":\"fixed\",\"name\":\"Else\",\"size\":{number}}}"));
    }
    server
}

fn opened(settings: &Settings, folder: &Path) -> Result<Registered, Refusal> {
    open(settings, &subjects(), folder, || false).map(|opened| opened.expect("nobody stops it"))
}

/// The id that values of a schema are written with.
fn written(registered: &Registered, schema: Schema) -> u32 {
    Schemas::default().written_as(1).with_registry(registered.ids.clone(), None).written(schema).1
}

#[test]
fn what_is_missing_is_registered_with_its_level_and_found_the_next_time() {
    let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
    let registered = opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
    for (schema, id) in Schema::ALL.into_iter().zip(21..) {
        assert_eq!(written(&registered, schema), id, "{schema:?}");
    }
    for subject in subjects() {
        assert_eq!(server.level(&subject.name).as_deref(), Some(LEVEL), "{}", subject.name);
    }
    let registrations = |server: &Server| server.asked().iter().filter(|asked| asked.ends_with("/versions")).count();
    let before = registrations(&server);
    let again = opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
    assert_eq!(written(&again, Schema::Leg), 27);
    // Only who holds a built-in number is asked again.
    assert_eq!(registrations(&server) - before, Schema::ALL.len());
    assert!(server.asked().iter().filter(|asked| asked.starts_with("PUT")).count() == Schema::ALL.len());
}

#[test]
fn every_version_of_this_release_is_registered_and_read() {
    let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
    let settings = settings(&[&server.url], Mode::Register);
    let registered = open(&settings, &subjects_of_today(), folder.path(), || false).unwrap().unwrap();
    let schemas = Schemas::default().with_registry(registered.ids, Some(registered.source));
    let mut numbers = Vec::new();
    for schema in Schema::ALL {
        let (version, id) = schemas.written(schema);
        assert_eq!(version.number, schema.newest().number, "{schema:?}");
        numbers.push(*id);
        for number in 1..=version.number {
            let text = &schema.built_in()[number as usize - 1].text;
            let id = u32::try_from(server.register("probe-value", text)).unwrap();
            // Versions with the same text share their number.
            assert_eq!(&schemas.version(schema, SchemaId::Number(id)).unwrap().text, text, "{schema:?}");
        }
    }
    assert!(Schema::ALL.iter().any(|schema| schema.newest().number > 1), "a release changes something");
    assert!(numbers.iter().all(|id| *id > 20), "{numbers:?}");
}

#[test]
fn what_is_wrong_for_good_is_refused_at_once_and_named() {
    let subset = r#"{"type":"record","name":"Event","fields":[{"name":"other","type":"long"}]}"#;
    let incompatible = "{\"error_code\":409,\"message\":\"incompatible, you see\"}";
    let invalid = "{\"error_code\":42201,\"message\":\"bad schema\"}";
    let table: [(Mode, &'static str, Reply, &[&str]); 9] = [
        (Mode::Lookup, "POST", Reply::Says(401, HTML), &["does not let us in", "401"]),
        (Mode::Lookup, "POST", Reply::Says(403, "{}"), &["does not let us in", "403"]),
        (Mode::Lookup, "POST", Reply::Says(200, HTML), &["does not answer like a schema registry", "<html>"]),
        (Mode::Lookup, "POST", Reply::Says(404, HTML), &["does not answer like a schema registry", "404"]),
        (Mode::Lookup, "POST", Reply::Says(302, ""), &["redirect to \"/login\""]),
        (Mode::Lookup, "none", BUSY, &["command.avsc is not registered under subject inventory.command-value"]),
        (
            Mode::Register,
            "POST /subjects/inventory.event-value/versions",
            Reply::Says(409, incompatible),
            &["event.avsc", "inventory.event-value", "fields only there: other", "incompatible, you see"],
        ),
        (
            Mode::Register,
            "POST /subjects/inventory.event-value/versions",
            Reply::Says(422, invalid),
            &["event.avsc", "does not take", "only there: other", "bad schema"],
        ),
        (
            Mode::Lookup,
            "POST /subjects/inventory.command-value",
            Reply::Says(422, invalid),
            &["command.avsc", "inventory.command-value", "bad schema"],
        ),
    ];
    for (mode, words, reply, expected) in table {
        let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
        server.register("inventory.event-value", subset);
        server.reply(usize::MAX, words, reply.clone());
        let refusal = opened(&settings(&[&server.url], mode), folder.path()).unwrap_err();
        let told = refusal.to_string();
        assert!(expected.iter().all(|words| told.contains(words)), "{mode:?} {reply:?}: {told}");
        assert!(!refusal.hint().is_empty());
        assert!(!folder.path().join(FILE).exists(), "{mode:?} {reply:?}: a failure is kept");
    }
}

#[test]
fn what_is_passing_is_asked_again_until_it_passes() {
    let replies = [
        Reply::Says(500, HTML),
        Reply::Says(408, ""),
        Reply::Says(429, "{}"),
        Reply::Says(400, "{}"),
        BUSY,
        Reply::Sleeps(Duration::from_secs(2)),
    ];
    for reply in replies {
        let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
        server.reply(2, "POST", reply.clone());
        let registered = opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
        assert_eq!(written(&registered, Schema::Command), 21, "{reply:?}");
    }
}

#[test]
fn the_first_that_answers_is_enough() {
    let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
    let nobody = "http://127.0.0.1:1";
    let nowhere = "http://no-such-host.invalid:8081";
    let registered = opened(&settings(&[nobody, nowhere, &server.url], Mode::Register), folder.path()).unwrap();
    assert_eq!(written(&registered, Schema::Command), 21);
}

#[test]
fn it_waits_for_an_unknown_registry_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let asked = AtomicUsize::new(0);
    let since = Instant::now();
    let is_stopped = || asked.fetch_add(1, Ordering::Relaxed) > 6;
    let opened = open(&settings(&["http://127.0.0.1:1"], Mode::Lookup), &subjects(), folder.path(), is_stopped);
    assert!(opened.unwrap().is_none());
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[test]
fn ids_once_known_are_enough_while_the_registry_is_down() {
    let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
    opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
    server.reply(usize::MAX, "", BUSY);
    let registered = opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
    assert_eq!(written(&registered, Schema::Stock), 24);
    let seen = peek(&settings(&[&server.url], Mode::Lookup), &subjects(), folder.path()).unwrap();
    assert_eq!(written(&seen, Schema::Stock), 24);
    // Another registry has other numbers: what the first one said does not count.
    let other = settings(&["http://127.0.0.1:1"], Mode::Lookup);
    assert!(matches!(peek(&other, &subjects(), folder.path()), Err(RegistryError::Unavailable(_))));
    // A file that is damaged is none.
    std::fs::write(folder.path().join(FILE), "{\"format\":1,").unwrap();
    let unknown = peek(&settings(&[&server.url], Mode::Lookup), &subjects(), folder.path());
    assert!(matches!(unknown, Err(RegistryError::Unavailable(_))), "{unknown:?}");
}

#[test]
fn schemas_of_others_are_fetched_once_and_kept() {
    let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
    let settings = settings(&[&server.url], Mode::Register);
    let registered = opened(&settings, folder.path()).unwrap();
    let text = r#"{"type":"record","name":"Theirs","fields":[]}"#;
    let id = SchemaId::Number(u32::try_from(server.register("inventory.command-value", text)).unwrap());
    let source = Arc::clone(&registered.source);
    assert_eq!(source.schema(Schema::Command, SchemaId::Number(99)).unwrap(), None);
    server.reply(1, "GET /schemas/ids", BUSY);
    assert!(source.schema(Schema::Command, id).is_err(), "it is busy");
    assert_eq!(source.schema(Schema::Command, id).unwrap().as_deref(), Some(text), "a failure was kept");
    server.reply(usize::MAX, "", BUSY);
    assert_eq!(source.schema(Schema::Command, id).unwrap().as_deref(), Some(text));
    let restarted = opened(&settings, folder.path()).unwrap();
    assert_eq!(restarted.source.schema(Schema::Command, id).unwrap().as_deref(), Some(text));
    assert!(restarted.source.schema(Schema::Event, id).is_err(), "that of commands is not that of events");
}

#[test]
fn checking_says_what_registering_would_do_and_writes_nothing() {
    let server = busy_server();
    let registry = Registry::new(&settings(&[&server.url], Mode::Off)).unwrap();
    server.register("inventory.command-value", &first_text(Schema::Command));
    server.register("inventory.event-value", r#"{"type":"record","name":"Event","fields":[]}"#);
    let checked = check(&registry, &subjects()).unwrap();
    assert_eq!(checked[0].state, State::Registered(21));
    assert!(matches!(&checked[1].state, State::Incompatible(details) if details.contains("so it is")), "{checked:?}");
    assert_eq!(checked[2].state, State::Missing);
    let writes = |asked: &String| {
        asked.starts_with("PUT") || asked.starts_with("POST /subjects") && asked.ends_with("/versions")
    };
    assert!(!server.asked().iter().any(writes), "{:?}", server.asked());
}

#[test]
fn it_says_who_we_are_and_does_not_show_it() {
    let basic = Authorization::Basic { username: "anna".to_owned(), password: "secret:word".to_owned() };
    let table = [
        (basic, "Basic YW5uYTpzZWNyZXQ6d29yZA=="),
        (Authorization::Bearer("secret.token".to_owned()), "Bearer secret.token"),
    ];
    for (authorization, expected) in table {
        let server = Server::start();
        let settings = Settings { authorization, ..settings(&[&server.url], Mode::Lookup) };
        let registry = Registry::new(&settings).unwrap();
        registry.level("x").unwrap();
        assert_eq!(server.authorizations(), [expected]);
        let shown = format!("{settings:?} {registry:?}");
        assert!(!shown.contains("secret") && !shown.contains("YW5uYTp"), "{shown}");
    }
}

#[test]
fn certificates_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let settings = Settings { ca_file: Some(file.clone()), ..settings(&["https://127.0.0.1:1"], Mode::Lookup) };
    assert!(matches!(Registry::new(&settings), Err(Refusal::Certificates { .. })));
    let good = include_str!("authority.pem");
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let table = [
        (good.to_owned(), None),
        (format!("{good}\n{good}"), None),
        (String::new(), Some("there is no certificate in it")),
        ("no certificate".to_owned(), Some("there is no certificate in it")),
        (good[..good.len() / 2].to_owned(), Some("it is no PEM file")),
        (good.replace('M', "!"), Some("it is no PEM file")),
        (format!("{good}{no_certificate}"), Some("a certificate in it can't be read")),
    ];
    for (text, expected) in table {
        std::fs::write(&file, &text).unwrap();
        let refused = Registry::new(&settings).map(drop).map_err(|refusal| refusal.to_string());
        match expected {
            None => assert_eq!(refused, Ok(()), "{text}"),
            Some(words) => assert!(refused.as_ref().is_err_and(|told| told.contains(words)), "{refused:?}"),
        }
    }
}

/// A page of somebody else in place of an answer makes no record a dead letter: it is asked again.
#[test]
fn only_a_registry_says_that_there_is_no_such_schema() {
    let page = |status| Reply::Says(status, HTML);
    let absent = Reply::Says(404, "{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}");
    let down = Reply::Says(200, "{\"status\":\"down\"}");
    for (reply, is_answer) in
        [(absent, true), (page(404), false), (page(200), false), (Reply::Says(302, ""), false), (down, false)]
    {
        for id in [SchemaId::Number(99), SchemaId::Guid(uuid::Uuid::from_u128(7))] {
            let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
            let registered = opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
            server.reply(2, "GET /schemas/", reply.clone());
            let answer = registered.source.schema(Schema::Command, id);
            assert_eq!(answer.as_ref().is_ok_and(Option::is_none), is_answer, "{reply:?} to {id}: {answer:?}");
        }
    }
    // A number that no registry has: it is not even asked.
    let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
    let registered = opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
    let before = server.asked().len();
    assert_eq!(registered.source.schema(Schema::Command, SchemaId::Number(u32::MAX)).unwrap(), None);
    assert_eq!(server.asked().len(), before);
}

#[test]
fn what_a_registry_said_is_known_after_it_was_switched_off() {
    let (server, folder) = (busy_server(), tempfile::tempdir().unwrap());
    assert!(super::kept(folder.path()).is_none());
    opened(&settings(&[&server.url], Mode::Register), folder.path()).unwrap();
    drop(server);
    let former = super::kept(folder.path()).unwrap();
    let schemas = Schemas::default().written_as(1).with_former_registry(former.ids, former.source);
    assert_eq!(schemas.version(Schema::Stock, SchemaId::Number(24)).unwrap().number, 1);
    assert_eq!(schemas.written(Schema::Stock).1, 4, "but written is what was built in");
}

/// Rows carry the ids of the registry they were written with, also when there is another one at its place.
#[test]
fn a_registry_made_anew_does_not_hide_what_was_written_with_the_old_one() {
    let (old, folder) = (busy_server(), tempfile::tempdir().unwrap());
    opened(&settings(&[&old.url], Mode::Register), folder.path()).unwrap();
    let anew = busy_server();
    for number in 20..50 {
        anew.register("else-value", &format!("{{\"type\":\"fixed\",\"name\":\"Else\",\"size\":{number}}}"));
    }
    // At the same place: the old one is named too, and does not answer any more.
    old.reply(10_000, "", BUSY);
    let registered = opened(&settings(&[&old.url, &anew.url], Mode::Register), folder.path()).unwrap();
    assert_eq!(written(&registered, Schema::Stock), 54);
    let schemas = Schemas::default().with_registry(registered.ids, Some(registered.source));
    for number in [24, 54, 4] {
        assert_eq!(schemas.version(Schema::Stock, SchemaId::Number(number)).unwrap().number, 1, "{number}");
    }
}
