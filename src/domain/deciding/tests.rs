//! What holds of every command: repeats, waiting, forgetting, sizes.
#![cfg(test)]

use crate::domain::deciding::decision::Outcome;
use crate::domain::model::document::asn::Asn;
use crate::domain::model::document::count::{Count, CountedLine};
use crate::domain::model::document::hold::Allocation;
use crate::domain::model::document::receipt::Parked;
use crate::domain::model::document::shipment::Shipment;
use crate::domain::model::document::store::{Closed, ParkedReference, StoreState, WAITING_MAX, Waiting};
use crate::domain::model::document::transfer_order::TransferOrder;
use crate::domain::model::document::{DocumentKey, Ids, Kept, Range};
use crate::domain::model::settings::Settings;
use crate::domain::operations::Operation;
use crate::domain::receiving::close_asn::Remainder;
use crate::domain::testing::{
    Shop, announce, cancel_shipment, close_asn, close_order, count, create_order, hand_over, lines, moment, pack,
    receive_asn, sell, submit,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A time of the bench's day, so many days later.
fn days_later(days: i64, time: &str) -> String {
    moment(time).plus_millis(days * DAY_MS).to_string()
}

#[test]
fn no_repeat_is_carried_out_twice_however_late_it_comes() {
    // A sale of 10:00; how the device's clock ran; the repeat's day and time; its answer.
    for (occurred_at, day, time, answer) in [
        ("10:00", 30, "10:00:00", "accepted"),
        ("10:00", 30, "10:00:01", "accepted"),
        ("10:00", 30, "10:05:00", "accepted"),
        ("10:00", 30, "10:05:01", "command_too_old 2026-03-02T10:00:00.000Z"),
        ("10:05", 30, "10:05:00", "accepted"),
        ("10:05", 30, "10:05:01", "command_too_old 2026-03-02T10:05:00.000Z"),
        ("09:00", 365, "10:00:00", "command_too_old 2026-03-02T09:00:00.000Z"),
    ] {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 10)]);
        let sale = shop.command("S1", occurred_at, sell("POS", &[("A", 2)]));
        assert_eq!(shop.take("10:00", &sale), "accepted");
        assert_eq!(shop.take(&days_later(day, time), &sale), answer, "{occurred_at}, day {day} {time}");
        assert_eq!(shop.on_hand("S1", "A"), 8, "{occurred_at}, day {day} {time}");
    }
}

#[test]
fn a_device_whose_clock_fell_back_hears_of_it() {
    let mut shop = Shop::default();
    for (occurred_at, answer) in [
        ("2000-01-01T00:00:00Z", "command_too_old 2000-01-01T00:00:00.000Z"),
        ("2026-01-31T09:59:59.999Z", "command_too_old 2026-01-31T09:59:59.999Z"),
        ("2026-01-31T10:00:00Z", "accepted"),
    ] {
        assert_eq!(shop.tell_late("10:00", occurred_at, "S1", sell("POS", &[("A", 1)])), answer);
    }
}

/// How many documents of a kind the store has.
fn how_many<T: Kept>(shop: &Shop, store: &str) -> usize {
    shop.keys(&Range { store_id: store.into(), kind: T::KIND, ids: Ids::All }).len()
}

fn state(shop: &Shop) -> StoreState {
    shop.document("S1", "S1").expect("the store has seen a record")
}

#[test]
fn receipts_wait_in_order_of_arrival_and_leave_nothing_behind() {
    let mut shop = Shop::default();
    for (at, asn) in [("10:00", "X"), ("10:01", "Y"), ("10:02", "X"), ("10:03", "Z")] {
        assert_eq!(shop.tell(at, "S1", receive_asn(asn, &[("A", 1)])), "parked");
    }
    assert_eq!((how_many::<Waiting>(&shop, "S1"), state(&shop).waiting), (4, 4));
    shop.tell("11:00", "S1", announce("X", &[("A", 5, "")]));
    assert_eq!(
        shop.news(),
        ["S1 items_received A good 1, expected 5, total 1", "S1 items_received A good 1, expected 5, total 2"]
    );
    assert_eq!(state(&shop).waiting_since, Some(moment("10:01")));
    let before = shop.answers.len();
    shop.tell(&days_later(1, "10:02"), "S1", sell("POS", &[("A", 1)]));
    let expired: Vec<_> =
        shop.answers[before..].iter().map(|answer| crate::domain::testing::outcome(&answer.outcome)).collect();
    assert_eq!(expired, ["asn_unknown Y", "accepted"], "Z has a minute left");
    assert_eq!(state(&shop).waiting_since, Some(moment("10:03")));
    shop.tell(&days_later(1, "10:03"), "S1", sell("POS", &[("A", 1)]));
    assert_eq!((how_many::<Waiting>(&shop, "S1"), how_many::<Parked>(&shop, "S1")), (0, 0));
    assert_eq!((state(&shop).waiting, state(&shop).waiting_since), (0, None));
}

