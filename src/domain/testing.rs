//! The bench the rules are tried on: the stores of one retailer in memory, told things in the words of a shop.

mod counts;
mod words;

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

pub(crate) use counts::*;
pub(crate) use words::*;

use crate::domain::deciding::decide::{Input, decide};
use crate::domain::deciding::decision::{Answer, Decision, Outcome};
use crate::domain::deciding::rows::{Moved, Need, Rows};
use crate::domain::model::command::{Actor, Fingerprint};
use crate::domain::model::document::configuration::{Gate, NegativeStock};
use crate::domain::model::document::receipt::{ReceiptLine, ReceiveItems};
use crate::domain::model::document::shipment::Shipment;
use crate::domain::model::document::transfer_order::{Source, TransferOrder};
use crate::domain::model::document::{Document, DocumentKey, Ids, Kept, Kind, Range};
use crate::domain::model::event::Event;
use crate::domain::model::ids::{DocumentId, Quantity, Text, Uuid};
use crate::domain::model::leg::Leg;
use crate::domain::model::lines::{CartonLine, Line};
use crate::domain::model::movement::Movement;
use crate::domain::model::settings::Settings;
use crate::domain::model::stock::{StockKey, StockRow};
use crate::domain::model::time::Timestamp;
use crate::domain::operations::{Body, Command, Operation};
use crate::domain::receiving::close_asn::{CloseAsn, Remainder};
use crate::domain::receiving::create_asn::CreateAsn;
use crate::domain::sales::record_sale::RecordSale;
use crate::domain::setup::configure_store::ConfigureStore;
use crate::domain::transfers::cancel_shipment::CancelShipment;
use crate::domain::transfers::close_transfer_order::CloseTransferOrder;
use crate::domain::transfers::create_transfer_order::CreateTransferOrder;
use crate::domain::transfers::pack_shipment::PackShipment;
use crate::domain::transfers::ship_items::{ShipItems, ShippedGoods};

/// All stores of a retailer, with everything they announced and posted so far.
#[derive(Default)]
pub(crate) struct Shop {
    pub settings: Settings,
    rows: Rows,
    stocked: Vec<StockKey>,
    documents: BTreeSet<DocumentKey>,
    commands: u128,
    /// Whether legs wait until they are delivered by hand.
    pub holds_legs: bool,
    /// Legs not delivered yet, each with the timestamp of the record that caused it.
    pub under_way: VecDeque<(Timestamp, Leg)>,
    pub answers: Vec<Arc<Answer>>,
    pub events: Vec<Event>,
    pub ledger: Vec<Movement>,
    events_seen: usize,
    ledger_seen: usize,
}

