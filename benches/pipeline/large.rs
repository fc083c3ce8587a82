//! Large commands: a receipt of 200 lines, a count of 1,000 lines, a sale of 1,000 lines.

use std::time::Duration;

use stockroom::domain::command::{
    Command, CountLine, CountType, CreateCount, Line, Operation, ReceiptLine, ReceiveItems, RecordSale, SubmitCount,
};
use stockroom::domain::ids::DocumentId;
use stockroom::domain::time::Timestamp;

use crate::broker::Broker;
use crate::latency::measure;
use crate::measure::percentile;
use crate::sales::{BEGIN_MS, command, product, store};

const COMMANDS: u64 = 100;

pub fn run(broker: &Broker) {
    println!("large commands, one transaction each, written → visible, ms p50 / p99:");
    for (topics, name, operation) in [
        ("large-receipt", "receipt of 200 lines", receipt as fn(u64) -> Vec<Operation>),
        ("large-sale", "sale of 1,000 lines", big_sale),
        ("large-count", "count of 1,000 lines", count),
    ] {
        let commands: Vec<Command> = (0..COMMANDS)
            .flat_map(|n| operation(n).into_iter().map(move |operation| (n, operation)))
            .enumerate()
            .map(|(index, (n, operation))| {
                let at = Timestamp::from_millis(BEGIN_MS + i64::try_from(index).unwrap() * 1000);
                command(&store(n % 4), 1 << 80 | index as u128, at, operation)
            })
            .collect();
        // Only what announces an event can be seen: the making of a count is not measured, it comes before.
        let (made, measured): (Vec<_>, Vec<_>) = commands
            .into_iter()
            .partition(|command| matches!(command.body.as_ref().unwrap().operation, Operation::CreateCount(_)));
        let millis = measure(broker, topics, &made, &measured, Duration::from_millis(200));
        println!("  {name:22} {:6.1} / {:6.1}", percentile(&millis, 50), percentile(&millis, 99));
    }
}

fn receipt(_: u64) -> Vec<Operation> {
    let lines = (0..200).map(|n| ReceiptLine {
        product_id: product(n),
        quantity: 3,
        rejected_quantity: 0,
        external_identifiers: None,
    });
    vec![Operation::ReceiveItems(ReceiveItems {
        receipt_id: None,
        asn_id: None,
        carton_ids: Vec::new(),
        order_ref: None,
        shipment_ref: None,
        started_at: None,
        lines: lines.collect(),
    })]
}

fn big_sale(n: u64) -> Vec<Operation> {
    let lines = (0..1000).map(|n| Line { product_id: product(n), quantity: 1 }).collect();
    vec![Operation::RecordSale(RecordSale {
        sale_id: format!("BIG-{n}").into(),
        allocation_id: None,
        reservation_id: None,
        lines,
    })]
}

fn count(n: u64) -> Vec<Operation> {
    let count_id = DocumentId::from(format!("COUNT-{n}"));
    let lines = (0..1000).map(|n| CountLine { product_id: product(n), count: 5, counted_at: None, zone: None });
    vec![
        Operation::CreateCount(CreateCount {
            count_id: Some(count_id.clone()),
            count_type: CountType::CycleCount,
            product_ids: (0..1000).map(product).collect(),
            due_date: None,
            external_id: None,
            stock_location: None,
            blind: None,
        }),
        Operation::SubmitCount(SubmitCount { count_id, partial: false, lines: lines.collect() }),
    ]
}
