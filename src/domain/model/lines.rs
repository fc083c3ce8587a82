//! Lines: units of one product each, in commands and in shipments, and their sums.
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::domain::model::ids::{CartonId, ProductId, Quantity};

/// Units of one product.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Line {
    pub product_id: ProductId,
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::units))]
    pub quantity: Quantity,
}

/// Units of one product, in a carton or loose.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CartonLine {
    pub product_id: ProductId,
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::units))]
    pub quantity: Quantity,
    pub carton_id: Option<CartonId>,
}

/// A line of a shipment.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct ShipmentLine {
    pub product_id: ProductId,
    pub quantity: Quantity,
    pub carton_id: Option<CartonId>,
}

/// The lines of a document, each found by its product without looking at the others.
pub(crate) struct ByProduct<'l, L> {
    lines: &'l mut Vec<L>,
    index: FxHashMap<ProductId, usize>,
    make: fn(ProductId) -> L,
}

impl<'l, L> ByProduct<'l, L> {
    /// Lines that each have a product; `make`: the line of one that has none yet.
    pub fn new(lines: &'l mut Vec<L>, product_of: fn(&L) -> &ProductId, make: fn(ProductId) -> L) -> Self {
        let index = lines.iter().enumerate().map(|(index, line)| (product_of(line).clone(), index)).collect();
        Self { lines, index, make }
    }

    /// The line of a product, made at the end when there is none.
    pub fn of(&mut self, product: &ProductId) -> &mut L {
        let next = self.lines.len();
        let index = *self.index.entry(product.clone()).or_insert(next);
        if index == next {
            self.lines.push((self.make)(product.clone()));
        }
        &mut self.lines[index]
    }
}

/// The products and quantities of plain lines.
pub(crate) fn plain(lines: &[Line]) -> impl ExactSizeIterator<Item = (&ProductId, Quantity)> {
    lines.iter().map(|line| (&line.product_id, line.quantity))
}

/// Quantities of one key (product; product and carton; …) summed, in order of first mention; those of 0 dropped.
pub(crate) fn summed<K: Hash + Eq + Clone>(quantities: impl IntoIterator<Item = (K, Quantity)>) -> Vec<(K, Quantity)> {
    let mut sums: Vec<(K, Quantity)> = Vec::new();
    let mut index = FxHashMap::default();
    for (key, quantity) in quantities.into_iter().filter(|(_, quantity)| *quantity != 0) {
        let at = *index.entry(key.clone()).or_insert(sums.len());
        if at == sums.len() {
            sums.push((key, 0));
        }
        sums[at].1 += quantity;
    }
    sums
}

/// The sums of plain lines, by product.
pub(crate) fn summed_lines(lines: &[Line]) -> Vec<(ProductId, Quantity)> {
    summed(lines.iter().map(|line| (line.product_id.clone(), line.quantity)))
}

/// Lines of one product and carton summed, in order of first mention.
pub(crate) fn summed_cartons(lines: &[CartonLine]) -> Vec<ShipmentLine> {
    let keyed = lines.iter().map(|line| ((line.product_id.clone(), line.carton_id.clone()), line.quantity));
    summed(keyed)
        .into_iter()
        .map(|((product_id, carton_id), quantity)| ShipmentLine { product_id, quantity, carton_id })
        .collect()
}
