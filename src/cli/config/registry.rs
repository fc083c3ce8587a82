//! `[registry]`.

use std::path::PathBuf;
use std::time::Duration;

use crate::registry::{Authorization, Mode, Settings};

use super::found::Found;

/// Reads the section, noting every fault.
pub fn read(found: &mut Found) -> Settings {
    let usual = Settings::default();
    let urls = found.texts("registry.url").unwrap_or_default();
    for url in &urls {
        let fault = match url.split_once("://") {
            Some(("http" | "https", rest)) if rest.contains('@') => {
                "holds credentials: give them as registry.username and registry.password"
            }
            Some(("http" | "https", rest)) if !rest.is_empty() && !rest.contains(char::is_whitespace) => continue,
            _ => "is no URL that begins with http:// or https://",
        };
        // What is before an @ is not shown.
        let shown = url.rsplit('@').next().unwrap_or_default();
        found.fault("registry.url", format!("\"{shown}\" {fault}"));
    }
    let mode = found.choice("registry.mode", &Mode::NAMED).unwrap_or(usual.mode);
    if mode != Mode::Off && urls.is_empty() && !found.faults.iter().any(|fault| fault.key == "registry.url") {
        found.fault("registry.url", format!("is missing: registry.mode is {}", mode.as_str()));
    }
    let username = found.name("registry.username");
    let password = found.text("registry.password");
    let token = found.name("registry.token");
    if token.as_ref().is_some_and(|token| token.contains(|c: char| c.is_whitespace() || c.is_control())) {
        found.fault("registry.token", "holds a space or the end of a line");
    }
    let authorization = match (username, password, token) {
        (None, None, None) => Authorization::Nobody,
        (Some(username), Some(password), None) => Authorization::Basic { username, password },
        (None, None, Some(token)) => Authorization::Bearer(token),
        (None, Some(_), None) => {
            found.fault("registry.username", "is missing: there is a registry.password");
            Authorization::Nobody
        }
        (Some(_), None, None) => {
            found.fault("registry.password", "is missing: there is a registry.username");
            Authorization::Nobody
        }
        (_, _, Some(_)) => {
            found.fault("registry.token", "is one way, registry.username another: only one can be used");
            Authorization::Nobody
        }
    };
    let timeout = found.number("registry.timeout_ms", 100, 60_000).and_then(|number| u64::try_from(number).ok());
    Settings {
        urls: urls.into_iter().map(|url| url.trim_end_matches('/').to_owned()).collect(),
        mode,
        authorization,
        ca_file: found.name("registry.ca_file").map(PathBuf::from),
        timeout: timeout.map_or(usual.timeout, Duration::from_millis),
    }
}
