//! Rows of the ledger.

use std::borrow::Cow;

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::Unreadable;
use super::wire::record;
use crate::domain::command::OperationName;
use crate::domain::ids::{DocumentId, ProductId, StoreId, Text, Uuid};
use crate::domain::movement::{Account, Balance, DocumentKind, Movement};
use crate::domain::time::{Date, Timestamp};

/// A row: a movement and the tenant.
#[derive(Debug)]
pub(super) struct Row<'a> {
    movement_id: Uuid,
    tenant: Cow<'a, Text>,
    store_id: Cow<'a, StoreId>,
    product_id: Cow<'a, ProductId>,
    from_account: Cow<'a, Account>,
    to_account: Cow<'a, Account>,
    quantity: i64,
    from_before: Option<i64>,
    from_after: Option<i64>,
    to_before: Option<i64>,
    to_after: Option<i64>,
    cause: OperationName,
    command_id: Uuid,
    document_kind: DocumentKind,
    document_id: Cow<'a, DocumentId>,
    actor_id: Cow<'a, Text>,
    correlation_id: Cow<'a, Option<Text>>,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    business_date: Date,
    count_id: Cow<'a, Option<DocumentId>>,
    corrects: Option<Uuid>,
    clock_clamped: bool,
}

record! { Row<'a> = "Movement" {
    movement_id, tenant, store_id, product_id, from_account, to_account, quantity, from_before?, from_after?, to_before?,
    to_after?, cause, command_id, document_kind, document_id, actor_id, correlation_id?, occurred_at, recorded_at,
    business_date, count_id?, corrects?, clock_clamped?,
} }

impl Codec {
    /// A row of the ledger.
    pub fn encode_movement(&self, movement: &Movement) -> Vec<u8> {
        let row = Row {
            movement_id: movement.movement_id,
            tenant: Cow::Borrowed(&self.tenant),
            store_id: Cow::Borrowed(&movement.store_id),
            product_id: Cow::Borrowed(&movement.product_id),
            from_account: Cow::Borrowed(&movement.from_account),
            to_account: Cow::Borrowed(&movement.to_account),
            quantity: movement.quantity,
            from_before: movement.from_balance.map(|balance| balance.before),
            from_after: movement.from_balance.map(|balance| balance.after),
            to_before: movement.to_balance.map(|balance| balance.before),
            to_after: movement.to_balance.map(|balance| balance.after),
            cause: movement.cause,
            command_id: movement.command_id,
            document_kind: movement.document_kind,
            document_id: Cow::Borrowed(&movement.document_id),
            actor_id: Cow::Borrowed(&movement.actor_id),
            correlation_id: Cow::Borrowed(&movement.correlation_id),
            occurred_at: movement.occurred_at,
            recorded_at: movement.recorded_at,
            business_date: movement.business_date,
            count_id: Cow::Borrowed(&movement.count_id),
            corrects: movement.corrects,
            clock_clamped: movement.clock_clamped,
        };
        self.encode(Topic::Ledger, Schema::Ledger, &row)
    }

    /// The movement of a row.
    ///
    /// # Errors
    /// When the bytes are no row of the ledger.
    pub fn decode_movement(&self, value: &[u8]) -> Result<Movement, Unreadable> {
        self.decode::<Row<'static>>(Schema::Ledger, value).map(Row::movement)
    }
}

impl Row<'_> {
    /// The movement.
    pub(super) fn movement(self) -> Movement {
        let row = self;
        Movement {
            movement_id: row.movement_id,
            store_id: row.store_id.into_owned(),
            product_id: row.product_id.into_owned(),
            from_account: row.from_account.into_owned(),
            to_account: row.to_account.into_owned(),
            quantity: row.quantity,
            from_balance: balance(row.from_before, row.from_after),
            to_balance: balance(row.to_before, row.to_after),
            cause: row.cause,
            command_id: row.command_id,
            document_kind: row.document_kind,
            document_id: row.document_id.into_owned(),
            actor_id: row.actor_id.into_owned(),
            correlation_id: row.correlation_id.into_owned(),
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            business_date: row.business_date,
            count_id: row.count_id.into_owned(),
            corrects: row.corrects,
            clock_clamped: row.clock_clamped,
        }
    }
}

fn balance(before: Option<i64>, after: Option<i64>) -> Option<Balance> {
    Some(Balance { before: before?, after: after? })
}
