use super::super::samples::{COMMAND, STORE};
use super::super::whole::Partitions;
use super::*;
use crate::codec::Codec;
use crate::codec::format::Formats;
use crate::domain::command::Fingerprint;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::settings::Settings;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const EVENT: Uuid = Uuid::from_u128(0xe);

/// A deployment whose processor is at work or not, and whose commands have lost their beginning or not.
#[derive(Clone, Copy)]
struct Scope {
    running: bool,
    aged: bool,
}

const STRICT: Scope = Scope { running: false, aged: false };

fn key(command: Uuid) -> AnswerKey {
    AnswerKey { store_id: STORE.into(), command_id: command }
}

fn answer(command: Uuid, outcome: Outcome) -> Answer {
    Answer {
        store_id: STORE.into(),
        command_id: command,
        operation: None,
        fingerprint: Fingerprint::default(),
        correlation_id: None,
        validate_only: false,
        reused: false,
        clock_clamped: false,
        recorded_at: Timestamp::default(),
        outcome,
    }
}

fn accepted() -> Outcome {
    Outcome::Accepted { event_ids: vec![EVENT], ids: Vec::new() }
}

fn rejection(code: Code) -> Rejection {
    Rejection { code, violations: Vec::new() }
}

/// One step of a history.
enum Step {
    Asked(i64, Expected),
    Told(i64, Answer),
    DeadLetter(i64),
    UnknownSchema(i64),
    HandedOver(i64),
    Published,
}

use Step::{Asked as AskedFor, DeadLetter, HandedOver, Published, Told as ToldAt, UnknownSchema};

fn audit(steps: &[Step], scope: Scope) -> Vec<Rule> {
    let place = |offset: &i64| Position { topic: "commands".into(), partition: 0, offset: *offset };
    let (mut journal, mut violations) = (Journal::new(DAY_MS), Violations::default());
    let at = Timestamp::default();
    for step in steps {
        match step {
            AskedFor(offset, asked) => journal.asked(&place(offset), asked.clone(), at, &mut violations),
            ToldAt(offset, answer) => {
                journal.answered(answer, &place(offset), at, &mut violations);
            }
            DeadLetter(offset) => journal.dead_letter(&place(offset), false, &mut violations),
            UnknownSchema(offset) => journal.dead_letter(&place(offset), true, &mut violations),
            HandedOver(offset) => journal.handed_over(&place(offset), &mut violations),
            Published => journal.published(EVENT, at),
        }
    }
    let starts = scope.aged.then_some((Topic::Commands, 1));
    let codec = Codec::new("acme".into(), Formats::default(), "main".into());
    let terms = Terms::new(codec, &Settings::default(), starts.into_iter(), scope.running);
    let mut left = Unsettled::default();
    journal.finish(&terms, &Spans::default(), &mut left, &mut violations);
    left.finish(&terms, &mut violations);
    violations.rules()
}

fn command(offset: i64) -> Step {
    AskedFor(offset, Expected::Command(key(COMMAND)))
}

fn done(offset: i64) -> Step {
    ToldAt(offset, answer(COMMAND, accepted()))
}

#[test]
fn sound_journals_have_no_violation() {
    let other = Uuid::from_u128(2);
    let table = [
        ("one command", vec![command(0), done(0), Published]),
        ("its repeat", vec![command(0), done(0), Published, command(1), done(1)]),
        ("a dead letter", vec![AskedFor(0, Expected::DeadLetter), DeadLetter(0)]),
        ("nobody knew its schema then", vec![command(0), UnknownSchema(0)]),
        ("handed over", vec![command(0), HandedOver(0)]),
        (
            "parked and released by another",
            vec![
                command(0),
                ToldAt(0, answer(COMMAND, Outcome::Parked(rejection(Code::AsnUnknown)))),
                AskedFor(1, Expected::Command(key(other))),
                ToldAt(1, answer(other, Outcome::Accepted { event_ids: vec![], ids: vec![] })),
                done(1),
                Published,
            ],
        ),
        (
            "parked and expired by its own repeat",
            vec![
                command(0),
                ToldAt(0, answer(COMMAND, Outcome::Parked(rejection(Code::AsnUnknown)))),
                command(1),
                ToldAt(1, answer(COMMAND, Outcome::Rejected(rejection(Code::AsnUnknown)))),
                ToldAt(1, answer(COMMAND, Outcome::Rejected(rejection(Code::AsnUnknown)))),
                command(2),
                ToldAt(2, answer(COMMAND, Outcome::Rejected(rejection(Code::AsnUnknown)))),
            ],
        ),
    ];
    for (name, steps) in table {
        assert_eq!(audit(&steps, STRICT), [], "{name}");
    }
}

#[test]
fn what_was_deleted_by_age_is_not_missed() {
    let steps = [command(5), done(5), Published, done(3)];
    assert_eq!(audit(&steps, Scope { aged: true, ..STRICT }), []);
    assert_eq!(audit(&steps, STRICT), [Rule::OneResult]);
}

