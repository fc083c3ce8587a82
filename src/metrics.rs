//! Every metric's name, in one place. Stores and products are never labels.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use prometheus::core::{AtomicU64, Collector, GenericCounter};
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::domain::document::Kind;
use crate::engine::Tally;

type Counter = GenericCounter<AtomicU64>;

struct Metrics {
    registry: Registry,
    commands: IntCounterVec,
    events: IntCounterVec,
    legs: Counter,
    legs_of_nothing: Counter,
    transaction_seconds: Histogram,
    transactions_aborted: Counter,
    processing_seconds: Histogram,
    late_facts: Counter,
    duplicates: Counter,
    dead_letters: IntCounterVec,
    forwarded: Counter,
    conservation_violations: IntGauge,
    restore_seconds: Histogram,
    open_documents: IntGaugeVec,
    lag: IntGaugeVec,
    lag_seconds: GaugeVec,
    stands_still: IntGaugeVec,
    resident_bytes: Gauge,
}

const LAG_LABELS: [&str; 3] = ["group", "topic", "partition"];
/// Batches and transactions: from 1 ms to 10 s.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Restores: from a tenth of a second to an hour.
const RESTORE_SECONDS: [f64; 9] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

impl Metrics {
    fn new() -> Self {
        let r = Registry::new();
        Self {
            commands: counters(&r, "stockroom_commands_total", "Commands answered", &["operation", "result", "code"]),
            events: counters(&r, "stockroom_events_total", "Events written", &["name"]),
            legs: counter(&r, "stockroom_legs_total", "Legs that took effect"),
            legs_of_nothing: counter(&r, "stockroom_legs_of_nothing_total", "Legs that tell of what the store has not"),
            transaction_seconds: histogram(&r, "stockroom_transaction_seconds", TRANSACTION, &SECONDS),
            transactions_aborted: counter(&r, "stockroom_transactions_aborted_total", ABORTED),
            processing_seconds: histogram(&r, "stockroom_processing_seconds", "Deciding a batch", &SECONDS),
            late_facts: counter(&r, "stockroom_late_facts_total", "Movements from before a count that came after it"),
            duplicates: counter(&r, "stockroom_duplicates_total", "Commands whose id was used before"),
            dead_letters: counters(&r, "stockroom_dead_letters_total", "Records nobody could answer", &["code"]),
            forwarded: counter(&r, "stockroom_forwarded_total", "Commands handed to the partition of their store"),
            conservation_violations: register(&r, IntGauge::new("stockroom_conservation_violations", CONSERVATION)),
            restore_seconds: histogram(&r, "stockroom_restore_seconds", RESTORE, &RESTORE_SECONDS),
            open_documents: register(
                &r,
                IntGaugeVec::new(Opts::new("stockroom_open_documents", OPEN_DOCUMENTS), &["kind"]),
            ),
            lag: register(&r, IntGaugeVec::new(Opts::new("kafka_consumergroup_group_lag", LAG), &LAG_LABELS)),
            lag_seconds: register(
                &r,
                GaugeVec::new(Opts::new("kafka_consumergroup_group_lag_seconds", LAG_SECONDS), &LAG_LABELS),
            ),
            stands_still: register(
                &r,
                IntGaugeVec::new(Opts::new("stockroom_input_stands_still", STANDS_STILL), &["topic", "partition"]),
            ),
            resident_bytes: register(&r, Gauge::new("process_resident_memory_bytes", "Resident memory")),
            registry: r,
        }
    }
}

const TRANSACTION: &str = "From the begin of a transaction to the write of its rows";
const ABORTED: &str = "Transactions aborted and sent again; some at every rebalance are normal";
const CONSERVATION: &str = "Balances that changed by something else than their movements; must be 0";
const RESTORE: &str = "From the assignment of a partition to its first fetch";
const OPEN_DOCUMENTS: &str = "Documents with which something is still to happen, of the partitions that run here";
const LAG: &str = "Offsets between the group and the end of a partition";
const STANDS_STILL: &str = "1 while an input does not go on although there is more to read";
const LAG_SECONDS: &str = "Age of the last record processed while there is lag";

fn register<C: Collector + Clone + 'static>(registry: &Registry, metric: prometheus::Result<C>) -> C {
    let metric = metric.expect("the names above are valid");
    registry.register(Box::new(metric.clone())).expect("each name above is used once");
    metric
}

fn counter(registry: &Registry, name: &str, help: &str) -> Counter {
    register(registry, Counter::new(name, help))
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    register(registry, IntCounterVec::new(Opts::new(name, help), labels))
}

