//! Flink SQL over our topics, with the statements of `docs/data.md` as they stand there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use serde_json::{Value, json};
use stockroom::codec::record::Topic;
use stockroom::domain::time::Timestamp;

use super::apicurio::Apicurio;
use super::{broker, ids, instance, stockroom, told};
use crate::support::days::yesterday;
use crate::support::deployment::{Deployment, IMPATIENT};

/// What happens in both deployments: every kind of table changes, and a document is deleted.
fn commands() -> String {
    let line = |product: &str, quantity: i64| json!([{ "product_id": product, "quantity": quantity }]);
    let import = json!({ "stock_location": "main", "lines": [{ "product_id": "shirt", "count": 10 }] });
    let asn = json!({ "asn_id": "asn-1", "from_location": "DC1", "shipment_ref": "S-1",
        "shipment_date": "2026-03-01T16:00:00Z", "lines": line("shirt", 5) });
    let operations = [
        ("berlin", json!({ "import_stock": import })),
        ("berlin", json!({ "record_sale": { "sale_id": "1", "lines": line("shirt", 3) } })),
        ("hamburg", json!({ "receive_items": { "order_ref": "PO", "lines": line("a|b%", 7) } })),
        ("berlin", json!({ "reserve": { "reservation_id": "kept", "lines": line("shirt", 2) } })),
        ("berlin", json!({ "reserve": { "reservation_id": "deleted", "lines": line("shirt", 1) } })),
        ("berlin", json!({ "create_asn": asn })),
        ("berlin", json!({ "receive_items": { "asn_id": "asn-1", "lines": line("shirt", 4) } })),
        ("berlin", json!({ "close_asn": { "asn_id": "asn-1", "reason": "done" } })),
        ("berlin", json!({ "release_reservation": { "reservation_id": "deleted" } })),
    ];
    let mut lines = String::new();
    for (number, (store, operation)) in operations.iter().enumerate() {
        let command = json!({ "command_id": uuid::Uuid::from_u128(number as u128 + 1), "store_id": store,
            "actor": { "id": "anna" }, "occurred_at": format!("{}T{:02}:00:00Z", yesterday(), number + 8), "operation": operation });
        writeln!(lines, "{command}").unwrap();
    }
    lines
}

/// The SQL of the page for those who query, statement by statement.
fn documented() -> Vec<String> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/data.md")).unwrap();
    let blocks = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(|block| block.split(";\n")).map(|sql| sql.trim().to_owned()).filter(|sql| !sql.is_empty()).collect()
}

/// The tables of the page over the topics of a deployment, to their end of now.
fn tables(deployment: &Deployment, registry: Option<&str>) -> String {
    let is_ours =
        |sql: &&String| sql.starts_with("CREATE TABLE") && sql.contains("avro-confluent") == registry.is_some();
    let mut script = String::new();
    for table in documented().iter().filter(is_ours) {
        let (of_topic, read_committed) = ("'topic' = 'inventory.", "'properties.isolation.level' = 'read_committed'");
        assert!(table.contains(of_topic) && table.contains(read_committed), "{table}");
        let table = table
            .replace(of_topic, &format!("'topic' = '{}inventory.", deployment.prefix))
            .replace("kafka:9092", broker::bootstrap())
            .replace("http://registry:8081", registry.unwrap_or_default())
            .replace(read_committed, &format!("{read_committed}, 'scan.bounded.mode' = 'latest-offset'"));
        writeln!(script, "{table};").unwrap();
    }
    assert_eq!(script.matches("CREATE TABLE").count(), 3, "{script}");
    script
}

/// Questions whose answers do not depend on the format.
fn questions(is_avro: bool) -> String {
    let [counted, updated, occurred, closed] = if is_avro {
        ["TO_TIMESTAMP_LTZ(last_counts['main'].counted_at / 1000, 3)", "updated", "occurred", "closed"]
    } else {
        ["last_counts['main'].counted_at", "updated_at", "occurred_at", "closed_at"]
    };
    [
        format!(
            "SELECT stock_key, store_id, product_id, stock_on_hand, available_to_promise, allocated, reserved, \
             on_hand['main'], on_hand['_customer_reservations'], CARDINALITY(packed), last_counts['main'].variance, \
             {counted}, {updated} FROM stock"
        ),
        format!(
            "SELECT document_key, status, reservation_id, {closed}, CARDINALITY(lines), lines[1].product_id, \
             lines[1].quantity, lines[1].received_quantity FROM documents WHERE kind IN ('asn', 'reservation')"
        ),
        format!(
            "SELECT movement_id, store_id, product_id, from_account, to_account, quantity, from_after, to_after, cause, \
             document_kind, document_id, {occurred}, business_date, count_id, corrects, recorded_at FROM ledger"
        ),
    ]
    .map(|sql| format!("{sql};\n"))
    .concat()
}

/// The queries of the page that Flink takes as a stream.
fn queries() -> String {
    let documented = documented();
    let query = |beginning: &str| documented.iter().find(|sql| sql.starts_with(beginning)).unwrap();
    let [stock_by_day, receiving_accuracy] =
        ["SELECT store_id, product_id,\n       SUM(", "SELECT d.from_location,"].map(query);
    // The page asks for a day in spring.
    let stock_by_day = stock_by_day.replace("'2026-03-31'", &format!("'{}'", yesterday()));
    assert!(stock_by_day.contains(yesterday()), "{stock_by_day}");
    format!("{stock_by_day};\n{receiving_accuracy};\n")
}

