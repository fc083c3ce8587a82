//! What transfers cost: a backlog in which 5 % of the commands are steps of transfers, beside one of sales only.

use stockroom::codec::record::Topic;

use crate::broker::Broker;
use crate::load;
use crate::measure::{Measured, PARTITIONS, number};
use crate::sales;
use crate::throughput::stockroom;

const PERCENT: u64 = 5;

pub fn run(broker: &Broker) {
    let commands = number("BENCH_COMMANDS", 1_000_000) / 2;
    let count = usize::try_from(commands).unwrap();
    let measure = |name, percent| -> (Measured, i64) {
        let (prefix, names) = broker.topics(name, PARTITIONS);
        load::backlog(broker, &names, PARTITIONS, sales::sales_and_transfers(17, percent).take(count));
        let measured = stockroom(broker, &prefix, &names, commands);
        (measured, broker.records(names.name(Topic::Legs), PARTITIONS))
    };
    println!("transfers, {commands} commands, {PERCENT} % of them steps of transfers, second half:");
    let ((plain, _), (mixed, legs)) = (measure("only-sales", 0), measure("transfers", PERCENT));
    plain.show("sales only");
    mixed.show("transfers");
    assert!(legs > 0, "no transfer took place");
    println!("  ratio         {:6.2} CPU        {:5.2} rate", mixed.cpu / plain.cpu, mixed.rate / plain.rate);
}
