//! Wire structs into Avro bytes, field by field in their order.
//!
//! A field that serde skips is one zero byte: the null of a `["null", T]`, false, 0, an empty array, map or text.

use std::fmt;

use serde::Serialize;
use serde::ser;

/// A wire struct holds something that has no form here: a fault of the program.
#[derive(Debug)]
pub struct Unsupported(pub String);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsupported {}

impl ser::Error for Unsupported {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Written = Result<(), Unsupported>;

/// Appends the Avro form of a wire struct.
pub fn write<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Written {
    value.serialize(&mut Output(bytes))
}

/// Where Avro bytes are appended.
#[derive(Debug)]
pub struct Output<'b>(&'b mut Vec<u8>);

impl<'b> Output<'b> {
    /// Appends to these bytes.
    pub fn new(bytes: &'b mut Vec<u8>) -> Self {
        Self(bytes)
    }

    /// True or false.
    #[inline]
    pub fn boolean(&mut self, value: bool) {
        self.0.push(u8::from(value));
    }

    /// A whole number: zigzag, then seven bits a byte, the lowest first.
    #[inline]
    pub fn long(&mut self, value: i64) {
        let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while rest > 0x7f {
            self.0.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push((rest & 0x7f) as u8);
    }

    /// A text: its length and its bytes.
    #[inline]
    pub fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn length(&mut self, length: usize) {
        self.long(i64::try_from(length).unwrap_or(i64::MAX));
    }

    /// The head of the one block that holds all items of an array or map; an empty one has none.
    pub fn block(&mut self, length: usize) {
        if length > 0 {
            self.length(length);
        }
    }

    /// The empty block behind the last one.
    pub fn end_blocks(&mut self) {
        self.0.push(0);
    }

    /// How much was written.
    pub fn position(&self) -> usize {
        self.0.len()
    }

    /// Takes back what was written since.
    pub fn rewind(&mut self, position: usize) {
        self.0.truncate(position);
    }

    fn entries(&mut self, length: Option<usize>) -> Written {
        self.block(length.ok_or_else(|| Unsupported("an array or map of unknown length".into()))?);
        Ok(())
    }
}

impl<'e, 'b> ser::Serializer for &'e mut Output<'b> {
    type Ok = ();
    type Error = Unsupported;
    type SerializeSeq = Block<'e, 'b>;
    type SerializeMap = Block<'e, 'b>;
    type SerializeStruct = Fields<'e, 'b>;

    #[inline]
    fn serialize_bool(self, value: bool) -> Written {
        self.boolean(value);
        Ok(())
    }

    #[inline]
    fn serialize_i32(self, value: i32) -> Written {
        self.long(i64::from(value));
        Ok(())
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Written {
        self.long(value);
        Ok(())
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Written {
        self.text(value);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Written {
        self.0.push(0);
        Ok(())
    }

    #[inline]
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Written {
        self.long(1);
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Unsupported> {
        self.entries(length)?;
        Ok(Block(self))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, Unsupported> {
        self.entries(length)?;
        Ok(Block(self))
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Unsupported> {
        Ok(Fields(self))
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    crate::codec::avro::refuse!(Unsupported);
}

/// The fields of a record, one after another.
#[derive(Debug)]
pub struct Fields<'e, 'b>(&'e mut Output<'b>);

impl ser::SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = Unsupported;

    #[inline]
    fn serialize_field<T: ?Sized + Serialize>(&mut self, _: &'static str, value: &T) -> Written {
        value.serialize(&mut *self.0)
    }

    #[inline]
    fn skip_field(&mut self, _: &'static str) -> Written {
        self.0.0.push(0);
        Ok(())
    }

    fn end(self) -> Written {
        Ok(())
    }
}

/// The entries of an array or map, closed by an empty block.
#[derive(Debug)]
pub struct Block<'e, 'b>(&'e mut Output<'b>);

impl ser::SerializeSeq for Block<'_, '_> {
    type Ok = ();
    type Error = Unsupported;

    #[inline]
    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        value.serialize(&mut *self.0)
    }

    fn end(self) -> Written {
        self.0.end_blocks();
        Ok(())
    }
}

impl ser::SerializeMap for Block<'_, '_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Written {
        key.serialize(&mut *self.0)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        value.serialize(&mut *self.0)
    }

    fn end(self) -> Written {
        self.0.end_blocks();
        Ok(())
    }
}