/// What Flink prints: of each query its rows, sorted.
fn flink(script: &str) -> Vec<Vec<String>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, script).unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/flink.sh");
    let output = Command::new("bash").arg(program).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}\n{script}", told(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let answers = text.split("\n\n").map(|answer| {
        let mut rows: Vec<String> = answer.trim().lines().map(str::to_owned).collect();
        rows.sort();
        rows
    });
    answers.filter(|rows| !rows.is_empty()).collect()
}

/// The first question, answered from what is on the topic in JSON.
fn stock(deployment: &Deployment) -> Vec<String> {
    let mut rows = BTreeMap::new();
    for record in deployment.read(Topic::Stock) {
        rows.insert(String::from_utf8(record.key.unwrap().into()).unwrap(), record.value.unwrap());
    }
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let milliseconds = |value: &Value| {
        let instant = value.as_str().map(|text| Timestamp::parse(text).unwrap());
        instant.map_or_else(|| "null".to_owned(), |instant| instant.millis().to_string())
    };
    let row = |(key, value): (String, bytes::Bytes)| {
        let row: Value = serde_json::from_slice(&value).unwrap();
        let counted = &row["last_counts"]["main"];
        let packed = row["packed"].as_object().map_or(0, serde_json::Map::len).to_string();
        let names = ["store_id", "product_id", "stock_on_hand", "available_to_promise", "allocated", "reserved"];
        let mut fields = vec![key];
        fields.extend(names.map(|name| shown(&row[name])));
        fields.extend(["main", "_customer_reservations"].map(|name| shown(&row["on_hand"][name])));
        fields.extend([packed, shown(&counted["variance"]), milliseconds(&counted["counted_at"])]);
        fields.push(milliseconds(&row["updated_at"]));
        fields.join("\t")
    };
    rows.into_iter().map(row).collect()
}

/// Rows without their last column; and that column.
fn split(rows: &[String]) -> (Vec<&str>, BTreeSet<i64>) {
    rows.iter().map(|row| row.rsplit_once('\t').unwrap()).map(|(row, last)| (row, last.parse::<i64>().unwrap())).unzip()
}

/// When the records of a topic were recorded.
fn recorded(deployment: &Deployment, topic: Topic) -> BTreeSet<i64> {
    deployment.read(topic).into_iter().map(|record| record.timestamp.millis()).collect()
}

#[test]
fn flink_reads_the_tables_with_the_statements_of_the_page_in_json_and_avro() {
    let (in_json, in_avro) = (Deployment::new("flink-json", 2, IMPATIENT), Deployment::new("flink-avro", 2, IMPATIENT));
    let send = |deployment: &Deployment| {
        // Flink and a registry start beside it on few processors.
        let sent = stockroom(deployment, None, &["send", "--timeout", "120"], &commands());
        assert!(sent.status.success(), "{}", told(&sent));
    };
    let mut json_instance = in_json.instance("a");
    json_instance.start();
    let registry = std::thread::scope(|scope| {
        // Empty, as one is set up: the first numbers are ours.
        let registry = scope.spawn(|| Apicurio::start(40, 0));
        send(&in_json);
        registry.join().unwrap()
    });
    let known = Some((&*registry.url, "register"));
    let mut instances = [json_instance, instance(&in_avro, known)];
    send(&in_avro);
    assert!(instances.iter_mut().all(|instance| instance.stop().success()));
    assert!(ids(&in_avro, Topic::Stock).iter().all(|id| *id == 4), "an empty registry numbers them as built in");

    let tables = [tables(&in_json, None), tables(&in_avro, Some(&registry.url))];
    let drop = "DROP TABLE ledger;\nDROP TABLE stock;\nDROP TABLE documents;\n";
    let script = [&*tables[0], &questions(false), drop, &tables[1], &questions(true), &queries()].concat();
    let answers = flink(&script);
    assert_eq!(answers.len(), 8, "{answers:#?}");
    let (json, avro) = answers.split_at(3);
    assert_eq!(json[0], stock(&in_json));
    // The eighth command after the one of eight o'clock.
    let closed = Timestamp::parse(&format!("{}T15:00:00Z", yesterday())).unwrap().millis();
    let asn = format!("berlin|asn|asn-1\tclosed\tnull\t{closed}\t1\tshirt\tnull\t4");
    assert_eq!(json[1], [asn, "berlin|reservation|kept\tnull\tkept\tnull\t1\tshirt\t2\tnull".to_owned()]);
    assert_eq!(json[2].len(), 9);
    // When it was recorded is the one thing that differs: the same commands were sent twice.
    for (number, topic) in [(0, Topic::Stock), (2, Topic::Ledger)] {
        let ((json, json_times), (avro, avro_times)) = (split(&json[number]), split(&avro[number]));
        assert_eq!(avro, json);
        assert!(json_times.is_subset(&recorded(&in_json, topic)) && avro_times.is_subset(&recorded(&in_avro, topic)));
    }
    assert_eq!(avro[1], json[1]);
    assert_eq!(avro[3], ["berlin\tshirt\t9", "hamburg\ta|b%\t7"]);
    assert_eq!(avro[4], ["DC1\t1\t5\t4\t0\t1"]);
    let shown = told(&stockroom(&in_avro, known, &["stock", "get", "berlin", "shirt"], ""));
    let shown: Vec<&str> = shown.lines().nth(1).unwrap().split_whitespace().collect();
    let (on_hand, available_to_promise) = (shown[3], shown[7]);
    assert!(avro[0][0].starts_with(&format!("berlin|shirt\tberlin\tshirt\t{on_hand}\t{available_to_promise}\t")));
}
