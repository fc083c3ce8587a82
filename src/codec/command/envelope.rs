//! The envelope of a command, written: as JSON, as Avro, and in its canonical form.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::canonical::Canonical;
use super::kinds::Written;
use crate::codec::wire::{Plain, put, put_if, record};
use crate::domain::command::{Actor, Body, Command, Fingerprint};

record! { Actor = "Actor" { id, role?, device?, } }

/// A command with everything in it. Of one that does not fit the schema only the envelope's beginning is known.
pub(super) struct Whole<'a>(pub(super) &'a Command);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let command = self.0;
        let mut record = serializer.serialize_struct("Command", 8)?;
        put::<_, Plain, _>(&mut record, "command_id", &command.command_id)?;
        put::<_, Plain, _>(&mut record, "store_id", &command.store_id)?;
        content(command, &mut record)?;
        record.end()
    }
}

/// What a command asks: all of it but its id and its store.
struct Asked<'a>(&'a Command);

impl Serialize for Asked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("Command", 6)?;
        content(self.0, &mut record)?;
        record.end()
    }
}

fn content<S: SerializeStruct>(command: &Command, record: &mut S) -> Result<(), S::Error> {
    let body = command.body.as_ref().ok();
    if let Some(body) = body {
        put::<_, Plain, _>(record, "occurred_at", &body.occurred_at)?;
        put::<_, Plain, _>(record, "actor", &body.actor)?;
    }
    put_if::<_, Plain, _>(record, "correlation_id", &command.correlation_id)?;
    if let Some(body) = body {
        put_if::<_, Plain, _>(record, "origin", &body.origin)?;
    }
    put_if::<_, Plain, _>(record, "validate_only", &command.validate_only)?;
    if let Some(Body { operation, .. }) = body {
        record.serialize_field("operation", &Written(operation))?;
    }
    Ok(())
}

/// The fingerprint of a command that could be decoded, `wrong` being the quantities in it that are none.
pub(super) fn fingerprint(command: &Command, wrong: &Canonical) -> Fingerprint {
    let mut canonical = Canonical::with_capacity(512);
    Asked(command).serialize(&mut canonical).expect("a command has a canonical form");
    let mut canonical = canonical.fields();
    canonical.append(wrong);
    canonical.fingerprint()
}
