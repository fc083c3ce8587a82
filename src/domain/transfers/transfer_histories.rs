//! Whatever happens between stores, in whatever order they hear of each other, and however often: no unit is lost or
//! made (domain contract §3, invariants 1 to 6).
#![cfg(test)]

use proptest::prelude::*;
use proptest::sample::Index;

use crate::domain::deciding::decide::Input;
use crate::domain::deciding::decision::{Decision, Outcome};
use crate::domain::model::document::asn::{Asn, AsnFigures, AsnStatus};
use crate::domain::model::document::receipt::ReceiveItems;
use crate::domain::model::document::shipment::{Shipment, ShipmentStatus};
use crate::domain::model::document::transfer_order::{Source, TransferOrder, TransferOrderStatus};
use crate::domain::model::event::EventName;
use crate::domain::model::ids::{Quantity, StockLocation};
use crate::domain::model::leg::Leg;
use crate::domain::model::movement::Account;
use crate::domain::model::time::Timestamp;
use crate::domain::operations::{Body, Command, Operation};
use crate::domain::receiving::close_asn::Remainder;
use crate::domain::testing::{
    Shop, announce, cancel_shipment, carry, close_asn, close_order, hand_over, mastered_elsewhere, moment, order, pack,
    receive, strict,
};
use crate::domain::transfers::create_transfer_order::CreateTransferOrder;

/// Two stores, the second one strict, and one that is not mastered here.
const STORES: [&str; 3] = ["S1", "S2", "DC"];

/// Goods by product: how many A and B.
type Goods = (Quantity, Quantity);

/// What somebody does; an index means one of the orders, shipments or ASNs there are by then.
#[derive(Clone, Debug)]
enum Deed {
    Order {
        from: usize,
        to: usize,
        by_api: bool,
        goods: Goods,
    },
    Pack {
        order: Index,
        goods: Goods,
    },
    HandOver {
        shipment: Index,
    },
    Carry {
        order: Index,
        goods: Goods,
    },
    Cancel {
        shipment: Index,
    },
    CloseOrder {
        order: Index,
    },
    Receive {
        shipment: Index,
        goods: Goods,
        rejected: Quantity,
        begun_long_ago: bool,
    },
    CloseAsn {
        shipment: Index,
        remainder: Remainder,
    },
    /// The ERP makes the ASN itself, before or after the leg arrives.
    Announce {
        shipment: Index,
        goods: Goods,
    },
    Deliver {
        leg: Index,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let goods = || (0..6_i64, 0..3_i64);
    let index = any::<Index>;
    let remainder = prop_oneof![Just(Remainder::Lost), Just(Remainder::Returned)];
    prop_oneof![
        2 => (0..3_usize, 1..3_usize, any::<bool>(), (0..9_i64, 0..5_i64))
            .prop_map(|(from, steps, by_api, goods)| Deed::Order { from, to: (from + steps) % 3, by_api, goods }),
        3 => (index(), goods()).prop_map(|(order, goods)| Deed::Pack { order, goods }),
        3 => index().prop_map(|shipment| Deed::HandOver { shipment }),
        3 => (index(), goods()).prop_map(|(order, goods)| Deed::Carry { order, goods }),
        1 => index().prop_map(|shipment| Deed::Cancel { shipment }),
        1 => index().prop_map(|order| Deed::CloseOrder { order }),
        5 => (index(), goods(), 0..2_i64, any::<bool>()).prop_map(|(shipment, goods, rejected, begun_long_ago)| {
            Deed::Receive { shipment, goods, rejected, begun_long_ago }
        }),
        2 => (index(), remainder).prop_map(|(shipment, remainder)| Deed::CloseAsn { shipment, remainder }),
        2 => (index(), goods()).prop_map(|(shipment, goods)| Deed::Announce { shipment, goods }),
        6 => index().prop_map(|leg| Deed::Deliver { leg }),
    ]
}

/// The stores, and what they made so far.
struct World {
    shop: Shop,
    now: Timestamp,
    /// (store, id).
    orders: Vec<(&'static str, String)>,
    /// (origin, destination, order, id).
    shipments: Vec<(&'static str, &'static str, String, String)>,
    /// ASNs that the ERP made itself.
    announced: Vec<String>,
    /// Legs that took effect, to be delivered again.
    delivered: Vec<(Timestamp, Leg)>,
}

impl World {
    fn new() -> Self {
        let mut shop = Shop::default();
        shop.holds_legs = true;
        shop.tell("07:00", "DC", mastered_elsewhere());
        shop.tell("07:00", "S2", strict());
        for store in ["S1", "S2"] {
            shop.stock_up(store, &[("A", 10), ("B", 10)]);
        }
        let now = moment("09:00");
        let (orders, shipments, announced, delivered) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { shop, now, orders, shipments, announced, delivered }
    }

