//! The kinds of fields a command has: how each is read, and how it is written.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::fields::{Fields, Malformed};
use crate::codec::names::Named;
use crate::codec::wire::{Map, Out, Plain, Wire, put, put_if};
use crate::domain::command::{ExternalIdentifiers, Gate, Quantity};
use crate::domain::ids::Text;
use crate::domain::time::{Date, TimeZone, Timestamp};

pub(super) type Read<T> = Result<T, Malformed>;

/// Something that consists of fields: an operation or one of its lines.
pub(super) trait Content: Sized {
    /// Reads it.
    fn read(fields: &mut Fields<'_, '_>) -> Read<Self>;

    /// Writes its fields in the order of the schema.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Something to be written.
pub(super) struct Written<'a, T>(pub(super) &'a T);

impl<T: Content> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

struct Lines<'a, T>(&'a [T]);

impl<T: Content> Serialize for Lines<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Written))
    }
}

/// A kind of field that holds a `T`.
pub(super) trait Kind<T> {
    /// Reads the field of a name.
    fn read(fields: &mut Fields<'_, '_>, name: &str) -> Read<T>;

    /// Writes the field.
    fn write<S: SerializeStruct>(record: &mut S, name: &'static str, value: &T) -> Result<(), S::Error>;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $([$($bound:tt)+])? of $type:ty: $read:expr, $write:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(super) struct $kind;

            impl$(<$($bound)+>)? Kind<$type> for $kind {
                fn read(fields: &mut Fields<'_, '_>, name: &str) -> Read<$type> {
                    let read: fn(&mut Fields<'_, '_>, &str) -> Read<$type> = $read;
                    read(fields, name)
                }

                fn write<S: SerializeStruct>(record: &mut S, name: &'static str, value: &$type) -> Result<(), S::Error> {
                    let write: fn(&mut S, &'static str, &$type) -> Result<(), S::Error> = $write;
                    write(record, name, value)
                }
            }
        )+
    };
}

