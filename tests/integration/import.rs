//! `stockroom import`, as a person runs it.

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use stockroom::codec::record::Topic;

use super::people::against;
use super::support::broker;
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
    // Two commands a store, sent twice, each announced once, in two chunks.
    let figures = format!("{} inputs, {0} results, 0 dead letters, {0} events", 4 * stores);
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

/// The command is refused for one line of it. The others go in by another one, whose id follows from the file too.
#[test]
fn a_line_that_the_processor_refuses_keeps_no_other_line_out() {
    let mut deployment = Deployment::new("import-catalogue", 2, IMPATIENT);
    deployment.business = "catalogue = [\"A\", \"C\"]".to_owned();
    let mut instance = deployment.instance("a");
    instance.start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "store_id,product_id,count\nS1,A,1\nS1,B,2\nS1,C,3\nS1,D,4\n").unwrap();
    for _ in 0..2 {
        let output = import(&deployment, &file);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "line 3,5  rejected main at S1: product_unknown\n");
        assert!(
            text(&output.stderr).contains("2 rows went in, 2 were refused, 0 are wrong"),
            "{}",
            text(&output.stderr)
        );
    }
    let verdict = text(&against(&deployment, &["verify"], "").stdout);
    assert!(verdict.starts_with("4 inputs, 4 results, 0 dead letters, 1 events, 2 movements"), "{verdict}");
    assert!(instance.stop().success());
}

/// Killed when some of its commands are on the topic, and nothing has answered them yet.
#[test]
fn an_import_that_was_killed_goes_on_where_it_ended() {
    let deployment = Deployment::new("import-killed", 2, IMPATIENT);
    let file = file(120, 1_001);
    let mut killed = Command::new(env!("CARGO_BIN_EXE_stockroom"))
        .args(["import", file.path().to_str().unwrap(), "--bootstrap-server", broker::bootstrap()])
        .args(["--topic-prefix", &deployment.prefix])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while deployment.read(Topic::Commands).is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let sent = deployment.read(Topic::Commands).len();
    assert!((1..240).contains(&sent), "{sent} commands were sent before the kill");
    let mut instance = deployment.instance("a");
    instance.start();
    let output = import(&deployment, &file);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let verdict = text(&against(&deployment, &["verify"], "").stdout);
    let figures = format!("{} inputs, {0} results, 0 dead letters, 360 events", 240 + sent);
    assert!(verdict.starts_with(&figures), "{verdict}");
    assert!(instance.stop().success());
}
