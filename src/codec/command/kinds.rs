//! What the fields of a command may hold, mostly told by their types: how each is read, and how it is written.

use super::fields::{Fields, Read};
use super::time;
use crate::codec::names::Named;
use crate::codec::node::Node;
use crate::codec::wire::{Map, Plain, Wire};
use crate::codec::writer::Writer;
use crate::domain::command::{
    Actor, CountType, Decision, ExternalIdentifiers, Gate, LocationType, NegativeStock, Origin, QUANTITY_MAX, Quantity,
    Remainder, Source,
};
use crate::domain::ids::{CartonId, DocumentId, ProductId, ReasonCode, StockLocation, StoreId, Text};
use crate::domain::time::{Date, TimeZone, Timestamp};

/// The most characters (code points) of an id.
const ID_CHARACTERS_MAX: usize = 64;
/// The most characters of free text.
const TEXT_CHARACTERS_MAX: usize = 1_024;
/// The most identifiers of one product in other systems.
const IDENTIFIERS_MAX: usize = 16;

/// Whether a text may be an id: 1 to 64 code points, no control characters, no white space at either end (§4).
pub fn is_id(text: &&str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    !text.is_empty()
        && has_at_most(text, ID_CHARACTERS_MAX)
        && (is_plain || (text.trim().len() == text.len() && !text.contains(char::is_control)))
}

/// Whether a text may be a reference, a note, a zone: at most 1,024 code points without U+0000 (§4).
fn is_free_text(text: &&str) -> bool {
    has_at_most(text, TEXT_CHARACTERS_MAX) && !text.contains('\0')
}

