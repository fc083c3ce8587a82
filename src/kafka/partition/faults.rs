//! Switches that break exactly-once on purpose, so that a test can show that the proof would notice. They exist in
//! debug builds only: in a release build nothing reads the environment.

/// What is broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kafka) enum Control {
    /// Input offsets are left out of the transaction.
    Offsets,
    /// The fence is off: brokers get a token they do not check, and a fenced producer is replaced at once.
    Fence,
}

#[cfg(debug_assertions)]
mod switches {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::Control;

    static CONTROL: LazyLock<Option<Control>> =
        LazyLock::new(|| match std::env::var("STOCKROOM_NEGATIVE_CONTROL").ok()?.as_str() {
            "offsets" => Some(Control::Offsets),
            "fence" => Some(Control::Fence),
            _ => None,
        });

    /// `STOCKROOM_CRASH_AT=<step>,<n>`: the process dies right after that step of its n-th commit with records.
    static CRASH: LazyLock<Option<(u32, AtomicI64)>> = LazyLock::new(|| {
        let text = std::env::var("STOCKROOM_CRASH_AT").ok()?;
        let (step, count) = text.split_once(',')?;
        Some((step.parse().ok()?, AtomicI64::new(count.parse().ok()?)))
    });

    pub(in crate::kafka) fn is(control: Control) -> bool {
        *CONTROL == Some(control)
    }

    pub(in crate::kafka) fn crash_after(step: u32) {
        if let Some((wanted, left)) = &*CRASH
            && *wanted == step
            && left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            std::process::abort();
        }
    }
}

#[cfg(not(debug_assertions))]
mod switches {
    pub(in crate::kafka) fn is(_: super::Control) -> bool {
        false
    }

    pub(in crate::kafka) fn crash_after(_: u32) {}
}

pub(in crate::kafka) use switches::{crash_after, is};
