//! The Avro schemas built into the binary: for each topic's values every version that was ever released.
//!
//! A version is a number from 1, the folder under `schemas/released`. The ids that name schemas while no registry is
//! configured are fixed: version 1 of the stock rows is 4, version 2 is 104, version 3 is 204.

use std::sync::{Arc, LazyLock};

use super::avro::Shape;
use super::record::Topic;
use crate::domain::ids::Uuid;

/// The oldest version that values can be written with: the first one can hold neither the lines of counts nor the places
/// of waiting receipts.
pub const OLDEST_WRITTEN: u32 = 2;
/// What lies between the ids of a schema's versions.
const IDS_A_VERSION: u32 = 100;

macro_rules! schemas {
    ($($(#[$doc:meta])* $number:literal $file:literal [$($released:literal),*] of $topic:ident => $schema:ident),+ $(,)?) => {
        /// The schema of one topic's values. Numbers are part of the stored bytes: never changed, never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Schema {
            $($(#[$doc])* $schema = $number,)+
        }

        impl Schema {
            /// Every schema.
            pub const ALL: [Schema; [$($number),+].len()] = [$(Schema::$schema),+];

            /// The schema's file under `schemas/`.
            pub fn file_name(self) -> &'static str {
                match self {
                    $(Schema::$schema => concat!($file, ".avsc"),)+
                }
            }

            /// The schema of a topic's values; none of dead letters, which are whatever they were.
            pub fn of_topic(topic: Topic) -> Option<Self> {
                match topic {
                    $(Topic::$topic => Some(Schema::$schema),)+
                    Topic::DeadLetters => None,
                }
            }

            /// Every version as text, the oldest first.
            pub fn versions(self) -> &'static [&'static str] {
                match self {
                    $(Schema::$schema => &[
                        $(include_str!(concat!("../../schemas/released/", $released, "/", $file, ".avsc")),)*
                        include_str!(concat!("../../schemas/", $file, ".avsc")),
                    ],)+
                }
            }
        }
    };
}

// In brackets the released versions that are not the newest one, which is the file in `schemas/` itself.
schemas! {
    /// Commands.
    1 "command" ["1"] of Commands => Command,
    /// Events.
    2 "event" ["1"] of Events => Event,
    /// Rows of the ledger.
    3 "ledger" ["1"] of Ledger => Ledger,
    /// Stock rows.
    4 "stock" ["1"] of Stock => Stock,
    /// Documents.
    5 "document" ["1"] of Documents => Document,
    /// Results.
    6 "result" ["1"] of Results => Result,
    /// Legs.
    7 "leg" ["1"] of Legs => Leg,
}

/// One version of a schema.
#[derive(Debug)]
pub struct Version {
    /// Whose values it describes.
    pub schema: Schema,
    /// From 1.
    pub number: u32,
    /// The schema as text, as in the file.
    pub text: String,
    /// The schema, parsed.
    pub parsed: apache_avro::Schema,
    /// What its bytes look like.
    pub shape: Arc<Shape>,
}

impl Version {
    /// A version of a schema.
    ///
    /// # Errors
    /// When the text is no Avro schema, or one whose records hold themselves.
    pub fn parse(schema: Schema, number: u32, text: &str) -> Result<Self, String> {
        let parsed = apache_avro::Schema::parse_str(text).map_err(|error| error.to_string())?;
        let shape = Shape::of(&parsed)?;
        Ok(Self { schema, number, text: text.to_owned(), parsed, shape })
    }

    /// The id in the framing of values while no registry is configured.
    pub fn id(&self) -> u32 {
        built_in_id(self.schema, self.number)
    }

    /// The id in headers while no registry is configured.
    pub fn guid(&self) -> Uuid {
        let mut name = format!("stockroom.inventory.v1/{}", self.schema.file_name());
        if self.number > 1 {
            name.push_str(&format!("/{}", self.number));
        }
        Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
    }
}

fn built_in_id(schema: Schema, version: u32) -> u32 {
    (version - 1) * IDS_A_VERSION + schema as u32
}

impl Schema {
    /// The newest version as text.
    pub fn text(self) -> &'static str {
        self.versions().last().copied().unwrap_or_default()
    }

    /// Every version, the oldest first; parsed once.
    pub fn built_in(self) -> &'static [Arc<Version>] {
        static BUILT_IN: LazyLock<Vec<Vec<Arc<Version>>>> = LazyLock::new(|| {
            let version = |schema, (text, number): (&&str, u32)| {
                Arc::new(Version::parse(schema, number, text).expect("a test parses every built-in schema"))
            };
            Schema::ALL
                .into_iter()
                .map(|schema| schema.versions().iter().zip(1..).map(|numbered| version(schema, numbered)).collect())
                .collect()
        });
        &BUILT_IN[self as usize - 1]
    }

    /// The newest version.
    pub fn newest(self) -> &'static Arc<Version> {
        self.built_in().last().expect("every schema has a version")
    }

    /// The schema and the number of the version that a built-in id names, known to this release or not.
    pub fn of_id(id: u32) -> Option<(Self, u32)> {
        let schema = Self::ALL.into_iter().find(|schema| *schema as u32 == id % IDS_A_VERSION)?;
        Some((schema, id / IDS_A_VERSION + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_valid_and_has_its_own_ids() {
        for schema in Schema::ALL {
            for (version, number) in schema.built_in().iter().zip(1..) {
                assert!(matches!(version.parsed, apache_avro::Schema::Record(_)), "{}", schema.file_name());
                assert_eq!((version.schema, version.number), (schema, number));
                assert_eq!(Schema::of_id(version.id()), Some((schema, number)));
            }
        }
        assert_eq!(Schema::of_id(0), None);
        assert_eq!(Schema::of_id(204), Some((Schema::Stock, 3)));
        assert_eq!(Schema::of_id(99), None);
    }

    #[test]
    fn a_schema_whose_records_hold_themselves_is_refused() {
        let text = r#"{"type": "record", "name": "R", "fields": [{"name": "next", "type": ["null", "R"]}]}"#;
        assert_eq!(Version::parse(Schema::Command, 1, text).expect_err("endless"), "the record R holds itself");
    }
}
