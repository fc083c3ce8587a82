//! The rows of one partition: RocksDB, and a twin in memory for tests and replays.
