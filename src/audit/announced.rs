//! Every change of on hand is announced by exactly one event (domain contract §5): for each command at each store,
//! what its events announce and what its movements change is the same, product by product and place by place.

use std::collections::{BTreeMap, HashSet};

use crate::domain::command::Quantity;
use crate::domain::event::{Event, EventName, Item};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, ProductId, RESERVATIONS, StockLocation, StoreId, Uuid};
use crate::domain::movement::Movement;
use crate::domain::time::Timestamp;

use super::terms::{AGED, FORGOTTEN};
use super::violation::{Rule, Violations};

/// What movements and events of one command say that they do not say alike.
#[derive(Default, Debug)]
struct Changes {
    sums: BTreeMap<(ProductId, Place), Sums>,
    /// The last record of the command.
    at: Timestamp,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Sums {
    moved: Quantity,
    announced: Quantity,
}

/// Where units leave from or come to: named by the event, or by the transfer order it belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Place {
    Named(StockLocation),
    OfOrder(DocumentId),
}

/// Where transfer orders take their units from.
pub type Orders = FastMap<(StoreId, DocumentId), StockLocation>;

/// Both sides, command by command. Commands whose sides are alike are forgotten: what comes of them afterwards is unlike by
/// itself.
#[derive(Debug)]
pub struct Announced {
    commands: FastMap<(StoreId, Uuid), Changes>,
    damaged: StockLocation,
}

impl Announced {
    /// Rejected goods are announced without their place: they go to the stock location for damaged goods.
    pub fn new(damaged: StockLocation) -> Self {
        Self { commands: FastMap::default(), damaged }
    }

    /// Takes a row of the ledger.
    pub fn observe_movement(&mut self, movement: &Movement, violations: &mut Violations) {
        let moved = |(location, change): (&StockLocation, Quantity)| {
            let place = Place::Named(location.clone());
            (movement.product_id.clone(), place, Sums { moved: change, announced: 0 })
        };
        let sums = movement.changes().map(moved).collect();
        self.add((movement.store_id.clone(), movement.command_id), movement.recorded_at, sums, violations);
    }

    /// Takes an event. `orders` says from which stock location a transfer order takes its units.
    pub fn observe_event(&mut self, event: &Event, orders: &Orders, violations: &mut Violations) {
        let place = |place| match place {
            Place::OfOrder(order) => match orders.get(&(event.store_id.clone(), order.clone())) {
                Some(location) => Place::Named(location.clone()),
                None => Place::OfOrder(order),
            },
            Place::Named(_) => place,
        };
        let announced = self.announced_by(event).into_iter();
        let sums = announced
            .map(|(product, named, change)| (product, place(named), Sums { moved: 0, announced: change }))
            .collect();
        self.add((event.store_id.clone(), event.command_id), event.recorded_at, sums, violations);
    }

    fn add(
        &mut self,
        command: (StoreId, Uuid),
        at: Timestamp,
        sums: Vec<(ProductId, Place, Sums)>,
        violations: &mut Violations,
    ) {
        if sums.is_empty() {
            return;
        }
        let changes = self.commands.entry(command.clone()).or_default();
        changes.at = changes.at.max(at);
        for (product, place, more) in sums {
            let key = (product, place);
            let sum = changes.sums.entry(key.clone()).or_default();
            (sum.moved, sum.announced) = (sum.moved + more.moved, sum.announced + more.announced);
            if sum.moved == sum.announced {
                changes.sums.remove(&key);
            }
        }
        if changes.sums.is_empty() {
            self.commands.remove(&command);
            violations.checked(Rule::Announced, 1);
        }
    }

    /// Tells of those whose sides are not alike. `whole_since`: what was recorded earlier may have lost one of them by age;
    /// `forgotten_since`: an earlier transfer order may be forgotten.
    pub fn finish(
        self,
        unmastered: &HashSet<StoreId>,
        [whole_since, forgotten_since]: [Timestamp; 2],
        violations: &mut Violations,
    ) {
        for ((store, command), changes) in self.commands {
            if unmastered.contains(&store) {
                continue;
            }
            if changes.at <= whole_since {
                violations.left_out(Rule::Announced, 1, AGED);
                continue;
            }
            violations.checked(Rule::Announced, 1);
            for ((product, place), sum) in changes.sums {
                let text = match place {
                    Place::Named(location) => format!(
                        "command {command}: on hand of {product} in {location} changes by {}, its events announce {}",
                        sum.moved, sum.announced
                    ),
                    Place::OfOrder(_) if changes.at <= forgotten_since => {
                        violations.left_out(Rule::Announced, 1, FORGOTTEN);
                        break;
                    }
                    Place::OfOrder(order) => {
                        format!("command {command} ships for transfer order {order}, which is no document")
                    }
                };
                violations.of_store(Rule::Announced, &store, text);
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
                    add(Some(Place::Named(self.damaged.clone())), item.rejected_quantity.unwrap_or(0));
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
        movements.iter().for_each(|movement| audit.observe_movement(movement, &mut violations));
        let orders = FastMap::from_iter([((STORE.into(), "order".into()), "main".into())]);
        events.iter().for_each(|event| audit.observe_event(event, &orders, &mut violations));
        let ever = Timestamp::from_millis(i64::MIN);
        audit.finish(&unmastered.then(|| STORE.into()).into_iter().collect(), [ever, ever], &mut violations);
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
