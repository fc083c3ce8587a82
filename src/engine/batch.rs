//! Deciding a batch of records.

use std::sync::Arc;

use super::load::{Loader, Missing};
use super::outputs::Outputs;
use super::{Batch, Context, EngineError, dead_letters, routing};
use crate::codec::avro::AvroError;
use crate::codec::command::{CommandError, DeadLetterCode, Undecodable};
use crate::codec::headers::FORWARDED_FROM;
use crate::codec::record::{InputRecord, Topic};
use crate::codec::value::Unreadable;
use crate::domain::decide::{Input, decide, needs};
use crate::domain::hash::FastMap;
use crate::domain::rows::{Need, Rows};
use crate::store::Store;

/// How much is kept decoded between batches, in bytes of keys and values as they are stored; decoded it is two or three
/// times as much. About 40,000 stock rows.
const AT_HAND_BYTES_MAX: usize = 8 << 20;

/// Decides the records of one partition. Keeps decoded rows between batches, so one that is dropped costs only time.
#[derive(Debug)]
pub struct Engine {
    context: Arc<Context>,
    partition: i32,
    rows: Rows,
    at_hand_bytes: usize,
}

/// What a record turns out to be.
#[expect(clippy::large_enum_variant, reason = "nearly every record is an input")]
enum Reading {
    Input(Input),
    /// For the partition of its store.
    Elsewhere(i32),
    DeadLetter(Undecodable),
}

impl Engine {
    /// An engine with no rows at hand.
    pub fn new(context: Arc<Context>, partition: i32) -> Self {
        Self { context, partition, rows: Rows::default(), at_hand_bytes: 0 }
    }

    /// Decides records, in order.
    ///
    /// `store` must hold everything that earlier batches changed. So a batch is decided once; its outputs may be sent
    /// again after an aborted transaction; then its changes are written; then comes the next batch. When the changes
    /// can't be written, and after an error here, drop the engine.
    ///
    /// # Errors
    /// The store is broken, or a row in it.
    pub fn batch(&mut self, store: &impl Store, records: &[InputRecord]) -> Result<Batch, EngineError> {
        if self.at_hand_bytes > AT_HAND_BYTES_MAX {
            self.rows.clear();
            self.at_hand_bytes = 0;
        }
        let readings = records.iter().map(|record| self.read(record)).collect::<Result<Vec<Reading>, EngineError>>()?;
        let context = Arc::clone(&self.context);
        let mut loader = Loader::new(&context.codec, store);
        let mut missing = Missing::default();
        for reading in &readings {
            if let Reading::Input(input) = reading {
                missing.add(&self.rows, needs(input));
            }
        }
        loader.load(&mut self.rows, missing)?;
        let mut outputs = Outputs::new(&context, self.partition, records.len());
        for (record, reading) in records.iter().zip(readings) {
            match reading {
                Reading::Input(input) => self.decide(&mut loader, record, &input, &mut outputs)?,
                Reading::Elsewhere(partition) => outputs.forward(record, partition),
                Reading::DeadLetter(why) => outputs.dead_letter(record, &why),
            }
        }
        let (batch, written_bytes) = outputs.finish();
        self.at_hand_bytes += loader.loaded_bytes() + written_bytes;
        self.rows.forget_indexes();
        Ok(batch)
    }

    fn read(&self, record: &InputRecord) -> Result<Reading, EngineError> {
        if let Some(why) = dead_letters::without_time(record) {
            return Ok(Reading::DeadLetter(why));
        }
        let codec = &self.context.codec;
        let is_leg = record.topic == Topic::Legs && record.header(FORWARDED_FROM).is_none();
        let input = if is_leg {
            let value = record.value.as_deref().unwrap_or_default();
            match codec.decode_leg(value) {
                Ok(leg) => Ok(Input::Leg(leg)),
                Err(error) => Err(undecodable_leg(value, error)?),
            }
        } else {
            match codec.decode_command(record) {
                Ok(command) => Ok(Input::Command(command)),
                Err(CommandError::DeadLetter(why)) => Err(why),
                Err(CommandError::Unavailable(error)) => return Err(error.into()),
            }
        };
        Ok(match input {
            Ok(input) => {
                let key = input.store_id().as_str().as_bytes();
                let partition = routing::partition_of(key, self.context.partitions);
                if partition == self.partition { Reading::Input(input) } else { Reading::Elsewhere(partition) }
            }
            Err(why) => Reading::DeadLetter(why),
        })
    }

