//! One day of a small chain: every row of the process at least once, with the trouble that real days have.

use serde_json::{Value, json};

use crate::codec::Codec;
use crate::domain::ids::derived_id;
use crate::domain::rejection::Code;
use crate::domain::time::Timestamp;

use super::generator::{PRODUCTS, Random, STORES, crowd};
use super::script::{Act, Expected, Script, lines, time};

/// The distribution centre, which is not mastered here.
pub const DC: &str = "dc-derby";

/// The whole day.
pub fn day(seed: u64, codec: &Codec, crowd_size: usize) -> Vec<Act> {
    let mut script = Script::new(seed);
    let mut random = Random::new(seed);
    opening(&mut script);
    receiving(&mut script);
    trading(&mut script, &mut random, codec, crowd_size);
    adjusting(&mut script);
    carrying(&mut script);
    packing(&mut script);
    counting(&mut script, &mut random, codec, crowd_size / 2);
    evening(&mut script);
    script.acts()
}

fn opening(script: &mut Script) {
    script.scene(
        "06:00",
        "The night before opening",
        "Head office configures the stores and the reasons of adjustments; the ERP sends opening stock.",
    );
    for store in STORES {
        let operation = json!({ "configure_store": { "time_zone": "Europe/London", "count_tolerance": 1 } });
        script.step(store, "head-office", operation, "is configured: differences above 1 unit are reviewed");
    }
    let dc = json!({ "configure_store": { "location_type": "dc", "inventory_master": false } });
    script.step(DC, "head-office", dc, "is a distribution centre: its stock is kept elsewhere");
    for store in STORES {
        let counts: Value = PRODUCTS.iter().map(|product| json!({ "product_id": product, "count": 60 })).collect();
        let import = json!({ "import_stock": { "import_id": format!("OPENING-{store}"), "stock_location": "main", "lines": counts } });
        script.step(store, "erp", import, "opening stock: 60 of each product");
    }
    for (code, subtype, sides) in [
        ("broken", "damaged", json!({ "origin_stock_location": "main", "destination_stock_location": "damaged" })),
        ("stolen", "shoplifting", json!({ "origin_stock_location": "main" })),
    ] {
        let mut reason = json!({ "reason_code": code, "type": "shrink", "subtype": subtype, "is_activated": true });
        if let (Some(reason), Some(sides)) = (reason.as_object_mut(), sides.as_object()) {
            reason.extend(sides.clone());
        }
        let words = format!("the reason \"{code}\" is defined");
        script.step("london", "head-office", json!({ "define_reason": reason }), &words);
    }
}

fn receipt(asn: &str, received: &[(&str, i64)]) -> Value {
    json!({ "receive_items": { "asn_id": asn, "lines": lines(received) } })
}

