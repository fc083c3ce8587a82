//! The stores of a retailer and what happens to them, step by step.

use std::sync::Arc;

use arbitrary::{Result, Unstructured};
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::headers::FORWARDED_FROM;
use stockroom::codec::keys;
use stockroom::codec::record::{InputRecord, OutputRecord, Topic};
use stockroom::domain::command::{Command, ConfigureStore, LocationType, NegativeStock, Operation};
use stockroom::domain::decision::AnswerKey;
use stockroom::domain::document::Reason;
use stockroom::domain::ids::StoreId;
use stockroom::domain::leg::Leg;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::{Batch, Context, record_time};
use stockroom::store::{RowKey, Store as _, Table};

use super::Figures;
use super::balances::Balances;
use super::choices::{one_in, one_of};
use super::commands::{command, pause};
use super::deployment::Deployment;
use super::operations::{Drawing, REASONS, STORES};
use super::tables::Tables;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// More legs than this do not come of a history.
const LEGS_MAX: usize = 20_000;

/// Everything there is.
pub struct World {
    pub deployment: Deployment,
    tables: Tables,
    balances: Balances,
    now: Timestamp,
    /// The latest moment there was.
    latest: Timestamp,
    commands: u64,
    /// Records whose answer is remembered, with the command in them.
    answered: Vec<(InputRecord, Command)>,
    pub figures: Figures,
}

fn reason(code: &str) -> Reason {
    let (from, to) = match code {
        "DAMAGED" => (Some("main"), Some("damaged")),
        "FOUND" => (None, Some("main")),
        "LOST" => (Some("main"), None),
        _ => (Some("damaged"), Some("main")),
    };
    Reason {
        reason_code: code.into(),
        kind: "Stock correction".into(),
        subtype: code.into(),
        origin_stock_location: from.map(Into::into),
        destination_stock_location: to.map(Into::into),
        is_activated: true,
    }
}

fn settings(u: &mut Unstructured<'_>) -> Result<Settings> {
    let command_ids_ms = *u.choose(&[30 * DAY_MS, 30 * DAY_MS, 2 * DAY_MS])?;
    Ok(Settings {
        reasons: REASONS.into_iter().map(reason).collect(),
        catalogue: if one_in(u, 16)? { Some(["A", "B", "C", "P1"].map(Into::into).into()) } else { None },
        strict_configuration: one_in(u, 16)?,
        parked_for_ms: *u.choose(&[DAY_MS, DAY_MS, DAY_MS / 24])?,
        history_ms: (*u.choose(&[14 * DAY_MS, 14 * DAY_MS, DAY_MS / 24])?).min(command_ids_ms),
        command_ids_ms,
        documents_ms: *u.choose(&[400 * DAY_MS, 400 * DAY_MS, DAY_MS])?,
        record_bytes_max: *u.choose(&[7 << 20, 7 << 20, 7 << 20, 3_000])?,
        emit_transfer_order_created_for_api: u.arbitrary()?,
        emit_asn_created_for_packed: u.arbitrary()?,
        ..Settings::default()
    })
}

impl World {
    /// Stores of a deployment, configured, with something on their shelves.
    pub fn drawn(u: &mut Unstructured<'_>) -> Result<Self> {
        let settings = settings(u)?;
        let formats = Formats::all(if u.arbitrary()? { Format::Json } else { Format::Avro });
        let partitions = u.int_in_range(1..=3)?;
        let starts = ["2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", "2000-01-01T00:00:00Z", "9999-12-20T00:00:00Z"];
        let now = Timestamp::parse(one_of(u, &starts)?).unwrap();
        let mut world = Self {
            deployment: Deployment::new(Context::new(settings, formats, partitions)),
            tables: Tables::default(),
            balances: Balances::default(),
            now,
            latest: now,
            commands: 0,
            answered: Vec::new(),
            figures: Figures::default(),
        };
        let third_is_mastered = !one_in(u, 4)?;
        for store in STORES {
            let configuration = ConfigureStore {
                features: Vec::new(),
                inventory_master: (store == "S3").then_some(third_is_mastered),
                location_type: (store == "DC").then_some(LocationType::Dc),
                time_zone: None,
                negative_stock: (store == "S2").then_some(NegativeStock::Refuse),
                count_tolerance: if one_in(u, 3)? { Some(1) } else { None },
            };
            // DCs and stores that are mastered elsewhere say so before they trade.
            if store == "DC" || store == "S3" || u.arbitrary()? {
                world.send(
                    &mut Unstructured::new(&[9; 16]),
                    &store.into(),
                    Operation::ConfigureStore(configuration),
                )?;
            }
        }
        Ok(world)
    }

