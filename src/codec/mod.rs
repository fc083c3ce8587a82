//! Bytes of every topic: keys, headers, values in Avro or JSON, and the records that carry them.

pub mod record;
