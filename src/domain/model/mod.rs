//! What the business speaks of, as values.

pub mod command;
pub mod document;
#[cfg(any(test, feature = "arbitrary"))]
pub(crate) mod drawn;
pub mod event;
pub mod ids;
pub mod later;
pub mod leg;
pub mod lines;
pub mod movement;
pub mod operation_name;
pub mod rejection;
pub mod settings;
pub mod stock;
pub mod time;