    /// One thing that happens.
    pub fn step(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        self.now = self.now.plus_millis(pause(u)?);
        self.latest = self.latest.max(self.now);
        match u.int_in_range(0..=63_u8)? {
            0..40 => {
                let store = StoreId::from(*u.choose(&STORES)?);
                let drawing = Drawing { u, tables: &self.tables, store: &store, now: self.now }.operation();
                self.send(u, &store, drawing?)?;
            }
            40..54 => self.deliver(u)?,
            54..57 => self.repeat(u)?,
            57..59 => self.reuse(u)?,
            59 => self.garbage(u)?,
            60 => self.without_time(u)?,
            // A day's legs arrive.
            _ => self.deliver_all(),
        }
        Ok(())
    }

    /// Sends a command, and sometimes at once again.
    fn send(&mut self, u: &mut Unstructured<'_>, store: &StoreId, operation: Operation) -> Result<()> {
        self.commands += 1;
        let command = command(u, self.commands, store, self.now, operation)?;
        let format = if u.arbitrary()? { Format::Json } else { Format::Avro };
        let value = self.deployment.context.codec.encode_command(&command, format);
        let key = if one_in(u, 24)? { "somebody else" } else { store.as_str() };
        let record = self.deployment.command(self.now, key, value);
        let batch = self.take(record.clone());
        let answer = AnswerKey { store_id: store.clone(), command_id: command.command_id };
        let key = keys::remembered(&answer);
        let is_answered =
            batch.outputs.iter().any(|output| output.topic == Topic::Results && output.key.as_deref() == Some(&*key));
        if is_answered {
            self.answered.push((record.clone(), command));
            if one_in(u, 4)? {
                let again = self.deployment.append(&as_output(&record));
                let again = self.take_again(again, &key);
                // What was closed long ago may be forgotten with any record.
                let outputs = again.outputs.iter().filter(|output| output.topic != Topic::Documents);
                assert_eq!(outputs.count(), 1, "a repeat changes nothing: {:?}", again.outputs);
            }
        }
        Ok(())
    }

    /// Takes a record whose command was answered before: it gets that answer, and nothing happens.
    fn take_again(&mut self, record: InputRecord, key: &[u8]) -> Batch {
        let partition = usize::try_from(record.position.partition).unwrap();
        let batch = self.take(record);
        let happened = |output: &&OutputRecord| matches!(output.topic, Topic::Events | Topic::Ledger | Topic::Legs);
        assert_eq!(batch.outputs.iter().find(happened), None, "a repeat changes nothing");
        let row = RowKey { table: Table::Answers, key: key.to_vec() };
        let first = self.deployment.partitions[partition].store.get(&[row]).unwrap().swap_remove(0);
        let answers = batch.outputs.iter().filter(|output| output.topic == Topic::Results);
        let answer = answers.filter(|output| output.key.as_deref() == Some(key)).last();
        assert_eq!(
            answer.and_then(|answer| answer.value.clone()).map(Vec::from),
            first,
            "a repeat gets the first answer"
        );
        batch
    }

    /// Something that was sent before is sent once more, later.
    fn repeat(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        // Beyond the last day of 9999 a record has no time, and is put aside.
        if self.answered.is_empty() || !record_time::is_usable(self.now) {
            return Ok(());
        }
        let (record, command) = &self.answered[u.choose_index(self.answered.len())?];
        let answer = AnswerKey { store_id: command.store_id.clone(), command_id: command.command_id };
        let again = OutputRecord { timestamp: self.now, ..as_output(record) };
        let again = self.deployment.append(&again);
        self.take_again(again, &keys::remembered(&answer));
        Ok(())
    }