#[test]
fn each_break_is_found() {
    let leg = Uuid::from_u128(9);
    let applied = |leg_id| Outcome::Applied { leg_id, event_ids: Vec::new() };
    let table = [
        ("no result", vec![command(0)], Rule::OneResult),
        ("two results", vec![command(0), done(0), done(0), Published], Rule::OneResult),
        (
            "result of another",
            vec![command(0), ToldAt(0, answer(leg, Outcome::Rejected(rejection(Code::NoLines))))],
            Rule::OneResult,
        ),
        ("result and dead letter", vec![command(0), done(0), Published, DeadLetter(0)], Rule::OneResult),
        ("a dead letter that is none", vec![command(0), DeadLetter(0)], Rule::OneResult),
        ("result and unknown schema", vec![command(0), done(0), Published, UnknownSchema(0)], Rule::OneResult),
        ("handed over twice", vec![command(0), HandedOver(0), HandedOver(0)], Rule::OneResult),
        ("undecodable, but answered", vec![AskedFor(0, Expected::DeadLetter), done(0), Published], Rule::OneResult),
        ("of nothing", vec![command(0), done(0), done(1), Published], Rule::OneResult),
        ("leg not applied", vec![AskedFor(0, Expected::Leg(leg))], Rule::OneResult),
        (
            "leg applied twice",
            vec![
                AskedFor(0, Expected::Leg(leg)),
                ToldAt(0, answer(COMMAND, applied(leg))),
                ToldAt(0, answer(COMMAND, applied(leg))),
            ],
            Rule::OneResult,
        ),
        (
            "parked and expired by its own repeat, which was not answered",
            vec![
                command(0),
                ToldAt(0, answer(COMMAND, Outcome::Parked(rejection(Code::AsnUnknown)))),
                command(1),
                ToldAt(1, answer(COMMAND, Outcome::Rejected(rejection(Code::AsnUnknown)))),
            ],
            Rule::OneResult,
        ),
        (
            "another answer to a repeat",
            vec![
                command(0),
                done(0),
                Published,
                command(1),
                ToldAt(1, answer(COMMAND, Outcome::Rejected(rejection(Code::NoLines)))),
            ],
            Rule::Repeats,
        ),
        ("event not named", vec![Published], Rule::Named),
        ("named event missing", vec![command(0), done(0)], Rule::Named),
    ];
    for (name, steps, rule) in table {
        let found = audit(&steps, STRICT);
        assert!(found.contains(&rule), "{name}: {found:?}");
    }
}

#[test]
fn what_waits_is_not_judged_while_the_processor_runs() {
    let steps = [command(0), done(0), Published, command(1)];
    assert_eq!(audit(&steps, STRICT), [Rule::OneResult]);
    assert_eq!(audit(&steps, Scope { running: true, ..STRICT }), []);
}

#[test]
fn a_store_in_two_partitions_is_found() {
    let (mut partitions, mut violations) = (Partitions::default(), Violations::default());
    for partition in [0, 0, 1] {
        let position = Position { topic: "events".into(), partition, offset: 0 };
        partitions.observe(&STORE.into(), &position, &mut violations);
    }
    assert_eq!(violations.rules(), [Rule::OnePartition]);
}

#[test]
fn an_id_may_mean_something_else_once_the_deployment_has_forgotten_it() {
    let answer = |outcome| answer(COMMAND, outcome);
    let position = |offset| Position { topic: "commands".into(), partition: 0, offset };
    for (later_ms, expected) in [(DAY_MS - 1, vec![Rule::Repeats]), (DAY_MS, vec![])] {
        let (mut journal, mut violations) = (Journal::new(DAY_MS), Violations::default());
        let (first, then) = (Timestamp::default(), Timestamp::default().plus_millis(later_ms));
        journal.answered(&answer(accepted()), &position(0), first, &mut violations);
        let refused = Answer { recorded_at: then, ..answer(Outcome::Rejected(rejection(Code::NoLines))) };
        journal.answered(&refused, &position(1), then, &mut violations);
        assert_eq!(violations.rules(), expected, "{later_ms} ms later");
    }
}

#[test]
fn a_repeat_is_known_by_the_time_of_the_first_answer_however_late_it_comes() {
    let position = |offset| Position { topic: "commands".into(), partition: 0, offset };
    let first = Timestamp::default().plus_millis(DAY_MS);
    let told = Answer { recorded_at: first, ..answer(COMMAND, accepted()) };
    let other = Answer { recorded_at: first, ..answer(Uuid::from_u128(77), accepted()) };
    // Repeats at once, two days later, after the auditor has forgotten it, and when time went back.
    let days = [0, 2, 4, 6, 8, -1];
    let (mut journal, mut violations) = (Journal::new(DAY_MS), Violations::default());
    let mut firsts = Vec::new();
    for (offset, days) in (0..).zip(days) {
        let at = first.plus_millis(days * DAY_MS);
        let fresh = Answer { recorded_at: at, ..other.clone() };
        journal.answered(&fresh, &position(100 + offset), at, &mut violations);
        firsts.push(journal.answered(&told, &position(offset), at, &mut violations));
    }
    assert_eq!(firsts, [true, false, false, false, false, false]);
    // One that nobody heard of, with a time of its own that is not long ago.
    let at = first.plus_millis(8 * DAY_MS);
    let odd = Answer { recorded_at: at.plus_millis(-1), ..answer(Uuid::from_u128(78), accepted()) };
    assert!(journal.answered(&odd, &position(200), at, &mut violations), "its time is compared");
}
