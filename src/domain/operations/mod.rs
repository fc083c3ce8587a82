//! One file for each operation: its checks in the contract's order, then its effects, and its table of tests.
//!
//! An operation refuses before it changes anything; after its first change nothing can fail but a row that is not at
//! hand, and then the whole record is decided again.

mod adjust_stock;
mod allocate;
mod asn;
mod cancel_count;
mod cancel_shipment;
mod close_asn;
mod close_transfer_order;
mod configure_store;
mod count;
mod create_asn;
mod create_count;
mod create_transfer_order;
mod define_reason;
mod hold;
mod import_stock;
mod insufficient;
mod legs;
mod pack_shipment;
mod receive_items;
mod record_return;
mod record_sale;
mod release_allocation;
mod release_reservation;
mod reserve;
mod review_count;
mod ship_items;
mod submit_count;
mod transfer_histories;
mod transfer_order;

use std::hash::Hash;

use super::command::{Gate, Line, Operation, Quantity};
use super::document::Kind;
use super::draft::{Draft, Step};
use super::hash::FastMap;
use super::ids::{ProductId, Text};
use super::leg::Leg;
use super::rows::Need;

/// The ids an operation made, by field, in the contract's order.
pub(super) type Ids = Vec<(&'static str, Text)>;

/// What can be said of a command without looking at any row.
#[derive(Default)]
pub(super) struct Shape<'c> {
    /// How many lines it has; lines of quantity 0 count.
    pub lines: usize,
    /// It has no line with a quantity, though it needs one.
    pub is_empty: bool,
    /// The gates that must be open.
    pub gates: Vec<Gate>,
    /// The products it names, with the index of the line.
    pub products: Vec<(usize, &'c ProductId)>,
    /// Whether it looks at the stock of these products.
    pub touches_stock: bool,
    /// Documents it will certainly look at.
    pub documents: Vec<(Kind, Text)>,
}

impl<'c> Shape<'c> {
    /// The shape of an operation with lines that name products and quantities. Lines of quantity 0 are dropped: they
    /// are counted, and nothing else is asked of them.
    fn of_lines(lines: impl ExactSizeIterator<Item = (&'c ProductId, Quantity)>) -> Self {
        let count = lines.len();
        let mut products = Vec::with_capacity(count);
        for (index, (product, quantity)) in lines.enumerate() {
            if quantity != 0 {
                products.push((index, product));
            }
        }
        Self { lines: count, is_empty: products.is_empty(), products, touches_stock: true, ..Self::default() }
    }

    /// The shape of an operation with lines that name products and what was counted, where 0 is a number.
    fn of_counts(products: impl ExactSizeIterator<Item = &'c ProductId>) -> Self {
        Self { lines: products.len(), products: products.enumerate().collect(), touches_stock: true, ..Self::default() }
    }

    fn gate(mut self, gate: Gate) -> Self {
        self.gates.push(gate);
        self
    }

    fn gate_if(self, condition: bool, gate: Gate) -> Self {
        if condition { self.gate(gate) } else { self }
    }

    fn document(mut self, kind: Kind, id: Text) -> Self {
        self.documents.push((kind, id));
        self
    }
}

/// The shape of a command.
pub(super) fn shape(operation: &Operation) -> Shape<'_> {
    match operation {
        Operation::ReceiveItems(operation) => receive_items::shape(operation),
        Operation::CreateAsn(operation) => create_asn::shape(operation),
        Operation::AdjustStock(operation) => adjust_stock::shape(operation),
        Operation::RecordSale(operation) => record_sale::shape(operation),
        Operation::CreateTransferOrder(operation) => create_transfer_order::shape(operation),
        Operation::PackShipment(operation) => pack_shipment::shape(operation),
        Operation::ShipItems(operation) => ship_items::shape(operation),
        Operation::CancelShipment(operation) => cancel_shipment::shape(operation),
        Operation::CloseTransferOrder(operation) => close_transfer_order::shape(operation),
        Operation::CreateCount(operation) => create_count::shape(operation),
        Operation::SubmitCount(operation) => submit_count::shape(operation),
        Operation::ReviewCount(operation) => review_count::shape(operation),
        Operation::CancelCount(operation) => cancel_count::shape(operation),
        Operation::ImportStock(operation) => import_stock::shape(operation),
        Operation::RecordReturn(operation) => record_return::shape(operation),
        Operation::Allocate(operation) => allocate::shape(operation),
        Operation::ReleaseAllocation(operation) => release_allocation::shape(operation),
        Operation::Reserve(operation) => reserve::shape(operation),
        Operation::ReleaseReservation(operation) => release_reservation::shape(operation),
        Operation::CloseAsn(_) | Operation::ConfigureStore(_) | Operation::DefineReason(_) => Shape::default(),
    }
}

/// Refuses by gates that only a document tells.
pub(super) fn check_gates(draft: &Draft<'_>, operation: &Operation) -> Step<()> {
    if let Operation::SubmitCount(operation) = operation {
        submit_count::check_gates(draft, operation)?;
    }
    Ok(())
}

/// Carries an operation out, or refuses it.
pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &Operation) -> Step<Ids> {
    match operation {
        Operation::ReceiveItems(operation) => receive_items::carry_out(draft, operation),
        Operation::CreateAsn(operation) => create_asn::carry_out(draft, operation),
        Operation::CloseAsn(operation) => close_asn::carry_out(draft, operation),
        Operation::AdjustStock(operation) => adjust_stock::carry_out(draft, operation),
        Operation::RecordSale(operation) => record_sale::carry_out(draft, operation),
        Operation::CreateTransferOrder(operation) => create_transfer_order::carry_out(draft, operation),
        Operation::PackShipment(operation) => pack_shipment::carry_out(draft, operation),
        Operation::ShipItems(operation) => ship_items::carry_out(draft, operation),
        Operation::CancelShipment(operation) => cancel_shipment::carry_out(draft, operation),
        Operation::CloseTransferOrder(operation) => close_transfer_order::carry_out(draft, operation),
        Operation::CreateCount(operation) => create_count::carry_out(draft, operation),
        Operation::SubmitCount(operation) => submit_count::carry_out(draft, operation),
        Operation::ReviewCount(operation) => review_count::carry_out(draft, operation),
        Operation::CancelCount(operation) => cancel_count::carry_out(draft, operation),
        Operation::ImportStock(operation) => import_stock::carry_out(draft, operation),
        Operation::RecordReturn(operation) => record_return::carry_out(draft, operation),
        Operation::Allocate(operation) => allocate::carry_out(draft, operation),
        Operation::ReleaseAllocation(operation) => release_allocation::carry_out(draft, operation),
        Operation::Reserve(operation) => reserve::carry_out(draft, operation),
        Operation::ReleaseReservation(operation) => release_reservation::carry_out(draft, operation),
        Operation::ConfigureStore(operation) => configure_store::carry_out(draft, operation),
        Operation::DefineReason(operation) => define_reason::carry_out(draft, operation),
    }
}

