//! Avro bytes into wire structs, field by field in their order.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::input::{AvroError, Input, ROOM_MAX};

/// Reads a wire struct from bytes that were written with the newest version of its schema.
///
/// # Errors
/// When the bytes do not have its shape, or something is left over.
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, AvroError> {
    let mut input = Input::new(bytes);
    let value = T::deserialize(&mut input)?;
    input.end()?;
    Ok(value)
}

impl de::Error for AvroError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        AvroError::Meaning(message.to_string())
    }
}

macro_rules! unsupported {
    ($($method:ident($($type:ty),*))+) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $type,)* _: V) -> Result<V::Value, AvroError> {
            Err(AvroError::Meaning(concat!("wire structs have no ", stringify!($method)).to_owned()))
        })+
    };
}

impl<'de> de::Deserializer<'de> for &mut Input<'de> {
    type Error = AvroError;

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        let number = self.integer()?;
        visitor.visit_i32(i32::try_from(number).map_err(|_| AvroError::NumberTooLong)?)
    }

    #[inline]
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        visitor.visit_i64(self.integer()?)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        if self.is_some()? { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, AvroError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        visitor.visit_seq(Blocks { input: self, left: 0, ended: false })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AvroError> {
        visitor.visit_map(Blocks { input: self, left: 0, ended: false })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, AvroError> {
        visitor.visit_seq(Fields { input: self, left: fields.len() })
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    unsupported! {
        deserialize_any() deserialize_ignored_any() deserialize_identifier() deserialize_unit()
        deserialize_i8() deserialize_i16() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_bytes() deserialize_byte_buf()
        deserialize_unit_struct(&'static str) deserialize_tuple(usize) deserialize_tuple_struct(&'static str, usize)
        deserialize_enum(&'static str, &'static [&'static str])
    }
}

/// The fields of a record, one after another.
struct Fields<'i, 'de> {
    input: &'i mut Input<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = AvroError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, AvroError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.input).map(Some)
    }
}

/// The items of an array or map.
struct Blocks<'i, 'de> {
    input: &'i mut Input<'de>,
    left: usize,
    ended: bool,
}

impl Blocks<'_, '_> {
    fn has_next(&mut self) -> Result<bool, AvroError> {
        if self.left == 0 && !self.ended {
            self.left = self.input.block()?;
            self.ended = self.left == 0;
        }
        let has_next = self.left > 0;
        self.left = self.left.saturating_sub(1);
        Ok(has_next)
    }
}

impl<'de> SeqAccess<'de> for Blocks<'_, 'de> {
    type Error = AvroError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, AvroError> {
        if self.has_next()? { seed.deserialize(&mut *self.input).map(Some) } else { Ok(None) }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(ROOM_MAX))
    }
}

impl<'de> MapAccess<'de> for Blocks<'_, 'de> {
    type Error = AvroError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, AvroError> {
        if self.has_next()? { seed.deserialize(&mut *self.input).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, AvroError> {
        seed.deserialize(&mut *self.input)
    }
}