impl Shop {
    pub fn with(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// A store tells what it did at a time of day; the record arrives at once. Returns the answer in words.
    pub fn tell(&mut self, at: &str, store: &str, operation: Operation) -> String {
        self.tell_late(at, at, store, operation)
    }

    /// A store tells at `at` what it did at `occurred_at`.
    pub fn tell_late(&mut self, at: &str, occurred_at: &str, store: &str, operation: Operation) -> String {
        let command = self.command(store, occurred_at, operation);
        self.take(at, &command)
    }

    /// A command under an id of its own.
    pub fn command(&mut self, store: &str, occurred_at: &str, operation: Operation) -> Command {
        self.commands += 1;
        Command {
            command_id: Uuid::from_u128(self.commands),
            store_id: store.into(),
            correlation_id: None,
            validate_only: false,
            fingerprint: Fingerprint(self.commands),
            operation_name: Some(operation.name()),
            body: Ok(Body {
                occurred_at: moment(occurred_at),
                actor: Actor { id: "ada".into(), role: None, device: None },
                origin: None,
                operation,
            }),
        }
    }

    /// Takes a command's record, and delivers the legs it causes. Returns the command's answer in words.
    pub fn take(&mut self, at: &str, command: &Command) -> String {
        let answers = self.answers.len();
        self.record(moment(at), &Input::Command(command.clone()));
        let answer = self.answers[answers..].iter().find(|answer| answer.command_id == command.command_id);
        let words = outcome(&answer.expect("a command is always answered").outcome);
        if !self.holds_legs {
            self.deliver();
        }
        words
    }

    /// Delivers every leg that is under way, and those they cause.
    pub fn deliver(&mut self) {
        while let Some((at, leg)) = self.under_way.pop_front() {
            self.record(at, &Input::Leg(leg));
        }
    }

    /// Takes a record; the legs it causes are under way.
    pub fn record(&mut self, at: Timestamp, input: &Input) -> Decision {
        let decision = loop {
            match decide(&self.settings, &self.rows, at, input) {
                Ok(decision) => break decision,
                Err(need) => self.load(need),
            }
        };
        self.rows.apply(&decision);
        for (key, _) in &decision.stock {
            if !self.stocked.contains(key) {
                self.stocked.push(key.clone());
            }
        }
        for (key, document) in &decision.documents {
            if document.is_some() {
                self.documents.insert(key.clone())
            } else {
                self.documents.remove(key)
            };
        }
        self.answers.extend(decision.answers.iter().cloned());
        self.events.extend(decision.events.iter().cloned());
        self.ledger.extend(decision.movements.iter().cloned());
        self.under_way.extend(decision.legs.iter().map(|leg| (at, leg.clone())));
        decision
    }

    /// Rows that are not at hand were never written: a shop forgets none.
    fn load(&mut self, need: Need) {
        match need {
            Need::Document(key) => self.rows.put_document(key, None),
            Need::Stock(key) => self.rows.put_stock(key, None),
            Need::Answer(key) => self.rows.put_answer(key, None),
            Need::Range(range) => {
                let keys = self.documents.iter().filter(|key| range.contains(key)).cloned().collect();
                self.rows.put_range(range, keys);
            }
            Need::Products(store) => {
                let of_store = self.stocked.iter().filter(|key| key.store_id == store);
                let products = of_store.map(|key| key.product_id.clone()).collect();
                self.rows.put_products(store, products);
            }
            Need::History(key, location) => {
                let of_product = self
                    .ledger
                    .iter()
                    .filter(|movement| movement.store_id == key.store_id && movement.product_id == key.product_id);
                let moved = of_product.flat_map(|movement| {
                    let occurred_at = movement.occurred_at;
                    let changes = movement.changes().filter(|(touched, _)| **touched == location);
                    changes.map(move |(_, change)| Moved { occurred_at, change })
                });
                let moved = moved.collect();
                self.rows.put_history(key, location, moved);
            }
            Need::All(needs) => needs.into_iter().for_each(|need| self.load(need)),
        }
    }

    /// Goods that arrive without any paper, so that a store has something.
    pub fn stock_up(&mut self, store: &str, goods: &[(&str, Quantity)]) {
        assert_eq!(self.tell("08:00", store, receive_blind(goods)), "accepted");
        self.news();
        self.postings();
    }

    /// An id the last command made.
    pub fn made(&self, field: &str) -> String {
        let answer = self.answers.iter().rfind(|answer| matches!(answer.outcome, Outcome::Accepted { .. }));
        let Some(Outcome::Accepted { ids, .. }) = answer.map(|answer| &answer.outcome) else { return String::new() };
        ids.iter().find(|(name, _)| *name == field).map(|(_, id)| id.to_string()).unwrap_or_default()
    }

    pub fn document<T: Kept>(&self, store: &str, id: &str) -> Option<T> {
        self.document_at(&DocumentKey::new(store.into(), T::KIND, id))
    }

    fn document_at<T: Kept>(&self, key: &DocumentKey) -> Option<T> {
        self.rows.document(key).ok().flatten().and_then(|document| T::of(document)).cloned()
    }

    /// The documents of a kind and an id, in the order of their parts.
    pub fn parts<T: Kept>(&self, store: &str, id: &str) -> Vec<T> {
        let range = Range { store_id: store.into(), kind: T::KIND, ids: Ids::Of(id.into()) };
        self.keys(&range).into_iter().filter_map(|key| self.document_at(key)).collect()
    }

    /// The keys of the documents in a range, in order.
    pub fn keys(&self, range: &Range) -> Vec<&DocumentKey> {
        self.documents.iter().filter(|key| range.contains(key)).collect()
    }

    /// Puts a document in place that no command made.
    pub fn put(&mut self, key: DocumentKey, document: Document) {
        self.documents.insert(key.clone());
        self.rows.put_document(key, Some(Arc::new(document)));
    }

    /// Puts another document in place of all of a kind, or none.
    pub fn replace(&mut self, store: &str, kind: Kind, document: Option<Document>) {
        let of_kind = |key: &&DocumentKey| key.store_id.as_str() == store && key.kind == kind;
        for key in self.documents.iter().filter(of_kind).cloned().collect::<Vec<_>>() {
            self.documents.remove(&key);
            self.rows.put_document(key, None);
        }
        if let Some(document) = document {
            self.put(document.key(store.into()), document);
        }
    }

    pub fn stock(&self, store: &str, product: &str) -> Option<&StockRow> {
        let key = StockKey { store_id: store.into(), product_id: product.into() };
        self.rows.stock(&key).ok().flatten().map(|row| &**row)
    }

    /// Units on hand in the salable stock location.
    pub fn on_hand(&self, store: &str, product: &str) -> Quantity {
        self.on_hand_in(store, product, "main")
    }

    pub fn on_hand_in(&self, store: &str, product: &str, location: &str) -> Quantity {
        self.stock(store, product).map_or(0, |row| row.on_hand(&location.into()))
    }

    pub fn packed(&self, store: &str, product: &str) -> Quantity {
        self.stock(store, product).map_or(0, |row| row.packed(&"main".into()))
    }

    pub fn available(&self, store: &str, product: &str) -> Quantity {
        self.stock(store, product).map_or(0, |row| row.available_to_promise(&self.settings.salable_stock_location))
    }

    /// A transfer order in words, figures of 0 left out: `pending: A ordered 10 packed 6`.
    pub fn order(&self, store: &str, id: &str) -> String {
        let Some(order) = self.document::<TransferOrder>(store, id) else { return "unknown".to_owned() };
        let reason = order.closing.map_or("", |closing| closing.close_reason.as_str());
        let mut words = format!("{:?} {reason}", order.status).to_lowercase().trim_end().to_owned();
        for line in order.lines {
            let figures = [
                ("ordered", line.ordered_quantity),
                ("packed", line.packed_quantity),
                ("transferred", line.transferred_quantity),
                ("received", line.received_quantity),
                ("lost", line.lost_quantity),
                ("returned", line.returned_quantity),
            ];
            write!(words, ": {}", line.product_id).expect("a string takes everything");
            for (name, figure) in figures.into_iter().filter(|(_, figure)| *figure != 0) {
                write!(words, " {name} {figure}").expect("a string takes everything");
            }
        }
        words
    }

    /// The ASN of a shipment.
    pub fn asn_of(&self, store: &str, shipment: &str) -> String {
        self.document::<Shipment>(store, shipment).expect("the shipment is there").asn_id.to_string()
    }

    /// The events since the last look, each in a line: `S1 items_shipped A 6`.
    pub fn news(&mut self) -> Vec<String> {
        let new = self.events[self.events_seen..].iter().map(headline).collect();
        self.events_seen = self.events.len();
        new
    }

    /// The ledger rows since the last look, each in a line: `S1 A main > in_transit 6`.
    pub fn postings(&mut self) -> Vec<String> {
        let new = self.ledger[self.ledger_seen..].iter().map(posting).collect();
        self.ledger_seen = self.ledger.len();
        new
    }
}

/// A time on the bench's day (`10:00`, `10:00:30`), or of any day in full.
pub(crate) fn moment(text: &str) -> Timestamp {
    let full = match text.len() {
        5 => format!("2026-03-02T{text}:00Z"),
        8 => format!("2026-03-02T{text}Z"),
        _ => text.to_owned(),
    };
    Timestamp::parse(&full).expect("a time of day")
}

pub(crate) fn lines(goods: &[(&str, Quantity)]) -> Vec<Line> {
    goods.iter().map(|(product, quantity)| Line { product_id: (*product).into(), quantity: *quantity }).collect()
}

/// Goods in cartons; `""`: loose.
pub(crate) fn cartons(goods: &[(&str, Quantity, &str)]) -> Vec<CartonLine> {
    let line = |(product, quantity, carton): &(&str, Quantity, &str)| CartonLine {
        product_id: (*product).into(),
        quantity: *quantity,
        carton_id: (!carton.is_empty()).then(|| (*carton).into()),
    };
    goods.iter().map(line).collect()
}

pub(crate) fn loose(goods: &[(&str, Quantity)]) -> Vec<CartonLine> {
    cartons(&goods.iter().map(|(product, quantity)| (*product, *quantity, "")).collect::<Vec<_>>())
}

pub(crate) fn receive(asn: Option<&str>, goods: &[(&str, Quantity)]) -> ReceiveItems {
    let line = |line: Line| ReceiptLine {
        product_id: line.product_id,
        quantity: line.quantity,
        rejected_quantity: 0,
        external_identifiers: None,
    };
    ReceiveItems {
        receipt_id: None,
        asn_id: asn.map(DocumentId::from),
        carton_ids: Vec::new(),
        order_ref: None,
        shipment_ref: None,
        started_at: None,
        lines: lines(goods).into_iter().map(line).collect(),
    }
}

pub(crate) fn receive_blind(goods: &[(&str, Quantity)]) -> Operation {
    Operation::ReceiveItems(receive(None, goods))
}

pub(crate) fn receive_asn(asn: &str, goods: &[(&str, Quantity)]) -> Operation {
    Operation::ReceiveItems(receive(Some(asn), goods))
}

/// The ERP announces a delivery of a distribution centre.
pub(crate) fn announce(asn: &str, goods: &[(&str, Quantity, &str)]) -> Operation {
    Operation::CreateAsn(CreateAsn {
        asn_id: Some(asn.into()),
        from_location: "DC1".into(),
        shipment_ref: "IF100".into(),
        order_ref: None,
        shipment_date: moment("08:00"),
        lines: cartons(goods),
    })
}

pub(crate) fn close_asn(asn: &str, remainder: Remainder) -> Operation {
    Operation::CloseAsn(CloseAsn { asn_id: asn.into(), reason: "short".into(), remainder })
}

pub(crate) fn sell(sale: &str, goods: &[(&str, Quantity)]) -> Operation {
    Operation::RecordSale(RecordSale {
        sale_id: sale.into(),
        allocation_id: None,
        reservation_id: None,
        lines: lines(goods),
    })
}

/// An associate's transfer order out of the salable stock location.
pub(crate) fn create_order(id: &str, destination: &str, goods: &[(&str, Quantity)]) -> Operation {
    Operation::CreateTransferOrder(order(id, destination, goods))
}

/// The same of the ERP.
pub(crate) fn create_order_by_api(id: &str, destination: &str, goods: &[(&str, Quantity)]) -> Operation {
    Operation::CreateTransferOrder(CreateTransferOrder { source: Source::Api, ..order(id, destination, goods) })
}

/// An associate's transfer order, to be changed.
pub(crate) fn order(id: &str, destination: &str, goods: &[(&str, Quantity)]) -> CreateTransferOrder {
    CreateTransferOrder {
        transfer_order_id: Some(id.into()),
        external_ref: None,
        destination_id: destination.into(),
        stock_location: None,
        source: Source::AssociateApp,
        lines: lines(goods),
    }
}

pub(crate) fn pack(order: &str, shipment: &str, goods: &[(&str, Quantity)]) -> Operation {
    Operation::PackShipment(PackShipment {
        transfer_order_id: order.into(),
        shipment_id: Some(shipment.into()),
        service_level: "STANDARD".into(),
        carrier: None,
        tracking_code: None,
        package_count: None,
        lines: loose(goods),
    })
}

pub(crate) fn hand_over(order: &str, shipment: &str) -> Operation {
    let goods = ShippedGoods::Packed(shipment.into());
    Operation::ShipItems(ShipItems { transfer_order_id: order.into(), goods })
}

pub(crate) fn carry(order: &str, goods: &[(&str, Quantity)]) -> Operation {
    let goods = ShippedGoods::Carried(loose(goods));
    Operation::ShipItems(ShipItems { transfer_order_id: order.into(), goods })
}

pub(crate) fn cancel_shipment(shipment: &str) -> Operation {
    Operation::CancelShipment(CancelShipment { shipment_id: shipment.into(), reason: "wrong box".into() })
}

pub(crate) fn close_order(order: &str) -> Operation {
    let reason = Text::from("rest not found");
    Operation::CloseTransferOrder(CloseTransferOrder { transfer_order_id: order.into(), reason })
}

/// Shuts gates of a store.
pub(crate) fn shut(gates: &[Gate]) -> Operation {
    let features = gates.iter().map(|gate| (*gate, false)).collect();
    Operation::ConfigureStore(ConfigureStore { features, ..ConfigureStore::default() })
}

/// A store that is not mastered here.
pub(crate) fn mastered_elsewhere() -> Operation {
    Operation::ConfigureStore(ConfigureStore { inventory_master: Some(false), ..ConfigureStore::default() })
}

/// A store whose stock never goes below zero by transfers and adjustments.
pub(crate) fn strict() -> Operation {
    let negative_stock = Some(NegativeStock::Refuse);
    Operation::ConfigureStore(ConfigureStore { negative_stock, ..ConfigureStore::default() })
}