fn receiving(script: &mut Script) {
    script.scene(
        "08:00",
        "Receiving: what was announced, and what really came",
        "An ASN says what to expect. Receipts may be partial, may bring too much, or damaged goods; the ASN closes by \
         itself when nothing is outstanding, or by hand.",
    );
    let asn = |id: &str, goods: Value| {
        json!({ "create_asn": { "asn_id": id, "from_location": DC, "shipment_ref": format!("IF-{id}"),
            "order_ref": "PO-4711", "shipment_date": time("05:00").to_string(), "lines": goods } })
    };
    script.step(
        "london",
        "erp",
        asn("ASN-1", lines(&[("shirt", 40), ("jeans", 20)])),
        "the DC ships 40 shirts, 20 jeans",
    );
    script.minutes(30);
    script.step(
        "london",
        "anna",
        receipt("ASN-1", &[("shirt", 25), ("jeans", 20)]),
        "25 shirts and all jeans arrive: partial",
    );
    let again = receipt("ASN-1", &[("shirt", 17)]);
    let first = script.step("london", "anna", again, "17 more shirts, 2 too many: ASN complete, closed by itself");
    script.repeat(&first, Expected::Accepted, "the device sends that again: same answer, nothing changes");
    script.told(
        "london",
        "anna",
        script.now(),
        receipt("ASN-1", &[("shirt", 1)]),
        Expected::Rejected(Code::AsnClosed),
        "one more shirt for the closed ASN is refused",
    );
    let cartons = json!([{ "product_id": "cap", "quantity": 10, "carton_id": "BOX-1" }, { "product_id": "socks", "quantity": 30, "carton_id": "BOX-2" }]);
    script.step("leeds", "erp", asn("ASN-2", cartons), "two cartons are on their way");
    let scan = json!({ "receive_items": { "asn_id": "ASN-2", "carton_ids": ["BOX-1"] } });
    script.step("leeds", "ben", scan, "BOX-1 is scanned, BOX-2 is nowhere to be found");
    let close = json!({ "close_asn": { "asn_id": "ASN-2", "reason": "carrier lost a box" } });
    script.step("leeds", "head-office", close, "head office closes the ASN by hand: 30 socks are lost");
    let early = receipt("ASN-3", &[("jacket", 5)]);
    script.told(
        "york",
        "cleo",
        script.now(),
        early,
        Expected::Parked,
        "jackets arrive before their ASN: the receipt waits",
    );
    script.minutes(20);
    script.step("york", "erp", asn("ASN-3", lines(&[("jacket", 5)])), "now the ASN comes, and the receipt is booked");
    let blind = json!({ "receive_items": { "order_ref": "PO-9", "lines": [
        { "product_id": "sneaker", "quantity": 8, "rejected_quantity": 2 }] } });
    script.step("york", "cleo", blind, "without an ASN, against a purchase order: 8 sneakers, 2 more are damaged");
}

fn trading(script: &mut Script, random: &mut Random, codec: &Codec, size: usize) {
    script.scene(
        "10:00",
        "Trading",
        "Tills sell. Networks repeat messages, devices send late or nonsense: every input gets one answer, and only \
         one effect.",
    );
    let busy = crowd(script, random, codec, size);
    let words = busy.words();
    script.crowd(busy.sent, &words);
    let promised = json!({ "allocate": { "allocation_id": "WEB-1", "lines": lines(&[("jacket", 2)]) } });
    script.step("york", "web-shop", promised, "the web shop promises 2 jackets: on hand stays, available falls");
    let sold = json!({ "record_sale": { "sale_id": "WEB-1", "lines": lines(&[("jacket", 2)]) } });
    script.step("york", "web-shop", sold, "they are sold: the promise is kept");
    let aside = json!({ "reserve": { "reservation_id": "MRS-SMITH", "lines": lines(&[("sneaker", 1)]) } });
    script.step("york", "cleo", aside, "a pair of sneakers is put aside for a customer");
    let back = json!({ "release_reservation": { "reservation_id": "MRS-SMITH" } });
    script.step("york", "cleo", back, "she did not come: back on sale");
    let ahead = script.now().plus_millis(24 * 3_600_000);
    let sale = json!({ "record_sale": { "sale_id": "CLOCK", "lines": lines(&[("cap", 1)]) } });
    script.told(
        "leeds",
        "till-2",
        ahead,
        sale,
        Expected::Accepted,
        "a till whose clock is a day ahead: its time is set right",
    );
    script.garbage("leeds", b"hello?", "something that is no command: a dead letter, with the reason");
}

fn adjusting(script: &mut Script) {
    script.scene(
        "12:00",
        "Adjusting",
        "A reason decides where units go: away, in, or from one stock location to another.",
    );
    let adjust = |reason: &str, product: &str, quantity: i64| json!({ "adjust_stock": { "reason_code": reason, "lines": lines(&[(product, quantity)]) } });
    script.step("london", "anna", adjust("broken", "shirt", 3), "3 shirts are damaged: main → damaged");
    script.step("london", "anna", adjust("stolen", "cap", 1), "a cap was stolen");
    let unknown = adjust("eaten", "socks", 1);
    script.told(
        "london",
        "anna",
        script.now(),
        unknown,
        Expected::Rejected(Code::ReasonUnknown),
        "a reason nobody defined",
    );
}

