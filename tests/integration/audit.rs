//! The auditor believes every history that is right, and finds every way in which one was made wrong.

use serde_json::{Value, json};
use stockroom::audit::{Audit, Report, Rule};
use stockroom::codec::Codec;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::{InputRecord, Topic};
use stockroom::domain::ids::derived_id;
use stockroom::domain::settings::Settings;

use super::support::compare::Delivery;
use super::support::memory::{Deployment, PARTITIONS};
use super::support::vector;

pub fn pass(records: &[InputRecord], settings: &Settings) -> Report {
    let codec = Codec::new("acme".into(), Formats::default(), settings.salable_stock_location.clone());
    let starts = Topic::ALL.into_iter().map(|topic| (topic, 0));
    let mut audit = Audit::new(codec, settings, starts, false);
    audit.observe_all(records);
    audit.finish()
}

#[test]
fn every_history_of_the_vectors_is_believed() {
    let mut faults = String::new();
    for vector in vector::all() {
        for is_twice in [false, true] {
            let settings = vector.settings();
            let mut deployment = Deployment::new(settings.clone(), Formats::default());
            for (number, record) in vector.records.iter().enumerate() {
                for again in 0..=usize::from(is_twice) {
                    deployment.feed(Delivery { record: number, again }, record);
                }
            }
            for violation in pass(&deployment.topics(), &settings).violations {
                faults.push_str(&format!("{}: {violation}\n", vector.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

pub type Told = (&'static str, &'static str, &'static str, Value);

fn lines(quantity: i64) -> Value {
    json!([{ "product_id": "A", "quantity": quantity }])
}

/// What store S1 does in the morning; the fourth ships.
fn morning() -> Vec<Told> {
    let order = |id: &str, quantity: i64| {
        json!({ "create_transfer_order": { "transfer_order_id": id, "destination_id": "S2",
            "source": "associate_app", "lines": lines(quantity) } })
    };
    let reason = json!({ "define_reason": { "reason_code": "DAMAGED", "type": "Stock correction", "subtype": "damaged",
        "origin_stock_location": "main", "destination_stock_location": "damaged", "is_activated": true } });
    let opening = json!({ "import_stock": { "stock_location": "main",
        "lines": [{ "product_id": "A", "count": 100 }, { "product_id": "B", "count": 50 }] } });
    let packed = json!({ "pack_shipment": { "transfer_order_id": "T2", "shipment_id": "P2",
        "service_level": "STANDARD", "lines": lines(5) } });
    let closed = json!({ "close_transfer_order": { "transfer_order_id": "T3", "reason": "not wanted" } });
    let shipped = json!({ "ship_items": { "transfer_order_id": "T1", "lines": lines(10) } });
    vec![
        ("S1", "08:00", "08:00", reason),
        ("S1", "08:01", "08:01", opening),
        ("S1", "08:02", "08:02", order("T1", 10)),
        ("S1", "08:03", "08:03", shipped),
        ("S1", "08:04", "08:04", order("T2", 5)),
        ("S1", "08:05", "08:05", packed),
        ("S1", "08:06", "08:06", order("T3", 2)),
        ("S1", "08:07", "08:07", closed),
        ("S1", "08:08", "08:08", json!({ "allocate": { "allocation_id": "AL", "lines": lines(3) } })),
        ("S1", "08:09", "08:09", json!({ "reserve": { "reservation_id": "RE", "lines": lines(2) } })),
        ("S1", "08:10", "08:10", json!({ "adjust_stock": { "reason_code": "DAMAGED", "lines": lines(1) } })),
    ]
}

/// What store S2 does then.
fn at_the_other_store() -> Vec<Told> {
    let asn = derived_id(uuid::Uuid::from_u128(4), &"S1".into(), "asn_id").to_string();
    let expected = |id: &str| {
        json!({ "create_asn": { "asn_id": id, "from_location": "DC1", "shipment_ref": id,
            "shipment_date": "2026-03-02T08:00:00Z", "lines": lines(4) } })
    };
    let received = |id: &str, quantity| json!({ "receive_items": { "asn_id": id, "lines": lines(quantity) } });
    let returned = json!({ "record_return": { "return_id": "2",
        "lines": [{ "product_id": "A", "quantity": 1, "condition": "sellable" }] } });
    vec![
        ("S2", "09:00", "09:00", received(&asn, 6)),
        ("S2", "09:01", "09:01", json!({ "close_asn": { "asn_id": asn, "remainder": "lost", "reason": "lost" } })),
        ("S2", "09:02", "09:02", json!({ "record_sale": { "sale_id": "1", "lines": lines(1) } })),
        ("S2", "09:03", "09:03", returned),
        ("S2", "09:04", "09:04", expected("N1")),
        ("S2", "09:05", "09:05", received("N1", 4)),
        ("S2", "09:06", "09:06", expected("N2")),
        ("S2", "09:07", "09:07", json!("no operation")),
    ]
}

/// A sale, a count of B, and a sale of B that comes late: it happened before the count.
fn afternoon() -> Vec<Told> {
    let made = json!({ "create_count": { "count_id": "C", "count_type": "cycle_count", "product_ids": ["B"] } });
    let counted = json!({ "submit_count": { "count_id": "C", "lines": [{ "product_id": "B", "count": 48 }] } });
    let late = json!({ "record_sale": { "sale_id": "4", "lines": [{ "product_id": "B", "quantity": 1 }] } });
    vec![
        ("S1", "10:00", "10:00", json!({ "record_sale": { "sale_id": "3", "lines": lines(1) } })),
        ("S1", "10:01", "10:01", made),
        ("S1", "12:00", "12:00", counted),
        ("S1", "13:00", "11:00", late),
    ]
}

/// A day of two stores, with one of everything that is audited; a sale is told twice, and one record is nonsense.
fn day() -> Vec<InputRecord> {
    day_and(&[])
}

/// The same day, and what is told after it.
pub fn day_and(extra: &[Told]) -> Vec<InputRecord> {
    let mut deployment = Deployment::new(Settings::default(), Formats::all(Format::Json));
    let told = [morning(), at_the_other_store(), afternoon(), extra.to_vec()].concat();
    let record = |number: usize, (store, at, occurred_at, operation): &Told| {
        let id = uuid::Uuid::from_u128(u128::try_from(number).unwrap() + 1).to_string();
        let command = json!({ "command_id": id, "store_id": store, "occurred_at": format!("2026-03-02T{occurred_at}:00Z"),
            "actor": { "id": "ada" }, "operation": operation });
        vector::read_record(&json!({ "at": format!("2026-03-02T{at}:00Z"), "key": store, "command": command }))
    };
    let mut records: Vec<_> = told.iter().enumerate().map(|(number, told)| record(number, told)).collect();
    let sale = told.iter().position(|(_, at, ..)| *at == "10:00").unwrap();
    records.push(records[sale].clone());
    records.push(vector::read_record(&json!({ "at": "2026-03-02T13:30:00Z", "key": "S1", "raw": "no JSON" })));
    for (number, record) in records.iter().enumerate() {
        deployment.feed(Delivery { record: number, again: 0 }, record);
    }
    let topics = deployment.topics();
    let refused =
        topics.iter().filter(|record| record.topic == Topic::Results && json_of(record)["status"] == "rejected");
    assert_eq!(refused.count(), 1, "the one without an operation");
    topics
}

pub type Records = Vec<InputRecord>;

pub fn json_of(record: &InputRecord) -> Value {
    record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok()).unwrap_or_default()
}

/// The last record of a topic whose value has all these words.
pub fn index(records: &Records, topic: Topic, words: &[&str]) -> usize {
    let has = |record: &InputRecord| {
        let value = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned();
        record.topic == topic && words.iter().all(|word| value.contains(word))
    };
    records.iter().rposition(has).unwrap_or_else(|| panic!("no record of {topic:?} with {words:?}"))
}

/// Changes what stands at a place in the last such record.
pub fn edit(records: &mut Records, topic: Topic, words: &[&str], place: &str, to: Value) {
    let at = index(records, topic, words);
    let mut value = json_of(&records[at]);
    assert!(value.pointer(place).is_some(), "{value} has no {place}");
    let old = value.pointer_mut(place).unwrap();
    assert_ne!(*old, to, "{place}");
    *old = to;
    records[at].value = Some(value.to_string().into());
}

fn drop_last(records: &mut Records, topic: Topic, words: &[&str]) {
    let at = index(records, topic, words);
    records.remove(at);
}

fn twice(records: &mut Records, topic: Topic, words: &[&str]) {
    let at = index(records, topic, words);
    let mut again = records[at].clone();
    again.position.offset += 1_000;
    records.insert(at + 1, again);
}

/// A tombstone for the last such document.
fn delete(records: &mut Records, words: &[&str]) {
    let at = index(records, Topic::Documents, words);
    let mut gone = records[at].clone();
    (gone.value, gone.position.offset) = (None, gone.position.offset + 1_000);
    records.push(gone);
}

/// As if the processor had posted the late sale, and forgotten that its product was counted since.
fn forget_the_correction(records: &mut Records) {
    let correction = json_of(&records[index(records, Topic::Ledger, &["\"corrects\":\""])]);
    drop_last(records, Topic::Ledger, &["\"corrects\":\""]);
    drop_last(records, Topic::Events, &["variance_corrected"]);
    let sale = json_of(&records[index(records, Topic::Ledger, &["\"B\"", "record_sale"])]);
    let left = sale["from_after"].clone();
    for place in ["/on_hand/main", "/stock_on_hand", "/available_to_promise"] {
        edit(records, Topic::Stock, &["\"B\""], place, left.clone());
    }
    let variance = json_of(&records[index(records, Topic::Ledger, &["\"B\"", "submit_count"])]);
    let out = variance["quantity"].as_i64().unwrap();
    edit(records, Topic::Stock, &["\"B\""], "/last_counts/main/variance", json!(-out));
    edit(records, Topic::Stock, &["\"B\""], "/counts/main/1/variance", json!(-out));
    let command = correction["command_id"].as_str().unwrap().to_owned();
    let at = index(records, Topic::Results, &[&command]);
    let ids = json_of(&records[at])["event_ids"].as_array().unwrap().clone();
    edit(records, Topic::Results, &[&command], "/event_ids", json!(ids[..ids.len() - 1]));
    let at = index(records, Topic::Documents, &["\"kind\":\"store\"", "\"S1\""]);
    let sequence = json_of(&records[at])["sequence"].as_u64().unwrap();
    edit(records, Topic::Documents, &["\"kind\":\"store\"", "\"S1\""], "/sequence", json!(sequence - 1));
}

type Mutation = (&'static str, Rule, fn(&mut Records));

#[test]
fn the_day_is_believed() {
    assert_eq!(pass(&day(), &Settings::default()).violations, []);
}

#[test]
fn every_way_to_make_a_history_wrong_is_found_by_its_name() {
    let day = day();
    let all: Vec<Mutation> =
        [of_events(), of_movements(), of_rows(), of_documents(), of_answers()].into_iter().flatten().collect();
    assert!(all.len() >= 40, "{}", all.len());
    let mut faults = String::new();
    for (name, rule, mutate) in all {
        let mut records = day.clone();
        mutate(&mut records);
        let found = pass(&records, &Settings::default()).violations;
        if !found.iter().any(|violation| violation.rule == rule) {
            faults.push_str(&format!("{name}: {rule:?} is not among {found:#?}\n"));
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_forgotten_correction_breaks_the_law_of_counting_and_nothing_else() {
    let mut records = day();
    forget_the_correction(&mut records);
    let rules: Vec<Rule> = pass(&records, &Settings::default()).violations.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::Law]);
}

fn of_events() -> Vec<Mutation> {
    vec![
        ("an event is missing", Rule::Sequence, |r| drop_last(r, Topic::Events, &["items_sold", "S2"])),
        ("the last event of a store is missing", Rule::Sequence, |r| {
            drop_last(r, Topic::Events, &["variance_corrected"])
        }),
        ("an event twice", Rule::Sequence, |r| twice(r, Topic::Events, &["items_sold", "S2"])),
        ("an event nobody names", Rule::Named, |r| {
            edit(r, Topic::Events, &["items_sold", "S2"], "/event_id", json!(uuid::Uuid::from_u128(99).to_string()));
        }),
        ("another sequence", Rule::Sequence, |r| edit(r, Topic::Events, &["items_sold", "S2"], "/sequence", json!(77))),
        ("another time of an event", Rule::Times, |r| {
            edit(r, Topic::Events, &["items_sold", "S2"], "/published_at", json!("2026-03-02T09:02:01.000Z"));
        }),
        ("another quantity sold", Rule::Announced, |r| {
            edit(r, Topic::Events, &["items_sold", "S2"], "/payload/items/0/quantity", json!(2));
        }),
        ("another product sold", Rule::Announced, |r| {
            edit(r, Topic::Events, &["items_sold", "S2"], "/payload/items/0/product_id", json!("B"));
        }),
        ("another place sold from", Rule::Announced, |r| {
            edit(r, Topic::Events, &["items_sold", "S2"], "/payload/stock_location_name", json!("damaged"));
        }),
        ("another quantity received", Rule::Announced, |r| {
            edit(r, Topic::Events, &["items_received", "N1"], "/payload/items/0/quantity", json!(5));
        }),
        ("another figure of a closed ASN", Rule::Closed, |r| {
            edit(r, Topic::Events, &["asn_closed", "N1"], "/payload/items/0/received_quantity", json!(3));
        }),
        ("another figure of a closed order", Rule::Closed, |r| {
            edit(r, Topic::Events, &["transfer_order_closed"], "/payload/items/0/transferred_quantity", json!(9));
        }),
        ("another count announced", Rule::Law, |r| {
            edit(r, Topic::Events, &["items_counted", "\"count\":48"], "/payload/items/0/count", json!(47));
        }),
        ("an event under another key", Rule::Readable, |r| {
            let at = index(r, Topic::Events, &["items_sold", "S2"]);
            r[at].key = Some("S3".into());
        }),
        ("an event that is cut off", Rule::Readable, |r| {
            let at = index(r, Topic::Events, &["items_sold", "S2"]);
            let value = r[at].value.take().unwrap();
            r[at].value = Some(value.slice(..value.len() - 1));
        }),
        ("an event in another partition", Rule::OnePartition, |r| {
            let at = index(r, Topic::Events, &["items_sold", "S2"]);
            r[at].position.partition = (r[at].position.partition + 1) % PARTITIONS;
        }),
    ]
}

fn of_movements() -> Vec<Mutation> {
    const SOLD: &[&str] = &["record_sale", "\"S2\""];
    vec![
        ("a movement is missing", Rule::Chain, |r| drop_last(r, Topic::Ledger, &["import_stock", "\"A\""])),
        ("the last movement of a product is missing", Rule::Stock, |r| {
            drop_last(r, Topic::Ledger, &["\"S2\"", "\"to_account\":\"main\"", "receive_items"]);
        }),
        ("a movement twice", Rule::Repeats, |r| twice(r, Topic::Ledger, SOLD)),
        ("another quantity moved", Rule::Chain, |r| edit(r, Topic::Ledger, SOLD, "/quantity", json!(2))),
        ("nothing moved", Rule::Chain, |r| edit(r, Topic::Ledger, SOLD, "/quantity", json!(0))),
        ("another balance before", Rule::Chain, |r| edit(r, Topic::Ledger, SOLD, "/from_before", json!(77))),
        ("another balance after", Rule::Chain, |r| edit(r, Topic::Ledger, SOLD, "/from_after", json!(77))),
        ("sold to the supplier", Rule::Accounts, |r| edit(r, Topic::Ledger, SOLD, "/to_account", json!("supplier"))),
        ("returned by the supplier", Rule::Accounts, |r| {
            edit(r, Topic::Ledger, &["record_return"], "/from_account", json!("supplier"));
        }),
        ("lost units that came back", Rule::Conservation, |r| {
            edit(r, Topic::Ledger, &["\"to_account\":\"lost_in_transit/"], "/to_account", json!("supplier"));
        }),
        ("a correction of another count", Rule::Accounts, |r| {
            edit(r, Topic::Ledger, &["\"corrects\":\""], "/count_id", json!("other"));
        }),
        ("another time of a movement", Rule::Times, |r| {
            edit(r, Topic::Ledger, SOLD, "/recorded_at", json!("2026-03-02T09:02:01.000Z"));
        }),
        ("another command moved", Rule::Announced, |r| {
            edit(r, Topic::Ledger, SOLD, "/command_id", json!(uuid::Uuid::from_u128(98).to_string()));
        }),
        ("another time of the facts", Rule::Law, |r| {
            edit(r, Topic::Ledger, &["record_sale", "\"B\""], "/occurred_at", json!("2026-03-02T12:30:00.000Z"));
        }),
        ("a correction forgotten", Rule::Law, forget_the_correction),
    ]
}

fn of_rows() -> Vec<Mutation> {
    const A: &[&str] = &["\"S1\"", "\"A\""];
    vec![
        ("another balance shown", Rule::Stock, |r| edit(r, Topic::Stock, A, "/on_hand/main", json!(7))),
        ("another stock on hand shown", Rule::Figures, |r| edit(r, Topic::Stock, A, "/stock_on_hand", json!(7))),
        ("another ATP shown", Rule::Figures, |r| edit(r, Topic::Stock, A, "/available_to_promise", json!(7))),
        ("another reserved quantity shown", Rule::Figures, |r| edit(r, Topic::Stock, A, "/reserved", json!(7))),
        ("another packed quantity", Rule::Holds, |r| edit(r, Topic::Stock, A, "/packed/main", json!(6))),
        ("another allocated quantity", Rule::Holds, |r| edit(r, Topic::Stock, A, "/allocated", json!(7))),
        ("another variance of the last count", Rule::Figures, |r| {
            edit(r, Topic::Stock, &["\"B\""], "/last_counts/main/variance", json!(7));
        }),
        ("another variance remembered", Rule::Stock, |r| {
            edit(r, Topic::Stock, &["\"B\""], "/counts/main/1/variance", json!(7));
        }),
        ("another time of a row", Rule::Times, |r| {
            edit(r, Topic::Stock, A, "/updated_at", json!("2026-03-02T10:00:01.000Z"));
        }),
        ("a row is missing", Rule::Stock, |r| drop_last(r, Topic::Stock, A)),
    ]
}

fn of_documents() -> Vec<Mutation> {
    vec![
        ("another figure of an order", Rule::Conservation, |r| {
            edit(
                r,
                Topic::Documents,
                &["\"kind\":\"transfer_order\"", "\"T1\""],
                "/lines/0/received_quantity",
                json!(5),
            );
        }),
        ("another number of shipments", Rule::Documents, |r| {
            edit(r, Topic::Documents, &["\"kind\":\"transfer_order\"", "\"T1\""], "/shipments", json!(2));
        }),
        ("a shipment is missing", Rule::Documents, |r| delete(r, &["\"kind\":\"shipment\"", "P2"])),
        ("a shipment of another ASN", Rule::References, |r| {
            edit(r, Topic::Documents, &["\"kind\":\"shipment\"", "\"T1\""], "/asn_id", json!("other"));
        }),
        ("another figure of an ASN", Rule::Conservation, |r| {
            edit(r, Topic::Documents, &["\"kind\":\"asn\"", "N1"], "/lines/0/received_quantity", json!(3));
        }),
        ("an ASN that expects more", Rule::Transit, |r| {
            edit(r, Topic::Documents, &["\"kind\":\"asn\"", "N2"], "/lines/0/expected_quantity", json!(5));
        }),
        ("an ASN that is open again", Rule::Closed, |r| {
            let at = index(r, Topic::Documents, &["\"kind\":\"asn\"", "N1", "\"closed\""]);
            let open = index(r, Topic::Documents, &["\"kind\":\"asn\"", "N1", "\"open\""]);
            let mut again = r[open].clone();
            again.position.offset = r[at].position.offset + 1_000;
            r.push(again);
        }),
        ("another number of products counted", Rule::Documents, |r| {
            edit(r, Topic::Documents, &["\"kind\":\"count\"", "\"C\""], "/products_counted", json!(2));
        }),
        ("an open ASN that is deleted", Rule::Open, |r| delete(r, &["\"kind\":\"asn\"", "N2"])),
        ("a closed order that is deleted at once", Rule::Closed, |r| {
            delete(r, &["\"kind\":\"transfer_order\"", "\"T3\""]);
        }),
        ("an allocation is missing", Rule::Holds, |r| drop_last(r, Topic::Documents, &["\"kind\":\"allocation\""])),
        ("another reservation", Rule::Holds, |r| {
            edit(r, Topic::Documents, &["\"kind\":\"reservation\""], "/lines/0/quantity", json!(7));
        }),
        ("a store that remembers another sequence", Rule::Sequence, |r| {
            edit(r, Topic::Documents, &["\"kind\":\"store\"", "\"S1\""], "/sequence", json!(1));
        }),
    ]
}

fn of_answers() -> Vec<Mutation> {
    const SOLD: &[&str] = &["record_sale", "\"S2\""];
    vec![
        ("a result is missing", Rule::OneResult, |r| drop_last(r, Topic::Results, SOLD)),
        ("a result twice", Rule::OneResult, |r| twice(r, Topic::Results, SOLD)),
        ("another answer to a repeat", Rule::Repeats, |r| {
            let at = index(r, Topic::Results, &["record_sale", "\"S1\""]);
            let repeated = json_of(&r[at])["command_id"].as_str().unwrap().to_owned();
            edit(r, Topic::Results, &[&repeated], "/event_ids", json!([uuid::Uuid::from_u128(97).to_string()]));
        }),
        ("a sale that announced nothing", Rule::Effects, |r| edit(r, Topic::Results, SOLD, "/event_ids", json!([]))),
        ("an event named that is not there", Rule::Named, |r| {
            edit(r, Topic::Results, SOLD, "/event_ids/0", json!(uuid::Uuid::from_u128(96).to_string()));
        }),
        ("another time of a result", Rule::Times, |r| {
            edit(r, Topic::Results, SOLD, "/recorded_at", json!("2026-03-02T09:02:01.000Z"));
        }),
        ("a result of another input", Rule::OneResult, |r| {
            let (at, other) = (index(r, Topic::Results, SOLD), index(r, Topic::Results, &["record_return"]));
            r[at].headers = r[other].headers.clone();
        }),
        ("a result of no input", Rule::Readable, |r| {
            let at = index(r, Topic::Results, SOLD);
            r[at].headers.retain(|header| &*header.key != "cause");
        }),
        ("a dead letter is missing", Rule::OneResult, |r| drop_last(r, Topic::DeadLetters, &["no JSON"])),
        ("an input is missing", Rule::OneResult, |r| drop_last(r, Topic::Commands, SOLD)),
        ("a leg is missing", Rule::OneResult, |r| drop_last(r, Topic::Legs, &["asn_opened"])),
    ]
}
