//! Every change of on hand is announced by exactly one event (domain contract §5): for each command at each store,
//! what its events announce and what its movements change is the same, product by product and place by place.

use std::collections::{BTreeMap, HashSet};

use crate::domain::command::Quantity;
use crate::domain::event::{Event, EventName, Item};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, ProductId, RESERVATIONS, StockLocation, StoreId, Uuid};
use crate::domain::movement::Movement;

use super::violation::{Rule, Violations};

#[derive(Default)]
struct Sums {
    moved: Quantity,
    announced: Quantity,
}

/// Where units leave from or come to: named by the event, or by the transfer order it belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Named(StockLocation),
    OfOrder(DocumentId),
}

type Changes = BTreeMap<(ProductId, Place), Sums>;

/// Both sides, command by command.
#[derive(Default)]
pub struct Announced {
    commands: FastMap<(StoreId, Uuid), Changes>,
    damaged: Option<StockLocation>,
}

impl Announced {
    /// Rejected goods are announced without their place: they go to the stock location for damaged goods.
    pub fn new(damaged: StockLocation) -> Self {
        Self { damaged: Some(damaged), ..Self::default() }
    }

    /// Takes a row of the ledger.
    pub fn observe_movement(&mut self, movement: &Movement) {
        let changes = self.commands.entry((movement.store_id.clone(), movement.command_id)).or_default();
        for (location, change) in movement.changes() {
            let key = (movement.product_id.clone(), Place::Named(location.clone()));
            changes.entry(key).or_default().moved += change;
        }
    }

    /// Takes an event.
    pub fn observe_event(&mut self, event: &Event) {
        let announced = self.announced_by(event);
        if announced.is_empty() {
            return;
        }
        let changes = self.commands.entry((event.store_id.clone(), event.command_id)).or_default();
        for (product, place, change) in announced {
            changes.entry((product, place)).or_default().announced += change;
        }
    }

    /// Compares. `orders` says from which stock location a transfer order takes its units.
    pub fn finish(
        self,
        orders: &FastMap<(StoreId, DocumentId), StockLocation>,
        unmastered: &HashSet<StoreId>,
        violations: &mut Violations,
    ) {
        for ((store, command), changes) in self.commands {
            if unmastered.contains(&store) {
                continue;
            }
            let mut sums: BTreeMap<(ProductId, StockLocation), Sums> = BTreeMap::new();
            for ((product, place), change) in changes {
                let location = match place {
                    Place::Named(location) => location,
                    Place::OfOrder(order) => match orders.get(&(store.clone(), order.clone())) {
                        Some(location) => location.clone(),
                        None => {
                            let text =
                                format!("command {command} ships for transfer order {order}, which is no document");
                            violations.of_store(Rule::Announced, &store, text);
                            continue;
                        }
                    },
                };
                let sum = sums.entry((product, location)).or_default();
                sum.moved += change.moved;
                sum.announced += change.announced;
            }
            for ((product, location), sum) in sums {
                if sum.moved != sum.announced {
                    let text = format!(
                        "command {command}: on hand of {product} in {location} changes by {}, its events announce {}",
                        sum.moved, sum.announced
                    );
                    violations.of_store(Rule::Announced, &store, text);
                }
            }
        }
    }

    /// By how much each item of an event says that on hand changed, and where.
    fn announced_by(&self, event: &Event) -> Vec<(ProductId, Place, Quantity)> {
        let payload = &event.payload;
        let named = |location: &Option<StockLocation>| location.clone().map(Place::Named);
        let origin = named(&payload.origin_stock_location_name);
        let destination = named(&payload.destination_stock_location_name);
        let mut announced = Vec::new();
        for item in &payload.items {
            let mut add = |place: Option<Place>, change: Quantity| {
                announced.extend(place.map(|place| (item.product_id.clone(), place, change)));
            };
            let quantity = item.quantity.unwrap_or(0);
            match event.name {
                EventName::ItemsReceived => {
                    add(named(&payload.stock_location_name), quantity);
                    add(named(&self.damaged), item.rejected_quantity.unwrap_or(0));
                }
                EventName::AdjustmentCreated | EventName::ItemsReserved | EventName::ReservationReleased => {
                    add(origin.clone(), -quantity);
                    add(destination.clone(), quantity);
                }
                EventName::ItemsCounted => add(named(&payload.stock_location_name), variance(item)),
                EventName::VarianceCorrected => {
                    add(named(&payload.stock_location_name), item.correction.unwrap_or(0));
                }
                EventName::ItemsSold => {
                    let reserved = item.reserved_quantity.unwrap_or(0);
                    add(Some(Place::Named(RESERVATIONS.into())), -reserved);
                    add(named(&payload.stock_location_name), reserved - quantity);
                }
                EventName::ItemsReturned => add(named(&item.stock_location_name), quantity),
                EventName::RemainderReturned => add(named(&payload.stock_location_name), quantity),
                // Carried off; of a packed shipment the handover announces it.
                EventName::AsnCreated if payload.shipment_id.is_none() => {
                    add(payload.transfer_order_id.clone().map(Place::OfOrder), -quantity);
                }
                EventName::ItemsShipped => add(payload.transfer_order_id.clone().map(Place::OfOrder), -quantity),
                EventName::AsnCreated
                | EventName::TransferOrderCreated
                | EventName::ItemsReadyForHandover
                | EventName::TransferOrderClosed
                | EventName::AsnClosed
                | EventName::ShipmentCancelled => {}
            }
        }
        announced
    }
}