fn order(id: &str, to: &str, goods: &[(&str, i64)]) -> Value {
    json!({ "create_transfer_order": { "transfer_order_id": id, "destination_id": to, "source": "associate_app",
        "lines": lines(goods) } })
}

fn carrying(script: &mut Script) {
    script.scene(
        "13:00",
        "Transfer, carried over by hand",
        "10 shirts are wanted, 9 can be found. Creating the order moves nothing; stock leaves when the goods do, and is \
         in transit until the other store receives it.",
    );
    script.step("london", "anna", order("TO-1", "leeds", &[("shirt", 10)]), "10 shirts are to go to leeds");
    let carry = json!({ "ship_items": { "transfer_order_id": "TO-1", "lines": lines(&[("shirt", 9)]) } });
    let carried = script.step("london", "anna", carry, "9 leave with a colleague: in transit, leeds gets an ASN");
    script.with_leg();
    let close = json!({ "close_transfer_order": { "transfer_order_id": "TO-1", "reason": "one is missing" } });
    script.step("london", "head-office", close, "head office closes the order: 10 wanted, 9 transferred, 1 released");
    script.minutes(40);
    let asn = asn_of(&carried);
    script.step("leeds", "ben", receipt(&asn, &[("shirt", 9)]), "leeds receives 9: complete, the ASN closes");
    script.with_leg();
}

/// The ASN of a shipment: named by the processor, after the command that packed or carried it.
fn asn_of(command: &Value) -> String {
    let text = |field: &str| command.get(field).and_then(Value::as_str).unwrap_or_default();
    let namespace = text("command_id").parse().unwrap_or_default();
    derived_id(namespace, &text("store_id").into(), "asn_id").to_string()
}

fn packing(script: &mut Script) {
    script.scene(
        "14:00",
        "Transfer, packed and handed to a carrier",
        "Packing holds units back but leaves them on hand; handing over moves them. What never arrives is lost, or \
         comes back.",
    );
    let pack = |shipment: &str, quantity: i64| {
        json!({ "pack_shipment": { "transfer_order_id": "TO-2", "shipment_id": shipment, "service_level": "standard",
            "carrier": "DPD", "tracking_code": format!("T-{shipment}"), "lines": lines(&[("jeans", quantity)]) } })
    };
    let hand_over = |shipment: &str| json!({ "ship_items": { "transfer_order_id": "TO-2", "shipment_id": shipment } });
    script.step("york", "cleo", order("TO-2", "london", &[("jeans", 10)]), "10 jeans are to go to london");
    script.step("york", "cleo", pack("SH-1", 4), "4 are packed");
    let cancel = json!({ "cancel_shipment": { "shipment_id": "SH-1", "reason": "wrong box" } });
    script.step("york", "cleo", cancel, "the wrong box: everything back as before");
    let first = asn_of(&script.step("york", "cleo", pack("SH-2", 6), "6 are packed and labelled"));
    let second = asn_of(&script.step("york", "cleo", pack("SH-3", 4), "and 4 in a second parcel"));
    script.step("york", "carrier", hand_over("SH-2"), "the carrier takes the first parcel");
    script.with_leg();
    script.step("york", "carrier", hand_over("SH-3"), "and the second: nothing is left to ship, the order closes");
    script.with_leg();
    script.minutes(30);
    script.step("london", "anna", receipt(&first, &[("jeans", 6)]), "london receives the first parcel");
    script.with_leg();
    script.step("london", "anna", receipt(&second, &[("jeans", 3)]), "of the second parcel 3 of 4");
    script.with_leg();
    let close = json!({ "close_asn": { "asn_id": second, "reason": "1 stayed in york", "remainder": "returned" } });
    script.step("london", "head-office", close, "the fourth never left: closed, and returned to york");
    script.with_leg();
}

