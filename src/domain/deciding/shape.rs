//! What is asked of a command before any row is looked at.

use crate::domain::model::document::Kind;
use crate::domain::model::document::configuration::Gate;
use crate::domain::model::ids::{ProductId, Quantity, Text};

/// What can be said of a command without looking at any row.
#[derive(Default)]
pub(crate) struct Shape<'c> {
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
    pub fn of_lines(lines: impl ExactSizeIterator<Item = (&'c ProductId, Quantity)>) -> Self {
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
    pub fn of_counts(products: impl ExactSizeIterator<Item = &'c ProductId>) -> Self {
        Self { lines: products.len(), products: products.enumerate().collect(), touches_stock: true, ..Self::default() }
    }

    pub fn gate(mut self, gate: Gate) -> Self {
        self.gates.push(gate);
        self
    }

    pub fn gate_if(self, condition: bool, gate: Gate) -> Self {
        if condition { self.gate(gate) } else { self }
    }

    pub fn document(mut self, kind: Kind, id: Text) -> Self {
        self.documents.push((kind, id));
        self
    }
}
