//! Small values for the audits' tests.

use super::{Audit, Report};
use crate::codec::Codec;
use crate::codec::format::Formats;
use crate::codec::record::{InputRecord, Topic};
use crate::domain::command::{OperationName, Quantity, Source};
use crate::domain::document::{
    Asn, AsnLine, AsnStatus, CloseReason, Closing, Shipment, ShipmentLine, ShipmentStatus, TransferOrder,
    TransferOrderLine, TransferOrderStatus,
};
use crate::domain::event::{Event, EventName, Item, Payload};
use crate::domain::hash::FastMap;
use crate::domain::ids::Uuid;
use crate::domain::movement::{Account, Balance, DocumentKind, Movement};
use crate::domain::settings::Settings;
use crate::domain::stock::{StockKey, StockRow};
use crate::domain::time::{Date, Timestamp};

/// One pass over records in any order, of a deployment with the usual settings.
pub fn pass(records: &[InputRecord]) -> Report {
    pass_of(records, &Settings::default(), |_| 0)
}

/// The same, with other settings; `starts` says how many of the oldest records of a topic's partitions are gone.
pub fn pass_of(records: &[InputRecord], settings: &Settings, starts: impl Fn(Topic) -> i64) -> Report {
    let codec = Codec::new("acme".into(), Formats::default(), settings.salable_stock_location.clone());
    let starts = Topic::ALL.into_iter().map(|topic| (topic, starts(topic)));
    let mut audit = Audit::new(codec, settings, starts, false);
    audit.observe_all(records);
    audit.finish()
}

/// The store of every sample.
pub const STORE: &str = "s";

/// The command of every sample.
pub const COMMAND: Uuid = Uuid::from_u128(0xc0);

/// A movement with the balance of its stock location; of two the balances are those of the first.
pub fn movement(id: u128, from: &str, to: &str, quantity: Quantity, before: Quantity, after: Quantity) -> Movement {
    let balance = |account: &Account| account.stock_location().map(|_| Balance { before, after });
    let (from_account, to_account) = (Account::parse(from), Account::parse(to));
    let mut movement = movement_for(OperationName::RecordSale, from, to, quantity);
    movement.movement_id = Uuid::from_u128(id);
    movement.from_balance = balance(&from_account);
    movement.to_balance = if movement.from_balance.is_some() && to_account.stock_location().is_some() {
        Some(Balance { before: 0, after: quantity })
    } else {
        balance(&to_account)
    };
    movement
}

/// A movement caused by an operation; balances of zero.
pub fn movement_for(cause: OperationName, from: &str, to: &str, quantity: Quantity) -> Movement {
    Movement {
        movement_id: Uuid::from_u128(1),
        store_id: STORE.into(),
        product_id: "p".into(),
        from_account: Account::parse(from),
        to_account: Account::parse(to),
        quantity,
        from_balance: None,
        to_balance: None,
        cause,
        command_id: COMMAND,
        document_kind: DocumentKind::Sale,
        document_id: "d".into(),
        actor_id: "a".into(),
        correlation_id: None,
        occurred_at: Timestamp::default(),
        recorded_at: Timestamp::default(),
        business_date: Date::parse("2026-03-02").expect("a date"),
        count_id: None,
        corrects: None,
        clock_clamped: false,
    }
}

/// A stock row of product `p`.
pub fn stock_row(on_hand: &[(&str, Quantity)]) -> (StockKey, StockRow) {
    let mut row = StockRow::default();
    for (location, quantity) in on_hand {
        row.location_mut(&(*location).into()).on_hand = *quantity;
    }
    (StockKey { store_id: STORE.into(), product_id: "p".into() }, row)
}

/// A stock table with one row.
pub fn stock_table(on_hand: &[(&str, Quantity)]) -> FastMap<StockKey, StockRow> {
    FastMap::from_iter([stock_row(on_hand)])
}

/// An event with an id and a sequence.
pub fn event(id: u128, sequence: u64) -> Event {
    let mut event = event_of(EventName::ItemsSold, Item::with_quantity("p".into(), 1));
    event.event_id = Uuid::from_u128(id);
    event.sequence = sequence;
    event
}

/// An event with one item.
pub fn event_of(name: EventName, item: Item) -> Event {
    Event {
        name,
        event_id: Uuid::from_u128(1),
        store_id: STORE.into(),
        sequence: 1,
        recorded_at: Timestamp::default(),
        occurred_at: Timestamp::default(),
        business_date: Date::parse("2026-03-02").expect("a date"),
        command_id: COMMAND,
        correlation_id: None,
        origin: None,
        payload: Payload { items: vec![item], ..Payload::default() },
    }
}

/// How something was closed.
pub fn closing() -> Closing {
    Closing { close_reason: CloseReason::Manual, close_note: None, closed_at: Timestamp::default(), closed_by: None }
}

/// ASN `a` with one line of product `p`.
pub fn asn(status: AsnStatus, expected: Quantity, received: Quantity, lost: Quantity, returned: Quantity) -> Asn {
    Asn {
        asn_id: "a".into(),
        from_location: "dc".into(),
        shipment_ref: "r".into(),
        shipment_date: Timestamp::default(),
        order_ref: None,
        transfer: None,
        status,
        revision: 1,
        receiving_mode: None,
        closing: (status == AsnStatus::Closed).then(closing),
        lines: vec![AsnLine {
            product_id: "p".into(),
            expected_quantity: expected,
            received_quantity: received,
            late_quantity: 0,
            lost_quantity: lost,
            returned_quantity: returned,
        }],
        cartons: Vec::new(),
    }
}

/// Packed shipment `1` of transfer order `o` to store `d`, of product `p`; its ASN is `a`.
pub fn shipment(quantity: Quantity) -> Shipment {
    Shipment {
        shipment_id: "1".into(),
        transfer_order_id: "o".into(),
        shipment_ref: "o-1".into(),
        asn_id: "a".into(),
        destination_id: "d".into(),
        stock_location_name: "main".into(),
        status: ShipmentStatus::Packed,
        carried: false,
        service_level: None,
        carrier: None,
        tracking_code: None,
        package_count: None,
        shipment_date: None,
        cancel_reason: None,
        asn_revision: 0,
        asn_status: None,
        asn_lines: None,
        lines: vec![ShipmentLine { product_id: "p".into(), quantity, carton_id: None }],
    }
}

/// Transfer order `o` to store `d`, of product `p`; what was received, lost and returned of it.
pub fn order(ordered: Quantity, tracked: [Quantity; 3]) -> TransferOrder {
    let [received_quantity, lost_quantity, returned_quantity] = tracked;
    TransferOrder {
        transfer_order_id: "o".into(),
        external_ref: None,
        transfer_order_ref: "o".into(),
        origin_id: STORE.into(),
        destination_id: "d".into(),
        order_date: Timestamp::default(),
        source: Source::Api,
        stock_location_name: "main".into(),
        status: TransferOrderStatus::Closed,
        shipments: 1,
        open_shipments: 0,
        closing: Some(closing()),
        lines: vec![TransferOrderLine {
            product_id: "p".into(),
            ordered_quantity: ordered,
            packed_quantity: 0,
            transferred_quantity: ordered,
            received_quantity,
            lost_quantity,
            returned_quantity,
        }],
    }
}
