//! Legs: what one store tells another. Internal, but it is replayed for days, so its bytes are a published format too.
#![allow(missing_docs, reason = "the fields are those of the schema, which documents each")]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Codec;
use super::event::Origin;
use super::names::Named;
use super::record::Topic;
use super::schemas::Schema;
use super::value::{self, Unreadable, required};
use super::wire::{Id, Str, Time, is_false, text};
use crate::domain::document::{AsnFigures, AsnTransfer, ShipmentLine};
use crate::domain::ids::ProductId;
use crate::domain::leg::{AsnOpened, AsnReported, Leg, LegBody};

const OPENED: &str = "asn_opened";
const REPORTED: &str = "asn_reported";

/// A leg on the wire, fields in the order of `schemas/leg.avsc`.
#[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
#[serde(rename = "Leg")]
pub struct Record<'a> {
    pub leg_id: Id,
    pub store_id: Str<'a>,
    pub from_store_id: Str<'a>,
    pub kind: Str<'a>,
    pub command_id: Id,
    pub cause: Str<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin<'a>>,
    pub actor_id: Str<'a>,
    pub occurred_at: Time,
    #[serde(default, skip_serializing_if = "is_false")]
    pub clock_clamped: bool,
    pub asn_id: Str<'a>,
    pub shipment_id: Str<'a>,
    pub transfer_order_id: Str<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_order_ref: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_ref: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_date: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Str<'a>>,
    pub lines: Vec<Line<'a>>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
#[serde(rename = "LegLine")]
pub struct Line<'a> {
    pub product_id: Str<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton_id: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<i64>,
}

impl Codec {
    /// A leg.
    pub fn encode_leg(&self, leg: &Leg) -> Vec<u8> {
        value::encode(self.formats.of(Topic::Legs), Schema::Leg, &Record::of(leg))
    }

    /// The leg of a value.
    ///
    /// # Errors
    /// When the bytes are no leg.
    pub fn decode_leg(&self, value: &[u8]) -> Result<Leg, Unreadable> {
        value::decode::<Record<'static>>(Schema::Leg, value)?.leg()
    }
}

impl<'a> Record<'a> {
    pub fn of(leg: &'a Leg) -> Self {
        let envelope = Self {
            leg_id: Id(leg.leg_id),
            store_id: Cow::Borrowed(leg.store_id.as_str()),
            from_store_id: Cow::Borrowed(leg.from_store_id.as_str()),
            command_id: Id(leg.command_id),
            cause: Cow::Borrowed(leg.cause.as_str()),
            correlation_id: text!(leg.correlation_id),
            origin: leg.origin.as_ref().map(Origin::of),
            actor_id: Cow::Borrowed(&leg.actor_id),
            occurred_at: Time(leg.occurred_at),
            clock_clamped: leg.clock_clamped,
            ..Self::default()
        };
        match &leg.body {
            LegBody::AsnOpened(opened) => Self {
                kind: Cow::Borrowed(OPENED),
                asn_id: Cow::Borrowed(opened.asn_id.as_str()),
                shipment_id: Cow::Borrowed(opened.transfer.shipment_id.as_str()),
                transfer_order_id: Cow::Borrowed(opened.transfer.transfer_order_id.as_str()),
                transfer_order_ref: Some(Cow::Borrowed(&opened.transfer.transfer_order_ref)),
                shipment_ref: Some(Cow::Borrowed(&opened.shipment_ref)),
                shipment_date: Some(Time(opened.shipment_date)),
                lines: opened.lines.iter().map(Line::of_goods).collect(),
                ..envelope
            },
            LegBody::AsnReported(reported) => Self {
                kind: Cow::Borrowed(REPORTED),
                asn_id: Cow::Borrowed(reported.asn_id.as_str()),
                shipment_id: Cow::Borrowed(reported.shipment_id.as_str()),
                transfer_order_id: Cow::Borrowed(reported.transfer_order_id.as_str()),
                revision: Some(value::long(reported.revision)),
                status: Some(Cow::Borrowed(reported.status.name())),
                lines: reported.lines.iter().map(|(product, figures)| Line::of_figures(product, *figures)).collect(),
                ..envelope
            },
        }
    }

    fn leg(&self) -> Result<Leg, Unreadable> {
        Ok(Leg {
            leg_id: self.leg_id.0,
            store_id: self.store_id.as_ref().into(),
            from_store_id: self.from_store_id.as_ref().into(),
            command_id: self.command_id.0,
            cause: value::operation(&self.cause, "cause")?,
            correlation_id: self.correlation_id.as_deref().map(Into::into),
            origin: self.origin.as_ref().map(Origin::origin),
            actor_id: self.actor_id.as_ref().into(),
            occurred_at: self.occurred_at.0,
            clock_clamped: self.clock_clamped,
            body: self.body()?,
        })
    }

    fn body(&self) -> Result<LegBody, Unreadable> {
        match self.kind.as_ref() {
            OPENED => Ok(LegBody::AsnOpened(AsnOpened {
                asn_id: self.asn_id.as_ref().into(),
                shipment_ref: required(self.shipment_ref.as_deref(), "shipment_ref")?.into(),
                shipment_date: required(self.shipment_date, "shipment_date")?.0,
                transfer: AsnTransfer {
                    shipment_id: self.shipment_id.as_ref().into(),
                    transfer_order_id: self.transfer_order_id.as_ref().into(),
                    transfer_order_ref: required(self.transfer_order_ref.as_deref(), "transfer_order_ref")?.into(),
                },
                lines: self.lines.iter().map(Line::goods).collect::<Result<_, _>>()?,
            })),
            REPORTED => Ok(LegBody::AsnReported(AsnReported {
                asn_id: self.asn_id.as_ref().into(),
                shipment_id: self.shipment_id.as_ref().into(),
                transfer_order_id: self.transfer_order_id.as_ref().into(),
                revision: value::unsigned(required(self.revision, "revision")?, "revision")?,
                status: value::named(required(self.status.as_deref(), "status")?, "status")?,
                lines: self.lines.iter().map(Line::figures).collect::<Result<_, _>>()?,
            })),
            other => Err(Unreadable::unknown("kind", other)),
        }
    }
}

impl<'a> Line<'a> {
    fn of_goods(line: &'a ShipmentLine) -> Self {
        Self {
            product_id: Cow::Borrowed(line.product_id.as_str()),
            quantity: Some(line.quantity),
            carton_id: text!(line.carton_id),
            ..Self::default()
        }
    }

    fn of_figures(product: &'a ProductId, figures: AsnFigures) -> Self {
        Self {
            product_id: Cow::Borrowed(product.as_str()),
            received: Some(figures.received),
            lost: Some(figures.lost),
            returned: Some(figures.returned),
            ..Self::default()
        }
    }

    fn goods(&self) -> Result<ShipmentLine, Unreadable> {
        Ok(ShipmentLine {
            product_id: self.product_id.as_ref().into(),
            quantity: required(self.quantity, "lines.quantity")?,
            carton_id: self.carton_id.as_deref().map(Into::into),
        })
    }

    fn figures(&self) -> Result<(ProductId, AsnFigures), Unreadable> {
        let figures = AsnFigures {
            received: required(self.received, "lines.received")?,
            lost: required(self.lost, "lines.lost")?,
            returned: required(self.returned, "lines.returned")?,
        };
        Ok((self.product_id.as_ref().into(), figures))
    }
}
