//! The lines of each kind of document: which fields of the flat line they have.

use super::flat::{Line, Read, Slot};
use crate::codec::wire::record;
use crate::domain::command::Quantity;
use crate::domain::document::{AsnCarton, AsnLine, CountedLine, ShipmentLine, TransferOrderLine};
use crate::domain::ids::ProductId;

/// A product and how many units of it are held.
type Held = (ProductId, Quantity);

/// A line of a kind of document.
trait OfKind: Sized {
    fn line(&self) -> Line;
    fn of(line: Line) -> Read<Self>;
}

macro_rules! line {
    ($type:ident { $($name:ident),+ $(,)? }) => {
        impl OfKind for $type {
            fn line(&self) -> Line {
                Line { $($name: Slot::put(&self.$name),)+ ..Line::blank(self.product_id.clone()) }
            }

            fn of(line: Line) -> Read<Self> {
                Ok($type {
                    $($name: Slot::take(line.$name, concat!("lines.", stringify!($name)))?,)+
                    product_id: line.product_id,
                })
            }
        }
    };
}

line! { TransferOrderLine {
    ordered_quantity, packed_quantity, transferred_quantity, received_quantity, lost_quantity, returned_quantity,
} }
line! { AsnLine { expected_quantity, received_quantity, late_quantity, lost_quantity, returned_quantity } }
line! { ShipmentLine { quantity, carton_id } }

impl OfKind for CountedLine {
    fn line(&self) -> Line {
        Line {
            count: self.count,
            counted_at: self.counted_at,
            zones: (!self.zones.is_empty()).then(|| self.zones.clone()),
            stock_on_hand: self.stock_on_hand,
            variance: self.variance,
            outside_tolerance: self.outside_tolerance,
            ..Line::blank(self.product_id.clone())
        }
    }

    fn of(line: Line) -> Read<Self> {
        Ok(Self {
            // The document that holds it knows.
            count_id: "".into(),
            product_id: line.product_id,
            count: line.count,
            counted_at: line.counted_at,
            zones: line.zones.unwrap_or_default(),
            stock_on_hand: line.stock_on_hand,
            variance: line.variance,
            outside_tolerance: line.outside_tolerance,
        })
    }
}

/// Units that are held.
impl OfKind for Held {
    fn line(&self) -> Line {
        Line { quantity: Some(self.1), ..Line::blank(self.0.clone()) }
    }

    fn of(line: Line) -> Read<Self> {
        Ok((line.product_id, Slot::take(line.quantity, "lines.quantity")?))
    }
}

impl<L: OfKind> Slot<Vec<Line>> for Vec<L> {
    fn put(&self) -> Option<Vec<Line>> {
        Some(self.iter().map(L::line).collect())
    }

    fn take(field: Option<Vec<Line>>, name: &'static str) -> Read<Self> {
        <Vec<Line> as Slot<Vec<Line>>>::take(field, name)?.into_iter().map(L::of).collect()
    }
}

record! { AsnCarton = "Carton" { carton_id, received, lines, } }

record! { Held = "CartonLine" of held {
    [product_id of ProductId = held.0], [quantity of Quantity = held.1],
} => (product_id, quantity) }
