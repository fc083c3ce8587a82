//! Names of things, quantities, and the deterministic ids the processor makes itself.

use std::fmt;
use std::sync::Arc;

pub use uuid::Uuid;

/// Free text: references, notes, zones, actors. Cheap to clone.
pub type Text = Arc<str>;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name as shared text, for fields that hold any kind of name.
            pub fn text(&self) -> Text {
                Arc::clone(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<Text> for $name {
            fn from(text: Text) -> Self {
                Self(text)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(Arc::from(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) as &str))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

name!(
    /// A location of the retailer: a store or a distribution centre. 1 to 64 characters.
    StoreId
);
name!(
    /// A product. 1 to 64 characters.
    ProductId
);
name!(
    /// A bucket of stock inside a store: `main`, `damaged`, … 1 to 64 characters.
    StockLocation
);
name!(
    /// The id of a document or of an operation (ASN, transfer order, count, sale, …). 1 to 64 characters.
    DocumentId
);
name!(
    /// A reason of adjustments. 1 to 64 characters.
    ReasonCode
);
name!(
    /// A carton of an ASN. 1 to 64 characters.
    CartonId
);

/// The stock location that holds reserved units. Nobody names it in a command.
pub const RESERVATIONS: &str = "_customer_reservations";

/// The id a command (or a leg) gives to something it makes: UUIDv5 with the command's (leg's) id as
/// namespace and `<store id>/<what>` as name. The store is in the name because one command id used by
/// mistake at two stores must still give unique ids.
pub fn derived_id(namespace: Uuid, store: &StoreId, what: &str) -> Uuid {
    let store = store.as_str();
    let mut name = Vec::with_capacity(store.len() + 1 + what.len());
    name.extend_from_slice(store.as_bytes());
    name.push(b'/');
    name.extend_from_slice(what.as_bytes());
    Uuid::new_v5(&namespace, &name)
}

/// A quantity in base units. In a line of a command 0 to 1,000,000,000, so that no balance can overflow.
pub type Quantity = i64;

/// Identifiers of a product in other systems.
#[allow(missing_docs, reason = "named as the codes are")]
#[derive(Clone, PartialEq, Debug)]
pub struct ExternalIdentifiers {
    pub upc: Option<Text>,
    pub sku: Option<Text>,
}
