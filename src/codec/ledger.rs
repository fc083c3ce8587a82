//! Rows of the ledger: a movement and the tenant.

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::Unreadable;
use super::wire::{Tenanted, record};
use crate::domain::ids::Text;
use crate::domain::movement::{Balance, Movement};

record! { Tenanted<'a, Movement> = "Movement" of row {
    movement_id, [tenant of Text = *row.tenant], store_id, product_id, from_account, to_account, quantity,
    [from_before? of Option<i64> = row.from_balance.map(|balance| balance.before)],
    [from_after? of Option<i64> = row.from_balance.map(|balance| balance.after)],
    [to_before? of Option<i64> = row.to_balance.map(|balance| balance.before)],
    [to_after? of Option<i64> = row.to_balance.map(|balance| balance.after)],
    cause, command_id, document_kind, document_id, actor_id, correlation_id?, occurred_at, recorded_at, business_date,
    count_id?, corrects?, clock_clamped?,
} movement: Movement {
    from_balance: balance(from_before, from_after), to_balance: balance(to_before, to_after)
} => Tenanted::read(tenant, movement) }

fn balance(before: Option<i64>, after: Option<i64>) -> Option<Balance> {
    Some(Balance { before: before?, after: after? })
}

impl Codec {
    /// A row of the ledger.
    pub fn encode_movement(&self, movement: &Movement) -> Vec<u8> {
        self.encode(Topic::Ledger, Schema::Ledger, &Tenanted::of(&self.tenant, movement))
    }

    /// The movement of a row.
    ///
    /// # Errors
    /// When the bytes are no row of the ledger.
    pub fn decode_movement(&self, value: &[u8]) -> Result<Movement, Unreadable> {
        self.decode::<Tenanted<'static, Movement>>(Schema::Ledger, value).map(|row| row.record.into_owned())
    }
}
