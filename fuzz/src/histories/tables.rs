//! The tables as a reader of the topics sees them, for who draws the next command.

use std::collections::BTreeMap;

use stockroom::codec::Codec;
use stockroom::codec::keys;
use stockroom::codec::record::{OutputRecord, Topic};
use stockroom::domain::document::{Asn, Count, CountedLine, Document, DocumentKey, Kept, Kind, Shipment};
use stockroom::domain::ids::{DocumentId, ProductId, StoreId};
use stockroom::domain::stock::{StockKey, StockRow};

/// Stock and documents.
#[derive(Default)]
pub struct Tables {
    /// Documents by key.
    pub documents: BTreeMap<DocumentKey, Document>,
    /// Rows by key.
    pub stock: BTreeMap<StockKey, StockRow>,
}

impl Tables {
    /// Takes a record of a table.
    pub fn observe(&mut self, codec: &Codec, output: &OutputRecord) {
        let key = output.key.as_deref().unwrap_or_default();
        match (output.topic, output.value.as_deref()) {
            (Topic::Stock, Some(value)) => {
                let (of_value, row) = codec.decode_stock(value).unwrap();
                assert_eq!(keys::parse_stock(key), Some(of_value.clone()));
                self.stock.insert(of_value, row);
            }
            (Topic::Documents, Some(value)) => {
                let (of_value, document) = codec.decode_document(value).unwrap();
                assert_eq!(keys::parse_document(key), Some(of_value.clone()));
                self.documents.insert(of_value, document);
            }
            (Topic::Documents, None) => {
                self.documents.remove(&keys::parse_document(key).unwrap());
            }
            _ => {}
        }
    }

    /// The documents of a kind at a store.
    pub fn of<'t, T: Kept + 't>(&'t self, store: &StoreId) -> impl Iterator<Item = &'t T> {
        let from = DocumentKey::new(store.clone(), T::KIND, "");
        let kept = self.documents.range(from.clone()..);
        let kept = kept.take_while(move |(key, _)| key.store_id == from.store_id && key.kind == from.kind);
        kept.filter_map(|(_, document)| T::of(document))
    }

    /// Ids of a kind at a store.
    pub fn ids(&self, store: &StoreId, kind: Kind) -> Vec<DocumentId> {
        let from = DocumentKey::new(store.clone(), kind, "");
        let kept = self.documents.range(from..).map(|(key, _)| key);
        kept.take_while(|key| key.store_id == *store && key.kind == kind).map(|key| key.id.clone().into()).collect()
    }

    /// The ASN of an id at a store.
    pub fn asn(&self, store: &StoreId, id: &DocumentId) -> Option<&Asn> {
        self.documents.get(&DocumentKey::new(store.clone(), Kind::Asn, id.text())).and_then(Asn::of)
    }

    /// The count of an id at a store, and the products of its lines.
    pub fn count(&self, store: &StoreId, id: &DocumentId) -> Option<(&Count, Vec<ProductId>)> {
        let count = self.documents.get(&DocumentKey::new(store.clone(), Kind::Count, id.text())).and_then(Count::of)?;
        let lines = self.of::<CountedLine>(store).filter(|line| line.count_id == *id);
        Some((count, lines.map(|line| line.product_id.clone()).collect()))
    }

    /// Shipments on their way to a store, whether it knows of them or not.
    pub fn to(&self, store: &StoreId) -> Vec<&Shipment> {
        let shipments = self.documents.values().filter_map(Shipment::of);
        shipments.filter(|shipment| shipment.destination_id == *store).collect()
    }
}
