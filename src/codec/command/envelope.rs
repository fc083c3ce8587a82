//! The envelope of a command, written: as JSON, as Avro, and in its canonical form.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::canonical::Canonical;
use super::kinds::{self, Kind as _};
use crate::codec::wire::{Plain, put, put_if};
use crate::domain::command::{Command, Fingerprint};

/// A command that is written. Of one that does not fit the schema only the envelope's beginning is known.
pub(super) struct Envelope<'a> {
    pub(super) command: &'a Command,
    /// Without its id and its store it is what a command asks.
    pub(super) has_ids: bool,
}

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { command, has_ids } = self;
        let mut record = serializer.serialize_struct("Command", 8)?;
        if *has_ids {
            put::<_, Plain, _>(&mut record, "command_id", &command.command_id)?;
            put::<_, Plain, _>(&mut record, "store_id", &command.store_id)?;
        }
        let body = command.body.as_ref().ok();
        if let Some(body) = body {
            Plain::put(&mut record, "occurred_at", &body.occurred_at)?;
            kinds::Object::put(&mut record, "actor", &body.actor)?;
        }
        Plain::put(&mut record, "correlation_id", &command.correlation_id)?;
        if let Some(body) = body {
            kinds::Object::put(&mut record, "origin", &body.origin)?;
        }
        put_if::<_, Plain, _>(&mut record, "validate_only", &command.validate_only)?;
        if let Some(body) = body {
            record.serialize_field("operation", &kinds::Whole(&body.operation))?;
        }
        record.end()
    }
}

/// The fingerprint of a command that could be decoded, `wrong` being the quantities in it that are none.
pub(super) fn fingerprint(command: &Command, wrong: &Canonical) -> Fingerprint {
    let mut canonical = Canonical::with_capacity(512);
    Envelope { command, has_ids: false }.serialize(&mut canonical).expect("a command has a canonical form");
    let mut canonical = canonical.fields();
    canonical.append(wrong);
    canonical.fingerprint()
}
