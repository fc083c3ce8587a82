//! The commit's table in docs/commit.md, row by row, on a real broker with the real binary.

use std::time::{Duration, Instant};

use super::support::deployment::{Deployment, IMPATIENT};
use super::support::judge::Judge;
use super::support::sales::Sales;

/// Waits until every input has its outcome.
pub fn wait_until_processed(deployment: &Deployment, patience: Duration) {
    let deadline = Instant::now() + patience;
    loop {
        let open = Judge::open(deployment);
        if open.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "no outcome after {patience:?}: {open:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn send(deployment: &Deployment, sales: &mut Sales, count: usize) {
    let mut sender = deployment.sender();
    for _ in 0..count {
        sender.send(&sales.next()).unwrap();
    }
    sender.flush(Duration::from_secs(30)).unwrap();
}

#[test]
fn a_crash_at_any_step_loses_and_doubles_nothing() {
    for step in 1..=7 {
        let deployment = Deployment::new(&format!("crash-{step}"), 2, IMPATIENT);
        let mut sales = Sales::new(step, 6, true);
        send(&deployment, &mut sales, 50);
        // Dies at its third batch: some are committed before, so that the copy has something to be behind of.
        let mut dying = deployment.instance("a").with("STOCKROOM_CRASH_AT", &format!("{step},3"));
        dying.start();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !dying.has_ended() {
            assert!(Instant::now() < deadline, "step {step}: it lives:\n{}", dying.tail());
            send(&deployment, &mut sales, 20);
            std::thread::sleep(Duration::from_millis(100));
        }
        let mut heir = deployment.instance("a");
        heir.start();
        wait_until_processed(&deployment, Duration::from_secs(60));
        assert!(heir.stop().success(), "{}", heir.tail());
        let state = deployment.state_dir("a");
        let faults = Judge::new(&deployment).faults(&[&state]);
        assert!(faults.is_empty(), "step {step}: {faults:#?}\n{}", heir.tail());
    }
}
