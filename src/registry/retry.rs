//! Asking again: pauses that grow, drawn at random from all below, so that many instances do not ask at once.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(50);

use super::error::{Refusal, RegistryError};

/// The longest pause before an attempt; the second is number 1.
fn longest(attempt: u32) -> Duration {
    FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST)
}

/// Asks until there is an answer. `None`: told to stop meanwhile.
///
/// # Errors
/// What is wrong for good.
pub fn until_answered<T>(
    is_stopped: impl Fn() -> bool,
    mut ask: impl FnMut() -> Result<T, RegistryError>,
) -> Result<Option<T>, Refusal> {
    let mut attempt = 0;
    while !is_stopped() {
        match ask() {
            Ok(answer) => return Ok(Some(answer)),
            Err(RegistryError::Refused(refusal)) => return Err(refusal),
            Err(RegistryError::Unavailable(error)) => {
                attempt += 1;
                tracing::warn!(attempt, error, "the schema registry can't be asked; trying again");
                let mut rest = longest(attempt).mul_f64(fastrand::f64());
                while !rest.is_zero() && !is_stopped() {
                    let step = rest.min(STEP);
                    std::thread::sleep(step);
                    rest -= step;
                }
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let table = [(1, 200), (2, 400), (5, 3200), (7, 10_000), (1000, 10_000)];
        for (attempt, milliseconds) in table {
            assert_eq!(longest(attempt), Duration::from_millis(milliseconds), "attempt {attempt}");
        }
    }
}