#[test]
fn receipts_whose_records_are_not_in_order_of_time_expire_each_at_its_own() {
    let mut shop = Shop::default();
    for (at, asn) in [("10:05", "LATE"), ("10:00", "EARLY")] {
        assert_eq!(shop.tell(at, "S1", receive_asn(asn, &[("A", 1)])), "parked");
    }
    for (at, answers) in [("09:59", &[][..]), ("10:00", &["asn_unknown EARLY"]), ("10:05", &["asn_unknown LATE"])] {
        let before = shop.answers.len();
        shop.tell(&days_later(1, at), "S1", sell("POS", &[("A", 1)]));
        let told = shop.answers[before..].iter().map(|answer| crate::domain::testing::outcome(&answer.outcome));
        let told: Vec<_> = told.filter(|told| told != "accepted").collect();
        assert_eq!(told, answers, "{at}");
    }
}

#[test]
fn ten_thousand_receipts_wait_and_no_more() {
    let mut shop = Shop::default();
    for _ in 0..WAITING_MAX {
        assert_eq!(shop.tell("10:00", "S1", receive_asn("X", &[("A", 1)])), "parked");
    }
    assert_eq!(shop.tell("10:01", "S1", receive_asn("X", &[("A", 1)])), "asn_unknown X");
    shop.tell("11:00", "S1", announce("X", &[("A", 20_000, "")]));
    assert_eq!((shop.on_hand("S1", "A"), state(&shop).waiting), (10_000, 0));
}

#[test]
fn what_the_first_release_parked_goes_on_waiting() {
    for (at, is_known, answer) in [("11:00", true, "accepted"), (&*days_later(1, "10:00"), false, "asn_unknown X")] {
        let mut shop = Shop::default();
        assert_eq!(shop.tell("10:00", "S1", receive_asn("X", &[("A", 4)])), "parked");
        let parked = shop.answers.last().expect("it was answered").command_id;
        // As the first release kept it: a list in the store's state.
        let reference = ParkedReference { command_id: parked, asn_id: "X".into(), arrived_at: moment("10:00") };
        let first = StoreState { clock: moment("10:00"), parked: vec![reference], ..StoreState::default() };
        shop.replace("S1", Waiting::KIND, None);
        shop.replace("S1", StoreState::KIND, Some(first.into()));
        let operation = if is_known { announce("X", &[("A", 4, "")]) } else { sell("POS", &[("B", 1)]) };
        assert_eq!(shop.tell(at, "S1", operation), "accepted");
        let of_parked = shop.answers.iter().rfind(|answer| answer.command_id == parked).expect("it was answered");
        assert_eq!(crate::domain::testing::outcome(&of_parked.outcome), answer);
        assert_eq!((state(&shop).parked.len(), state(&shop).waiting), (0, 0));
    }
}

/// A shop with one closed document of each kind, closed at 12:00, and one open one of each.
fn with_closed_documents() -> Shop {
    let mut shop = Shop::default();
    shop.stock_up("S1", &[("A", 100)]);
    for asn in ["CLOSED", "OPEN"] {
        shop.tell("09:00", "S1", announce(asn, &[("A", 5, "")]));
    }
    shop.tell("12:00", "S1", close_asn("CLOSED", Remainder::Lost));
    for id in ["CLOSED", "OPEN"] {
        shop.tell("09:00", "S1", count(id, &["A", "B", "C"]));
        shop.tell("09:00", "S1", create_order(id, "S2", &[("A", 5)]));
        shop.tell("09:00", "S1", pack(id, &format!("{id}-1"), &[("A", 2)]));
        shop.tell("09:00", "S1", pack(id, &format!("{id}-2"), &[("A", 1)]));
        shop.tell("10:00", "S1", hand_over(id, &format!("{id}-1")));
    }
    shop.tell("12:00", "S1", submit("CLOSED", &[("A", 90), ("B", 0), ("C", 0)]));
    shop.tell("12:00", "S1", close_order("CLOSED"));
    shop
}

