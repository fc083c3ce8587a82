//! How many documents of a partition are open, by kind: counted a few at a time, while the partition works already. Those
//! that change before they were counted are counted later, as they are then.

use std::collections::BTreeMap;

use super::EngineError;
use crate::codec::{Codec, keys};
use crate::domain::document::{DocumentKey, Kind};
use crate::store::{Store, StoreError};

/// Documents of one step: a millisecond or two.
const STEP_DOCUMENTS: usize = 1_000;

/// How far the counting is.
#[derive(Default)]
pub struct Census {
    /// The key of the last document that was counted.
    counted: Vec<u8>,
    is_complete: bool,
}

impl Census {
    /// Whether every document is counted.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Counts some more; what they add.
    ///
    /// # Errors
    /// The store is broken. A document that can't be read is told and left out.
    pub fn step(&mut self, codec: &Codec, store: &impl Store) -> Result<BTreeMap<Kind, i64>, StoreError> {
        let (mut open, mut seen, mut last) = (BTreeMap::new(), 0, self.counted.clone());
        store.documents_after(&self.counted, STEP_DOCUMENTS, &mut |key, value| {
            seen += 1;
            last.clear();
            last.extend_from_slice(key);
            match codec.decode_document(value) {
                Ok((key, document)) if document.is_open() => *open.entry(key.kind).or_default() += 1,
                Ok(_) => {}
                Err(cause) => {
                    let error = EngineError::row("documents", key, cause);
                    tracing::error!(%error, "an open document cannot be counted");
                }
            }
        })?;
        self.is_complete = seen < STEP_DOCUMENTS;
        self.counted = last;
        Ok(open)
    }

    /// What documents add that were opened (1) or closed (−1): those that are counted already.
    pub fn changes(&self, changes: &[(DocumentKey, i64)]) -> BTreeMap<Kind, i64> {
        let mut counted = BTreeMap::new();
        for (key, change) in changes {
            if self.is_complete || keys::document(key) <= self.counted {
                *counted.entry(key.kind).or_default() += change;
            }
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::format::{Format, Formats};
    use crate::codec::record::{InputRecord, Position, Topic};
    use crate::domain::ids::Uuid;
    use crate::domain::settings::Settings;
    use crate::domain::time::Timestamp;
    use crate::engine::{Context, Engine};
    use crate::store::memory::MemoryStore;

    fn told(number: usize) -> InputRecord {
        let value = format!(
            r#"{{"command_id":"{}","store_id":"S1","occurred_at":"2026-03-02T10:00:00Z","actor":{{"id":"ada"}},"operation":
            {{"create_asn":{{"asn_id":"N{number}","from_location":"D1","shipment_ref":"R","shipment_date":"2026-03-02T10:00:00Z",
            "lines":[{{"product_id":"A","quantity":1}}]}}}}}}"#,
            Uuid::from_u128(u128::try_from(number).expect("few"))
        );
        InputRecord {
            topic: Topic::Commands,
            position: Position { topic: "inventory.commands".into(), partition: 0, offset: 0 },
            timestamp: Timestamp::parse("2026-03-02T10:00:00Z").expect("a time"),
            key: Some("S1".into()),
            value: Some(value.into()),
            headers: Vec::new(),
        }
    }

    #[test]
    fn documents_are_counted_once_whenever_they_change() {
        let mut engine = Engine::new(Context::new(Settings::default(), Formats::all(Format::Json), 1), 0);
        let (mut store, mut census, mut open) = (MemoryStore::default(), Census::default(), 0);
        let mut number = 0;
        let mut deliver = |store: &mut MemoryStore, count: usize| {
            let records: Vec<_> = (number..number + count).map(told).collect();
            number += count;
            let batch = engine.batch(store, &records).expect("all is well");
            store.write(&batch.changes).expect("memory");
            batch.tally.open_documents
        };
        let changes = deliver(&mut store, 2 * STEP_DOCUMENTS + 7);
        assert_eq!(changes.len(), 2 * STEP_DOCUMENTS + 7);
        let codec = Context::new(Settings::default(), Formats::all(Format::Json), 1);
        let mut steps = 0;
        while !census.is_complete() {
            open += census.step(&codec.codec, &store).expect("readable").values().sum::<i64>();
            // Some of these have keys that are counted already, some have not.
            let changes = deliver(&mut store, 50);
            open += census.changes(&changes).values().sum::<i64>();
            steps += 1;
        }
        assert!(steps > 2, "{steps}");
        assert_eq!(open, i64::try_from(number).expect("few"));
    }
}
