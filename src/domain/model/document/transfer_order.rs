//! A transfer order: goods wanted elsewhere (domain contract §6.2).
#![allow(missing_docs, reason = "the fields are those of the contract, named as there; schemas/ documents each")]

use crate::domain::model::document::closing::Closing;
use crate::domain::model::ids::{DocumentId, ProductId, Quantity, StockLocation, StoreId, Text};
use crate::domain::model::lines::ByProduct;
use crate::domain::model::time::Timestamp;

/// `open → pending → closed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum TransferOrderStatus {
    Open,
    Pending,
    Closed,
}

/// Who may have started a transfer order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum Source {
    /// An associate in the store: ship what you pick.
    AssociateApp,
    /// The ERP: neither more nor other products than ordered.
    Api,
}

impl Source {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A transfer order.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct TransferOrder {
    pub transfer_order_id: DocumentId,
    pub external_ref: Option<Text>,
    pub transfer_order_ref: Text,
    pub origin_id: StoreId,
    pub destination_id: StoreId,
    pub order_date: Timestamp,
    pub source: Source,
    pub stock_location_name: StockLocation,
    pub status: TransferOrderStatus,
    /// Shipment numbers used so far, cancelled ones too.
    pub shipments: u32,
    /// Shipments that were packed or carried off and neither cancelled nor received to their end.
    pub open_shipments: u32,
    pub closing: Option<Closing>,
    pub lines: Vec<TransferOrderLine>,
}

/// A line of a transfer order.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct TransferOrderLine {
    pub product_id: ProductId,
    pub ordered_quantity: Quantity,
    pub packed_quantity: Quantity,
    pub transferred_quantity: Quantity,
    pub received_quantity: Quantity,
    pub lost_quantity: Quantity,
    pub returned_quantity: Quantity,
}

impl TransferOrderLine {
    /// A line of which nothing was packed or shipped yet.
    pub(crate) fn ordering(product_id: ProductId, ordered_quantity: Quantity) -> Self {
        Self {
            product_id,
            ordered_quantity,
            packed_quantity: 0,
            transferred_quantity: 0,
            received_quantity: 0,
            lost_quantity: 0,
            returned_quantity: 0,
        }
    }

    /// Units that left the shelf: packed, or shipped.
    pub(crate) fn gone(&self) -> Quantity {
        self.packed_quantity + self.transferred_quantity
    }
}

impl TransferOrder {
    /// The lines by product; one that was not ordered extends the order.
    pub(crate) fn lines_by_product(&mut self) -> ByProduct<'_, TransferOrderLine> {
        ByProduct::new(&mut self.lines, |line| &line.product_id, |product| TransferOrderLine::ordering(product, 0))
    }

    /// Whether every line was transferred as ordered, and no packed shipment waits to be handed over.
    pub(crate) fn is_complete(&self) -> bool {
        self.lines.iter().all(|line| line.packed_quantity == 0 && line.transferred_quantity >= line.ordered_quantity)
    }

    /// Whether nothing of it was packed or shipped so far.
    pub(crate) fn is_untouched(&self) -> bool {
        self.lines.iter().all(|line| line.gone() == 0)
    }

    /// Whether something is still to happen with it.
    pub fn is_open(&self) -> bool {
        self.status != TransferOrderStatus::Closed
    }

    /// Closes the document for good: its figures are frozen, and what is packed counts as transferred.
    pub(crate) fn close(&mut self, closing: Closing) {
        self.status = TransferOrderStatus::Closed;
        self.closing = Some(closing);
        for line in &mut self.lines {
            line.transferred_quantity += line.packed_quantity;
        }
    }
}
