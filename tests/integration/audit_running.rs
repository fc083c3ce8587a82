//! The auditor beside a processor at work: what is under way is no fault, and a fault is told whatever is under way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use stockroom::audit::Rule;
use stockroom::codec::record::Topic;
use stockroom::domain::settings::Settings;

use super::audit::{Records, day_and, edit, index, json_of, pass};
use super::support::deployment::{Deployment, IMPATIENT};
use super::support::sales::Sales;

/// A row that shows one unit too many everywhere.
fn show_one_too_many(records: &mut Records) {
    const A: &[&str] = &["\"S1\"", "\"A\""];
    let row = json_of(&records[index(records, Topic::Stock, A)]);
    for place in ["/on_hand/main", "/stock_on_hand", "/available_to_promise"] {
        edit(records, Topic::Stock, A, place, json!(row.pointer(place).unwrap().as_i64().unwrap() + 1));
    }
}

/// A lasting fault of a product that sells is told with other figures at each reading: it is never dropped in silence.
#[test]
fn what_looks_broken_in_another_way_at_each_reading_is_told() {
    let count_less: fn(&mut Records) =
        |r| edit(r, Topic::Events, &["items_counted", "\"count\":48"], "/payload/items/0/count", json!(47));
    for (rule, product, mutate) in
        [(Rule::Stock, "A", show_one_too_many as fn(&mut Records)), (Rule::Law, "B", count_less)]
    {
        let sale = json!({ "record_sale": { "sale_id": "9", "lines": [{ "product_id": product, "quantity": 1 }] } });
        let (mut before, mut after) = (day_and(&[]), day_and(&[("S1", "14:00", "14:00", sale)]));
        mutate(&mut before);
        mutate(&mut after);
        let (first, mut again) = (pass(&before, &Settings::default()), pass(&after, &Settings::default()));
        again.keep_what_persists(&first);
        assert!(again.violations.iter().any(|violation| violation.rule == rule), "{rule:?}: {:?}", again.violations);
    }
}

/// Sales and transfers go on all the time.
#[test]
fn a_deployment_at_work_is_believed() {
    let deployment = Deployment::new("audit-running", 3, IMPATIENT);
    let mut instance = deployment.instance("a").shipped();
    instance.start();
    let is_over = AtomicBool::new(false);
    let verdicts = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut sales = Sales::new(5, 12, true);
            while !is_over.load(Ordering::Relaxed) {
                deployment.send(&mut sales, 20);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        while deployment.read(Topic::Results).len() < 100 {
            std::thread::sleep(Duration::from_millis(200));
        }
        let verdicts: Vec<_> = (0..3).map(|_| deployment.verify("a", &["--running"])).collect();
        is_over.store(true, Ordering::Relaxed);
        verdicts
    });
    verdicts.into_iter().for_each(|verdict| verdict.unwrap());
    assert!(instance.stop().success(), "{}", instance.tail());
}
