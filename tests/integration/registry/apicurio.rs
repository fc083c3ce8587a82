//! A registry of one test, by `deploy/registry.sh`: killed when the test ends.

use std::process::{Command, Stdio};

/// A real registry.
pub struct Apicurio {
    pub url: String,
    port: u16,
    folder: tempfile::TempDir,
}

impl Apicurio {
    /// Starts one, `offset` ports behind `REGISTRY_PORT`, that has given its first numbers, from 1 on, to so many others.
    pub fn start(offset: u16, others: u32) -> Self {
        let port = std::env::var("REGISTRY_PORT").map_or(18081, |port| port.parse().unwrap()) + offset;
        let url = format!("http://127.0.0.1:{port}/apis/ccompat/v7");
        let registry = Self { url, port, folder: tempfile::tempdir().unwrap() };
        registry.script("up");
        for number in 1..=others {
            let body = serde_json::json!({ "schema": format!(r#"{{"type":"fixed","name":"Else","size":{number}}}"#) });
            let status = Command::new("curl")
                .args(["-fsS", "-H", "content-type: application/vnd.schemaregistry.v1+json", "-d", &body.to_string()])
                .arg(format!("{}/subjects/else-{number}-value/versions", registry.url))
                .stdout(Stdio::null())
                .status();
            assert!(status.unwrap().success());
        }
        registry
    }

    /// Ends it without warning.
    pub fn kill(&self) {
        self.script("kill");
    }

    fn script(&self, command: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/registry.sh");
        let status = Command::new("bash")
            .args([script, command])
            .env("REGISTRY_PORT", self.port.to_string())
            .env("REGISTRY_DIR", self.folder.path())
            .status();
        assert!(status.unwrap().success(), "deploy/registry.sh {command} failed");
    }
}

impl Drop for Apicurio {
    fn drop(&mut self) {
        self.kill();
    }
}
