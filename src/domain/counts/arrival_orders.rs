//! The law of counting under every order of arrival. Part of `cfg(test)`.

use proptest::prelude::*;

use crate::domain::adjusting::adjust_stock::{AdjustStock, AdjustmentLine};
use crate::domain::holds::reserve::Reserve;
use crate::domain::model::ids::{DocumentId, Quantity};
use crate::domain::model::time::Timestamp;
use crate::domain::operations::{Command, Operation};
use crate::domain::setup::define_reason::DefineReason;
use crate::domain::testing::{Shop, count, import, lines, moment, numbers, receive_blind, sell};

/// Something that happened to product A in the salable stock location.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Sold(Quantity),
    Received(Quantity),
    Damaged(Quantity),
    Reserved(Quantity),
    Counted(Quantity),
    Imported(Quantity),
}

impl Fact {
    /// What it counted, if it did.
    fn number(self) -> Option<Quantity> {
        match self {
            Fact::Counted(number) | Fact::Imported(number) => Some(number),
            Fact::Sold(_) | Fact::Received(_) | Fact::Damaged(_) | Fact::Reserved(_) => None,
        }
    }

    /// What it changes on hand by; a count changes it by its variance, which depends on the others.
    fn change(self) -> Quantity {
        match self {
            Fact::Received(quantity) => quantity,
            Fact::Sold(quantity) | Fact::Damaged(quantity) | Fact::Reserved(quantity) => -quantity,
            Fact::Counted(_) | Fact::Imported(_) => 0,
        }
    }

    fn operation(self, id: &str, occurred_at: Timestamp) -> Operation {
        match self {
            Fact::Sold(quantity) => sell(id, &[("A", quantity)]),
            Fact::Received(quantity) => receive_blind(&[("A", quantity)]),
            Fact::Damaged(quantity) => Operation::AdjustStock(AdjustStock {
                adjustment_id: None,
                reason_code: "DAMAGED".into(),
                note: None,
                lines: vec![AdjustmentLine {
                    product_id: "A".into(),
                    quantity,
                    expected_on_hand: None,
                    external_identifiers: None,
                }],
            }),
            Fact::Reserved(quantity) => Operation::Reserve(Reserve {
                reservation_id: id.into(),
                lines: lines(&[("A", quantity)]),
                expires_at: None,
            }),
            Fact::Counted(number) => numbers(id, false, &[("A", number, "", &occurred_at.to_string())]),
            Fact::Imported(number) => import(id, "main", &[("A", number)]),
        }
    }
}

/// Up to six facts. They may share a time, also a count's; two counts may not.
fn facts() -> impl Strategy<Value = Vec<(i64, Fact)>> {
    let fact = (0..6, 1..9_i64).prop_map(|(kind, quantity)| match kind {
        0 => Fact::Sold(quantity),
        1 => Fact::Received(quantity),
        2 => Fact::Damaged(quantity),
        3 => Fact::Reserved(quantity),
        4 => Fact::Counted(quantity),
        _ => Fact::Imported(quantity),
    });
    let facts = proptest::collection::vec((0..8_i64, fact), 1..7);
    facts.prop_map(|mut facts| {
        let mut counted = Vec::new();
        facts.retain(|(step, fact)| {
            let is_taken = fact.number().is_some() && counted.contains(step);
            if fact.number().is_some() {
                counted.push(*step);
            }
            !is_taken
        });
        facts
    })
}

fn time(step: i64) -> Timestamp {
    moment("09:00").plus_millis(step * 60_000)
}

/// A shop that is ready for the facts: the counts are created, the reason is defined.
fn ready(facts: &[(i64, Fact)]) -> (Shop, Vec<Command>) {
    let mut shop = Shop::default();
    shop.tell(
        "08:00",
        "S1",
        Operation::DefineReason(DefineReason {
            reason_code: "DAMAGED".into(),
            kind: "Stock correction".into(),
            subtype: "damaged".into(),
            origin_stock_location: Some("main".into()),
            destination_stock_location: Some("damaged".into()),
            is_activated: true,
        }),
    );
    for (index, _) in facts.iter().enumerate() {
        shop.tell("08:00", "S1", count(&index.to_string(), &["A"]));
    }
    let commands = facts.iter().enumerate().map(|(index, (step, fact))| {
        let operation = fact.operation(&index.to_string(), time(*step));
        shop.command("S1", &time(*step).to_string(), operation)
    });
    let commands = commands.collect();
    (shop, commands)
}