    /// An id that is remembered, with another body.
    fn reuse(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let keep = self.deployment.context.settings.command_ids_ms;
        let oldest = self.latest.plus_millis(-keep);
        let young: Vec<_> = self.answered.iter().filter(|(record, _)| record.timestamp > oldest).collect();
        if young.is_empty() {
            return Ok(());
        }
        let (_, first) = *u.choose(&young)?;
        let (store, id) = (first.store_id.clone(), first.command_id);
        let operation = Drawing { u, tables: &self.tables, store: &store, now: self.now }.operation()?;
        let other = Command { command_id: id, validate_only: false, ..command(u, 0, &store, self.now, operation)? };
        let value = self.deployment.context.codec.encode_command(&other, Format::Json);
        let record = self.deployment.command(self.now, store.as_str(), value);
        let batch = self.take(record);
        let happened = |output: &&OutputRecord| matches!(output.topic, Topic::Events | Topic::Ledger | Topic::Legs);
        assert_eq!(batch.outputs.iter().find(happened), None, "another body under a used id is refused");
        Ok(())
    }

    /// Bytes from nobody knows where, on either of the inputs.
    fn garbage(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let length = u.int_in_range(0..=40)?;
        let mut record = self.deployment.command(self.now, one_of(u, &STORES)?, u.bytes(length)?.to_vec());
        if u.arbitrary()? {
            let output = OutputRecord { topic: Topic::Legs, ..as_output(&record) };
            self.take(record);
            record = self.deployment.append(&output);
        }
        self.take(record);
        Ok(())
    }

    /// A record with an impossible time.
    fn without_time(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let times = [-1, 0, 946_684_799_999, 253_402_207_200_001, i64::MAX, i64::MIN];
        let at = Timestamp::from_millis(*u.choose(&times)?);
        let record = self.deployment.command(at, one_of(u, &STORES)?, b"{}".to_vec());
        self.take(record);
        Ok(())
    }

    /// A leg arrives, mostly the one that waited longest; sometimes it arrives twice.
    fn deliver(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let waiting: Vec<usize> = (0..self.deployment.partitions.len())
            .filter(|number| !self.deployment.partitions[*number].waiting.is_empty())
            .collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let number = *u.choose(&waiting)?;
        let legs = &mut self.deployment.partitions[number].waiting;
        let index = if one_in(u, 8)? { u.choose_index(legs.len())? } else { 0 };
        let record = legs.remove(index);
        let is_leg = record.header(FORWARDED_FROM).is_none();
        self.take(record.clone());
        if is_leg && one_in(u, 4)? {
            let again = self.deployment.append(&as_output(&record));
            let batch = self.take(again);
            let happened = |output: &&OutputRecord| output.topic != Topic::Results;
            assert_eq!(batch.outputs.iter().find(happened), None, "a leg that is repeated changes nothing");
        }
        Ok(())
    }

    fn deliver_all(&mut self) {
        for _ in 0..LEGS_MAX {
            let waits = self.deployment.partitions.iter_mut().find(|partition| !partition.waiting.is_empty());
            let Some(partition) = waits else { return };
            let record = partition.waiting.remove(0);
            self.take(record);
        }
        panic!("legs without end");
    }

    /// Everything that is under way arrives.
    pub fn settle(&mut self) {
        self.deliver_all();
    }

    /// Gives a record to its partition and checks what came of it.
    fn take(&mut self, record: InputRecord) -> Batch {
        let batch = self.deployment.take(record);
        let context = Arc::clone(&self.deployment.context);
        for output in &batch.outputs {
            self.tables.observe(&context.codec, output);
            self.balances.observe(&context.codec, output);
        }
        let waiting = self.deployment.partitions.iter().flat_map(|partition| &partition.waiting);
        let legs = waiting.filter(|record| record.header(FORWARDED_FROM).is_none());
        let legs: Vec<Leg> = legs.map(|leg| context.codec.decode_leg(leg.value.as_deref().unwrap()).unwrap()).collect();
        self.balances.compare(&self.tables, &legs);
        for (answer, many) in &batch.tally.commands {
            *self.figures.commands.entry(*answer).or_default() += many;
        }
        self.figures.legs += batch.tally.legs;
        self.figures.late_facts += batch.tally.late_facts;
        self.figures.records += 1;
        batch
    }
}

/// A record, to be written once more.
fn as_output(record: &InputRecord) -> OutputRecord {
    OutputRecord {
        topic: record.topic,
        partition: record.position.partition,
        timestamp: record.timestamp,
        key: record.key.clone(),
        value: record.value.clone(),
        headers: record.headers.clone(),
    }
}