/// Carries out the other half of something another store did.
pub(super) fn carry_out_leg(draft: &mut Draft<'_>, leg: &Leg) -> Result<(), Need> {
    legs::carry_out(draft, leg)
}

/// The documents a leg will certainly look at.
pub(super) fn documents_of_leg(leg: &Leg) -> Vec<(Kind, Text)> {
    legs::documents(leg)
}

/// Quantities of one key (product; product and carton; …) summed, in order of first mention; those of 0 dropped.
fn summed<K: Hash + Eq + Clone>(quantities: impl IntoIterator<Item = (K, Quantity)>) -> Vec<(K, Quantity)> {
    let mut sums: Vec<(K, Quantity)> = Vec::new();
    let mut index = FastMap::default();
    for (key, quantity) in quantities.into_iter().filter(|(_, quantity)| *quantity != 0) {
        let at = *index.entry(key.clone()).or_insert(sums.len());
        if at == sums.len() {
            sums.push((key, 0));
        }
        sums[at].1 += quantity;
    }
    sums
}

/// The products and quantities of plain lines.
fn plain(lines: &[Line]) -> impl ExactSizeIterator<Item = (&ProductId, Quantity)> {
    lines.iter().map(|line| (&line.product_id, line.quantity))
}

/// The sums of plain lines, by product.
fn summed_lines(lines: &[Line]) -> Vec<(ProductId, Quantity)> {
    summed(lines.iter().map(|line| (line.product_id.clone(), line.quantity)))
}
