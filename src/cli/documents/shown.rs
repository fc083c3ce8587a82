//! The documents that have commands, and what is asked of each of them.

use crate::cli::arguments::DocumentList;
use crate::codec::names::Named as _;
use crate::domain::document::{Asn, Count, Document, Kind, TransferOrder};
use crate::domain::time::Timestamp;

/// The documents that have commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listed {
    /// `stockroom transfer-orders`.
    TransferOrders,
    /// `stockroom asns`.
    Asns,
    /// `stockroom counts`.
    Counts,
}

impl Listed {
    pub(super) fn kind(self) -> Kind {
        match self {
            Listed::TransferOrders => Kind::TransferOrder,
            Listed::Asns => Kind::Asn,
            Listed::Counts => Kind::Count,
        }
    }

    /// Whether documents of a kind are shown, or belong to those that are.
    pub(super) fn consists_of(self, kind: Kind) -> bool {
        kind == self.kind() || (self == Listed::Counts && kind == Kind::CountedLine)
    }

    pub(super) fn command(self) -> &'static str {
        match self {
            Listed::TransferOrders => "transfer-orders",
            Listed::Asns => "asns",
            Listed::Counts => "counts",
        }
    }

    pub(super) fn statuses(self) -> &'static [&'static str] {
        match self {
            Listed::TransferOrders => &["open", "pending", "closed"],
            Listed::Asns => &["open", "closed"],
            Listed::Counts => &["open", "in_review", "completed", "cancelled"],
        }
    }
}

/// One of those documents.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// A transfer order.
    TransferOrder(&'a TransferOrder),
    /// An ASN.
    Asn(&'a Asn),
    /// A count.
    Count(&'a Count),
}

impl<'a> Shown<'a> {
    /// The document, when it is one of those that have commands.
    pub fn of(document: &'a Document) -> Option<Self> {
        if let Document::TransferOrder(order) = document {
            Some(Shown::TransferOrder(order))
        } else if let Document::Asn(asn) = document {
            Some(Shown::Asn(asn))
        } else if let Document::Count(count) = document {
            Some(Shown::Count(count))
        } else {
            None
        }
    }

    /// When it was made.
    pub(super) fn made_at(self) -> Timestamp {
        match self {
            Shown::TransferOrder(order) => order.order_date,
            Shown::Asn(asn) => asn.shipment_date,
            Shown::Count(count) => count.created_at,
        }
    }

    pub(super) fn status(self) -> &'static str {
        match self {
            Shown::TransferOrder(order) => order.status.name(),
            Shown::Asn(asn) => asn.status.name(),
            Shown::Count(count) => count.status.name(),
        }
    }

    pub(super) fn holds(self, product: &str) -> bool {
        match self {
            Shown::TransferOrder(order) => order.lines.iter().any(|line| line.product_id.as_str() == product),
            Shown::Asn(asn) => asn.lines.iter().any(|line| line.product_id.as_str() == product),
            Shown::Count(count) => count.lines.iter().any(|line| line.product_id.as_str() == product),
        }
    }

    pub(super) fn passes(self, filters: &DocumentList) -> bool {
        filters.status.as_deref().is_none_or(|wanted| wanted == self.status())
            && filters.product.as_deref().is_none_or(|wanted| self.holds(wanted))
    }
}