fn variance(item: &Item) -> Quantity {
    item.count.unwrap_or(0) - item.stock_on_hand.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{STORE, event_of, movement};
    use super::*;

    fn audit(movements: &[Movement], events: &[Event], unmastered: bool) -> Vec<Rule> {
        let (mut audit, mut violations) = (Announced::new("damaged".into()), Violations::default());
        movements.iter().for_each(|movement| audit.observe_movement(movement));
        events.iter().for_each(|event| audit.observe_event(event));
        let orders = FastMap::from_iter([((STORE.into(), "order".into()), "main".into())]);
        audit.finish(&orders, &unmastered.then(|| STORE.into()).into_iter().collect(), &mut violations);
        violations.rules()
    }

    fn sale(quantity: Quantity) -> Event {
        let mut event = event_of(EventName::ItemsSold, Item::with_quantity("p".into(), quantity));
        event.payload.stock_location_name = Some("main".into());
        event
    }

    #[test]
    fn a_change_without_event_an_event_without_change_and_a_wrong_figure_are_found() {
        let sold = movement(1, "main", "customer", 2, 2, 0);
        let sold = std::slice::from_ref(&sold);
        assert_eq!(audit(sold, &[sale(2)], false), []);
        assert_eq!(audit(sold, &[], false), [Rule::Announced]);
        assert_eq!(audit(&[], &[sale(2)], false), [Rule::Announced]);
        assert_eq!(audit(sold, &[sale(1)], false), [Rule::Announced]);
        assert_eq!(audit(sold, &[sale(2), sale(2)], false), [Rule::Announced]);
        assert_eq!(audit(&[], &[sale(2)], true), []);
    }

    #[test]
    fn each_event_announces_what_its_movements_change() {
        let item = |quantity| Item::with_quantity("p".into(), quantity);
        let mut received = event_of(EventName::ItemsReceived, Item { rejected_quantity: Some(3), ..item(7) });
        received.payload.stock_location_name = Some("main".into());
        let mut adjusted = event_of(EventName::AdjustmentCreated, item(3));
        adjusted.payload.origin_stock_location_name = Some("main".into());
        adjusted.payload.destination_stock_location_name = Some("damaged".into());
        let counts = Item { stock_on_hand: Some(10), count: Some(9), ..Item::of("p".into()) };
        let mut counted = event_of(EventName::ItemsCounted, counts);
        counted.payload.stock_location_name = Some("main".into());
        let mut carried = event_of(EventName::AsnCreated, item(4));
        carried.payload.transfer_order_id = Some("order".into());
        let mut handed_over = event_of(EventName::ItemsShipped, item(4));
        handed_over.payload.transfer_order_id = Some("order".into());
        let table = [
            (vec![movement(1, "supplier", "main", 7, 0, 7), movement(2, "supplier", "damaged", 3, 0, 3)], received),
            (vec![movement(1, "main", "damaged", 3, 3, 0)], adjusted),
            (vec![movement(1, "main", "count_variance/c", 1, 10, 9)], counted),
            (vec![movement(1, "main", "in_transit/a", 4, 4, 0)], carried),
            (vec![movement(1, "main", "in_transit/a", 4, 4, 0)], handed_over),
        ];
        for (movements, event) in table {
            assert_eq!(audit(&movements, std::slice::from_ref(&event), false), [], "{}", event.name.as_str());
            assert_eq!(audit(&[], std::slice::from_ref(&event), false), [Rule::Announced], "{}", event.name.as_str());
        }
    }
}