/// The ids of a kind's documents.
fn ids<T: Kept>(shop: &Shop) -> Vec<String> {
    let range = Range { store_id: "S1".into(), kind: T::KIND, ids: Ids::All };
    shop.keys(&range).into_iter().map(|key| key.id.to_string()).collect()
}

#[test]
fn closed_documents_are_forgotten_after_their_time_and_open_ones_are_not() {
    let mut shop = with_closed_documents();
    shop.tell(&days_later(400, "12:00"), "S1", sell("POS", &[("A", 1)]));
    assert_eq!(
        (ids::<Asn>(&shop), ids::<Count>(&shop)),
        (vec!["CLOSED".into(), "OPEN".into()], vec!["CLOSED".into(), "OPEN".into()])
    );
    shop.tell(&days_later(400, "12:00:01"), "S1", sell("POS", &[("A", 1)]));
    assert_eq!((ids::<Asn>(&shop), ids::<Count>(&shop)), (vec!["OPEN".to_owned()], vec!["OPEN".to_owned()]));
    assert_eq!(how_many::<CountedLine>(&shop, "S1"), 3, "the lines of the open count");
    assert_eq!(ids::<TransferOrder>(&shop), ["CLOSED", "OPEN"], "its shipments have not come to their end");
    assert_eq!(shop.tell(&days_later(400, "12:01"), "S1", count("CLOSED", &["A"])), "accepted", "the id is free again");
}

#[test]
fn an_order_is_forgotten_with_its_shipments_when_all_its_asns_are_closed() {
    let mut shop = with_closed_documents();
    let asn = shop.asn_of("S1", "CLOSED-1");
    shop.tell("13:00", "S2", receive_asn(&asn, &[("A", 2)]));
    assert_eq!(how_many::<Closed>(&shop, "S1"), 2, "a packed shipment may still go");
    shop.tell("13:00", "S1", cancel_shipment("CLOSED-2"));
    assert_eq!(how_many::<Closed>(&shop, "S1"), 3);
    shop.tell(&days_later(400, "12:00:01"), "S1", sell("POS", &[("A", 1)]));
    assert_eq!(
        (ids::<TransferOrder>(&shop), ids::<Shipment>(&shop)),
        (vec!["OPEN".to_owned()], vec!["OPEN-1".to_owned(), "OPEN-2".to_owned()])
    );
    // What the destination still says of it changes nothing.
    let ledger = shop.ledger.len();
    shop.tell(&days_later(400, "12:02"), "S2", sell("POS", &[("A", 1)]));
    assert_eq!(shop.ledger.len(), ledger + 1);
    assert_eq!(state(&shop).closed_since, Some(moment(&days_later(1, "12:00:01"))), "looked for up to there");
}

#[test]
fn no_record_forgets_more_than_a_hundred() {
    let mut shop = Shop::default();
    for number in 0..250 {
        let asn = format!("ASN-{number:03}");
        shop.tell("09:00", "S1", announce(&asn, &[("A", 1, "")]));
        // Closed in the opposite order.
        let at = moment("12:00").plus_millis(-i64::from(number)).to_string();
        shop.tell_late("12:00", &at, "S1", close_asn(&asn, Remainder::Lost));
    }
    let products: Vec<String> = (0..120).map(|number| format!("P{number:03}")).collect();
    let products: Vec<&str> = products.iter().map(String::as_str).collect();
    shop.tell("12:00", "S1", count("C", &products));
    let numbers: Vec<_> = products.iter().map(|product| (*product, 1)).collect();
    shop.tell("12:00:01", "S1", submit("C", &numbers));
    for (asns, lines) in [(150, 120), (50, 120), (0, 70), (0, 0), (0, 0)] {
        shop.tell(&days_later(401, "12:00"), "S1", sell("POS", &[("A", 1)]));
        assert_eq!((how_many::<Asn>(&shop, "S1"), how_many::<CountedLine>(&shop, "S1")), (asns, lines));
        let first = ids::<Asn>(&shop).first().cloned();
        assert_eq!(first, (asns > 0).then(|| "ASN-000".to_owned()), "the oldest first");
    }
    assert_eq!((how_many::<Count>(&shop, "S1"), how_many::<Closed>(&shop, "S1")), (0, 0));
}

