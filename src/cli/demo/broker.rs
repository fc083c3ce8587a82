//! A broker for the demo: the one given, or the development broker of the checkout.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::failure::Failure;
use crate::cli::terminal::tell;

const SCRIPT: &str = "deploy/kafka.sh";
const PORT: &str = "19092";

/// Starts the development broker where it does not run yet, and gives back its address.
pub fn start() -> anyhow::Result<String> {
    let Some(script) = script() else {
        return Err(Failure::refused(
            format!("{SCRIPT} is not in this folder or one above it"),
            "run the demo in the checkout, or give it a broker with --bootstrap-server HOST:PORT",
        ));
    };
    tell(format!("starting Apache Kafka with {} (it stays; `{SCRIPT} down` stops it)", script.display()));
    // What the script says belongs to people, not to the data.
    let status = Command::new(&script).arg("up").stdout(Stdio::null()).stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(_) | Err(_) => {
            return Err(Failure::failed(
                format!("{} up did not succeed", script.display()),
                "does deploy/setup.sh find all it needs (Java 17, Maven)? Else give a broker with --bootstrap-server",
            ));
        }
    }
    let port = std::env::var("KAFKA_PORT").unwrap_or_else(|_| PORT.to_owned());
    Ok(format!("127.0.0.1:{port}"))
}

/// The script in this folder, one above it, or the checkout the binary was built in.
fn script() -> Option<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().chain([built_in]).map(|folder| folder.join(SCRIPT)).find(|path| path.is_file())
}
