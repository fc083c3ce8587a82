//! What the fields of a command may hold, mostly told by their types: how each is read, and how it is written.

use std::marker::PhantomData;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::fields::{Fields, Read};
use super::time;
use crate::codec::names::Named;
use crate::codec::node::Node;
use crate::codec::wire::{Map, Plain, Wire};
use crate::domain::command::{
    Actor, CountType, Decision, ExternalIdentifiers, Gate, LocationType, NegativeStock, Origin, QUANTITY_MAX, Quantity,
    Remainder, Source,
};
use crate::domain::ids::{CartonId, DocumentId, ProductId, ReasonCode, StockLocation, StoreId, Text};
use crate::domain::time::{Date, TimeZone, Timestamp};

/// The most characters (code points) of an id.
const ID_CHARACTERS_MAX: usize = 64;

/// Whether a text may be an id: 1 to 64 code points.
pub(super) fn is_id(text: &&str) -> bool {
    // A text has no more characters than bytes, so that short ones need not be counted.
    !text.is_empty() && (text.len() <= ID_CHARACTERS_MAX || text.chars().nth(ID_CHARACTERS_MAX).is_none())
}

/// Something that consists of fields: an operation or one of its lines.
pub(super) trait Content: Sized {
    /// Reads it.
    fn read(fields: &mut Fields<'_, '_>) -> Read<Self>;

    /// Writes its fields in the order of the schema.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// A kind of field that holds a `T`.
pub(super) trait Kind<T> {
    /// Reads the field of a name: what stands there, if anything does.
    fn read(fields: &mut Fields<'_, '_>, name: &'static str, node: Option<&Node<'_>>) -> Read<T>;

    /// Whether what stands there means the same as nothing.
    fn is_absent(_: &Fields<'_, '_>, _: &Node<'_>) -> bool {
        false
    }

    /// Writes a value.
    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error>;

    /// Writes the field.
    fn put<S: SerializeStruct>(record: &mut S, name: &'static str, value: &T) -> Result<(), S::Error> {
        record.serialize_field(name, &Written::<T, Self>(value, PhantomData))
    }
}

/// What may be absent.
impl<T, K: Kind<T>> Kind<Option<T>> for K {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str, node: Option<&Node<'_>>) -> Read<Option<T>> {
        match node {
            Some(there) if !K::is_absent(fields, there) => K::read(fields, name, node).map(Some),
            _ => Ok(None),
        }
    }

    fn write<S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(|value| Written::<T, K>(value, PhantomData)).serialize(serializer)
    }

    fn put<S: SerializeStruct>(record: &mut S, name: &'static str, value: &Option<T>) -> Result<(), S::Error> {
        match value {
            Some(value) => record.serialize_field(name, &Some(Written::<T, K>(value, PhantomData))),
            None => record.skip_field(name),
        }
    }
}

/// Something to be written.
pub(super) struct Written<'a, T, K: ?Sized>(&'a T, PhantomData<K>);

impl<T, K: Kind<T> + ?Sized> Serialize for Written<'_, T, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        K::write(self.0, serializer)
    }
}

/// The content of something.
pub(super) struct Whole<'a, T>(pub(super) &'a T);

impl<T: Content> Serialize for Whole<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Reads a field.
pub(super) fn read<T, K: Kind<T>>(fields: &mut Fields<'_, '_>, name: &'static str) -> Read<T> {
    let node = fields.get(name);
    K::read(fields, name, node)
}

/// Reads a field that has a default value when it is left out.
pub(super) fn read_or_default<T: Default, K: Kind<T>>(fields: &mut Fields<'_, '_>, name: &'static str) -> Read<T> {
    read::<Option<T>, K>(fields, name).map(Option::unwrap_or_default)
}

/// Writes a field that is left out when it has its default value.
pub(super) fn put_or_skip<T: Default + PartialEq, K: Kind<T>, S: SerializeStruct>(
    record: &mut S,
    name: &'static str,
    value: &T,
) -> Result<(), S::Error> {
    if *value == T::default() {
        return record.skip_field(name);
    }
    record.serialize_field(name, &Some(Written::<T, K>(value, PhantomData)))
}