#[test]
fn a_decision_with_a_record_that_is_too_large_is_refused() {
    let goods = |from: usize| -> Vec<(String, i64)> {
        (from..from + 1_000).map(|number| (format!("P{number:06}"), 1)).collect()
    };
    // Room for three thousand lines and not for four.
    let mut shop = Shop::with(Settings { record_bytes_max: 6 << 20, ..Settings::default() });
    let mut hold = |at: &str, from: usize| {
        let goods = goods(from);
        let goods: Vec<_> = goods.iter().map(|(product, units)| (product.as_str(), *units)).collect();
        let allocate = crate::domain::holds::allocate::Allocate { allocation_id: "ORDER".into(), lines: lines(&goods) };
        let answer = shop.tell(at, "S1", Operation::Allocate(allocate));
        (answer, shop.document::<Allocation>("S1", "ORDER").map_or(0, |allocation| allocation.lines.len()))
    };
    assert_eq!(hold("10:00", 0), ("accepted".into(), 1_000));
    assert_eq!(hold("10:00", 1_000), ("accepted".into(), 2_000));
    assert_eq!(hold("10:00", 2_000), ("accepted".into(), 3_000));
    let bytes = (2 << 20) + 4_000 * 1_200;
    assert_eq!(hold("10:00", 3_000), (format!("too_large {bytes}"), 3_000));
    assert_eq!(hold("10:00", 0), ("accepted".into(), 3_000), "the others go on");
}

#[test]
fn of_receipts_that_are_released_together_only_the_one_that_does_not_fit_is_refused() {
    let mut shop = Shop::with(Settings { record_bytes_max: (2 << 20) + 1_500 * 1_200, ..Settings::default() });
    for batch in 0..3 {
        let goods: Vec<String> = (0..700).map(|number| format!("P{batch}-{number}")).collect();
        let goods: Vec<_> = goods.iter().map(|product| (product.as_str(), 1)).collect();
        assert_eq!(shop.tell("10:00", "S1", receive_asn("X", &goods)), "parked");
    }
    assert_eq!(shop.tell("11:00", "S1", announce("X", &[("A", 5, "")])), "accepted");
    let released: Vec<_> =
        shop.answers.iter().rev().take(3).map(|answer| crate::domain::testing::outcome(&answer.outcome)).collect();
    let bytes = (2 << 20) + 2_101 * 1_200;
    assert_eq!(released, [format!("too_large {bytes}"), "accepted".to_owned(), "accepted".to_owned()]);
    assert_eq!(shop.document::<Asn>("S1", "X").expect("it is there").lines.len(), 1_401);
    assert!(
        shop.answers
            .iter()
            .all(|answer| !matches!(answer.outcome, Outcome::Parked(_)) || answer.recorded_at == moment("10:00"))
    );
}

#[test]
fn carrying_on_from_a_closed_order_of_the_first_release_ends_well() {
    // It did not count the shipments that are under way.
    let mut shop = with_closed_documents();
    let order: TransferOrder = shop.document("S1", "CLOSED").expect("it is there");
    let key = DocumentKey::new("S1".into(), TransferOrder::KIND, "CLOSED");
    shop.put(key, TransferOrder { open_shipments: 0, ..order }.into());
    let asn = shop.asn_of("S1", "CLOSED-1");
    shop.tell("13:00", "S2", receive_asn(&asn, &[("A", 2)]));
    assert_eq!(shop.order("S1", "CLOSED"), "closed manual: A ordered 5 packed 1 transferred 3 received 2");
}
