//! Reads and writes commands (domain contract §4).
//!
//! A record's value becomes a tree (`codec/node.rs`) from JSON or from Avro of any schema, and the tree becomes a command
//! by one set of rules (`fields.rs`): so all forms mean the same and have the same fingerprint (`canonical.rs`). What an
//! operation consists of stands in `operations.rs`, once for reading and writing.

mod canonical;
mod envelope;
mod fields;
mod kinds;
mod operations;
#[cfg(test)]
mod tests;
mod time;

use strum::VariantArray;

pub use self::kinds::is_id;

use self::canonical::Canonical;
use self::fields::{Fields, Malformed, Reading};
use super::Codec;
use super::format::Format;
use super::framing::{self, FramingError, SchemaId};
use super::node::{self, Node, Object};
use super::record::InputRecord;
use super::registered::{SourceUnavailable, Unresolved};
use super::schemas::Schema;
use super::wire::Plain;
use super::writer::Json;
use crate::domain::command::{Body, Command, Fingerprint, OperationName};
use crate::domain::ids::{StoreId, Text, Uuid};
use crate::domain::rejection::{Code, Rejection, Violation};

/// A correlation id that is longer than it may be is echoed up to this many bytes, so that the answer fits into a record.
const ECHOED_BYTES_MAX: usize = 1 << 20;

/// Why a record is no command.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommandError {
    /// It is a dead letter.
    #[error(transparent)]
    DeadLetter(#[from] Undecodable),
    /// It may be one: its schema is one that only the registry has, which can't be asked at the moment.
    #[error("the schema registry: {0}")]
    Unavailable(#[from] SourceUnavailable),
}

impl From<Unresolved> for CommandError {
    fn from(error: Unresolved) -> Self {
        match error {
            Unresolved::Unknown(error) => CommandError::DeadLetter(error.into()),
            Unresolved::Unavailable(error) => error.into(),
        }
    }
}

/// A record that can't be answered, because it can't be told which command of which store it is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Undecodable {
    /// Why, as a code.
    pub code: DeadLetterCode,
    /// Why, for people.
    pub message: String,
}

