//! Announcing: events with their ids, sequence and chunks (domain contract §5).

use rustc_hash::FxHashMap;

use crate::domain::deciding::context::Correction;
use crate::domain::deciding::draft::Draft;
use crate::domain::model::event::{Event, EventName, ITEMS_MAX, Item, Payload};
use crate::domain::model::ids::{Text, derived_id};

impl Draft<'_> {
    /// A payload with the fields that every event has; `id` is that of the document, or derived.
    pub fn payload(&self, id: impl Into<Text>) -> Payload {
        let context = self.context();
        Payload {
            id: id.into(),
            associate_id: context.actor_id.clone(),
            processed_at: context.occurred_at,
            ..Payload::default()
        }
    }

    /// Announces an event, in chunks of at most 500 items: each valid alone, with an id and a sequence of its own.
    pub fn announce(&mut self, name: EventName, mut payload: Payload, items: Vec<Item>) {
        let total = items.len().div_ceil(ITEMS_MAX).max(1);
        payload.total_chunks = u32::try_from(total).unwrap_or(u32::MAX);
        let mut items = items.into_iter();
        for number in 1..payload.total_chunks {
            payload.chunk_number = number;
            let chunk = Payload { items: items.by_ref().take(ITEMS_MAX).collect(), ..payload.clone() };
            self.push_event(name, chunk);
        }
        payload.chunk_number = payload.total_chunks;
        payload.items = items.collect();
        self.push_event(name, payload);
    }

    fn push_event(&mut self, name: EventName, payload: Payload) {
        self.state.sequence += 1;
        let sequence = self.state.sequence;
        let store_id = self.store_id.clone();
        let recorded_at = self.recorded_at;
        let business_date = self.configuration.time_zone.date_at(self.context().occurred_at);
        let context = self.context_mut();
        let event_id = derived_id(context.namespace, &store_id, &context.event_ids.len().to_string());
        context.event_ids.push(event_id);
        let event = Event {
            name,
            event_id,
            store_id,
            sequence,
            recorded_at,
            occurred_at: context.occurred_at,
            business_date,
            command_id: context.command_id,
            correlation_id: context.correlation_id.clone(),
            origin: context.origin.clone(),
            payload,
        };
        self.decision.events.push(event);
    }

    /// Announces the variances that late facts changed: one event for each count and stock location, in the order of
    /// their first ledger rows. Called right after the event of the fact itself.
    pub fn announce_corrections(&mut self) {
        let mut groups: Vec<Vec<Correction>> = Vec::new();
        let mut places = FxHashMap::default();
        let mut items = FxHashMap::default();
        for correction in std::mem::take(&mut self.context_mut().corrections) {
            let group = (correction.count_id.clone(), correction.stock_location.clone());
            let place = *places.entry(group).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Vec::new());
            }
            let group = &mut groups[place];
            let item = *items.entry((place, correction.product_id.clone())).or_insert(group.len());
            if item == group.len() {
                group.push(correction);
            } else {
                group[item].correction += correction.correction;
                group[item].variance = correction.variance;
            }
        }
        for group in groups {
            let (count_id, location) = (group[0].count_id.clone(), group[0].stock_location.clone());
            let id = self.derived(&format!("variance_corrected/{count_id}/{location}"));
            let payload = Payload {
                count_id: Some(count_id),
                fulfillment_location_id: Some(self.store_id.clone()),
                stock_location_name: Some(location),
                caused_by: Some(self.context().operation),
                ..self.payload(id.text())
            };
            let items = group.into_iter().map(|correction| Item {
                correction: Some(correction.correction),
                variance: Some(correction.variance),
                ..Item::of(correction.product_id)
            });
            self.announce(EventName::VarianceCorrected, payload, items.collect());
        }
    }
}