    fn act(&mut self, deed: &Deed) {
        self.now = self.now.plus_millis(1000);
        match deed {
            Deed::Order { from, to, by_api, goods } => self.order(STORES[*from], STORES[*to], *by_api, *goods),
            Deed::Pack { order, goods } => {
                let shipment = format!("P{}", self.shipments.len());
                if let Some((store, order)) = pick(&self.orders, *order) {
                    self.ship(store, &order, pack(&order, &shipment, &named(*goods)));
                }
            }
            Deed::Carry { order, goods } => {
                if let Some((store, order)) = pick(&self.orders, *order) {
                    self.ship(store, &order, carry(&order, &named(*goods)));
                }
            }
            Deed::HandOver { shipment } => {
                if let Some((origin, _, order, id)) = pick(&self.shipments, *shipment) {
                    self.tell(origin, hand_over(&order, &id));
                }
            }
            Deed::Cancel { shipment } => {
                if let Some((origin, _, _, id)) = pick(&self.shipments, *shipment) {
                    self.tell(origin, cancel_shipment(&id));
                }
            }
            Deed::CloseOrder { order } => {
                if let Some((store, order)) = pick(&self.orders, *order) {
                    self.tell(store, close_order(&order));
                }
            }
            Deed::Receive { shipment, goods, rejected, begun_long_ago } => {
                let Some((origin, destination, _, id)) = pick(&self.shipments, *shipment) else { return };
                let mut receipt = receive(Some(&self.shop.asn_of(origin, &id)), &named(*goods));
                receipt.lines[0].rejected_quantity = *rejected;
                let started_at = begun_long_ago.then(|| moment("08:30"));
                self.tell(destination, Operation::ReceiveItems(ReceiveItems { started_at, ..receipt }));
            }
            Deed::CloseAsn { shipment, remainder } => {
                let Some((origin, destination, _, id)) = pick(&self.shipments, *shipment) else { return };
                let asn = self.shop.asn_of(origin, &id);
                self.tell(destination, close_asn(&asn, *remainder));
            }
            Deed::Announce { shipment, goods } => {
                let Some((origin, destination, _, id)) = pick(&self.shipments, *shipment) else { return };
                let asn = self.shop.asn_of(origin, &id);
                let goods = [("A", goods.0, ""), ("B", goods.1, "")];
                if self.tell(destination, announce(&asn, &goods)) {
                    self.announced.push(asn);
                }
            }
            Deed::Deliver { leg } => {
                if !self.shop.under_way.is_empty() {
                    let leg = leg.index(self.shop.under_way.len());
                    self.deliver(leg);
                }
            }
        }
    }

    fn order(&mut self, from: &'static str, to: &str, by_api: bool, goods: Goods) {
        let id = format!("T{}", self.orders.len());
        let source = if by_api { Source::Api } else { Source::AssociateApp };
        let order = CreateTransferOrder { source, ..order(&id, to, &named(goods)) };
        if self.tell(from, Operation::CreateTransferOrder(order)) {
            self.orders.push((from, id));
        }
    }

    fn ship(&mut self, store: &'static str, order: &str, operation: Operation) {
        if self.tell(store, operation) {
            let id = self.shop.made("shipment_id");
            let made: Shipment = self.shop.document(store, &id).expect("it was shipped");
            let to = STORES.into_iter().find(|store| made.destination_id == (*store).into());
            self.shipments.push((store, to.expect("one of the three"), order.to_owned(), id));
        }
    }

    /// Tells a store something, twice. Whether it was accepted.
    fn tell(&mut self, store: &str, operation: Operation) -> bool {
        let command = self.shop.command(store, "09:00", operation);
        let command = Command { body: command.body.map(|body| Body { occurred_at: self.now, ..body }), ..command };
        let command_id = command.command_id;
        let first = self.shop.record(self.now, &Input::Command(command.clone()));
        let again = self.shop.record(self.now, &Input::Command(command));
        changes_nothing(&again);
        let answer = first.answers.iter().find(|answer| answer.command_id == command_id);
        let answer = answer.expect("a command is always answered");
        assert_eq!(again.answers.first(), Some(answer));
        matches!(answer.outcome, Outcome::Accepted { .. })
    }

