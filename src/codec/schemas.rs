//! The Avro schemas built into the binary, and the fixed ids that name them while no registry is configured.

use std::sync::LazyLock;

use crate::domain::ids::Uuid;

macro_rules! schemas {
    ($($(#[$doc:meta])* $id:literal $file:literal => $schema:ident),+ $(,)?) => {
        /// The schema of one topic's values. Ids are part of the stored bytes: never changed, never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Schema {
            $($(#[$doc])* $schema = $id,)+
        }

        impl Schema {
            /// Every schema.
            pub const ALL: [Schema; [$($id),+].len()] = [$(Schema::$schema),+];

            /// The schema's file under `schemas/`.
            pub fn file_name(self) -> &'static str {
                match self {
                    $(Schema::$schema => concat!($file, ".avsc"),)+
                }
            }

            /// The schema as text.
            pub fn text(self) -> &'static str {
                match self {
                    $(Schema::$schema => include_str!(concat!("../../schemas/", $file, ".avsc")),)+
                }
            }

            /// The schema, parsed once.
            ///
            /// # Panics
            /// Never: a test parses every file.
            pub fn parsed(self) -> &'static apache_avro::Schema {
                match self {
                    $(Schema::$schema => {
                        static PARSED: LazyLock<apache_avro::Schema> = LazyLock::new(|| {
                            apache_avro::Schema::parse_str(Schema::$schema.text()).expect("built-in schemas are valid")
                        });
                        &PARSED
                    })+
                }
            }
        }
    };
}

schemas! {
    /// Commands.
    1 "command" => Command,
    /// Events.
    2 "event" => Event,
    /// Rows of the ledger.
    3 "ledger" => Ledger,
    /// Stock rows.
    4 "stock" => Stock,
    /// Documents.
    5 "document" => Document,
    /// Results.
    6 "result" => Result,
    /// Legs.
    7 "leg" => Leg,
}

impl Schema {
    /// The id in the framing of values.
    pub fn id(self) -> u32 {
        self as u32
    }

    /// The schema of an id.
    pub fn of_id(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|schema| schema.id() == id)
    }

    /// The id in headers: made from the name of the schema's file, so that it is the same in every release.
    pub fn guid(self) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("stockroom.inventory.v1/{}", self.file_name()).as_bytes())
    }

    /// The schema of a GUID.
    pub fn of_guid(guid: Uuid) -> Option<Self> {
        Self::ALL.into_iter().find(|schema| schema.guid() == guid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_valid_and_has_its_own_ids() {
        for schema in Schema::ALL {
            assert!(matches!(schema.parsed(), apache_avro::Schema::Record(_)), "{}", schema.file_name());
            assert_eq!(Schema::of_id(schema.id()), Some(schema));
            assert_eq!(Schema::of_guid(schema.guid()), Some(schema));
        }
        assert_eq!(Schema::of_id(0), None);
    }
}
