//! Whose clock the records of a commands topic carry. A store's clock follows them and never goes back, so it must be one
//! that no client can bend: the broker's.

use std::sync::Arc;

/// How far ahead of the broker's clock a record may be where its producers are trusted.
pub(super) const AHEAD_MS_MAX: i64 = 60 * 60 * 1000;

/// What a commands topic says about the times of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandTimes {
    topic: Arc<str>,
    is_of_broker: bool,
    /// How far ahead of the broker's clock a record may be; `None` when the broker does not say.
    ahead_ms_max: Option<i64>,
}

impl CommandTimes {
    /// Of a topic, by the values of its settings.
    pub(super) fn of(topic: &Arc<str>, value: &dyn Fn(&str) -> String) -> Self {
        // Brokers before 3.6 have one bound for both directions.
        let bounds = ["message.timestamp.after.max.ms", "message.timestamp.difference.max.ms"];
        Self {
            topic: Arc::clone(topic),
            is_of_broker: value("message.timestamp.type") == "LogAppendTime",
            ahead_ms_max: bounds.iter().find_map(|key| value(key).parse().ok()),
        }
    }

    /// Why commands of this topic may not be processed, with the remedy. `are_trusted`: the configuration says that its
    /// producers are.
    pub fn refusal(&self, are_trusted: bool) -> Option<String> {
        let Self { topic, is_of_broker, ahead_ms_max } = self;
        if *is_of_broker {
            return None;
        }
        let set = |value: &str| {
            format!("kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config {value}")
        };
        if !are_trusted {
            return Some(format!(
                "  {topic}: message.timestamp.type is CreateTime, so a producer with a wrong clock bends its stores' clocks \
                 for good\n    {}\n    or, where every producer's clock can be relied on: topics.trusted_timestamps = true",
                set("message.timestamp.type=LogAppendTime")
            ));
        }
        if ahead_ms_max.is_some_and(|ahead| ahead <= AHEAD_MS_MAX) {
            return None;
        }
        let ahead = ahead_ms_max.map_or_else(|| "not known".to_owned(), |ahead| ahead.to_string());
        Some(format!(
            "  {topic}: message.timestamp.after.max.ms is {ahead}, with topics.trusted_timestamps at most {AHEAD_MS_MAX}: a \
             store's clock never goes back\n    {}",
            set(&format!("message.timestamp.after.max.ms={AHEAD_MS_MAX}"))
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn whose_clock_is_let_in() {
        let (create, append) = ("CreateTime", "LogAppendTime");
        let endless = i64::MAX.to_string();
        for (kind, after, difference, trusted, refused) in [
            (append, &*endless, "", false, None),
            (append, &*endless, "", true, None),
            (create, "3600000", "", false, Some("message.timestamp.type is CreateTime")),
            (create, "3600000", "", true, None),
            (create, "3600001", "", true, Some("message.timestamp.after.max.ms is 3600001")),
            (create, &*endless, "1000", true, Some("message.timestamp.after.max.ms is 9223372036854775807")),
            (create, "", "3600000", true, None),
            (create, "", &*endless, true, Some("message.timestamp.after.max.ms is 9223372036854775807")),
            (create, "", "", true, Some("message.timestamp.after.max.ms is not known")),
        ] {
            let value = |key: &str| match key {
                "message.timestamp.type" => kind.to_owned(),
                "message.timestamp.after.max.ms" => after.to_owned(),
                _ => difference.to_owned(),
            };
            let refusal = CommandTimes::of(&Arc::from("c"), &value).refusal(trusted);
            let row = format!("{kind} {after} {difference} {trusted}: {refusal:?}");
            assert_eq!(refusal.is_some(), refused.is_some(), "{row}");
            if let (Some(text), Some(expected)) = (refusal, refused) {
                assert!(text.contains(expected) && text.contains("kafka-configs.sh --alter"), "{row}");
            }
        }
    }
}