    /// Delivers one of the legs under way, out of turn, and twice.
    fn deliver(&mut self, index: usize) {
        let Some((_, leg)) = self.shop.under_way.remove(index) else { return };
        self.shop.record(self.now, &Input::Leg(leg.clone()));
        changes_nothing(&self.shop.record(self.now, &Input::Leg(leg.clone())));
        self.delivered.push((self.now, leg));
    }

    /// Delivers what is under way, newest first, and then once more whatever was ever delivered.
    fn settle(&mut self) {
        while !self.shop.under_way.is_empty() {
            self.deliver(self.shop.under_way.len() - 1);
        }
        for (at, leg) in std::mem::take(&mut self.delivered) {
            changes_nothing(&self.shop.record(at, &Input::Leg(leg)));
        }
    }
}

fn pick<T: Clone>(of: &[T], index: Index) -> Option<T> {
    (!of.is_empty()).then(|| index.get(of).clone())
}

fn named((a, b): Goods) -> [(&'static str, Quantity); 2] {
    [("A", a), ("B", b)]
}

fn changes_nothing(decision: &Decision) {
    assert!(decision.events.is_empty() && decision.movements.is_empty() && decision.legs.is_empty(), "{decision:?}");
    assert!(decision.documents.is_empty() && decision.stock.is_empty(), "{decision:?}");
}

/// The balance of an account over all stores, by product.
fn balance(shop: &Shop, account: &Account, product: &str) -> Quantity {
    let of_product = shop.ledger.iter().filter(|movement| movement.product_id.as_str() == product);
    of_product
        .map(|movement| {
            Quantity::from(movement.to_account == *account) * movement.quantity
                - Quantity::from(movement.from_account == *account) * movement.quantity
        })
        .sum()
}

/// Goods in transit and lost are never fewer than none, whatever has not been heard of yet.
fn check_on_the_way(world: &World) {
    for (origin, _, _, shipment) in &world.shipments {
        let asn = world.shop.asn_of(origin, shipment);
        for account in [Account::InTransit(asn.as_str().into()), Account::LostInTransit(asn.as_str().into())] {
            for product in ["A", "B"] {
                assert!(balance(&world.shop, &account, product) >= 0, "{account} {product}");
            }
        }
    }
}

/// What a shipment holds of a product.
fn sent(shipment: &Shipment, product: &str) -> Quantity {
    shipment.lines.iter().filter(|line| line.product_id.as_str() == product).map(|line| line.quantity).sum()
}

/// Units are conserved over every transfer, and the origin knows what became of its goods.
fn check_shipments(world: &World) {
    for (origin, destination, _, id) in &world.shipments {
        let shipment: Shipment = world.shop.document(origin, id).expect("shipments stay");
        let asn: Option<Asn> = world.shop.document(destination, shipment.asn_id.as_str());
        let Some(asn) = asn else {
            assert_ne!(shipment.status, ShipmentStatus::Shipped, "the destination has heard of all that left");
            continue;
        };
        let is_adopted = asn.transfer.is_some();
        assert_eq!(shipment.status == ShipmentStatus::Shipped, is_adopted, "the leg adopts what the ERP made");
        if is_adopted {
            assert_eq!(shipment.asn_revision, if asn.revision == 1 { 0 } else { asn.revision });
        }
        let by_erp = world.announced.iter().any(|id| *id == *asn.asn_id.text());
        let transit = Account::InTransit(asn.asn_id.clone());
        for product in
            ["A", "B"].into_iter().filter(|product| asn.lines.iter().all(|l| l.product_id.as_str() != *product))
        {
            assert_eq!(balance(&world.shop, &transit, product), 0, "{product} of {}", asn.asn_id);
        }
        for line in &asn.lines {
            let product = line.product_id.as_str();
            let in_transit = balance(&world.shop, &Account::InTransit(asn.asn_id.clone()), product);
            let lost = balance(&world.shop, &Account::LostInTransit(asn.asn_id.clone()), product);
            let outstanding = if asn.status == AsnStatus::Open { line.outstanding() } else { 0 };
            assert_eq!((in_transit, lost), (outstanding, line.lost_quantity), "{product} of {}", asn.asn_id);
            let expected = line.expected_quantity;
            // The lines of one that was closed before its leg came are what the ERP announced.
            if is_adopted && !(by_erp && asn.status == AsnStatus::Closed) {
                assert_eq!(expected, sent(&shipment, product));
            }
            let found = received_from(&world.shop, &Account::LostInTransit(asn.asn_id.clone()), product);
            let came = line.received_quantity.min(expected) + found;
            assert_eq!(expected, came + in_transit + lost + line.returned_quantity, "{product} of {}", asn.asn_id);
        }
    }
}

fn received_from(shop: &Shop, account: &Account, product: &str) -> Quantity {
    let rows = shop.ledger.iter().filter(|row| row.from_account == *account && row.product_id.as_str() == product);
    rows.map(|row| row.quantity).sum()
}

/// Every order shows the sums of its shipments, and what it announced at its closing stands.
fn check_orders(world: &World) {
    for (store, id) in &world.orders {
        let order: TransferOrder = world.shop.document(store, id).expect("orders stay");
        let shipments: Vec<Shipment> = (world.shipments.iter())
            .filter(|(_, _, of, _)| of == id)
            .map(|(_, _, _, shipment)| world.shop.document(store, shipment).expect("shipments stay"))
            .collect();
        assert_eq!(order.shipments as usize, shipments.len());
        let closings: Vec<_> = (world.shop.events.iter())
            .filter(|event| event.name == EventName::TransferOrderClosed && *event.payload.id == **id)
            .collect();
        assert_eq!(closings.len(), usize::from(order.status == TransferOrderStatus::Closed));
        for line in &order.lines {
            let product = line.product_id.as_str();
            let of_status = |status| -> Quantity {
                shipments.iter().filter(|shipment| shipment.status == status).map(|one| sent(one, product)).sum()
            };
            assert_eq!(line.packed_quantity, of_status(ShipmentStatus::Packed), "{product} of {id}");
            let gone = of_status(ShipmentStatus::Shipped);
            if let Some(closing) = closings.first() {
                // What was packed then counts as transferred, also what was cancelled since.
                assert!(line.transferred_quantity >= gone + line.packed_quantity, "{product} of {id}");
                let item = closing.payload.items.iter().find(|item| item.product_id == line.product_id);
                let announced = item.map(|item| (item.ordered_quantity, item.transferred_quantity));
                assert_eq!(announced, Some((Some(line.ordered_quantity), Some(line.transferred_quantity))));
            } else {
                assert_eq!(line.transferred_quantity, gone, "{product} of {id}");
            }
            let reported = shipments.iter().flat_map(|shipment| shipment.asn_lines.iter().flatten());
            let reported: Vec<AsnFigures> =
                reported.filter(|(other, _)| *other == line.product_id).map(|(_, figures)| *figures).collect();
            let sum = |figure: fn(&AsnFigures) -> Quantity| -> Quantity { reported.iter().map(figure).sum() };
            let shown = (line.received_quantity, line.lost_quantity, line.returned_quantity);
            assert_eq!(shown, (sum(|of| of.received), sum(|of| of.lost), sum(|of| of.returned)), "{product} of {id}");
        }
    }
}

/// Balances are the sums of movements, packed units those of packed shipments, and sequences have no gap.
fn check_stores(world: &World) {
    for store in STORES {
        for product in ["A", "B"] {
            for location in ["main", "damaged"] {
                let here = StockLocation::from(location);
                let rows = world
                    .shop
                    .ledger
                    .iter()
                    .filter(|row| row.store_id.as_str() == store && row.product_id.as_str() == product);
                let moved: Quantity =
                    rows.flat_map(|row| row.changes()).filter(|(at, _)| **at == here).map(|(_, change)| change).sum();
                assert_eq!(
                    world.shop.on_hand_in(store, product, location),
                    moved,
                    "{product} in {location} of {store}"
                );
            }
            let of_store = world.shipments.iter().filter(|(origin, ..)| *origin == store && store != "DC");
            let shipments = of_store.filter_map(|(origin, _, _, id)| world.shop.document::<Shipment>(origin, id));
            let packed: Quantity = shipments
                .filter(|shipment| shipment.status == ShipmentStatus::Packed)
                .map(|shipment| sent(&shipment, product))
                .sum();
            assert_eq!(world.shop.packed(store, product), packed, "{product} packed in {store}");
        }
        let events = world.shop.events.iter().filter(|event| event.store_id.as_str() == store);
        let sequences: Vec<u64> = events.map(|event| event.sequence).collect();
        assert!(sequences.iter().copied().eq(1..=sequences.len() as u64), "{store}: {sequences:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_unit_is_lost_or_made_between_stores(deeds in prop::collection::vec(deed(), 1..80)) {
        let mut world = World::new();
        for deed in &deeds {
            world.act(deed);
            check_on_the_way(&world);
        }
        world.settle();
        check_shipments(&world);
        check_orders(&world);
        check_stores(&world);
    }
}
