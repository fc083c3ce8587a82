//! What a batch of records comes to.

use super::Tally;
use crate::codec::record::OutputRecord;
use crate::store::Changes;

/// What a batch of records comes to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Batch {
    /// To be written in one transaction with the input offsets, in this order.
    pub outputs: Vec<OutputRecord>,
    /// To be written to the store after the transaction's commit, with the positions added to it.
    pub changes: Changes,
    /// For metrics, after the commit.
    pub tally: Tally,
}
