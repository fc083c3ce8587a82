//! Values of the domain drawn from bytes, for property tests: proptest makes and shrinks the bytes.
#![allow(missing_docs, reason = "only for tests")]

use proptest::collection::vec;
use proptest::prelude::*;

use crate::domain::command::{ExternalIdentifiers, Fingerprint, OperationName, Origin};
use crate::domain::decision::{Answer, Outcome};
use crate::domain::event::{Event, EventName, Item, Payload};
use crate::domain::ids::{Text, Uuid};
use crate::domain::leg::{AsnOpened, AsnReported, Leg, LegBody};
use crate::domain::movement::{Account, Balance, DocumentKind, Movement};
use crate::domain::rejection::{Code, Rejection, Value, Violation};
use crate::domain::stock::{LocationStock, RememberedCount, StockKey, StockRow};
use crate::domain::time::{Date, TimeZone, Timestamp};

use super::names::Named;

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
        self.one_of(T::NAMES).0
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

    fn balance(&mut self) -> Balance {
        Balance { before: self.long(), after: self.long() }
    }

    fn origin(&mut self) -> Origin {
        Origin { system: self.text(), id: self.text() }
    }

    pub fn movement(&mut self) -> Movement {
        Movement {
            movement_id: self.uuid(),
            store_id: self.name(),
            product_id: self.name(),
            from_account: self.account(),
            to_account: self.account(),
            quantity: self.long(),
            from_balance: self.option(Self::balance),
            to_balance: self.option(Self::balance),
            cause: self.one_of(OperationName::ALL),
            command_id: self.uuid(),
            document_kind: self.named::<DocumentKind>(),
            document_id: self.name(),
            actor_id: self.text(),
            correlation_id: self.option(Self::text),
            occurred_at: self.time(),
            recorded_at: self.time(),
            business_date: self.date(),
            count_id: self.option(Self::name),
            corrects: self.option(Self::uuid),
            clock_clamped: self.flag(),
        }
    }

    fn counted(&mut self) -> RememberedCount {
        RememberedCount {
            count_id: self.name(),
            counted_at: self.time(),
            variance: self.long(),
            account: self.account(),
        }
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
                    counts: self.list(Self::counted),
                };
                let index = usize::from(self.byte()) % (row.locations.len() + 1);
                row.locations.insert(index, location);
            }
        }
        row.updated_at = self.time();
        (StockKey { store_id: self.name(), product_id: self.name() }, row)
    }

    fn violation(&mut self) -> Violation {
        let value = |draw: &mut Self| match draw.byte() % 3 {
            0 => Value::Text(draw.text()),
            1 => Value::Number(draw.long()),
            _ => Value::Json(draw.one_of(&JSONS).into()),
        };
        Violation {
            line: self.option(|draw| usize::from(draw.byte())),
            product_id: self.option(Self::name),
            field: self.option(Self::text),
            value: self.option(value),
        }
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
            origin: self.option(Self::origin),
            actor_id: self.text(),
            occurred_at: self.time(),
            clock_clamped: self.flag(),
            body,
        }
    }

    pub fn event(&mut self) -> Event {
        Event {
            name: self.one_of(EventName::ALL),
            event_id: self.uuid(),
            store_id: self.name(),
            sequence: self.counter(),
            recorded_at: self.time(),
            occurred_at: self.time(),
            business_date: self.date(),
            command_id: self.uuid(),
            correlation_id: self.option(Self::text),
            origin: self.option(Self::origin),
            payload: self.payload(),
        }
    }

    fn payload(&mut self) -> Payload {
        Payload {
            id: self.text(),
            associate_id: self.text(),
            processed_at: self.time(),
            fulfillment_location_id: self.option(Self::name),
            fulfillment_node_id: self.option(Self::name),
            asn_id: self.option(Self::name),
            from_location: self.option(Self::name),
            order_ref: self.option(Self::text),
            shipment_ref: self.option(Self::text),
            shipment_id: self.option(Self::name),
            shipment_date: self.option(Self::time),
            transfer_order_id: self.option(Self::name),
            transfer_order_ref: self.option(Self::text),
            origin_id: self.option(Self::name),
            destination_id: self.option(Self::name),
            order_date: self.option(Self::time),
            source: self.option(|draw| draw.one_of(&TEXTS)),
            stock_location_name: self.option(Self::name),
            service_level: self.option(Self::text),
            carrier: self.option(Self::text),
            tracking_code: self.option(Self::text),
            package_count: self.option(Self::long),
            reason: self.option(Self::text),
            adjustment_type: self.option(Self::text),
            adjustment_reason: self.option(Self::text),
            origin_stock_location_name: self.option(Self::name),
            destination_stock_location_name: self.option(Self::name),
            note: self.option(Self::text),
            status: self.option(|draw| draw.one_of(&TEXTS)),
            close_reason: self.option(|draw| draw.one_of(&TEXTS)),
            closed_by: self.option(Self::text),
            count_id: self.option(Self::name),
            count_type: self.option(|draw| draw.one_of(&TEXTS)),
            due_date: self.option(Self::date),
            started_at: self.option(Self::time),
            completed_at: self.option(Self::time),
            external_id: self.option(Self::text),
            caused_by: self.option(|draw| draw.one_of(&TEXTS)),
            sale_id: self.option(Self::name),
            return_id: self.option(Self::name),
            reservation_id: self.option(Self::name),
            chunk_number: u32::from(self.byte()),
            total_chunks: u32::from(self.byte()),
            items: self.list(Self::item),
        }
    }

    fn item(&mut self) -> Item {
        Item {
            carton_id: self.option(Self::name),
            condition: self.option(Self::text),
            stock_location_name: self.option(Self::name),
            quantity: self.option(Self::long),
            rejected_quantity: self.option(Self::long),
            expected_quantity: self.option(Self::long),
            received_quantity: self.option(Self::long),
            received_total: self.option(Self::long),
            ordered_quantity: self.option(Self::long),
            transferred_quantity: self.option(Self::long),
            remaining_quantity: self.option(Self::long),
            stock_on_hand: self.option(Self::long),
            count: self.option(Self::long),
            correction: self.option(Self::long),
            variance: self.option(Self::long),
            external_identifiers: self
                .option(|draw| ExternalIdentifiers { upc: draw.option(Self::text), sku: draw.option(Self::text) }),
            ..Item::of(self.name())
        }
    }
}