/// Whether an object holds not too many identifiers, each an id by name and value.
fn are_ids(node: &Node<'_>) -> bool {
    let is_id = |(name, node): (&str, &Node<'_>)| is_id(&name) && node.text().is_some_and(|text| is_id(&text));
    node.object().is_some_and(|object| object.present().nth(IDENTIFIERS_MAX).is_none() && object.present().all(is_id))
}

fn has_at_most(text: &str, characters: usize) -> bool {
    // A text has no more characters than bytes, so that short ones need not be counted.
    text.len() <= characters || text.chars().nth(characters).is_none()
}

/// Something that consists of fields: an operation or one of its lines.
pub(super) trait Content: Sized {
    /// Reads it.
    fn read(fields: &mut Fields<'_, '_>) -> Read<Self>;

    /// Writes its fields in the order of the schema.
    fn write<W: Writer>(&self, writer: &mut W);
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
    fn write<W: Writer>(value: &T, writer: &mut W);

    /// Writes the field.
    fn put<W: Writer>(writer: &mut W, name: &'static str, value: &T) {
        writer.field(name);
        Self::write(value, writer);
    }
}

/// What may be absent.
impl<T, K: Kind<T>> Kind<Option<T>> for K {
    #[inline]
    fn read(fields: &mut Fields<'_, '_>, name: &'static str, node: Option<&Node<'_>>) -> Read<Option<T>> {
        match node {
            Some(there) if !K::is_absent(fields, there) => K::read(fields, name, node).map(Some),
            _ => Ok(None),
        }
    }

    fn write<W: Writer>(value: &Option<T>, writer: &mut W) {
        if let Some(value) = value {
            writer.some();
            K::write(value, writer);
        }
    }

    fn put<W: Writer>(writer: &mut W, name: &'static str, value: &Option<T>) {
        match value {
            Some(_) => {
                writer.field(name);
                <Self as Kind<Option<T>>>::write(value, writer);
            }
            None => writer.skip(),
        }
    }
}

/// Reads a field.
#[inline]
pub(super) fn read<T, K: Kind<T>>(fields: &mut Fields<'_, '_>, name: &'static str) -> Read<T> {
    let node = fields.get(name);
    K::read(fields, name, node)
}

/// Reads a field that has a default value when it is left out.
pub(super) fn read_or_default<T: Default, K: Kind<T>>(fields: &mut Fields<'_, '_>, name: &'static str) -> Read<T> {
    read::<Option<T>, K>(fields, name).map(Option::unwrap_or_default)
}

/// Writes a field that is left out when it has its default value.
pub(super) fn put_or_skip<T: Default + PartialEq, K: Kind<T>, W: Writer>(
    writer: &mut W,
    name: &'static str,
    value: &T,
) {
    if *value == T::default() {
        return writer.skip();
    }
    writer.field(name);
    writer.some();
    K::write(value, writer);
}

/// A value that is all that its node says, and is written like everywhere else.
trait Value: Wire {
    /// The value of a node; `None` when it does not fit.
    fn of(node: &Node<'_>) -> Option<Self>;
}

impl<T: Value> Kind<T> for Plain {
    #[inline]
    fn read(fields: &mut Fields<'_, '_>, name: &'static str, node: Option<&Node<'_>>) -> Read<T> {
        node.and_then(T::of).ok_or_else(|| fields.malformed(name))
    }

    fn write<W: Writer>(value: &T, writer: &mut W) {
        value.write(writer);
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
    // Ids and names.
    StoreId, ProductId, StockLocation, DocumentId, ReasonCode, CartonId: |node| {
        node.text().filter(is_id).map(Self::from)
    };
    // Free text.
    Text: |node| node.text().filter(is_free_text).map(Self::from);
    // One of a few names.
    CountType, Decision, LocationType, NegativeStock, Remainder, Source: |node| Self::named(node.text()?);
    TimeZone: |node| Self::named(node.text()?);
    bool: |node| if let Node::Boolean(value) = node { Some(*value) } else { None };
    // RFC 3339 with any offset in JSON, microseconds in Avro.
    Timestamp: |node| {
        if let Node::Instant(micros) = node { time::from_micros(*micros) } else { time::parse(node.text()?) }
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

                fn write<W: Writer>(value: &$type, writer: &mut W) {
                    let write: fn(&$type, &mut W) = $write;
                    write(value, writer);
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
    }, |lines, writer| {
        writer.begin_list(lines.len());
        for line in lines {
            writer.item();
            line.write(writer);
        }
        writer.end_list();
    };
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
    }, |date, writer| writer.text(&date.to_string());
    /// Gates, open or shut.
    Gates of Vec<(Gate, bool)>: |fields, name, node| {
        let gate = |(key, node)| Some((Gate::parse(key)?, bool::of(node)?));
        let gates = node.and_then(Node::object).map(|object| object.present().map(gate).collect::<Option<Vec<_>>>());
        let mut gates = gates.flatten().ok_or_else(|| fields.malformed(name))?;
        gates.sort_unstable();
        Ok(gates)
    }, |gates, writer| Map(gates.clone()).write(writer);
    /// Identifiers in other systems; of none that an event tells there is nothing.
    Identifiers of ExternalIdentifiers: |fields, name, node| {
        if node.is_some_and(are_ids) { Object::read(fields, name, node) } else { Err(fields.malformed(name)) }
    }, Content::write, |_, node| {
        are_ids(node) && node.object().is_some_and(|object| object.get("upc").or(object.get("sku")).is_none())
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

            fn write<W: Writer>(&self, writer: &mut W) {
                writer.begin_record();
                $($crate::codec::command::kinds::put_field!($(? $optional)? $crate::codec::wire::form!($($kind)?),
                    writer, $crate::codec::wire::name!($field $($name)?), &self.$field);)+
                writer.end_record();
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
        $crate::codec::command::kinds::put_or_skip::<_, $kind, _>($record, $name, $value)
    };
    ($kind:ty, $record:expr, $name:expr, $value:expr) => {
        <$kind as $crate::codec::command::kinds::Kind<_>>::put($record, $name, $value)
    };
}
pub(super) use {content, put_field, read_field};

content! {
    Actor { id via Id, role via Id, device via Id, }
    Origin { system via Id, id via Id, }
    ExternalIdentifiers { upc via Id, sku via Id, }
}