kinds! {
    /// An id or a name: 1 to 64 characters.
    Id [T: for<'t> From<&'t str> + Wire] of T: |f, name| f.id(name), put::<T, Plain, S>;
    /// An id that may be absent.
    OptionalId [T: for<'t> From<&'t str> + Wire + PartialEq] of Option<T>: |f, name| f.optional_id(name), put_if::<_, Plain, S>;
    /// A list of ids that must be there, but may be empty.
    Ids [T: for<'t> From<&'t str> + Wire] of Vec<T>: |f, name| f.ids(name), put::<_, Plain, S>;
    /// A list of ids; none when it is left out.
    OptionalIds [T: for<'t> From<&'t str> + Wire + PartialEq] of Vec<T>: |f, name| f.optional_ids(name), |record, name, value| {
        if value.is_empty() { record.skip_field(name) } else { record.serialize_field(name, &Some(Out::<Vec<T>>::new(value))) }
    };
    /// Free text.
    FreeText of Text: |f, name| f.text(name), put::<_, Plain, S>;
    /// Free text that may be absent.
    OptionalText of Option<Text>: |f, name| f.optional_text(name), put_if::<_, Plain, S>;
    /// An instant.
    Instant of Timestamp: |f, name| f.instant(name), put::<_, Plain, S>;
    /// An instant that may be absent.
    OptionalInstant of Option<Timestamp>: |f, name| f.optional_instant(name), put_if::<_, Plain, S>;
    /// One of a few names.
    Choice [T: Named + Wire] of T: |f, name| f.choice(name), put::<_, Plain, S>;
    /// One of a few names that may be absent.
    OptionalChoice [T: Named + Wire + PartialEq] of Option<T>: |f, name| f.optional_choice(name), put_if::<_, Plain, S>;
    /// One of a few names; the default may be left out.
    ChoiceOrDefault [T: Named + Wire + PartialEq + Default] of T: |f, name| f.choice_or_default(name), |record, name, value| {
        put_if::<_, Plain, S>(record, name, &Some(*value).filter(|value| *value != T::default()))
    };
    /// True or false, which must be said.
    Boolean of bool: |f, name| f.boolean(name), put::<_, Plain, S>;
    /// True or false; may be absent.
    OptionalBoolean of Option<bool>: |f, name| f.optional_boolean(name), put_if::<_, Plain, S>;
    /// True or false; false is the default.
    Flag of bool: |f, name| f.flag(name), |record, name, value| {
        put_if::<_, Plain, S>(record, name, &value.then_some(true))
    };
    /// A number of 0 or more that is no quantity of a line; may be absent.
    OptionalNumber of Option<Quantity>: |f, name| f.optional_number(name), put_if::<_, Plain, S>;
    /// A quantity of a line.
    Units of Quantity: |f, name| Ok(f.quantity(name)), put::<_, Plain, S>;
    /// A quantity of a line that is more than 0.
    PositiveUnits of Quantity: |f, name| Ok(f.positive_quantity(name)), put::<_, Plain, S>;
    /// A quantity of a line that is 0 when it is left out.
    UnitsOrNone of Quantity: |f, name| Ok(f.quantity_or_zero(name)), |record, name, value| {
        put_if::<_, Plain, S>(record, name, &Some(*value).filter(|units| *units != 0))
    };
    /// A balance: any whole number; may be absent.
    OptionalBalance of Option<Quantity>: |f, name| Ok(f.optional_balance(name)), put_if::<_, Plain, S>;
    /// A day, as text; may be absent.
    OptionalDay of Option<Date>: |f, name| f.optional_parsed(name, Date::parse), |record, name, value| {
        put_if::<_, Plain, S>(record, name, &value.map(|date| date.to_string()))
    };
    /// A time zone; may be absent.
    OptionalZone of Option<TimeZone>: |f, name| f.optional_parsed(name, TimeZone::named), put_if::<_, Plain, S>;
    /// Gates, open or shut; none when it is left out.
    Gates of Vec<(Gate, bool)>: |f, name| f.optional_switches(name, Gate::parse), |record, name, value| {
        put_if::<_, Plain, S>(record, name, &Some(Map(value.clone())).filter(|gates| !gates.0.is_empty()))
    };
    /// The lines, which must be there, but may be none.
    LinesOf [T: Content] of Vec<T>: |f, _| f.lines(|line| T::read(line)), |record, name, value| {
        record.serialize_field(name, &Lines(value))
    };
    /// The lines; leaving them out means the same as writing none.
    LinesOrNone [T: Content] of Vec<T>: |f, _| f.lines_or_none(|line| T::read(line)), |record, name, value| {
        if value.is_empty() { record.skip_field(name) } else { record.serialize_field(name, &Some(Lines(value))) }
    };
    /// The lines; none is something else than no lines.
    OptionalLines [T: Content] of Option<Vec<T>>: |f, _| f.optional_lines(|line| T::read(line)), |record, name, value| {
        match value {
            Some(lines) => record.serialize_field(name, &Some(Lines(lines))),
            None => record.skip_field(name),
        }
    };
    /// Identifiers in other systems; none is as good as absent.
    Identifiers of Option<ExternalIdentifiers>: |f, _| f.optional_object("external_identifiers", |f| {
        let identifiers = ExternalIdentifiers { upc: f.optional_text("upc")?, sku: f.optional_text("sku")? };
        Ok((identifiers.upc.is_some() || identifiers.sku.is_some()).then_some(identifiers))
    }), put_if::<_, Plain, S>;
}

/// What an operation or a line consists of: its fields in the order of the schema, each with its kind.
macro_rules! content {
    ($($type:ident { $($field:ident $(as $name:literal)?: $kind:ty),+ $(,)? })+) => {
        $(impl Content for $type {
            fn read(fields: &mut Fields<'_, '_>) -> Read<Self> {
                Ok($type { $($field: <$kind as Kind<_>>::read(fields, $crate::codec::wire::name!($field $($name)?))?),+ })
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut record = serializer.serialize_struct(stringify!($type), [$(stringify!($field)),+].len())?;
                $(<$kind as Kind<_>>::write(&mut record, $crate::codec::wire::name!($field $($name)?), &self.$field)?;)+
                record.end()
            }
        })+
    };
}
pub(super) use content;