fn counting(script: &mut Script, random: &mut Random, codec: &Codec, size: usize) {
    script.scene(
        "16:00",
        "Counting while the store is open",
        "A count says what lay on the shelf at a moment. Sales go on: what happened after that moment survives, what \
         happened before but is told later changes the variance, not the stock.",
    );
    let create = json!({ "create_count": { "count_id": "COUNT-1", "count_type": "cycle_count",
        "product_ids": ["shirt", "cap"], "external_id": "ERP-55", "due_date": "2026-03-02" } });
    script.step("london", "erp", create, "the ERP wants shirts and caps counted");
    let counted_at = script.now();
    script.minutes(5);
    let sale = |id: &str| json!({ "record_sale": { "sale_id": id, "lines": lines(&[("shirt", 1)]) } });
    script.step("london", "till-1", sale("DURING"), "a shirt is sold while the numbers are written down");
    script.minutes(5);
    let counts = json!([{ "product_id": "shirt", "count": 87, "counted_at": counted_at.to_string(), "zone": "shelf" },
        { "product_id": "cap", "count": 59, "counted_at": counted_at.to_string() }]);
    let submit = json!({ "submit_count": { "count_id": "COUNT-1", "lines": counts } });
    script.step(
        "london",
        "anna",
        submit,
        "87 shirts and 59 caps as of 16:00; 90 shirts are on record: too different, it is reviewed",
    );
    let accept = json!({ "review_count": { "count_id": "COUNT-1", "decision": "accept" } });
    script.step(
        "london",
        "head-office",
        accept,
        "the numbers stand: stock becomes what was counted, less what was sold since",
    );
    let before = counted_at.plus_millis(-15 * 60_000);
    let late = "a till reports a sale of 15:45 only now: the count knew it, stock stays, its variance shrinks";
    script.told("london", "till-3", before, sale("LATE"), Expected::Accepted, late);
    let busy = crowd(script, random, codec, size);
    let words = busy.words();
    script.crowd(busy.sent, &words);
}

fn evening(script: &mut Script) {
    script.scene(
        "19:00",
        "Evening",
        "A phone that was offline all day connects: its session began before the delivery of the morning was closed.",
    );
    let began: Timestamp = time("08:20");
    let found = json!({ "receive_items": { "asn_id": "ASN-2", "started_at": began.to_string(), "lines": lines(&[("socks", 12)]) } });
    script.told("leeds", "ben", began, found, Expected::Accepted, "12 of the lost socks were there after all");
    let asked = json!({ "record_sale": { "sale_id": "ASK", "lines": lines(&[("cap", 1)]) } });
    let mut question = script.command("leeds", "till-1", script.now(), asked);
    question["validate_only"] = json!(true);
    script.repeat(&question, Expected::Accepted, "only asked: what would a sale do? Nothing changes");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::format::Formats;

    #[test]
    fn the_day_has_every_row_of_the_process_and_is_the_same_again() {
        let codec = Codec::new("acme".into(), Formats::default(), "main".into());
        let text = |seed| format!("{:?}", day(seed, &codec, 40));
        assert_eq!(text(7), text(7));
        let acts = day(7, &codec, 40);
        let sent: String = acts
            .iter()
            .filter_map(|act| match act {
                Act::Step { sent, .. } => Some(String::from_utf8_lossy(&sent.value).into_owned()),
                Act::Scene { .. } | Act::Crowd { .. } => None,
            })
            .collect();
        for name in [
            "receive_items",
            "create_asn",
            "close_asn",
            "create_transfer_order",
            "pack_shipment",
            "ship_items",
            "cancel_shipment",
            "close_transfer_order",
            "adjust_stock",
            "create_count",
            "submit_count",
            "review_count",
            "import_stock",
            "record_sale",
            "allocate",
            "reserve",
            "release_reservation",
            "configure_store",
            "define_reason",
        ] {
            assert!(sent.contains(&format!("\"{name}\"")), "{name}");
        }
    }
}
