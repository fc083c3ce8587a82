//! The README: it fits a screen, and what its commands print is what they print.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{path, read};
use crate::people::against;
use crate::support::broker;
use crate::support::deployment::{Deployment, IMPATIENT};

/// The lines of the README's block of commands that has this one in it.
fn block(command: &str) -> Vec<String> {
    let text = read("README.md");
    let mut blocks = text.split("\n```\n").skip(1).step_by(2);
    let found = blocks.find(|block| block.contains(command)).unwrap_or_else(|| panic!("README.md has no {command}"));
    found.lines().map(str::to_owned).collect()
}

/// What the block says that its commands print.
fn printed(command: &str) -> Vec<String> {
    block(command).into_iter().filter(|line| !line.starts_with("$ ")).collect()
}

#[test]
fn the_readme_is_short_and_not_wider_than_a_screen() {
    let text = read("README.md");
    let lines = text.lines().count();
    assert!((80..=110).contains(&lines), "README.md has {lines} lines");
    for (line, number) in text.lines().zip(1..) {
        assert!(line.chars().count() <= 120, "README.md:{number}: wider than a screen");
    }
    let first_command = text.lines().position(|line| line.starts_with("$ ")).unwrap();
    assert!(first_command < 19, "the first command is in line {}", first_command + 1);
}

/// The picture's lines and those under the first command occur in a run of the demo; ids and times may vary.
#[test]
fn the_picture_and_the_first_output_are_those_of_a_real_run() {
    let run = Command::new(env!("CARGO_BIN_EXE_stockroom"))
        .args(["demo", "--fast", "--bootstrap-server", broker::bootstrap()])
        .output()
        .unwrap();
    let shown = String::from_utf8(run.stdout).unwrap();
    for line in printed("deploy/demo.sh") {
        assert!(shown.lines().any(|found| found == line), "the demo does not print {line:?}\n{shown}");
    }
    let mut check = Command::new("python3")
        .args([path("deploy/demo_picture.py").as_os_str(), "--check".as_ref()])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(shown.as_bytes()).unwrap();
    assert!(check.wait().unwrap().success(), "docs/demo.svg shows what the demo does not print");
}

/// The two commands are sent twice, and then the auditor is asked, with a processor that runs.
#[test]
fn two_commands_by_hand_print_what_the_readme_says() {
    let deployment = Deployment::new("readme", 2, IMPATIENT);
    let mut instance = deployment.instance("a");
    instance.start();
    let commands = Command::new(path("deploy/day.sh")).output().unwrap();
    assert!(commands.status.success());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&commands.stdout).unwrap();
    let send = ["send", file.path().to_str().unwrap()];
    let outputs = [&send[..], &send[..], &["verify", "--running"]].map(|arguments| against(&deployment, arguments, ""));
    let [first, second, audit] = outputs.map(|output| String::from_utf8(output.stdout).unwrap());
    // Of the audit the last two lines are shown.
    let lines: Vec<&str> = audit.lines().collect();
    let found = first.lines().chain(second.lines()).chain(lines[lines.len() - 2..].iter().copied());
    assert_eq!(found.collect::<Vec<_>>(), printed("stockroom send"));
    assert!(instance.stop().success());
}
