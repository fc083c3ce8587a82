//! Rows of the ledger.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Codec;
use super::names::Named;
use super::record::Topic;
use super::schemas::Schema;
use super::value::{self, Unreadable};
use super::wire::{Day, Id, Str, Time, is_false, text};
use crate::domain::movement::{Account, Balance, Movement};

/// A row on the wire, fields in the order of `schemas/ledger.avsc`.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "Movement")]
pub struct Record<'a> {
    pub movement_id: Id,
    pub tenant: Str<'a>,
    pub store_id: Str<'a>,
    pub product_id: Str<'a>,
    pub from_account: Str<'a>,
    pub to_account: Str<'a>,
    pub quantity: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_before: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_after: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_before: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_after: Option<i64>,
    pub cause: Str<'a>,
    pub command_id: Id,
    pub document_kind: Str<'a>,
    pub document_id: Str<'a>,
    pub actor_id: Str<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<Str<'a>>,
    pub occurred_at: Time,
    pub recorded_at: Time,
    pub business_date: Day,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Id>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub clock_clamped: bool,
}

impl Codec {
    /// A row of the ledger.
    pub fn encode_movement(&self, movement: &Movement) -> Vec<u8> {
        value::encode(self.formats.of(Topic::Ledger), Schema::Ledger, &Record::of(&self.tenant, movement))
    }

    /// The movement of a row.
    ///
    /// # Errors
    /// When the bytes are no row of the ledger.
    pub fn decode_movement(&self, row: &[u8]) -> Result<Movement, Unreadable> {
        value::decode::<Record<'static>>(Schema::Ledger, row)?.movement()
    }
}

impl<'a> Record<'a> {
    pub fn of(tenant: &'a str, movement: &'a Movement) -> Self {
        Self {
            movement_id: Id(movement.movement_id),
            tenant: Cow::Borrowed(tenant),
            store_id: Cow::Borrowed(movement.store_id.as_str()),
            product_id: Cow::Borrowed(movement.product_id.as_str()),
            from_account: account(&movement.from_account),
            to_account: account(&movement.to_account),
            quantity: movement.quantity,
            from_before: movement.from_balance.map(|balance| balance.before),
            from_after: movement.from_balance.map(|balance| balance.after),
            to_before: movement.to_balance.map(|balance| balance.before),
            to_after: movement.to_balance.map(|balance| balance.after),
            cause: Cow::Borrowed(movement.cause.as_str()),
            command_id: Id(movement.command_id),
            document_kind: Cow::Borrowed(movement.document_kind.name()),
            document_id: Cow::Borrowed(movement.document_id.as_str()),
            actor_id: Cow::Borrowed(&movement.actor_id),
            correlation_id: text!(movement.correlation_id),
            occurred_at: Time(movement.occurred_at),
            recorded_at: Time(movement.recorded_at),
            business_date: Day(movement.business_date),
            count_id: text!(movement.count_id),
            corrects: movement.corrects.map(Id),
            clock_clamped: movement.clock_clamped,
        }
    }

    fn movement(&self) -> Result<Movement, Unreadable> {
        Ok(Movement {
            movement_id: self.movement_id.0,
            store_id: self.store_id.as_ref().into(),
            product_id: self.product_id.as_ref().into(),
            from_account: Account::parse(&self.from_account),
            to_account: Account::parse(&self.to_account),
            quantity: self.quantity,
            from_balance: balance(self.from_before, self.from_after),
            to_balance: balance(self.to_before, self.to_after),
            cause: value::operation(&self.cause, "cause")?,
            command_id: self.command_id.0,
            document_kind: value::named(&self.document_kind, "document_kind")?,
            document_id: self.document_id.as_ref().into(),
            actor_id: self.actor_id.as_ref().into(),
            correlation_id: self.correlation_id.as_deref().map(Into::into),
            occurred_at: self.occurred_at.0,
            recorded_at: self.recorded_at.0,
            business_date: self.business_date.0,
            count_id: self.count_id.as_deref().map(Into::into),
            corrects: self.corrects.map(|id| id.0),
            clock_clamped: self.clock_clamped,
        })
    }
}

/// The name of an account; only virtual ones have to be put together.
pub fn account(account: &Account) -> Str<'_> {
    match account {
        Account::StockLocation(location) => Cow::Borrowed(location.as_str()),
        Account::Supplier => Cow::Borrowed("supplier"),
        Account::Customer => Cow::Borrowed("customer"),
        Account::Opening => Cow::Borrowed("opening"),
        Account::External => Cow::Borrowed("external"),
        Account::InTransit(_) | Account::Adjustment(_) | Account::CountVariance(_) | Account::LostInTransit(_) => {
            Cow::Owned(account.to_string())
        }
    }
}

fn balance(before: Option<i64>, after: Option<i64>) -> Option<Balance> {
    Some(Balance { before: before?, after: after? })
}
