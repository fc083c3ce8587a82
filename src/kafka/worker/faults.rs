//! The seam where a commit is broken on purpose, so that a test can show that the proof would notice.
//!
//! A worker and its commit ask [`Faults`] at the few places where a fault may be put in. In a debug build it answers as
//! the environment says: `STOCKROOM_NEGATIVE_CONTROL=offsets` leaves the input offsets out of the transaction, `=fence`
//! makes a zombie, and `STOCKROOM_CRASH_AT=<step>,<n>` ends the process right after that step of its n-th commit with
//! records. In a release build it has nothing in it and reads nothing: every answer is that of a sound processor.

pub(in crate::kafka) use build::Faults;

#[cfg(debug_assertions)]
mod build {
    use std::sync::atomic::{AtomicI64, Ordering};

    use crate::kafka::client::transaction::{Token, TransactionError};
    use crate::kafka::lease::Lease;

    /// What is broken on purpose.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Control {
        /// Input offsets are left out of the transaction.
        Offsets,
        /// The fence is off: brokers get a token they do not check, and a fenced producer is replaced at once.
        Fence,
    }

    /// The faults of this process.
    pub(in crate::kafka) struct Faults {
        control: Option<Control>,
        /// A step of the commit, and how many commits are left until the process ends right after it.
        crash: Option<(u32, AtomicI64)>,
    }

    impl Faults {
        /// What the environment asks for.
        pub(in crate::kafka) fn of_this_build() -> Self {
            let control = match std::env::var("STOCKROOM_NEGATIVE_CONTROL").as_deref() {
                Ok("offsets") => Some(Control::Offsets),
                Ok("fence") => Some(Control::Fence),
                Ok(_) | Err(_) => None,
            };
            Self { control, crash: std::env::var("STOCKROOM_CRASH_AT").ok().and_then(|text| crash(&text)) }
        }

        fn is_unfenced(&self) -> bool {
            self.control == Some(Control::Fence)
        }

        /// A step of a commit with records is done.
        pub(in crate::kafka) fn after(&self, step: u32) {
            if let Some((wanted, left)) = &self.crash
                && *wanted == step
                && left.fetch_sub(1, Ordering::SeqCst) == 1
            {
                std::process::abort();
            }
        }

        /// The token of a transaction.
        pub(in crate::kafka) fn token<E>(
            &self,
            group: &str,
            token: impl FnOnce() -> Result<Token, E>,
        ) -> Result<Token, E> {
            let unchecked = self.is_unfenced().then(|| Token::unchecked(group)).flatten();
            unchecked.map_or_else(token, Ok)
        }

        /// Whether a partition was taken away, as far as this process obeys.
        pub(in crate::kafka) fn is_stopped(&self, lease: &Lease) -> bool {
            lease.is_stopped() && !self.is_unfenced()
        }

        /// The offsets of a batch with records.
        pub(in crate::kafka) fn offsets(
            &self,
            send: impl FnOnce() -> Result<(), TransactionError>,
        ) -> Result<(), TransactionError> {
            if self.control == Some(Control::Offsets) { Ok(()) } else { send() }
        }

        /// Whether a worker whose producer is fenced makes others at once and sends the same bytes again, as a zombie does.
        pub(in crate::kafka) fn is_zombie(&self) -> bool {
            self.is_unfenced()
        }
    }

    fn crash(text: &str) -> Option<(u32, AtomicI64)> {
        let (step, count) = text.split_once(',')?;
        Some((step.parse().ok()?, AtomicI64::new(count.parse().ok()?)))
    }
}

#[cfg(not(debug_assertions))]
mod build {
    use crate::kafka::client::transaction::{Token, TransactionError};
    use crate::kafka::lease::Lease;

    /// Nothing is broken on purpose.
    pub(in crate::kafka) struct Faults;

    impl Faults {
        /// None.
        pub(in crate::kafka) fn of_this_build() -> Self {
            Self
        }

        pub(in crate::kafka) fn after(&self, _: u32) {}

        pub(in crate::kafka) fn token<E>(&self, _: &str, token: impl FnOnce() -> Result<Token, E>) -> Result<Token, E> {
            token()
        }

        pub(in crate::kafka) fn is_stopped(&self, lease: &Lease) -> bool {
            lease.is_stopped()
        }

        pub(in crate::kafka) fn offsets(
            &self,
            send: impl FnOnce() -> Result<(), TransactionError>,
        ) -> Result<(), TransactionError> {
            send()
        }

        pub(in crate::kafka) fn is_zombie(&self) -> bool {
            false
        }
    }
}
