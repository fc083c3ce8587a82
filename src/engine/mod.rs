//! One batch of records over any store, without Kafka: records in, effects out; and restoring rows from topics.
