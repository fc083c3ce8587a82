//! Legs: what one store tells another. Internal, but it is replayed for days, so its bytes are a published format too.

use std::borrow::Cow;

use super::Codec;
use super::record::Topic;
use super::schemas::Schema;
use super::value::{Unreadable, required};
use super::wire::{flat, record};
use crate::domain::command::{OperationName, Origin, Quantity};
use crate::domain::document::{AsnFigures, AsnStatus, AsnTransfer, ShipmentLine};
use crate::domain::ids::{CartonId, DocumentId, ProductId, StoreId, Text, Uuid};
use crate::domain::leg::{AsnOpened, AsnReported, Leg, LegBody};
use crate::domain::time::Timestamp;

const OPENED: &str = "asn_opened";
const REPORTED: &str = "asn_reported";

/// A leg, flat: what depends on its kind is there or not.
#[derive(Debug)]
struct Row<'a> {
    leg_id: Uuid,
    store_id: Cow<'a, StoreId>,
    from_store_id: Cow<'a, StoreId>,
    kind: Cow<'a, str>,
    command_id: Uuid,
    cause: OperationName,
    correlation_id: Cow<'a, Option<Text>>,
    origin: Cow<'a, Option<Origin>>,
    actor_id: Cow<'a, Text>,
    occurred_at: Timestamp,
    clock_clamped: bool,
    asn_id: DocumentId,
    shipment_id: DocumentId,
    transfer_order_id: DocumentId,
    transfer_order_ref: Option<Text>,
    shipment_ref: Option<Text>,
    shipment_date: Option<Timestamp>,
    revision: Option<u64>,
    status: Option<AsnStatus>,
    lines: Vec<Line>,
}

record! { Row<'a> = "Leg" {
    leg_id, store_id, from_store_id, kind, command_id, cause, correlation_id?, origin?, actor_id, occurred_at,
    clock_clamped?, asn_id, shipment_id, transfer_order_id, transfer_order_ref?, shipment_ref?, shipment_date?, revision?,
    status?, lines,
} }

flat! {
    /// A line: goods on their way, or what became of a product.
    Line = "LegLine" { product_id: ProductId } optional {
        quantity: Quantity,
        carton_id: CartonId,
        received: Quantity,
        lost: Quantity,
        returned: Quantity,
    }
}

impl Codec {
    /// A leg.
    pub fn encode_leg(&self, leg: &Leg) -> Vec<u8> {
        self.encode(Topic::Legs, Schema::Leg, &Row::of(leg))
    }

    /// The leg of a value.
    ///
    /// # Errors
    /// When the bytes are no leg.
    pub fn decode_leg(&self, value: &[u8]) -> Result<Leg, Unreadable> {
        self.decode::<Row<'static>>(Schema::Leg, value)?.leg()
    }
}

impl<'a> Row<'a> {
    fn of(leg: &'a Leg) -> Self {
        let (kind, asn_id, shipment_id, transfer_order_id) = match &leg.body {
            LegBody::AsnOpened(AsnOpened { asn_id, transfer, .. }) => {
                (OPENED, asn_id, &transfer.shipment_id, &transfer.transfer_order_id)
            }
            LegBody::AsnReported(AsnReported { asn_id, shipment_id, transfer_order_id, .. }) => {
                (REPORTED, asn_id, shipment_id, transfer_order_id)
            }
        };
        let envelope = Self {
            leg_id: leg.leg_id,
            store_id: Cow::Borrowed(&leg.store_id),
            from_store_id: Cow::Borrowed(&leg.from_store_id),
            kind: Cow::Borrowed(kind),
            command_id: leg.command_id,
            cause: leg.cause,
            correlation_id: Cow::Borrowed(&leg.correlation_id),
            origin: Cow::Borrowed(&leg.origin),
            actor_id: Cow::Borrowed(&leg.actor_id),
            occurred_at: leg.occurred_at,
            clock_clamped: leg.clock_clamped,
            asn_id: asn_id.clone(),
            shipment_id: shipment_id.clone(),
            transfer_order_id: transfer_order_id.clone(),
            transfer_order_ref: None,
            shipment_ref: None,
            shipment_date: None,
            revision: None,
            status: None,
            lines: Vec::new(),
        };
        match &leg.body {
            LegBody::AsnOpened(opened) => Self {
                transfer_order_ref: Some(opened.transfer.transfer_order_ref.clone()),
                shipment_ref: Some(opened.shipment_ref.clone()),
                shipment_date: Some(opened.shipment_date),
                lines: opened.lines.iter().map(Line::of_goods).collect(),
                ..envelope
            },
            LegBody::AsnReported(reported) => Self {
                revision: Some(reported.revision),
                status: Some(reported.status),
                lines: reported.lines.iter().map(Line::of_figures).collect(),
                ..envelope
            },
        }
    }

    fn leg(self) -> Result<Leg, Unreadable> {
        Ok(Leg {
            leg_id: self.leg_id,
            store_id: self.store_id.into_owned(),
            from_store_id: self.from_store_id.into_owned(),
            command_id: self.command_id,
            cause: self.cause,
            correlation_id: self.correlation_id.into_owned(),
            origin: self.origin.into_owned(),
            actor_id: self.actor_id.into_owned(),
            occurred_at: self.occurred_at,
            clock_clamped: self.clock_clamped,
            body: match self.kind.as_ref() {
                OPENED => LegBody::AsnOpened(AsnOpened {
                    asn_id: self.asn_id,
                    shipment_ref: required(self.shipment_ref, "shipment_ref")?,
                    shipment_date: required(self.shipment_date, "shipment_date")?,
                    transfer: AsnTransfer {
                        shipment_id: self.shipment_id,
                        transfer_order_id: self.transfer_order_id,
                        transfer_order_ref: required(self.transfer_order_ref, "transfer_order_ref")?,
                    },
                    lines: self.lines.into_iter().map(Line::goods).collect::<Result<_, _>>()?,
                }),
                REPORTED => LegBody::AsnReported(AsnReported {
                    asn_id: self.asn_id,
                    shipment_id: self.shipment_id,
                    transfer_order_id: self.transfer_order_id,
                    revision: required(self.revision, "revision")?,
                    status: required(self.status, "status")?,
                    lines: self.lines.into_iter().map(Line::figures).collect::<Result<_, _>>()?,
                }),
                other => return Err(Unreadable::unknown("kind", other)),
            },
        })
    }
}

impl Line {
    fn of_goods(line: &ShipmentLine) -> Self {
        let ShipmentLine { product_id, quantity, carton_id } = line.clone();
        Self { quantity: Some(quantity), carton_id, ..Self::blank(product_id) }
    }

    fn of_figures((product_id, AsnFigures { received, lost, returned }): &(ProductId, AsnFigures)) -> Self {
        let (received, lost, returned) = (Some(*received), Some(*lost), Some(*returned));
        Self { received, lost, returned, ..Self::blank(product_id.clone()) }
    }

    fn goods(self) -> Result<ShipmentLine, Unreadable> {
        let quantity = required(self.quantity, "lines.quantity")?;
        Ok(ShipmentLine { product_id: self.product_id, quantity, carton_id: self.carton_id })
    }

    fn figures(self) -> Result<(ProductId, AsnFigures), Unreadable> {
        let figures = AsnFigures {
            received: required(self.received, "lines.received")?,
            lost: required(self.lost, "lines.lost")?,
            returned: required(self.returned, "lines.returned")?,
        };
        Ok((self.product_id, figures))
    }
}
