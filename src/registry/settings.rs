//! `[registry]`: where it is, what to do there, and how it knows us.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What an instance does with the registry at its start.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Mode {
    /// Nothing: ids are those built in.
    #[default]
    Off,
    /// Looks up the ids of our schemas; somebody else has registered them.
    Lookup,
    /// Registers what is missing, then as `Lookup`.
    Register,
}

impl Mode {
    /// Every mode, by its name in the configuration.
    pub const NAMED: [(&str, Mode); 3] = [("off", Mode::Off), ("lookup", Mode::Lookup), ("register", Mode::Register)];

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::Lookup => "lookup",
            Mode::Register => "register",
        }
    }
}

/// How the registry knows us.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Authorization {
    /// It lets everybody in.
    #[default]
    Nobody,
    /// HTTP basic.
    Basic {
        /// Who.
        username: String,
        /// Not shown anywhere.
        password: String,
    },
    /// A bearer token, not shown anywhere.
    Bearer(String),
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Authorization::Nobody => "Nobody",
            Authorization::Basic { .. } => "Basic(not shown)",
            Authorization::Bearer(_) => "Bearer(not shown)",
        })
    }
}

/// The section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Tried in turn; without a slash at the end.
    pub urls: Vec<String>,
    /// What to do at the start.
    pub mode: Mode,
    /// How it knows us.
    pub authorization: Authorization,
    /// Certificates to trust instead of the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// How long one answer may take.
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            mode: Mode::Off,
            authorization: Authorization::Nobody,
            ca_file: None,
            timeout: Duration::from_secs(5),
        }
    }
}
