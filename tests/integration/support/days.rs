//! Days of the wall clock: what is sent to a topic whose broker stamps it now must not have happened long ago.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use stockroom::domain::time::Timestamp;

/// The day before this process asked first, `YYYY-MM-DD` in UTC: whatever its hour, it is over.
pub fn yesterday() -> &'static str {
    static DAY: OnceLock<String> = OnceLock::new();
    DAY.get_or_init(|| {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let yesterday = Timestamp::from_millis(i64::try_from(now).unwrap() - DAY_MS).to_string();
        yesterday[..10].to_owned()
    })
}
