//! A decision in the making: rows as the record has changed them so far, over the rows at hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::domain::deciding::context::{CLOCK_TOLERANCE_MS, Context};
use crate::domain::deciding::decision::{Answer, AnswerKey, Decision};
use crate::domain::deciding::rows::{Moved, Need, Rows};
use crate::domain::model::document::configuration::{Configuration, Gate, Reason};
use crate::domain::model::document::store::StoreState;
use crate::domain::model::document::{Document, DocumentKey, Ids, Kept, Kind, Range};
use crate::domain::model::ids::{
    DocumentId, ProductId, RESERVATIONS, ReasonCode, StockLocation, StoreId, Text, Uuid, derived_id,
};
use crate::domain::model::leg::{Leg, LegBody};
use crate::domain::model::rejection::{Code, Rejection, Violation};
use crate::domain::model::settings::Settings;
use crate::domain::model::stock::{StockKey, StockRow};
use crate::domain::model::time::Timestamp;

/// Why deciding a record stops.
#[derive(Debug)]
pub(crate) enum Halt {
    /// A row is not at hand.
    Need(Need),
    /// A command would write a record that is too large: it is decided again, as one that is refused for it.
    TooLarge {
        /// Which command.
        command_id: Uuid,
        /// How large the record would be.
        bytes: usize,
    },
}

impl From<Need> for Halt {
    fn from(need: Need) -> Self {
        Halt::Need(need)
    }
}

/// Why carrying out an operation stops.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A row is not at hand.
    Need(Need),
    /// A rule is broken. Only before the first change.
    Refused(Rejection),
    /// It waits for its ASN. Only before the first change.
    Parked(Rejection),
}

impl From<Need> for Stop {
    fn from(need: Need) -> Self {
        Stop::Need(need)
    }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Stop::Refused(rejection)
    }
}

/// The result of a step of an operation.
pub(crate) type Step<T> = Result<T, Stop>;

/// The decision on one record, of one store, in the making.
#[derive(Clone, Debug)]
pub(crate) struct Draft<'a> {
    pub settings: &'a Settings,
    rows: &'a Rows,
    /// The record's Kafka timestamp.
    pub recorded_at: Timestamp,
    /// The store the record is for.
    pub store_id: StoreId,
    /// Sequence, clock and parked commands of the store.
    pub state: StoreState,
    state_before: Option<Arc<Document>>,
    /// What the store is configured to do.
    pub configuration: Configuration,
    /// Whether it was ever configured.
    pub is_configured: bool,
    /// What is being carried out.
    pub context: Option<Context>,
    documents: Vec<(DocumentKey, Option<Arc<Document>>)>,
    document_index: FxHashMap<DocumentKey, usize>,
    stock: Vec<(StockKey, Arc<StockRow>)>,
    stock_index: FxHashMap<ProductId, usize>,
    /// What has been decided so far.
    pub decision: Decision,
    /// Commands known to write a record that is too large, and how many bytes it has.
    pub too_large: &'a FxHashMap<Uuid, usize>,
}

impl<'a> Draft<'a> {
    /// Opens a draft for a record of a store.
    pub fn open(
        settings: &'a Settings,
        rows: &'a Rows,
        recorded_at: Timestamp,
        store: &StoreId,
        too_large: &'a FxHashMap<Uuid, usize>,
    ) -> Result<Self, Need> {
        let state_before = rows.document(&store_key::<StoreState>(store))?.cloned();
        let configuration = rows.document(&store_key::<Configuration>(store))?;
        let configuration = configuration.and_then(|document| Configuration::of(document));
        let state = state_before.as_deref().and_then(StoreState::of).cloned().unwrap_or_default();
        Ok(Self {
            settings,
            rows,
            recorded_at,
            store_id: store.clone(),
            state,
            state_before,
            configuration: configuration.cloned().unwrap_or_default(),
            is_configured: configuration.is_some(),
            context: None,
            documents: Vec::new(),
            document_index: FxHashMap::default(),
            stock: Vec::new(),
            stock_index: FxHashMap::default(),
            decision: Decision::default(),
            too_large,
        })
    }

