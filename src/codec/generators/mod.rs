//! Values of the domain drawn from bytes, for property tests: proptest makes and shrinks the bytes.
#![allow(missing_docs, reason = "only for tests")]

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::domain::command::{Fingerprint, Gate, OperationName};
use crate::domain::decision::{Answer, Outcome};
use crate::domain::document::Kind;
use crate::domain::event::EventName;
use crate::domain::ids::{CartonId, DocumentId, ProductId, ReasonCode, StockLocation, StoreId, Text, Uuid};
use crate::domain::leg::{AsnOpened, AsnReported, Leg, LegBody};
use crate::domain::movement::Account;
use crate::domain::rejection::{Code, Rejection, Value, Violation};
use crate::domain::stock::{LocationStock, StockKey, StockRow};
use crate::domain::time::{Date, TimeZone, Timestamp};

use super::document::lines::Pairs;
use super::event::{Cause, ClosedStatus};
use super::names::{Listed, Named};
use super::violation::{Json, Place};
use super::wire::{Map, Midnight, Plain};

mod documents;

/// Any value that `draw` makes.
pub fn any_of<T: std::fmt::Debug>(draw: impl Fn(&mut Draw) -> T) -> impl Strategy<Value = T> {
    vec(any::<u8>(), 0..600).prop_map(move |bytes| draw(&mut Draw(bytes.into_iter())))
}

/// Bytes to draw from; when they are used up, zeros.
pub struct Draw(std::vec::IntoIter<u8>);

const TEXTS: [&str; 12] = [
    "A",
    "S1",
    "main",
    "POS-1",
    "a|b",
    "50%",
    "ü",
    "日本",
    "say \"no\"\n",
    "a/b",
    "x y",
    "0123456789abcdef0123456789abcdef",
];
const JSONS: [&str; 6] = ["2.5", "true", "1e+100", "[1,null]", "{\"a\":\"b\"}", "10000000000000000000"];

impl Draw {
    /// Nothing but zeros.
    pub fn empty() -> Self {
        Self(Vec::new().into_iter())
    }