fn histogram(registry: &Registry, name: &str, help: &str, buckets: &[f64]) -> Histogram {
    register(registry, Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
}

/// All metrics in Prometheus' text format.
pub fn render() -> String {
    METRICS.resident_bytes.set(resident_bytes());
    TextEncoder::new().encode_to_string(&METRICS.registry.gather()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn resident_bytes() -> f64 {
    let Ok(text) = std::fs::read_to_string("/proc/self/statm") else { return 0.0 };
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    (pages * 4096) as f64
}

/// A batch is committed: what was in it, how long deciding took.
pub fn committed(tally: &Tally, decided_in: Duration) {
    let metrics = &*METRICS;
    metrics.processing_seconds.observe(decided_in.as_secs_f64());
    for ((operation, result, code), count) in &tally.commands {
        let operation = operation.map_or("", |operation| operation.as_str());
        let code = code.map_or("", |code| code.as_str());
        metrics.commands.with_label_values(&[operation, result.as_str(), code]).inc_by(*count);
    }
    for (name, count) in &tally.events {
        metrics.events.with_label_values(&[name.as_str()]).inc_by(*count);
    }
    for (code, count) in &tally.dead_letters {
        metrics.dead_letters.with_label_values(&[code]).inc_by(*count);
    }
    metrics.conservation_violations.add(i64::try_from(tally.conservation_violations).unwrap_or(i64::MAX));
    metrics.legs.inc_by(tally.legs);
    metrics.legs_of_nothing.inc_by(tally.legs_of_nothing);
    metrics.late_facts.inc_by(tally.late_facts);
    metrics.duplicates.inc_by(tally.duplicates);
    metrics.forwarded.inc_by(tally.forwarded);
}

/// What the partitions that run here have open, partition by partition: taken back when it is dropped.
#[derive(Default)]
pub struct OpenDocuments(BTreeMap<Kind, i64>);

impl OpenDocuments {
    /// Some were opened, others closed.
    pub fn change(&mut self, changes: &BTreeMap<Kind, i64>) {
        for (kind, change) in changes {
            *self.0.entry(*kind).or_default() += change;
            METRICS.open_documents.with_label_values(&[kind.as_str()]).add(*change);
        }
    }
}

impl Drop for OpenDocuments {
    fn drop(&mut self) {
        for (kind, open) in &self.0 {
            METRICS.open_documents.with_label_values(&[kind.as_str()]).sub(*open);
        }
    }
}

/// A transaction is committed and written.
pub fn transaction(took: Duration) {
    METRICS.transaction_seconds.observe(took.as_secs_f64());
}

/// A transaction was aborted and is sent again.
pub fn aborted() {
    METRICS.transactions_aborted.inc();
}

/// A partition is restored.
pub fn restored(took: Duration) {
    METRICS.restore_seconds.observe(took.as_secs_f64());
}

/// How far behind one input is.
pub fn lag(group: &str, topic: &str, partition: i32, offsets: i64, seconds: f64) {
    let partition = partition.to_string();
    METRICS.lag.with_label_values(&[group, topic, &partition]).set(offsets);
    METRICS.lag_seconds.with_label_values(&[group, topic, &partition]).set(seconds);
}

/// An input does not go on although there is more to read.
pub fn stands_still(topic: &str, partition: i32) {
    METRICS.stands_still.with_label_values(&[topic, &partition.to_string()]).set(1);
}

/// It goes on, or another instance reads it.
pub fn goes_on(topic: &str, partition: i32) {
    // It is not there when it was never told.
    let _ = METRICS.stands_still.remove_label_values(&[topic, &partition.to_string()]);
}

/// Forgets what lag was told: partitions come and go.
pub fn forget_lag() {
    METRICS.lag.reset();
    METRICS.lag_seconds.reset();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Kind, OpenDocuments, render};

    #[test]
    fn a_partition_takes_its_open_documents_with_it() {
        let shows = |number: i64| render().contains(&format!("stockroom_open_documents{{kind=\"asn\"}} {number}\n"));
        let (mut one, mut two) = (OpenDocuments::default(), OpenDocuments::default());
        one.change(&BTreeMap::from([(Kind::Asn, 3)]));
        two.change(&BTreeMap::from([(Kind::Asn, 4)]));
        one.change(&BTreeMap::from([(Kind::Asn, -1)]));
        assert!(shows(6), "{}", render());
        drop(one);
        assert!(shows(4), "{}", render());
        drop(two);
        assert!(shows(0), "{}", render());
    }

    #[test]
    fn names_operators_know() {
        super::lag("g", "t", 3, 7, 1.5);
        super::committed(&crate::engine::Tally::default(), std::time::Duration::from_millis(3));
        let text = super::render();
        for line in [
            "kafka_consumergroup_group_lag{group=\"g\",partition=\"3\",topic=\"t\"} 7",
            "stockroom_processing_seconds_count",
            "stockroom_conservation_violations 0",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