    fn decide<S: Store>(
        &mut self,
        loader: &mut Loader<'_, S>,
        record: &InputRecord,
        input: &Input,
        outputs: &mut Outputs<'_>,
    ) -> Result<(), EngineError> {
        let decision = loop {
            match decide(&self.context.settings, &self.rows, record.timestamp, input) {
                Ok(decision) => break decision,
                Err(need) => self.supply(loader, outputs, need)?,
            }
        };
        outputs.add(record, &self.rows, &decision);
        outputs.batch.tally.note_report_of_nothing(&self.rows, input);
        self.rows.apply(&decision);
        Ok(())
    }

    /// Loads what a decision asks for. What this batch changed is in the rows already, and in the indexes it is added
    /// to what is stored.
    fn supply<S: Store>(
        &mut self,
        loader: &mut Loader<'_, S>,
        outputs: &Outputs<'_>,
        need: Need,
    ) -> Result<(), EngineError> {
        let needs = if let Need::All(needs) = need { needs } else { vec![need] };
        let mut missing = Missing::default();
        let mut histories = FastMap::default();
        for need in needs {
            if let Need::Products(store) = need {
                let mut products = loader.products(&store)?;
                products.extend(outputs.products(&store));
                self.rows.put_products(store, products);
            } else if let Need::Range(range) = need {
                let mut keys = loader.range(&range)?;
                outputs.change_range(&range, &mut keys);
                self.rows.put_range(range, keys);
            } else if let Need::History(key, location) = need {
                let moved = loader.history(&key, &location)?;
                histories.insert((key, location), moved);
            } else {
                missing.add(&self.rows, [need]);
            }
        }
        outputs.extend(&mut histories);
        for ((key, location), moved) in histories {
            self.rows.put_history(key, location, moved);
        }
        loader.load(&mut self.rows, missing)
    }
}

/// A leg nobody can read is a dead letter too: its cause in the words used for commands.
///
/// # Errors
/// When its schema can't be asked for at the moment.
fn undecodable_leg(value: &[u8], error: Unreadable) -> Result<Undecodable, EngineError> {
    let message = error.to_string();
    let code = match error {
        _ if value.is_empty() => DeadLetterCode::EmptyValue,
        Unreadable::Unavailable(error) => return Err(error.into()),
        Unreadable::Framing(error) => return Ok(error.into()),
        Unreadable::Command(why) => return Ok(why),
        Unreadable::Avro { error: AvroError::Meaning(_), .. } => DeadLetterCode::MalformedCommand,
        Unreadable::Avro { .. } => DeadLetterCode::NotAvro,
        Unreadable::Json(error) if error.is_data() => DeadLetterCode::MalformedCommand,
        Unreadable::Json(_) => DeadLetterCode::NotJson,
        Unreadable::Missing(_) | Unreadable::Unknown { .. } => DeadLetterCode::MalformedCommand,
    };
    Ok(Undecodable { code, message })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::codec::format::{Format, Formats};
    use crate::codec::record::Position;
    use crate::domain::ids::{StoreId, Uuid};
    use crate::domain::settings::Settings;
    use crate::domain::stock::StockKey;
    use crate::domain::time::Timestamp;
    use crate::store::memory::MemoryStore;

    /// An adjustment for a reason nobody knows, of 100 products that nobody has.
    fn refused(number: usize) -> InputRecord {
        let lines: Vec<String> = (0..100).map(|n| format!(r#"{{"product_id":"{number}-{n}","quantity":1}}"#)).collect();
        let value = format!(
            r#"{{"command_id":"{}","store_id":"S1","occurred_at":"2026-03-02T10:00:00Z","actor":{{"id":"ada"}},
               "operation":{{"adjust_stock":{{"reason_code":"NONE","lines":[{}]}}}}}}"#,
            Uuid::from_u128(u128::try_from(number).unwrap()),
            lines.join(",")
        );
        InputRecord {
            topic: Topic::Commands,
            position: Position { topic: "inventory.commands".into(), partition: 0, offset: 0 },
            timestamp: Timestamp::parse("2026-03-02T10:00:00Z").unwrap(),
            key: Some("S1".into()),
            value: Some(value.into()),
            headers: Vec::new(),
        }
    }

    #[test]
    fn products_of_refused_commands_do_not_stay_at_hand() {
        let mut engine = Engine::new(Context::new(Settings::default(), Formats::all(Format::Json), 1), 0);
        let mut store = MemoryStore::default();
        for number in 0..20 {
            let batch = engine.batch(&store, &[refused(number)]).unwrap();
            assert_eq!(batch.tally.events.len(), 0);
            store.write(&batch.changes).unwrap();
        }
        let products = (0..20).flat_map(|number| (0..100).map(move |n| format!("{number}-{n}")));
        let need = |product: String| {
            Need::Stock(StockKey { store_id: StoreId::from("S1"), product_id: product.as_str().into() })
        };
        assert_eq!(products.filter(|product| engine.rows.has(&need(product.clone()))).count(), 0);
    }
}