/// A value that is all that its node says, and is written like everywhere else.
trait Value: Wire {
    /// The value of a node; `None` when it does not fit.
    fn of(node: &Node<'_>) -> Option<Self>;
}

impl<T: Value> Kind<T> for Plain {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str, node: Option<&Node<'_>>) -> Read<T> {
        node.and_then(T::of).ok_or_else(|| fields.malformed(name))
    }

    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.write(serializer)
    }
}

macro_rules! values {
    ($($($type:ty),+: $of:expr;)+) => {
        $($(impl Value for $type {
            fn of(node: &Node<'_>) -> Option<Self> {
                let of: fn(&Node<'_>) -> Option<Self> = $of;
                of(node)
            }
        })+)+
    };
}

values! {
    // Ids and names: 1 to 64 characters.
    StoreId, ProductId, StockLocation, DocumentId, ReasonCode, CartonId: |node| {
        node.text().filter(is_id).map(Self::from)
    };
    // Free text.
    Text: |node| node.text().map(Self::from);
    // One of a few names.
    CountType, Decision, LocationType, NegativeStock, Remainder, Source: |node| Self::named(node.text()?);
    TimeZone: |node| Self::named(node.text()?);
    bool: |node| if let Node::Boolean(value) = node { Some(*value) } else { None };
    // RFC 3339 with any offset in JSON, microseconds in Avro.
    Timestamp: |node| match node {
        Node::Instant(micros) => time::from_micros(*micros),
        node => time::parse(node.text()?),
    };
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $([$($bound:tt)+])? of $type:ty: $read:expr, $write:expr $(, $is_absent:expr)?;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(super) struct $kind;

            impl$(<$($bound)+>)? Kind<$type> for $kind {
                fn read(fields: &mut Fields<'_, '_>, name: &'static str, node: Option<&Node<'_>>) -> Read<$type> {
                    let read: fn(&mut Fields<'_, '_>, &'static str, Option<&Node<'_>>) -> Read<$type> = $read;
                    read(fields, name, node)
                }

                fn write<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                    let write: fn(&$type, S) -> Result<S::Ok, S::Error> = $write;
                    write(value, serializer)
                }

                $(fn is_absent(fields: &Fields<'_, '_>, node: &Node<'_>) -> bool {
                    let is_absent: fn(&Fields<'_, '_>, &Node<'_>) -> bool = $is_absent;
                    is_absent(fields, node)
                })?
            }
        )+
    };
}

