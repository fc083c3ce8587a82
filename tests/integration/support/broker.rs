//! The broker the tests share: `deploy/kafka.sh`, started by the first test that needs it and left running, so that the
//! next run finds it. `KAFKA_DIR` and `KAFKA_PORT` say where; `deploy/kafka.sh down` stops it.

use std::process::Command;
use std::sync::LazyLock;

static BOOTSTRAP: LazyLock<String> = LazyLock::new(|| {
    let port = std::env::var("KAFKA_PORT").unwrap_or_else(|_| "19092".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/kafka.sh");
    // Starting is safe to repeat, and returns at once when it runs.
    let status = Command::new("bash").arg(script).arg("up").status().unwrap();
    assert!(status.success(), "deploy/kafka.sh up failed");
    format!("127.0.0.1:{port}")
});

/// Where the broker is; starts it when it does not run.
pub fn bootstrap() -> &'static str {
    &BOOTSTRAP
}
