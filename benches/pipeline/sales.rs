//! Commands from a seeded generator: sales, and transfers among them.

use std::collections::VecDeque;

use stockroom::codec::Codec;
use stockroom::codec::format::{Format, Formats};
use stockroom::domain::command::{
    Actor, Body, CartonLine, Command, CreateTransferOrder, Fingerprint, Line, Operation, ReceiptLine, ReceiveItems,
    RecordSale, ShipItems, ShippedGoods, Source,
};
use stockroom::domain::ids::{DocumentId, ProductId, StoreId, Text, Uuid, derived_id};
use stockroom::domain::time::Timestamp;

#[path = "../../tests/integration/support/random.rs"]
#[allow(dead_code, reason = "what the tests need besides")]
mod random;

pub use random::Random;

pub const STORES: u64 = 200;
pub const PRODUCTS: u64 = 500;
/// 2026-03-02T08:00:00Z.
pub const BEGIN_MS: i64 = 1_772_438_400_000;

pub fn codec() -> Codec {
    Codec::new(Text::from("acme"), Formats::all(Format::Avro), "main".into())
}

pub fn command(store: &StoreId, id: u128, at: Timestamp, operation: Operation) -> Command {
    Command {
        command_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &id.to_be_bytes()),
        store_id: store.clone(),
        correlation_id: None,
        validate_only: false,
        fingerprint: Fingerprint::default(),
        operation_name: Some(operation.name()),
        body: Ok(Body {
            occurred_at: at,
            actor: Actor { id: Text::from("till-7"), role: None, device: None },
            origin: None,
            operation,
        }),
    }
}

pub fn store(number: u64) -> StoreId {
    StoreId::from(format!("S{number:03}"))
}

pub fn product(number: u64) -> ProductId {
    ProductId::from(format!("P{number:05}"))
}

/// When command `n` happened.
pub fn time_of(n: u64) -> Timestamp {
    Timestamp::from_millis(BEGIN_MS + i64::try_from(n).unwrap() * 10)
}

/// Sale number `n`: one line, one unit.
pub fn sale(random: &mut Random, n: u64) -> Command {
    let (store, product) = (store(random.below(STORES)), product(random.below(PRODUCTS)));
    let lines = vec![Line { product_id: product, quantity: 1 }];
    let operation =
        RecordSale { sale_id: format!("POS-{n:09}").into(), allocation_id: None, reservation_id: None, lines };
    command(&store, u128::from(n), time_of(n), Operation::RecordSale(operation))
}

pub fn sales(seed: u64) -> impl Iterator<Item = Command> {
    let mut random = Random::new(seed);
    (0..).map(move |n| sale(&mut random, n))
}

/// Sales, and so many of a hundred commands are a step of a transfer between two stores.
pub fn sales_and_transfers(seed: u64, percent: u64) -> impl Iterator<Item = Command> {
    let (mut random, mut transfers) = (Random::new(seed), Transfers::default());
    (0..).map(move |n| if random.below(100) < percent { transfers.next(&mut random, n) } else { sale(&mut random, n) })
}

/// How many commands after the order its goods leave, and after that arrive: long enough for its legs.
const UNTIL_SHIPPED: u64 = 1_000;
const UNTIL_RECEIVED: u64 = 20_000;

/// Transfers under way: each an order, goods carried off, a receipt; ten pieces of one product.
#[derive(Default)]
struct Transfers {
    /// With the number of the command from which on the next step is due.
    ordered: VecDeque<(u64, Transfer)>,
    shipped: VecDeque<(u64, Transfer)>,
}

struct Transfer {
    order: DocumentId,
    origin: StoreId,
    destination: StoreId,
    product: ProductId,
    asn: DocumentId,
}

impl Transfers {
    fn next(&mut self, random: &mut Random, n: u64) -> Command {
        if let Some(transfer) = due(&mut self.shipped, n) {
            return transfer.receipt(n);
        }
        if let Some(mut transfer) = due(&mut self.ordered, n) {
            let command = transfer.departure(n);
            transfer.asn = derived_id(command.command_id, &transfer.origin, "asn_id").into();
            self.shipped.push_back((n + UNTIL_RECEIVED, transfer));
            return command;
        }
        let transfer = Transfer {
            order: format!("TO-{n:09}").into(),
            origin: store(random.below(STORES)),
            destination: store(random.below(STORES)),
            product: product(random.below(PRODUCTS)),
            asn: "".into(),
        };
        let command = transfer.order(n);
        self.ordered.push_back((n + UNTIL_SHIPPED, transfer));
        command
    }
}

fn due(queue: &mut VecDeque<(u64, Transfer)>, n: u64) -> Option<Transfer> {
    queue.front().filter(|(due, _)| *due <= n)?;
    queue.pop_front().map(|(_, transfer)| transfer)
}

impl Transfer {
    fn order(&self, n: u64) -> Command {
        let operation = CreateTransferOrder {
            transfer_order_id: Some(self.order.clone()),
            external_ref: None,
            destination_id: self.destination.clone(),
            stock_location: None,
            source: Source::Api,
            lines: vec![Line { product_id: self.product.clone(), quantity: 10 }],
        };
        command(&self.origin, u128::from(n), time_of(n), Operation::CreateTransferOrder(operation))
    }

    fn departure(&self, n: u64) -> Command {
        let line = CartonLine { product_id: self.product.clone(), quantity: 10, carton_id: None };
        let goods = ShippedGoods::Carried(vec![line]);
        let operation = ShipItems { transfer_order_id: self.order.clone(), goods };
        command(&self.origin, u128::from(n), time_of(n), Operation::ShipItems(operation))
    }

    fn receipt(&self, n: u64) -> Command {
        let line = ReceiptLine {
            product_id: self.product.clone(),
            quantity: 10,
            rejected_quantity: 0,
            external_identifiers: None,
        };
        let operation = ReceiveItems {
            receipt_id: None,
            asn_id: Some(self.asn.clone()),
            carton_ids: Vec::new(),
            order_ref: None,
            shipment_ref: None,
            started_at: None,
            lines: vec![line],
        };
        command(&self.destination, u128::from(n), time_of(n), Operation::ReceiveItems(operation))
    }
}