    /// How large the first document is, of those this record put in place, that is larger than a record may be.
    pub fn oversize(&self) -> Option<usize> {
        let most = self.settings.record_bytes_max;
        let large = self.documents.iter().filter_map(|(key, document)| {
            let document = document.as_ref().filter(|document| document.bytes_at_most() > most)?;
            Some(self.settings.measure.bytes(key, document)).filter(|bytes| *bytes > most)
        });
        large.into_iter().next()
    }

    /// The finished decision.
    pub fn close(mut self) -> Decision {
        if self.state_before.as_deref().and_then(StoreState::of) != Some(&self.state) {
            let key = store_key::<StoreState>(&self.store_id);
            self.documents.push((key, Some(Arc::new(self.state.into()))));
        }
        self.decision.documents = self.documents;
        self.decision.stock = self.stock;
        self.decision
    }

    /// What is being carried out.
    ///
    /// Set before any operation runs, so its absence is a fault of ours.
    #[expect(clippy::expect_used, reason = "decide sets the context before it calls an operation")]
    pub fn context(&self) -> &Context {
        self.context.as_ref().expect("a command or leg is being carried out")
    }

    /// What is being carried out, to count what it makes.
    #[expect(clippy::expect_used, reason = "decide sets the context before it calls an operation")]
    pub fn context_mut(&mut self) -> &mut Context {
        self.context.as_mut().expect("a command or leg is being carried out")
    }

    /// The id of something the command (or leg) makes.
    pub fn derived(&self, what: &str) -> DocumentId {
        derived_id(self.context().namespace, &self.store_id, what).into()
    }

    /// The id the client gave, or the one derived for the field it left out.
    pub fn id_or_derived(&self, given: Option<&DocumentId>, field: &str) -> DocumentId {
        given.cloned().unwrap_or_else(|| self.derived(field))
    }

    /// Movements with an earlier device time are not remembered (§6.4).
    pub fn horizon(&self) -> Timestamp {
        self.state.clock.plus_millis(-self.settings.history_ms)
    }

    /// Whether an observation of that moment comes too late: what moved since is not remembered. Where stock is not kept
    /// nothing is compared (§6.4).
    pub fn is_forgotten(&self, counted_at: Timestamp) -> bool {
        self.is_master() && counted_at < self.horizon()
    }

    /// Whether stock is kept for the store (§6.7).
    pub fn is_master(&self) -> bool {
        self.configuration.inventory_master
    }

    /// Refuses when a gate is shut.
    pub fn require_open(&self, gate: Gate) -> Step<()> {
        if self.configuration.is_open(gate) {
            return Ok(());
        }
        Err(Rejection::of(Code::FeatureDisabled, gate.as_str()).into())
    }