kinds! {
    /// Text that is an id: 1 to 64 characters.
    Id of Text: |fields, name, node| {
        node.and_then(Node::text).filter(is_id).map(Text::from).ok_or_else(|| fields.malformed(name))
    }, Wire::write;
    /// A list of values.
    List [T: Value] of Vec<T>: |fields, name, node| {
        let items = node.and_then(Node::list).and_then(|items| items.iter().map(T::of).collect());
        items.ok_or_else(|| fields.malformed(name))
    }, Wire::write;
    /// The lines of an operation.
    Lines [T: Content] of Vec<T>: |fields, name, node| {
        let items = node.and_then(Node::list).ok_or_else(|| fields.malformed(name))?;
        let mut lines = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let line = item.object().ok_or_else(|| fields.malformed(name))?;
            lines.push(T::read(&mut fields.line(index, line))?);
        }
        Ok(lines)
    }, |lines, serializer| serializer.collect_seq(lines.iter().map(Whole));
    /// An object without paths of its own.
    Object [T: Content] of T: |fields, name, node| {
        let object = node.and_then(Node::object).ok_or_else(|| fields.malformed(name))?;
        T::read(&mut fields.held(name, object))
    }, T::write;
    /// A quantity of a line.
    Units of Quantity: |fields, name, node| Ok(fields.quantity(0..=QUANTITY_MAX, name, node)), Wire::write;
    /// A quantity of a line that is more than 0.
    PositiveUnits of Quantity: |fields, name, node| Ok(fields.quantity(1..=QUANTITY_MAX, name, node)), Wire::write;
    /// A balance: any whole number.
    Balance of Quantity: |fields, name, node| {
        Ok(fields.quantity(Quantity::MIN..=Quantity::MAX, name, node))
    }, Wire::write;
    /// A number of 0 or more that is no quantity of a line: a wrong one does not fit the schema.
    Number of Quantity: |fields, name, node| match node {
        Some(Node::Integer(number)) if *number >= 0 => Ok(*number),
        _ => Err(fields.malformed(name)),
    }, Wire::write;
    /// A day, as text.
    Day of Date: |fields, name, node| {
        node.and_then(Node::text).and_then(Date::parse).ok_or_else(|| fields.malformed(name))
    }, |date, serializer| serializer.collect_str(date);
    /// Gates, open or shut.
    Gates of Vec<(Gate, bool)>: |fields, name, node| {
        let gate = |(key, node)| Some((Gate::parse(key)?, bool::of(node)?));
        let gates = node.and_then(Node::object).map(|object| object.present().map(gate).collect::<Option<Vec<_>>>());
        let mut gates = gates.flatten().ok_or_else(|| fields.malformed(name))?;
        gates.sort_unstable();
        Ok(gates)
    }, |gates, serializer| Map(gates.clone()).write(serializer);
    /// Identifiers in other systems; of none there is nothing.
    Identifiers of ExternalIdentifiers: Object::read, Content::write, |_, node| {
        node.object().is_some_and(|object| object.get("upc").or(object.get("sku")).is_none())
    };
    /// The allocation of a sale. Its default is the sale's id: written out it is the same command.
    OtherThanTheSale of DocumentId: Plain::read, Wire::write, |fields, node| {
        node.text() == fields.get("sale_id").and_then(Node::text)
    };
}

/// What an operation or a line consists of: its fields in the order of the schema. `name?` has a default when it is left
/// out, `name as "other"` another name on the wire, `name via Kind` another kind than its type says.
macro_rules! content {
    ($($type:ident { $($field:ident $(? $optional:vis)? $(as $name:literal)? $(via $kind:ty)?,)+ })+) => {
        $(impl Content for $type {
            fn read(fields: &mut Fields<'_, '_>) -> Read<Self> {
                Ok($type { $($field: $crate::codec::command::kinds::read_field!($(? $optional)?
                    $crate::codec::wire::form!($($kind)?), fields, $crate::codec::wire::name!($field $($name)?))),+ })
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut record = serializer.serialize_struct(stringify!($type), [$(stringify!($field)),+].len())?;
                $($crate::codec::command::kinds::put_field!($(? $optional)? $crate::codec::wire::form!($($kind)?),
                    &mut record, $crate::codec::wire::name!($field $($name)?), &self.$field);)+
                record.end()
            }
        })+
    };
}

macro_rules! read_field {
    (? $optional:vis $kind:ty, $fields:ident, $name:expr) => {
        $crate::codec::command::kinds::read_or_default::<_, $kind>($fields, $name)?
    };
    ($kind:ty, $fields:ident, $name:expr) => {
        $crate::codec::command::kinds::read::<_, $kind>($fields, $name)?
    };
}

macro_rules! put_field {
    (? $optional:vis $kind:ty, $record:expr, $name:expr, $value:expr) => {
        $crate::codec::command::kinds::put_or_skip::<_, $kind, _>($record, $name, $value)?
    };
    ($kind:ty, $record:expr, $name:expr, $value:expr) => {
        <$kind as $crate::codec::command::kinds::Kind<_>>::put($record, $name, $value)?
    };
}
pub(super) use {content, put_field, read_field};

content! {
    Actor { id, role, device, }
    Origin { system, id, }
    ExternalIdentifiers { upc, sku, }
}
