//! `stockroom import`, as a person runs it.

use std::fmt::Write as _;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::people::against;
use super::support::deployment::{Deployment, IMPATIENT};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn file(stores: usize, products: usize) -> tempfile::NamedTempFile {
    let mut rows = "store_id,product_id,count\n".to_owned();
    for store in 0..stores {
        for product in 0..products {
            writeln!(rows, "S{store},P{product},{}", (store + product) % 50).unwrap();
        }
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), rows).unwrap();
    file
}

fn import(deployment: &Deployment, file: &tempfile::NamedTempFile) -> Output {
    against(deployment, &["import", file.path().to_str().unwrap()], "")
}

/// `STOCKROOM_IMPORT_STORES=500` is a million rows.
#[test]
fn a_file_goes_in_once_however_often_it_is_sent() {
    let stores = std::env::var("STOCKROOM_IMPORT_STORES").map_or(3, |stores| stores.parse().unwrap());
    let deployment = Deployment::new("import", 4, IMPATIENT);
    let mut instance = deployment.instance("a");
    instance.start();
    let file = file(stores, 2_000);
    let began = Instant::now();
    let first = import(&deployment, &file);
    let took = began.elapsed();
    eprintln!("{} rows in {took:?}", stores * 2_000);
    assert_eq!(first.status.code(), Some(0), "{}{}", text(&first.stdout), text(&first.stderr));
    assert!(took < Duration::from_secs(120), "{took:?}");
    let again = import(&deployment, &file);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert!(text(&again.stderr).contains(&format!("{} rows went in, 0 were refused, 0 are wrong", stores * 2_000)));
    let stock = against(&deployment, &["stock", "get", "S1", "P7", "--output", "json"], "");
    let stock: Value = serde_json::from_slice(&stock.stdout).unwrap();
    assert_eq!(stock["stock_on_hand"], 8);
    let verdict = text(&against(&deployment, &["verify"], "").stdout);
    assert_eq!(verdict.lines().last(), Some("0 violations"), "{verdict}");
    // Two commands a store, sent twice, announced once.
    let figures = format!("{} inputs, {0} results, 0 dead letters, {} events", 4 * stores, 2 * stores);
    assert!(verdict.starts_with(&figures), "{verdict}");
    assert!(instance.stop().success());
}

#[test]
fn wrong_and_refused_lines_are_listed_and_the_rest_goes_in() {
    let deployment = Deployment::new("import-wrong", 2, IMPATIENT);
    let mut instance = deployment.instance("a");
    instance.start();
    let file = tempfile::NamedTempFile::new().unwrap();
    let rows = "store_id,product_id,count,stock_location\nS1,A,1,\nS1,B,x,\nS1,C,3,cellar\nS1,D,4,\nS1,E,5,cellar\n";
    std::fs::write(file.path(), rows).unwrap();
    let output = import(&deployment, &file);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout).lines().collect::<Vec<_>>(),
        [
            "line 3    wrong count \"x\" is not a whole number from 0 to 1000000000",
            "line 4,6  rejected cellar at S1: stock_location_unknown (cellar)",
        ]
    );
    assert!(text(&output.stderr).contains("2 rows went in, 2 were refused, 1 are wrong"), "{}", text(&output.stderr));
    assert!(instance.stop().success());
}