    pub fn byte(&mut self) -> u8 {
        self.0.next().unwrap_or(0)
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()].clone()
    }

    pub fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    pub fn option<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| draw(self))
    }

    pub fn list<T>(&mut self, draw: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.byte() % 4).map(|_| draw(self)).collect()
    }

    fn word(&mut self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Small more often than large, negative too.
    pub fn long(&mut self) -> i64 {
        match self.byte() % 4 {
            0 => i64::from(self.byte()),
            1 => -i64::from(self.byte()),
            2 => self.word().cast_signed(),
            _ => i64::from(self.byte()) * 10_000_019,
        }
    }

    /// Counters: they fit into Avro's long.
    pub fn counter(&mut self) -> u64 {
        self.word() >> 1
    }

    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.word()) << 64 | u128::from(self.word()))
    }

    /// Never empty: an empty text is an absent one.
    pub fn name<T: From<Text>>(&mut self) -> T {
        T::from(self.one_of(&TEXTS).into())
    }

    pub fn text(&mut self) -> Text {
        self.name()
    }

    /// From 1900 to about 2170.
    pub fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(-2_208_988_800_000 + (self.word() >> 21).cast_signed())
    }

    pub fn date(&mut self) -> Date {
        TimeZone::utc().date_at(self.time())
    }

    pub fn named<T: Named>(&mut self) -> T {
        self.one_of(T::all())
    }

    pub fn account(&mut self) -> Account {
        match self.byte() % 9 {
            0 => Account::StockLocation(self.name()),
            1 => Account::Supplier,
            2 => Account::Customer,
            3 => Account::InTransit(self.name()),
            4 => Account::Adjustment(self.name()),
            5 => Account::CountVariance(self.name()),
            6 => Account::LostInTransit(self.name()),
            7 => Account::Opening,
            _ => Account::External,
        }
    }

    /// Anything that is drawn field by field.
    pub fn any<T: Drawn>(&mut self) -> T {
        T::drawn(self)
    }

    pub fn stock(&mut self) -> (StockKey, StockRow) {
        // Small enough that available to promise can't overflow, which decide rules out.
        let mut quantity = || self.long() >> 8;
        let mut row = StockRow { allocated: quantity(), ..StockRow::default() };
        for name in ["main", "damaged", "a|b", "_customer_reservations"] {
            if self.flag() {
                let location = LocationStock {
                    stock_location: name.into(),
                    on_hand: self.long() >> 8,
                    packed: self.long() >> 8,
                    imported: self.flag(),
                    counts: self.any(),
                };
                let index = usize::from(self.byte()) % (row.locations.len() + 1);
                row.locations.insert(index, location);
            }
        }
        row.updated_at = self.time();
        (StockKey { store_id: self.name(), product_id: self.name() }, row)
    }

    fn violation(&mut self) -> Violation {
        self.any::<Place>().0
    }

    fn rejection(&mut self) -> Rejection {
        Rejection { code: self.one_of(Code::ALL), violations: self.list(Self::violation) }
    }

    pub fn answer(&mut self) -> Answer {
        let outcome = match self.byte() % 4 {
            0 => {
                let made = ["asn_id", "count_id", "import_id", "receipt_id", "shipment_id", "transfer_order_id"];
                let ids = made.into_iter().filter_map(|name| self.option(|draw| (name.into(), draw.text())));
                let ids = ids.collect::<Vec<_>>();
                Outcome::Accepted { event_ids: self.list(Self::uuid), ids }
            }
            1 => Outcome::Rejected(self.rejection()),
            2 => Outcome::Parked(self.rejection()),
            _ => Outcome::Applied { leg_id: self.uuid(), event_ids: self.list(Self::uuid) },
        };
        Answer {
            store_id: self.name(),
            command_id: self.uuid(),
            operation: self.option(|draw| draw.one_of(OperationName::ALL)),
            fingerprint: Fingerprint(self.uuid().as_u128()),
            correlation_id: self.option(Self::text),
            validate_only: self.flag(),
            reused: self.flag(),
            clock_clamped: self.flag(),
            recorded_at: self.time(),
            outcome,
        }
    }

    pub fn leg(&mut self) -> Leg {
        let body = if self.flag() {
            LegBody::AsnOpened(AsnOpened {
                asn_id: self.name(),
                shipment_ref: self.text(),
                shipment_date: self.time(),
                transfer: self.asn_transfer(),
                lines: self.list(Self::shipment_line),
            })
        } else {
            LegBody::AsnReported(AsnReported {
                asn_id: self.name(),
                shipment_id: self.name(),
                transfer_order_id: self.name(),
                revision: self.counter(),
                status: self.named(),
                lines: self.list(|draw| (draw.name(), draw.asn_figures())),
            })
        };
        Leg {
            leg_id: self.uuid(),
            store_id: self.name(),
            from_store_id: self.name(),
            command_id: self.uuid(),
            cause: self.one_of(OperationName::ALL),
            correlation_id: self.option(Self::text),
            origin: self.any(),
            actor_id: self.text(),
            occurred_at: self.time(),
            clock_clamped: self.flag(),
            body,
        }
    }
}

/// A value that is drawn field by field: `record!` makes this for every record.
pub trait Drawn {
    fn drawn(draw: &mut Draw) -> Self;
}

/// A value in a form of its own.
pub trait DrawnForm<T> {
    fn drawn(draw: &mut Draw) -> T;
}

impl<T: Drawn> DrawnForm<T> for Plain {
    fn drawn(draw: &mut Draw) -> T {
        T::drawn(draw)
    }
}

macro_rules! drawn {
    ($($type:ty: $draw:expr;)+) => {
        $(impl Drawn for $type {
            fn drawn(draw: &mut Draw) -> Self {
                let one: fn(&mut Draw) -> Self = $draw;
                one(draw)
            }
        })+
    };
}