    /// Stops with whatever is not at hand of these rows, so that it is loaded at once and not row by row.
    pub fn require(&self, needs: impl IntoIterator<Item = Need>) -> Result<(), Need> {
        let missing: Vec<Need> = needs.into_iter().filter(|need| !self.rows.has(need)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Need::All(missing)) }
    }

    /// Stops with the stock rows of these products that are not at hand, where stock is kept.
    pub fn require_stock<'p>(&self, products: impl IntoIterator<Item = &'p ProductId>) -> Result<(), Need> {
        if !self.is_master() {
            return Ok(());
        }
        self.require(products.into_iter().map(|product| Need::Stock(self.stock_key(product))))
    }

    /// Commands of before this are too old to be carried out: their ids are not remembered for certain (§4).
    pub fn oldest_command(&self) -> Timestamp {
        self.state.clock.plus_millis(-self.settings.command_ids_ms)
    }

    /// The remembered answer to a command id, if it is not too long ago. One that this very record gave (its parked
    /// receipt expired) counts already. Remembered a little longer than commands may be old, because a device's clock
    /// may run ahead by as much: so what is forgotten is too old to be carried out again.
    pub fn remembered(&self, key: &AnswerKey) -> Result<Option<Arc<Answer>>, Need> {
        let forgotten = self.oldest_command().plus_millis(-CLOCK_TOLERANCE_MS);
        let before = self.rows.answer(key)?;
        let own = self.decision.answers.iter().rev().find(|answer| answer.command_id == key.command_id);
        Ok(own.or(before).filter(|answer| answer.recorded_at >= forgotten).cloned())
    }

    /// The key of a document of the store.
    pub fn key<T: Kept>(&self, id: &DocumentId) -> DocumentKey {
        DocumentKey::new(self.store_id.clone(), T::KIND, id.text())
    }

    /// The key of a document of the store that is told from others of its id by a further part.
    pub fn part_key<T: Kept>(&self, id: Text, part: Text) -> DocumentKey {
        DocumentKey { part: Some(part), ..DocumentKey::new(self.store_id.clone(), T::KIND, id) }
    }

    /// A document of the store, as it is now.
    pub fn find<T: Kept>(&self, id: &DocumentId) -> Result<Option<&T>, Need> {
        self.find_at(&self.key::<T>(id))
    }

    /// The document of a key, as it is now.
    pub fn find_at<T: Kept>(&self, key: &DocumentKey) -> Result<Option<&T>, Need> {
        let document = match self.document_index.get(key) {
            Some(index) => self.documents[*index].1.as_deref(),
            None => self.rows.document(key)?.map(|document| &**document),
        };
        Ok(document.and_then(T::of))
    }

    /// The keys of the documents in a range, as they are now, in order.
    pub fn range(&self, kind: Kind, ids: Ids) -> Result<BTreeSet<DocumentKey>, Need> {
        let range = Range { store_id: self.store_id.clone(), kind, ids };
        let mut keys = self.rows.range(&range)?.clone();
        for (key, document) in self.documents.iter().filter(|(key, _)| range.contains(key)) {
            if document.is_some() {
                keys.insert(key.clone())
            } else {
                keys.remove(key)
            };
        }
        Ok(keys)
    }

    /// Stops with the documents of these keys that are not at hand.
    pub fn require_documents<'k>(&self, keys: impl IntoIterator<Item = &'k DocumentKey>) -> Result<(), Need> {
        let unknown = keys.into_iter().filter(|key| !self.document_index.contains_key(key));
        self.require(unknown.map(|key| Need::Document(key.clone())))
    }

    /// The ids of the documents of a kind that this record put in place.
    pub fn put_ids<T: Kept>(&self) -> impl Iterator<Item = &Text> {
        let of_kind = self.documents.iter().filter(|(key, document)| key.kind == T::KIND && document.is_some());
        of_kind.map(|(key, _)| &key.id)
    }

    /// Puts a document in place.
    pub fn put<T: Kept>(&mut self, id: &DocumentId, document: T) {
        self.put_at(self.key::<T>(id), document);
    }

    /// Puts a document in place, under its key.
    pub fn put_at<T: Kept>(&mut self, key: DocumentKey, document: T) {
        self.put_document(key, Some(Arc::new(document.into())));
    }

    /// Deletes a document.
    pub fn delete<T: Kept>(&mut self, id: &DocumentId) {
        self.put_document(self.key::<T>(id), None);
    }

    /// Deletes the document of a key.
    pub fn delete_at(&mut self, key: DocumentKey) {
        self.put_document(key, None);
    }

    fn put_document(&mut self, key: DocumentKey, document: Option<Arc<Document>>) {
        if let Some(index) = self.document_index.get(&key) {
            self.documents[*index].1 = document;
        } else {
            self.document_index.insert(key.clone(), self.documents.len());
            self.documents.push((key, document));
        }
    }

    /// The key of the store's stock row of a product.
    pub fn stock_key(&self, product: &ProductId) -> StockKey {
        StockKey { store_id: self.store_id.clone(), product_id: product.clone() }
    }

    /// The stock row of a product, as it is now; `None` when the product was never touched.
    pub fn stock(&self, product: &ProductId) -> Result<Option<&StockRow>, Need> {
        if let Some(index) = self.stock_index.get(product) {
            return Ok(Some(&self.stock[*index].1));
        }
        Ok(self.rows.stock(&self.stock_key(product))?.map(|row| &**row))
    }

    /// The stock row of a product, to change it; made when missing.
    pub fn stock_mut(&mut self, product: &ProductId) -> Result<&mut StockRow, Need> {
        let index = if let Some(index) = self.stock_index.get(product) {
            *index
        } else {
            let key = self.stock_key(product);
            let row = self.rows.stock(&key)?.cloned().unwrap_or_default();
            self.stock_index.insert(product.clone(), self.stock.len());
            self.stock.push((key, row));
            self.stock.len() - 1
        };
        let row = Arc::make_mut(&mut self.stock[index].1);
        row.updated_at = self.recorded_at;
        Ok(row)
    }

    /// Units on hand of a product in a stock location, now.
    pub fn on_hand(&self, product: &ProductId, location: &StockLocation) -> Result<i64, Need> {
        Ok(self.stock(product)?.map_or(0, |row| row.on_hand(location)))
    }

    /// The products the store has a stock row for, by the bytes of their ids.
    pub fn products(&self) -> Result<BTreeSet<ProductId>, Need> {
        let mut products = self.rows.products(&self.store_id)?.clone();
        products.extend(self.stock.iter().map(|(key, _)| key.product_id.clone()));
        Ok(products)
    }

    /// What moved in a stock location with a device time after `since`, this record's own movements included: the sum.
    pub fn moved_since(&self, product: &ProductId, location: &StockLocation, since: Timestamp) -> Result<i64, Need> {
        let key = self.stock_key(product);
        let past = self.rows.history(&key, location)?.iter().copied();
        let own =
            self.decision.movements.iter().filter(|movement| movement.product_id == *product).flat_map(|movement| {
                let occurred_at = movement.occurred_at;
                movement
                    .changes()
                    .filter(|(touched, _)| *touched == location)
                    .map(move |(_, change)| Moved { occurred_at, change })
            });
        Ok(past.chain(own).filter(|moved| moved.occurred_at > since).map(|moved| moved.change).sum())
    }

    /// The reason of a code: the store's own, else the deployment's.
    pub fn reason(&self, code: &ReasonCode) -> Result<Option<&Reason>, Need> {
        let own = self.find::<Reason>(&code.text().into())?;
        Ok(own.or_else(|| self.settings.reasons.iter().find(|reason| reason.reason_code == *code)))
    }

    /// Refuses stock locations that do not exist or that nobody may name: one violation for each.
    pub fn check_stock_locations<'l>(
        &self,
        named: impl IntoIterator<Item = &'l StockLocation>,
    ) -> Result<(), Rejection> {
        let (reserved, others): (Vec<_>, Vec<_>) =
            named.into_iter().partition(|location| location.as_str() == RESERVATIONS);
        let unknown = others.into_iter().filter(|location| !self.settings.stock_locations.contains(location));
        Rejection::if_any(Code::StockLocationUnknown, unknown.map(|location| Violation::of(location.text())))?;
        Rejection::if_any(Code::StockLocationReserved, reserved.iter().map(|location| Violation::of(location.text())))
    }

    /// Sends a leg to another store.
    pub fn send(&mut self, to: StoreId, body: LegBody) {
        let from = self.store_id.clone();
        let context = self.context_mut();
        let leg_id = derived_id(context.namespace, &from, &format!("leg/{}", context.legs));
        context.legs += 1;
        let leg = Leg {
            leg_id,
            store_id: to,
            from_store_id: from,
            command_id: context.command_id,
            cause: context.operation,
            correlation_id: context.correlation_id.clone(),
            origin: context.origin.clone(),
            actor_id: context.actor_id.clone(),
            occurred_at: context.occurred_at,
            clock_clamped: context.clock_clamped,
            body,
        };
        self.decision.legs.push(leg);
    }

    /// Moves the store's clock on to the record's timestamp; it never goes back.
    pub fn advance_clock(&mut self) {
        self.state.clock = self.state.clock.max(self.recorded_at);
    }
}

/// The key of a document that a store has one of.
pub(crate) fn store_key<T: Kept>(store: &StoreId) -> DocumentKey {
    DocumentKey::new(store.clone(), T::KIND, store.text())
}