impl Undecodable {
    fn new(code: DeadLetterCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Why a record is a dead letter. A closed list, published in the header `error-code`.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, strum::Display, strum::IntoStaticStr, strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum DeadLetterCode {
    /// No value, or one of no bytes.
    EmptyValue,
    /// The value, or the schema header, ends before the schema's id does.
    TooShort,
    /// Neither framed Avro nor text.
    WrongMagicByte,
    /// Written with a schema that is not the one of commands.
    UnknownSchemaId,
    /// The bytes do not have the shape of the schema.
    NotAvro,
    /// The text is not JSON.
    NotJson,
    /// No `command_id` and `store_id` can be read.
    MalformedCommand,
    /// The record has no time, or an impossible one.
    BadTimestamp,
    /// Too large to be handed over to its store's partition.
    TooLarge,
}

impl DeadLetterCode {
    /// Every code.
    pub const ALL: &'static [DeadLetterCode] = Self::VARIANTS;

    /// The code in the header.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl From<FramingError> for Undecodable {
    fn from(error: FramingError) -> Self {
        let code = match error {
            FramingError::TooShort(_) => DeadLetterCode::TooShort,
            FramingError::WrongMagicByte(_) => DeadLetterCode::WrongMagicByte,
            FramingError::UnknownSchemaId { .. } => DeadLetterCode::UnknownSchemaId,
        };
        Self::new(code, error.to_string())
    }
}

impl Codec {
    /// The command in a record. One that does not fit the schema is a command too: its body says why not.
    ///
    /// # Errors
    /// When nobody could be answered, or the registry must be asked and can't be.
    pub fn decode_command(&self, record: &InputRecord) -> Result<Command, CommandError> {
        let value = record.value.as_deref().unwrap_or_default();
        let Some(first) = value.first() else {
            return Err(Undecodable::new(DeadLetterCode::EmptyValue, "the record has no value").into());
        };
        if record.header("content-type").is_some_and(is_json) {
            return Ok(decode_json(value, DeadLetterCode::NotJson)?);
        }
        if let Some(header) = record.header(framing::SCHEMA_ID_HEADER) {
            let id = framing::id_of_header(header).map_err(Undecodable::from)?;
            return self.decode_avro(id, value, value);
        }
        if *first == framing::MAGIC {
            let (id, bytes) = framing::unframe(value).map_err(Undecodable::from)?;
            return self.decode_avro(SchemaId::Number(id), bytes, value);
        }
        Ok(decode_json(value, DeadLetterCode::WrongMagicByte)?)
    }

    fn decode_avro(&self, id: SchemaId, bytes: &[u8], value: &[u8]) -> Result<Command, CommandError> {
        let version = self.schemas.version(Schema::Command, id)?;
        let node = version
            .shape
            .read(bytes)
            .map_err(|error| Undecodable::new(DeadLetterCode::NotAvro, format!("the value is not Avro: {error}")))?;
        Ok(command_in(&node, value)?)
    }

    /// A command as a record's value. One that does not fit the schema is always written as JSON, because Avro can't
    /// express it.
    pub fn encode_command(&self, command: &Command, format: Format) -> Vec<u8> {
        if format == Format::Json || command.body.is_err() {
            return to_json(command).into_bytes();
        }
        self.encode_avro(Schema::Command, |output| envelope::write(command, output))
    }
}

/// A command as JSON: the form in which parked ones are kept. Reading it again gives an equal command, fingerprint
/// and all, when its body fits the schema.
pub fn to_json(command: &Command) -> String {
    let mut json = Json::default();
    envelope::write(command, &mut json);
    String::from_utf8(json.0).expect("JSON is text")
}

/// The command in JSON text.
///
/// # Errors
/// As [`Codec::decode_command`].
pub fn from_json(text: &[u8]) -> Result<Command, Undecodable> {
    decode_json(text, DeadLetterCode::NotJson)
}

/// Whether a content type is that of JSON, parameters or not.
fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

fn decode_json(value: &[u8], not_text: DeadLetterCode) -> Result<Command, Undecodable> {
    let text = std::str::from_utf8(value)
        .map_err(|_| Undecodable::new(not_text, "the value is neither framed Avro nor UTF-8 text"))?;
    let not_json = |error| Undecodable::new(DeadLetterCode::NotJson, format!("the value is not JSON: {error}"));
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match node::parse_json(text) {
        Ok(node) => command_in(&node, value),
        Err(error) => match node::parse_json(&node::mend(text)) {
            Ok(node) => command_in(&node, value),
            Err(_) => Err(not_json(error)),
        },
    }
}

fn command_in(node: &Node<'_>, value: &[u8]) -> Result<Command, Undecodable> {
    let malformed = |message: &str| Undecodable::new(DeadLetterCode::MalformedCommand, message);
    let Node::Object(envelope) = node else { return Err(malformed("the value is not a JSON object")) };
    let command_id = text(envelope, "command_id").and_then(uuid);
    let command_id = command_id.ok_or_else(|| malformed("command_id is not a UUID"))?;
    let store_id = text(envelope, "store_id").filter(kinds::is_id).map(StoreId::from);
    let store_id = store_id.ok_or_else(|| malformed("store_id is not an id"))?;

    let operation = operation_of(envelope);
    let mut reading = Reading { quantities: Vec::new(), wrong: Canonical::with_capacity(0) };
    let body = body(envelope, operation, &mut reading);
    let mut command = Command {
        command_id,
        store_id,
        correlation_id: text(envelope, "correlation_id").filter(|text| text.len() <= ECHOED_BYTES_MAX).map(Text::from),
        validate_only: matches!(envelope.get("validate_only"), Some(Node::Boolean(true))),
        fingerprint: Fingerprint::default(),
        operation_name: operation.and_then(|(name, _)| name),
        body: body.map_err(|Malformed(path)| {
            let violation = Violation { field: Some(Text::from(path)), ..Violation::default() };
            Rejection::new(Code::MalformedCommand, vec![violation])
        }),
    };
    command.fingerprint = match &command.body {
        Ok(_) => envelope::fingerprint(&command, &reading.wrong),
        Err(_) => canonical::fingerprint(value),
    };
    if !reading.quantities.is_empty() && command.body.is_ok() {
        command.body = Err(Rejection::new(Code::MalformedQuantity, reading.quantities));
    }
    Ok(command)
}

fn text<'n>(envelope: &'n Object<'n>, name: &str) -> Option<&'n str> {
    envelope.get(name).and_then(Node::text)
}

/// A UUID in its usual form, upper or lower case.
fn uuid(text: &str) -> Option<Uuid> {
    const CHARACTERS: usize = 36;
    if text.len() == CHARACTERS { Uuid::try_parse(text).ok() } else { None }
}

/// The operation's name, when it is one, and what is said about it: `None` unless the operation is an object of
/// exactly one key.
fn operation_of<'n>(envelope: &'n Object<'n>) -> Option<(Option<OperationName>, &'n Node<'n>)> {
    let Some(Node::Object(operation)) = envelope.get("operation") else { return None };
    let mut fields = operation.present();
    let (name, node) = fields.next()?;
    fields.next().is_none().then(|| (OperationName::parse(name), node))
}

/// Reads everything but the command's id and its store, in the order of the contract.
fn body(
    envelope: &Object<'_>,
    operation: Option<(Option<OperationName>, &Node<'_>)>,
    reading: &mut Reading,
) -> Result<Body, Malformed> {
    let mut fields = Fields::envelope(envelope, reading);
    let occurred_at = kinds::read::<_, Plain>(&mut fields, "occurred_at")?;
    let actor = kinds::read::<_, kinds::Object>(&mut fields, "actor")?;
    kinds::read::<Option<Text>, Plain>(&mut fields, "correlation_id")?;
    let origin = kinds::read::<_, kinds::Object>(&mut fields, "origin")?;
    kinds::read::<Option<bool>, Plain>(&mut fields, "validate_only")?;
    let Some((Some(name), Node::Object(object))) = operation else { return Err(fields.malformed("operation")) };
    let operation = operations::read(name, &mut fields.operation(name, object))?;
    Ok(Body { occurred_at, actor, origin, operation })
}
