//! Avro's binary form: one reader and one writer.
//!
//! Values of the newest version are read and written by the order of their fields, which is that of the schema, so that
//! no field has to be looked up by its name: a sale writes four values of dozens of optional fields each, and looking
//! each up would cost more than all the rest of the encoding. That the lists of fields and the schemas agree is proven
//! by tests: the bytes are those of `apache_avro`, which does look. What was written with another version of a schema,
//! or by somebody else, is read by its schema (`shape.rs`).

mod input;
mod read;
mod shape;
mod write;

pub use input::{AvroError, ROOM_MAX};
pub use read::read;
pub use shape::Shape;
pub use write::Output;