drawn! {
    bool: Draw::flag;
    i64: Draw::long;
    u32: |draw| u32::from(draw.byte());
    u64: Draw::counter;
    usize: |draw| usize::from(draw.byte());
    Uuid: Draw::uuid;
    Text: Draw::text;
    StoreId: Draw::name;
    ProductId: Draw::name;
    StockLocation: Draw::name;
    DocumentId: Draw::name;
    ReasonCode: Draw::name;
    CartonId: Draw::name;
    Timestamp: Draw::time;
    Date: Draw::date;
    Account: Draw::account;
    OperationName: |draw| draw.one_of(OperationName::ALL);
    EventName: |draw| draw.one_of(EventName::ALL);
    Kind: |draw| draw.one_of(Kind::ALL);
    Code: |draw| draw.one_of(Code::ALL);
    Gate: |draw| draw.one_of(&Gate::ALL);
    TimeZone: |draw| draw.one_of(&[TimeZone::utc(), TimeZone::named("Europe/Rome").expect("a time zone")]);
    Fingerprint: |draw| Fingerprint(draw.uuid().as_u128());
    Json: |draw| Json(draw.one_of(&JSONS).into());
    Place: |draw| {
        let value = |draw: &mut Draw| match draw.byte() % 3 {
            0 => Value::Text(draw.text()),
            1 => Value::Number(draw.long()),
            _ => Value::Json(draw.one_of(&JSONS).into()),
        };
        Place(Violation {
            line: draw.any(),
            product_id: draw.any(),
            field: draw.any(),
            value: draw.option(value),
        })
    };
}

impl<T: Drawn> Drawn for Option<T> {
    fn drawn(draw: &mut Draw) -> Self {
        draw.option(T::drawn)
    }
}

impl<T: Drawn> Drawn for Vec<T> {
    fn drawn(draw: &mut Draw) -> Self {
        draw.list(T::drawn)
    }
}

impl<T: Drawn + Clone> Drawn for Cow<'_, T> {
    fn drawn(draw: &mut Draw) -> Self {
        Cow::Owned(T::drawn(draw))
    }
}

impl<T: Drawn + Clone> Drawn for Cow<'_, [T]> {
    fn drawn(draw: &mut Draw) -> Self {
        Cow::Owned(draw.list(T::drawn))
    }
}

impl Drawn for Cow<'_, str> {
    fn drawn(draw: &mut Draw) -> Self {
        Cow::Borrowed(draw.one_of(&TEXTS))
    }
}

impl<K: Drawn, V: Drawn> Drawn for Map<K, V> {
    fn drawn(draw: &mut Draw) -> Self {
        draw.option(|draw| (K::drawn(draw), V::drawn(draw))).into_iter().collect()
    }
}

impl DrawnForm<Option<Date>> for Midnight {
    fn drawn(draw: &mut Draw) -> Option<Date> {
        draw.any()
    }
}

impl<T: Named> DrawnForm<Option<&'static str>> for Listed<T> {
    fn drawn(draw: &mut Draw) -> Option<&'static str> {
        draw.option(|draw| draw.named::<T>().name())
    }
}

impl DrawnForm<Option<&'static str>> for Cause {
    fn drawn(draw: &mut Draw) -> Option<&'static str> {
        draw.option(|draw| draw.any::<OperationName>().as_str())
    }
}

impl DrawnForm<Option<&'static str>> for ClosedStatus {
    fn drawn(draw: &mut Draw) -> Option<&'static str> {
        draw.option(|_| "closed")
    }
}

impl DrawnForm<Vec<(ProductId, i64)>> for Pairs {
    fn drawn(draw: &mut Draw) -> Vec<(ProductId, i64)> {
        draw.list(|draw| (draw.any(), draw.any()))
    }
}