/// What the law says was on hand at the end of a step.
fn expected(facts: &[(i64, Fact)], until: i64) -> Quantity {
    let past = facts.iter().filter(|(step, _)| *step <= until);
    let counted = past.clone().filter_map(|(step, fact)| Some((*step, fact.number()?))).max_by_key(|(step, _)| *step);
    let (since, number) = counted.unwrap_or((-1, 0));
    number + past.filter(|(step, _)| *step > since).map(|(_, fact)| fact.change()).sum::<Quantity>()
}

/// What was on hand at the end of a step, as the ledger tells it.
fn told(shop: &Shop, until: i64) -> Quantity {
    let past = shop.ledger.iter().filter(|movement| movement.occurred_at <= time(until));
    past.flat_map(|movement| movement.changes())
        .filter(|(location, _)| location.as_str() == "main")
        .map(|(_, by)| by)
        .sum()
}

fn check(facts: &[(i64, Fact)], shop: &Shop) {
    for step in -1..9 {
        assert_eq!(told(shop, step), expected(facts, step), "at the end of step {step}");
    }
    assert_eq!(shop.on_hand("S1", "A"), expected(facts, 9), "now");
    let row = shop.stock("S1", "A").and_then(|row| row.location(&"main".into()));
    for (index, (step, fact)) in facts.iter().enumerate() {
        let Some(number) = fact.number() else { continue };
        let before = expected(facts, step - 1);
        let during: Quantity = facts.iter().filter(|(other, _)| other == step).map(|(_, fact)| fact.change()).sum();
        let variance = number - (before + during);
        let id = DocumentId::from(index.to_string());
        let remembered = row.and_then(|row| row.counts.iter().find(|count| count.count_id == id));
        assert_eq!(remembered.map(|count| count.variance), Some(variance), "variance of {index}");
        let posted = shop.ledger.iter().filter(|movement| movement.count_id.as_ref() == Some(&id));
        let posted: Quantity = posted.flat_map(|movement| movement.changes()).map(|(_, by)| by).sum();
        assert_eq!(posted, variance, "rows of {index}");
    }
}

/// Calls with every order of `0..length` (Heap's algorithm).
fn every_order(length: usize, mut call: impl FnMut(&[usize])) {
    let mut order: Vec<usize> = (0..length).collect();
    let mut turns = vec![0; length];
    call(&order);
    let mut at = 1;
    while at < length {
        if turns[at] < at {
            order.swap(if at % 2 == 0 { 0 } else { turns[at] }, at);
            call(&order);
            turns[at] += 1;
            at = 1;
        } else {
            turns[at] = 0;
            at += 1;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_order_of_arrival_ends_the_same(facts in facts()) {
        every_order(facts.len(), |order| {
            let (mut shop, commands) = ready(&facts);
            for index in order {
                assert_eq!(shop.take("17:00", &commands[*index]), "accepted");
            }
            check(&facts, &shop);
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_delivered_twice_changes_nothing(facts in facts().prop_shuffle()) {
        let (mut shop, commands) = ready(&facts);
        let (mut twice, _) = ready(&facts);
        for command in &commands {
            shop.take("17:00", command);
            assert_eq!(twice.take("17:00", command), "accepted");
            assert_eq!(twice.take("17:01", command), "accepted");
        }
        for command in &commands {
            twice.take("17:02", command);
        }
        assert_eq!(twice.ledger, shop.ledger);
        assert_eq!(twice.events, shop.events);
        assert_eq!(twice.stock("S1", "A"), shop.stock("S1", "A"));
    }
}
