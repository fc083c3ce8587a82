//! One instance of the binary, as a process that can be killed, stopped and woken.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// The binary as it ships, when the environment says where it is (`deploy/test.sh` does); else the one of this build.
fn shipped_binary() -> PathBuf {
    std::env::var_os("STOCKROOM_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_stockroom")), PathBuf::from)
}

/// One instance of the binary.
pub struct Instance {
    binary: PathBuf,
    pub name: String,
    config: PathBuf,
    log: PathBuf,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

impl Instance {
    pub fn new(name: &str, config: PathBuf, log: PathBuf) -> Self {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_stockroom"));
        Self { binary, name: name.to_owned(), config, log, environment: Vec::new(), child: None }
    }

    /// Sets a variable of the environment for the next start.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.environment.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Runs the binary as it ships, which has no switches for tests.
    #[must_use]
    pub fn shipped(mut self) -> Self {
        self.binary = shipped_binary();
        self
    }

    /// Starts the process.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.name);
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let child = Command::new(&self.binary)
            .args(["run", "--config"])
            .arg(&self.config)
            .envs(self.environment.iter().cloned())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// The most memory the process had so far.
    pub fn peak_mib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.as_ref().unwrap().id());
        let status = std::fs::read_to_string(status).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// Sends a signal by its name.
    pub fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
    }

    /// Ends the process without warning.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.child.take().unwrap().wait().unwrap();
    }

    /// Asks the process to end, and waits for it.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait(Duration::from_secs(40))
    }

    /// Waits until the process has ended by itself.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{} did not end in {patience:?}; its log ends:\n{}", self.name, self.tail());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_some())
    }

    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// What it answers at an endpoint, head and all, when it runs.
    pub fn get(&self, path: &str) -> Option<String> {
        let log = self.log();
        let (_, rest) = log.rsplit_once("/metrics address=")?;
        let mut stream = TcpStream::connect(rest.lines().next()?.trim()).ok()?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
