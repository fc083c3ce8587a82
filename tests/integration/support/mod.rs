//! What several integration tests share.

pub mod compare;
pub mod memory;
pub mod vector;
