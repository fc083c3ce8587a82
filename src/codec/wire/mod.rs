//! What stands on the wire, each thing written down once.
//!
//! A record is one list of its fields, in the order of its schema: `record!` makes from it how a value is written and
//! how it is read, in Avro (by the order) and in JSON (by the names). A field with `?` is left out when it has its
//! default value: `None`, false, 0, nothing in it.

mod scalars;
mod texts;

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess};

use super::writer::Writer;
use crate::domain::ids::Text;

pub use scalars::{Map, Midnight, day_of};
pub use texts::read_text;

/// A value with a form on the wire. A type may have others than the one it has when nothing else is said. JSON is the
/// "human readable" format of serde, Avro the other one.
pub trait Wire<F = Plain>: Sized {
    /// Writes it.
    fn write<W: Writer>(&self, writer: &mut W);

    /// Reads it, unless it is something else, or a value this release does not know.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// The form a type has when nothing else is said.
#[derive(Debug)]
pub struct Plain;

/// A value that was read.
#[derive(Debug)]
pub struct In<T, F = Plain>(pub T, PhantomData<F>);

impl<'de, T: Wire<F>, F> Deserialize<'de> for In<T, F> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(|value| Self(value, PhantomData))
    }
}

/// Writes a field that is always there.
#[inline]
pub fn put<T: Wire<F>, F, W: Writer>(writer: &mut W, name: &'static str, value: &T) {
    writer.field(name);
    value.write(writer);
}

/// Writes a field that is left out when it has its default value.
#[inline]
pub fn put_if<T: Wire<F> + Default + PartialEq, F, W: Writer>(writer: &mut W, name: &'static str, value: &T) {
    if *value == T::default() { writer.skip() } else { put::<T, F, W>(writer, name, value) }
}

/// The next field of a record that is read by the order of its fields.
#[inline]
pub fn next<'de, T: Wire<F>, F, A: SeqAccess<'de>>(fields: &mut A, name: &'static str) -> Result<T, A::Error> {
    fields.next_element::<In<T, F>>()?.map(|value| value.0).ok_or_else(|| A::Error::missing_field(name))
}

/// The value of a field that is read by its name.
#[inline]
pub fn value<'de, T: Wire<F>, F, A: MapAccess<'de>>(fields: &mut A) -> Result<Option<T>, A::Error> {
    fields.next_value::<In<T, F>>().map(|value| Some(value.0))
}

/// A record of a tenant's: the tenant is one of its fields on the wire, and known to the codec alone.
#[derive(Debug)]
pub struct Tenanted<'a, T: Clone> {
    pub tenant: Cow<'a, Text>,
    pub record: Cow<'a, T>,
}

impl<T: Clone> Deref for Tenanted<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.record
    }
}

impl<'a, T: Clone> Tenanted<'a, T> {
    /// To be written.
    pub fn of(tenant: &'a Text, record: &'a T) -> Self {
        Self { tenant: Cow::Borrowed(tenant), record: Cow::Borrowed(record) }
    }

    /// What was read.
    pub fn read(tenant: Text, record: T) -> Self {
        Self { tenant: Cow::Owned(tenant), record: Cow::Owned(record) }
    }
}

