//! The envelope of a command, written: as JSON, as Avro, and in its canonical form.

use super::canonical::Canonical;
use super::kinds::{Kind as _, Object};
use super::operations;
use crate::codec::wire::{Plain, put, put_if};
use crate::codec::writer::Writer;
use crate::domain::command::{Command, Fingerprint};

/// Writes a command. Of one that does not fit the schema only the envelope's beginning is known.
pub(super) fn write<W: Writer>(command: &Command, writer: &mut W) {
    writer.begin_record();
    put::<_, Plain, _>(writer, "command_id", &command.command_id);
    put::<_, Plain, _>(writer, "store_id", &command.store_id);
    asked(command, writer);
    writer.end_record();
}

/// What a command asks: all of it but its id and its store.
fn asked<W: Writer>(command: &Command, writer: &mut W) {
    let body = command.body.as_ref().ok();
    if let Some(body) = body {
        put::<_, Plain, _>(writer, "occurred_at", &body.occurred_at);
        Object::put(writer, "actor", &body.actor);
    }
    put_if::<_, Plain, _>(writer, "correlation_id", &command.correlation_id);
    if let Some(body) = body {
        Object::put(writer, "origin", &body.origin);
    }
    put_if::<_, Plain, _>(writer, "validate_only", &command.validate_only);
    if let Some(body) = body {
        writer.field("operation");
        operations::write(&body.operation, writer);
    }
}

/// The fingerprint of a command that could be decoded, `wrong` being the quantities in it that are none.
pub(super) fn fingerprint(command: &Command, wrong: &Canonical) -> Fingerprint {
    let mut canonical = Canonical::with_capacity(512);
    asked(command, &mut canonical);
    canonical.append(wrong);
    canonical.fingerprint()
}
