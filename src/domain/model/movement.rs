//! The ledger: every change of on hand is one movement between two accounts (domain contract §3).
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use std::fmt;

use crate::domain::model::ids::{DocumentId, ProductId, Quantity, ReasonCode, StockLocation, StoreId, Text, Uuid};
use crate::domain::model::later::LaterName;
use crate::domain::model::operation_name::OperationName;
use crate::domain::model::time::{Date, Timestamp};

/// Either end of a movement.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub enum Account {
    /// A bucket of the store: the only account with a balance.
    StockLocation(StockLocation),
    /// Goods from outside with no origin of ours.
    Supplier,
    /// Sold to, brought back by.
    Customer,
    /// On the way to a destination, of one ASN.
    InTransit(DocumentId),
    /// Written off or found, for a reason.
    Adjustment(ReasonCode),
    /// The difference a count found.
    CountVariance(DocumentId),
    /// Never arrived, of one ASN.
    LostInTransit(DocumentId),
    /// The first import of a product.
    Opening,
    /// In place of the stock location of a store that is not mastered here.
    External,
}

impl Account {
    /// The stock location, when the account is one.
    pub fn stock_location(&self) -> Option<&StockLocation> {
        if let Account::StockLocation(location) = self { Some(location) } else { None }
    }

    /// The account of a name in the ledger. Stock locations are all names that no virtual account has.
    pub fn parse(name: &str) -> Self {
        match name.split_once('/') {
            Some(("in_transit", id)) => Account::InTransit(id.into()),
            Some(("adjustment", code)) => Account::Adjustment(code.into()),
            Some(("count_variance", id)) => Account::CountVariance(id.into()),
            Some(("lost_in_transit", id)) => Account::LostInTransit(id.into()),
            _ => match name {
                "supplier" => Account::Supplier,
                "customer" => Account::Customer,
                "opening" => Account::Opening,
                "external" => Account::External,
                _ => Account::StockLocation(name.into()),
            },
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::StockLocation(location) => location.fmt(f),
            Account::Supplier => f.write_str("supplier"),
            Account::Customer => f.write_str("customer"),
            Account::InTransit(asn) => write!(f, "in_transit/{asn}"),
            Account::Adjustment(reason) => write!(f, "adjustment/{reason}"),
            Account::CountVariance(count) => write!(f, "count_variance/{count}"),
            Account::LostInTransit(asn) => write!(f, "lost_in_transit/{asn}"),
            Account::Opening => f.write_str("opening"),
            Account::External => f.write_str("external"),
        }
    }
}

/// The kind of document a movement belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, strum::IntoStaticStr, strum::EnumString)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum DocumentKind {
    Asn,
    Receipt,
    Shipment,
    Adjustment,
    /// Also the rows of an import.
    Count,
    Sale,
    Return,
    Reservation,
    /// One that a later release has.
    #[strum(disabled)]
    Later(LaterName),
}

impl DocumentKind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        if let DocumentKind::Later(name) = self { name.as_str() } else { self.into() }
    }

    /// The kind of a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().or_else(|| LaterName::of(name).map(DocumentKind::Later))
    }
}

/// Balance of a stock location before and after a movement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Balance {
    pub before: Quantity,
    pub after: Quantity,
}

/// One immutable row of the ledger: a quantity above 0 from one account to another.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Movement {
    pub movement_id: Uuid,
    pub store_id: StoreId,
    pub product_id: ProductId,
    pub from_account: Account,
    pub to_account: Account,
    pub quantity: Quantity,
    /// Of `from_account`, when that is a stock location.
    pub from_balance: Option<Balance>,
    /// Of `to_account`, when that is a stock location.
    pub to_balance: Option<Balance>,
    pub cause: OperationName,
    pub command_id: Uuid,
    pub document_kind: DocumentKind,
    pub document_id: DocumentId,
    pub actor_id: Text,
    pub correlation_id: Option<Text>,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    pub business_date: Date,
    pub count_id: Option<DocumentId>,
    /// The late movement whose effect this one takes back.
    pub corrects: Option<Uuid>,
    /// The device's clock was wrong and was set to the record's time.
    pub clock_clamped: bool,
}

impl Movement {
    /// By how much on hand changes, in each stock location the movement touches: origin's first. A movement from a stock
    /// location to itself changes none.
    pub fn changes(&self) -> impl Iterator<Item = (&StockLocation, Quantity)> {
        let is_none = self.from_account == self.to_account;
        let out = self.from_balance.and(self.from_account.stock_location()).map(|location| (location, -self.quantity));
        let into = self.to_balance.and(self.to_account.stock_location()).map(|location| (location, self.quantity));
        out.into_iter().chain(into).filter(move |_| !is_none)
    }
}
