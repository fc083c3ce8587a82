//! Names of things, quantities, and the deterministic ids the processor makes itself.

use std::fmt;
use std::sync::Arc;

pub use uuid::Uuid;

#[cfg(any(test, feature = "arbitrary"))]
const DRAWN: [&str; 12] = [
    "A",
    "S1",
    "main",
    "POS-1",
    "a|b",
    "50%",
    "ü",
    "日本",
    "say \"no\"",
    "a/b",
    "x y",
    "0123456789abcdef0123456789abcdef",
];

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

        /// Few, so that those of different values meet; never empty, which is as good as absent.
        #[cfg(any(test, feature = "arbitrary"))]
        impl arbitrary::Arbitrary<'_> for $name {
            fn arbitrary(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                u.choose(&DRAWN).map(|name| Self::from(*name))
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
    /// Free text: references, notes, zones, actors. Cheap to clone.
    #[derive(Default)]
    Text
);

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A name of some kind.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        name!($(#[$doc])* $name);

        impl $name {
            /// The name as shared text, for fields that hold any kind of name.
            pub fn text(&self) -> Text {
                Text(Arc::clone(&self.0))
            }
        }

        impl From<Text> for $name {
            fn from(text: Text) -> Self {
                Self(text.0)
            }
        }
    };
}

id!(
    /// A location of the retailer: a store or a distribution centre. 1 to 64 characters.
    StoreId
);
id!(
    /// A product. 1 to 64 characters.
    ProductId
);
id!(
    /// A bucket of stock inside a store: `main`, `damaged`, … 1 to 64 characters.
    StockLocation
);
id!(
    /// The id of a document or of an operation (ASN, transfer order, count, sale, …). 1 to 64 characters.
    DocumentId
);
id!(
    /// A reason of adjustments. 1 to 64 characters.
    ReasonCode
);
id!(
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

/// The largest quantity of one line.
pub const QUANTITY_MAX: Quantity = 1_000_000_000;

/// Identifiers of a product in other systems.
#[allow(missing_docs, reason = "named as the codes are")]
#[derive(Clone, PartialEq, Debug)]
pub struct ExternalIdentifiers {
    pub upc: Option<Text>,
    pub sku: Option<Text>,
}

/// Of no identifiers there is none.
#[cfg(any(test, feature = "arbitrary"))]
impl arbitrary::Arbitrary<'_> for ExternalIdentifiers {
    fn arbitrary(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        let (upc, sku) = u.arbitrary::<(Option<Text>, Text)>()?;
        Ok(if u.arbitrary()? { Self { upc, sku: Some(sku) } } else { Self { upc: upc.or(Some(sku)), sku: None } })
    }
}