/// How a record is written and read: its fields in the order of the schema. `name?` is left out when it has its default
/// value, `name as "other"` has another name on the wire, `name via Form` another form than its type has. What is no
/// field of the type is written as `[name of Type = …]`; behind the list stands then what is made of what was read.
macro_rules! record {
    ($type:ident $(<$lifetime:lifetime $(, $of:ident)?>)? = $schema:literal $(of $this:ident)? {
        $(
            $($field:ident $(? $optional:vis)? $(as $name:literal)? $(via $form:ty)?)?
            $([$part:ident $(? $part_optional:vis)? of $part_type:ty = $written:expr])?,
        )+
    } $($made:tt)*) => {
        const _: () = {
        const FIELDS: &[&str] =
            &[$($($crate::codec::wire::name!($field $($name)?))? $(stringify!($part))?),+];

        impl $(<$lifetime>)? $crate::codec::wire::Wire for $type $(<$lifetime $(, $of)?>)? {
            fn write<W: $crate::codec::writer::Writer>(&self, writer: &mut W) {
                writer.begin_record();
                $(let $this = self;)?
                $(
                    $($crate::codec::wire::put_field!($(? $optional)? $crate::codec::wire::form!($($form)?),
                        writer, $crate::codec::wire::name!($field $($name)?), &self.$field);)?
                    $($crate::codec::wire::put_field!($(? $part_optional)? $crate::codec::wire::Plain,
                        writer, stringify!($part), &$written);)?
                )+
                writer.end_record();
            }

            fn read<'de, D: serde::de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor $(<$lifetime>(std::marker::PhantomData<&$lifetime ()>))?;

                impl<'de $(, $lifetime)?> serde::de::Visitor<'de> for Visitor $(<$lifetime>)? {
                    type Value = $type $(<$lifetime $(, $of)?>)?;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a ", $schema))
                    }

                    #[inline]
                    #[allow(unused_variables, reason = "what can be made of the rest is only written")]
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                        $(
                            $(let $field = $crate::codec::wire::next::<_, $crate::codec::wire::form!($($form)?), A>(
                                &mut fields, $crate::codec::wire::name!($field $($name)?))?;)?
                            $(let $part = $crate::codec::wire::next::<$part_type, $crate::codec::wire::Plain, A>(
                                &mut fields, stringify!($part))?;)?
                        )+
                        Ok($crate::codec::wire::made!([$($made)*] $type { $($($field,)?)+ }))
                    }

                    #[allow(unused_variables, reason = "what can be made of the rest is only written")]
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                        $($(let mut $field = None;)? $(let mut $part: Option<$part_type> = None;)?)+
                        while let Some($crate::codec::node::Key(key)) = fields.next_key()? {
                            match &*key {
                                $(
                                    $($crate::codec::wire::name!($field $($name)?) => {
                                        type Form = $crate::codec::wire::form!($($form)?);
                                        $field = $crate::codec::wire::value::<_, Form, A>(&mut fields)?;
                                    })?
                                    $(stringify!($part) => {
                                        $part = $crate::codec::wire::value::<_, $crate::codec::wire::Plain, A>(&mut fields)?;
                                    })?
                                )+
                                _ => {
                                    fields.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        $(
                            $(let $field = $crate::codec::wire::found!($(? $optional)? $field, A,
                                $crate::codec::wire::name!($field $($name)?));)?
                            $(let $part = $crate::codec::wire::found!($(? $part_optional)? $part, A, stringify!($part));)?
                        )+
                        Ok($crate::codec::wire::made!([$($made)*] $type { $($($field,)?)+ }))
                    }
                }

                deserializer.deserialize_struct($schema, FIELDS,
                    Visitor $(::<$lifetime>(std::marker::PhantomData))?)
            }
        }
        };
    };
}

/// A record of fields that are there or not, behind those that always are.
macro_rules! flat {
    ($(#[$doc:meta])* $type:ident = $schema:literal { $($always:ident: $always_type:ty),+ } optional {
        $($field:ident $(as $name:literal)? $(via $form:ty)?: $field_type:ty),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $type {
            $(pub(super) $always: $always_type,)+
            $(pub(super) $field: Option<$field_type>,)+
        }

        impl $type {
            /// With nothing else in it.
            pub(super) fn blank($($always: $always_type),+) -> Self {
                Self { $($always,)+ $($field: None),+ }
            }
        }

        $crate::codec::wire::record! { $type = $schema { $($always,)+ $($field ? $(as $name)? $(via $form)?),+, } }
    };
}

/// What is made of the fields that were read: the type itself, or what stands behind the list.
macro_rules! made {
    ([=> $made:expr] $type:ident {}) => {
        $made
    };
    ([] $type:ident { $($field:ident,)* }) => {
        $type { $($field),* }
    };
    ([$inner:ident: $inner_type:ident { $($more:ident: $value:expr),* } => $outer:expr] $type:ident { $($field:ident,)* }) => {{
        let $inner = $inner_type { $($field,)* $($more: $value),* };
        $outer
    }};
}

macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

macro_rules! form {
    () => {
        $crate::codec::wire::Plain
    };
    ($form:ty) => {
        $form
    };
}

macro_rules! put_field {
    (? $optional:vis $form:ty, $record:expr, $name:expr, $value:expr) => {
        $crate::codec::wire::put_if::<_, $form, _>($record, $name, $value)
    };
    ($form:ty, $record:expr, $name:expr, $value:expr) => {
        $crate::codec::wire::put::<_, $form, _>($record, $name, $value)
    };
}

macro_rules! found {
    (? $optional:vis $field:ident, $access:ident, $name:expr) => {
        $field.unwrap_or_default()
    };
    ($field:ident, $access:ident, $name:expr) => {
        match $field {
            Some(value) => value,
            None => return Err(<$access::Error as serde::de::Error>::missing_field($name)),
        }
    };
}

pub(in crate::codec) use {flat, form, found, made, name, put_field, record};
