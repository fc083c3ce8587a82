//! Avro's binary form of our own values, written straight from wire structs.
//!
//! A wire struct has its fields in the order of its schema, so a value can be written without looking at the schema:
//! a sale writes four values of dozens of optional fields each, and looking each field up by its name would cost more
//! than all the rest of the encoding. That structs and schemas agree is proven by tests: the bytes are those of
//! `apache_avro`, which does look.
//!
//! A field that serde skips is one zero byte: the null of a `["null", T]`, false, 0, an empty array, map or text.

use std::fmt;

use serde::Serialize;
use serde::ser::{self, Impossible};

/// A wire struct holds something that has no form here: a fault of the program.
#[derive(Debug)]
pub struct Unsupported(String);

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
    value.serialize(&mut Encoder(bytes))
}

struct Encoder<'b>(&'b mut Vec<u8>);

impl Encoder<'_> {
    /// A whole number: zigzag, then seven bits a byte, the lowest first.
    #[inline]
    fn long(&mut self, value: i64) {
        let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while rest > 0x7f {
            self.0.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push((rest & 0x7f) as u8);
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn length(&mut self, length: usize) {
        self.long(i64::try_from(length).unwrap_or(i64::MAX));
    }

    /// The head of the one block that holds all entries of an array or map; an empty one has none.
    fn block(&mut self, length: Option<usize>) -> Written {
        match length {
            None => Err(Unsupported("an array or map of unknown length".into())),
            Some(0) => Ok(()),
            Some(length) => {
                self.length(length);
                Ok(())
            }
        }
    }
}

macro_rules! unsupported {
    ($($method:ident($($type:ty),*) $what:literal;)+) => {
        $(fn $method(self, $(_: $type),*) -> Written {
            Err(Unsupported(concat!($what, " has no form in our schemas").into()))
        })+
    };
}

impl<'e, 'b> ser::Serializer for &'e mut Encoder<'b> {
    type Ok = ();
    type Error = Unsupported;
    type SerializeSeq = Block<'e, 'b>;
    type SerializeTuple = Impossible<(), Unsupported>;
    type SerializeTupleStruct = Impossible<(), Unsupported>;
    type SerializeTupleVariant = Impossible<(), Unsupported>;
    type SerializeMap = Block<'e, 'b>;
    type SerializeStruct = Fields<'e, 'b>;
    type SerializeStructVariant = Impossible<(), Unsupported>;

    #[inline]
    fn serialize_bool(self, value: bool) -> Written {
        self.0.push(u8::from(value));
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
        self.block(length)?;
        Ok(Block(self))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, Unsupported> {
        self.block(length)?;
        Ok(Block(self))
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Unsupported> {
        Ok(Fields(self))
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    unsupported! {
        serialize_i8(i8) "i8";
        serialize_i16(i16) "i16";
        serialize_u8(u8) "u8";
        serialize_u16(u16) "u16";
        serialize_u32(u32) "u32";
        serialize_u64(u64) "u64";
        serialize_f32(f32) "f32";
        serialize_f64(f64) "f64";
        serialize_char(char) "char";
        serialize_bytes(&[u8]) "bytes";
        serialize_unit() "unit";
        serialize_unit_struct(&'static str) "a unit struct";
        serialize_unit_variant(&'static str, u32, &'static str) "an enum";
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Written {
        Err(Unsupported("an enum has no form in our schemas".into()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unsupported> {
        Err(Unsupported("a tuple has no form in our schemas".into()))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unsupported> {
        Err(Unsupported("a tuple has no form in our schemas".into()))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unsupported> {
        Err(Unsupported("an enum has no form in our schemas".into()))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unsupported> {
        Err(Unsupported("an enum has no form in our schemas".into()))
    }
}

/// The fields of a record, one after another.
struct Fields<'e, 'b>(&'e mut Encoder<'b>);

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
struct Block<'e, 'b>(&'e mut Encoder<'b>);

impl ser::SerializeSeq for Block<'_, '_> {
    type Ok = ();
    type Error = Unsupported;

    #[inline]
    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        value.serialize(&mut *self.0)
    }

    fn end(self) -> Written {
        self.0.0.push(0);
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
        self.0.0.push(0);
        Ok(())
    }
}
