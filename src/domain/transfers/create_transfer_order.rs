//! `create_transfer_order`: goods are wanted at another location (domain contract §6.2). No stock moves.

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::configuration::Gate;
use crate::domain::model::document::transfer_order::{Source, TransferOrder, TransferOrderLine, TransferOrderStatus};
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{DocumentId, StockLocation, StoreId, Text};
use crate::domain::model::lines::{Line, plain, summed_lines};
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::Timestamp;
use crate::domain::transfers::transfer_order::order_payload;

/// `create_transfer_order`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CreateTransferOrder {
    pub transfer_order_id: Option<DocumentId>,
    pub external_ref: Option<Text>,
    pub destination_id: StoreId,
    pub stock_location: Option<StockLocation>,
    pub source: Source,
    pub lines: Vec<Line>,
}

impl Rule for CreateTransferOrder {
    fn shape(&self) -> Shape<'_> {
        let shape = Shape { touches_stock: false, ..Shape::of_lines(plain(&self.lines)) }
            .gate(Gate::Transfers)
            .gate_if(self.source == Source::AssociateApp, Gate::StoreInitiatedTransfers);
        match &self.transfer_order_id {
            Some(id) => shape.document(Kind::TransferOrder, id.text()),
            None => shape,
        }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let id = draft.id_or_derived(self.transfer_order_id.as_ref(), "transfer_order_id");
        if draft.find::<TransferOrder>(&id)?.is_some() {
            return Err(Rejection::of(Code::TransferOrderAlreadyExists, id.text()).into());
        }
        if self.destination_id == draft.store_id {
            return Err(Rejection::of(Code::DestinationIsOrigin, draft.store_id.text()).into());
        }
        draft.check_stock_locations(&self.stock_location)?;

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let lines = summed_lines(&self.lines);
        let order = TransferOrder {
            transfer_order_id: id.clone(),
            external_ref: self.external_ref.clone(),
            transfer_order_ref: self.external_ref.clone().unwrap_or_else(|| id.text()),
            origin_id: draft.store_id.clone(),
            destination_id: self.destination_id.clone(),
            order_date: draft.context().occurred_at,
            source: self.source,
            stock_location_name: self
                .stock_location
                .clone()
                .unwrap_or_else(|| draft.settings.salable_stock_location.clone()),
            status: TransferOrderStatus::Open,
            shipments: 0,
            open_shipments: 0,
            closing: None,
            lines: lines
                .into_iter()
                .map(|(product, quantity)| TransferOrderLine::ordering(product, quantity))
                .collect(),
        };
        if order.source == Source::AssociateApp || draft.settings.emit_transfer_order_created_for_api {
            announce(draft, &order);
        }
        draft.put(&id, order);
        Ok(vec![("transfer_order_id", id.text())])
    }
}

fn announce(draft: &mut Draft<'_>, order: &TransferOrder) {
    let payload = Payload {
        order_date: Some(order.order_date),
        source: Some(order.source),
        stock_location_name: Some(order.stock_location_name.clone()),
        ..order_payload(draft, order, &order.transfer_order_id)
    };
    let items = order
        .lines
        .iter()
        .map(|line| Item { ordered_quantity: Some(line.ordered_quantity), ..Item::of(line.product_id.clone()) });
    draft.announce(EventName::TransferOrderCreated, payload, items.collect());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::settings::Settings;
    use crate::domain::operations::Operation;
    use crate::domain::testing::{Shop, create_order, create_order_by_api, order, shut};

    fn taken_from(location: &str) -> Operation {
        let order = order("T2", "S2", &[("A", 1)]);
        Operation::CreateTransferOrder(CreateTransferOrder { stock_location: Some(location.into()), ..order })
    }

    #[test]
    fn who_may_order_what() {
        let table = [
            ("an associate", vec![], create_order("T2", "S2", &[("A", 1)]), "accepted"),
            ("from the damaged goods", vec![], taken_from("damaged"), "accepted"),
            ("nothing", vec![], create_order("T2", "S2", &[("A", 0)]), "no_lines"),
            (
                "transfers are off",
                vec![Gate::Transfers],
                create_order_by_api("T2", "S2", &[("A", 1)]),
                "feature_disabled transfers",
            ),
            (
                "associates may not",
                vec![Gate::StoreInitiatedTransfers],
                create_order("T2", "S2", &[("A", 1)]),
                "feature_disabled store_initiated_transfers",
            ),
            (
                "the ERP may",
                vec![Gate::StoreInitiatedTransfers],
                create_order_by_api("T2", "S2", &[("A", 1)]),
                "accepted",
            ),
            ("the number is taken", vec![], create_order("T1", "S1", &[("A", 1)]), "transfer_order_already_exists T1"),
            ("to oneself", vec![], create_order("T2", "S1", &[("A", 1)]), "destination_is_origin S1"),
            ("from nowhere", vec![], taken_from("attic"), "stock_location_unknown attic"),
            (
                "from the reservations",
                vec![],
                taken_from("_customer_reservations"),
                "stock_location_reserved _customer_reservations",
            ),
        ];
        for (name, gates, operation, answer) in table {
            let mut shop = Shop::default();
            shop.tell("09:00", "S1", create_order("T1", "S2", &[("A", 1)]));
            shop.tell("09:30", "S1", shut(&gates));
            assert_eq!(shop.tell("10:00", "S1", operation), answer, "{name}");
        }
    }

    #[test]
    fn an_order_moves_nothing_and_is_announced() {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 5)]);
        assert_eq!(shop.tell("09:00", "S1", create_order("T1", "S2", &[("A", 4), ("B", 2), ("A", 6)])), "accepted");
        assert_eq!(shop.order("S1", "T1"), "open: A ordered 10: B ordered 2");
        assert_eq!(shop.news(), ["S1 transfer_order_created A ordered 10; B ordered 2"]);
        assert_eq!((shop.on_hand("S1", "A"), shop.available("S1", "A"), shop.postings().len()), (5, 5, 0));
    }

    #[test]
    fn an_order_of_the_erp_is_announced_where_configured() {
        for (configured, events) in [(false, 0), (true, 1)] {
            let settings = Settings { emit_transfer_order_created_for_api: configured, ..Settings::default() };
            let mut shop = Shop::with(settings);
            assert_eq!(shop.tell("09:00", "S1", create_order_by_api("T1", "S2", &[("A", 1)])), "accepted");
            assert_eq!(shop.news().len(), events);
        }
    }

    #[test]
    fn the_reference_is_the_erps_own_else_the_orders_number() {
        let plain = order("T1", "S2", &[("A", 1)]);
        let referred = CreateTransferOrder { external_ref: Some("SO-7".into()), ..plain.clone() };
        let nameless = CreateTransferOrder { transfer_order_id: None, ..plain.clone() };
        for (operation, reference) in [(plain, Some("T1")), (referred, Some("SO-7")), (nameless, None)] {
            let mut shop = Shop::default();
            shop.tell("09:00", "S1", Operation::CreateTransferOrder(operation));
            let id = shop.made("transfer_order_id");
            let order: TransferOrder = shop.document("S1", &id).expect("the order was made");
            assert_eq!(&*order.transfer_order_ref, reference.unwrap_or(&id));
        }
    }
}
