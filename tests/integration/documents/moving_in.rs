//! `docs/moving-in.md`: its commands print what it says.

use std::io::Write as _;

use super::read;
use crate::people::against;
use crate::support::deployment::{Deployment, IMPATIENT};

#[test]
fn a_small_file_moves_in_as_the_page_says() {
    let page = read("docs/moving-in.md");
    let block = page.split("\n```\n").nth(1).unwrap();
    let mut steps = block.split("$ ").skip(1).map(|step| step.split_once('\n').unwrap());
    let (_, rows) = steps.next().unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(rows.as_bytes()).unwrap();
    let deployment = Deployment::new("moving-in", 2, IMPATIENT);
    let mut instance = deployment.instance("a");
    instance.start();
    for (command, printed) in steps {
        let arguments: Vec<&str> = command
            .split(' ')
            .skip(1)
            .map(|word| if word == "stock.csv" { file.path().to_str().unwrap() } else { word })
            .collect();
        let output = against(&deployment, &arguments, "");
        let found = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        assert_eq!(found, printed.trim_end(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(instance.stop().success());
}
