//! Schemas that evolve: what one release wrote every other one reads, with a registry or without.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use apache_avro::reader::datum::GenericDatumReader;
use serde_json::{Value, json};
use stockroom::codec::Codec;
use stockroom::codec::avro::Output;
use stockroom::codec::command::{CommandError, DeadLetterCode};
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::framing::{self, FRAME_BYTES, SchemaId};
use stockroom::codec::node::{Node, Object};
use stockroom::codec::record::{InputRecord, Position, Topic};
use stockroom::codec::registered::{RegisteredIds, SchemaSource, Schemas, SourceUnavailable};
use stockroom::codec::schemas::{Schema, Version};
use stockroom::codec::writer::Writer;
use stockroom::domain::rejection::Code;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::{Context, restore};
use stockroom::store::Changes;

use super::documents::schemas::faults;
use super::golden;
use super::support::next_release::{self, FIELD, OPERATION};

fn codec(format: Format, schemas: Schemas) -> Codec {
    Codec::new("acme".into(), Formats::all(format), "main".into()).with_schemas(Arc::new(schemas))
}

/// A release that knows one more version of each schema than this one.
fn next() -> Schemas {
    Schema::ALL
        .into_iter()
        .fold(Schemas::default(), |schemas, schema| schemas.with_version(next_release::version(schema)))
}

/// A registry that has the schemas of the next release, under their built-in ids.
#[derive(Debug)]
struct Registry;

impl SchemaSource for Registry {
    fn schema(&self, schema: Schema, id: SchemaId) -> Result<Option<String>, SourceUnavailable> {
        let is_it = id == SchemaId::Number(next_release::version(schema).id());
        Ok(is_it.then(|| next_release::text(schema)))
    }
}

/// A registry that is down.
#[derive(Debug)]
struct Down;

impl SchemaSource for Down {
    fn schema(&self, _: Schema, _: SchemaId) -> Result<Option<String>, SourceUnavailable> {
        Err(SourceUnavailable("connection refused".to_owned()))
    }
}

fn with_registry(source: impl SchemaSource + 'static) -> Codec {
    codec(Format::Avro, Schemas::default().with_registry(RegisteredIds::default(), Some(Arc::new(source))))
}

#[test]
fn an_operation_and_a_field_more_are_compatible_in_both_directions() {
    for schema in Schema::ALL {
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let (now, next) = (parsed(schema.text()), parsed(&next_release::text(schema)));
        assert_eq!(faults(&now, &next) + &faults(&next, &now), "", "{}", schema.file_name());
    }
}

/// Golden values of every topic, written by this release and by the next one, read by the other.
#[test]
fn values_of_both_releases_are_read_by_both() {
    for (schema, framed) in golden::values() {
        let (ours, theirs) = (codec(Format::Avro, Schemas::default()), codec(Format::Avro, next()));
        let newer = next_release::written(schema, &framed);
        assert_ne!(framed[..FRAME_BYTES], newer[..FRAME_BYTES]);
        let json = ours.json(schema, &framed).unwrap();

        assert_eq!(theirs.json(schema, &framed).unwrap(), json, "the next release reads this one's {schema:?}");
        let mut expected = json.clone();
        expected[FIELD] = json!("new");
        assert_eq!(theirs.json(schema, &newer).unwrap(), expected, "and its own");
        // Its own new fields are empty, one byte each: this program has no names for them yet.
        let added = if schema == Schema::Command { 2 } else { 1 };
        assert_eq!(golden::again(&theirs, schema, &newer).len(), framed.len() + added, "and writes them");
        assert_eq!(golden::again(&ours, schema, &framed), framed);

        // With a registry this release reads the next one's by the names of the fields, and forgets what it does not know.
        assert_eq!(golden::again(&with_registry(Registry), schema, &newer), framed, "{schema:?} with a registry");

        // Without one it says what it lacks.
        let error = ours.json(schema, &newer).unwrap_err().to_string();
        let version = next_release::version(schema);
        let expected = format!(
            "the value's schema: schema {} is version {} of {}, newer than version {} which this release reads: use a release \
             that has it",
            version.id(),
            version.number,
            schema.file_name(),
            version.number - 1
        );
        assert_eq!(error, expected);
        let error = with_registry(Down).json(schema, &newer).unwrap_err().to_string();
        assert_eq!(error, "the value's schema: connection refused");
    }
}

/// While releases run side by side, the new one writes what the old one reads.
#[test]
fn an_older_version_is_written_when_asked_to() {
    for (schema, framed) in golden::values() {
        let held_back = codec(Format::Avro, next().written_as(schema.newest().number));
        assert_eq!(golden::again(&held_back, schema, &framed), framed, "{schema:?}");
        assert_eq!(golden::again(&held_back, schema, &next_release::written(schema, &framed)), framed, "{schema:?}");
    }
}

/// What our reader makes of another version is what `apache_avro` makes of it.
#[test]
fn versions_are_resolved_as_the_specification_says() {
    for (schema, framed) in golden::values() {
        let (now, next) = (&schema.newest().parsed, next_release::version(schema).parsed);
        let newer = next_release::written(schema, &framed);
        let resolving = GenericDatumReader::builder(&next).reader_schema(now).build().unwrap();
        let resolved = resolving.read_value(&mut &newer[FRAME_BYTES..]).unwrap();
        let plain = GenericDatumReader::builder(now).build().unwrap();
        let ours = golden::again(&with_registry(Registry), schema, &newer);
        assert_eq!(plain.read_value(&mut &ours[FRAME_BYTES..]).unwrap(), resolved, "{schema:?}");
    }
}

fn record(topic: Topic, value: &[u8]) -> InputRecord {
    InputRecord {
        topic,
        position: Position { topic: topic.name().into(), partition: 0, offset: 7 },
        timestamp: Timestamp::from_millis(0),
        key: None,
        value: Some(value.to_vec().into()),
        headers: Vec::new(),
    }
}

#[test]
fn commands_of_the_next_release_are_answered_as_far_as_they_are_understood() {
    let json = |operation: Value| {
        json!({ "command_id": "0190a6f0-3b1c-7c50-8f4e-0123456789ab", "store_id": "S1", "actor": { "id": "ada" },
            "occurred_at": "2026-03-02T10:00:00Z", "operation": operation })
        .to_string()
    };
    let sale = json(json!({ "record_sale": { "sale_id": "1", "lines": [{ "product_id": "A", "quantity": 2 }] } }));
    let ours = codec(Format::Avro, Schemas::default());
    let sale = ours.decode_command(&record(Topic::Commands, sale.as_bytes())).unwrap();
    let newer = next_release::written(Schema::Command, &ours.encode_command(&sale, Format::Avro));
    let read = |codec: &Codec, value: &[u8]| codec.decode_command(&record(Topic::Commands, value));

    // A field more changes nothing, not even the fingerprint.
    assert_eq!(read(&with_registry(Registry), &newer).unwrap(), sale);
    assert_eq!(read(&codec(Format::Avro, next()), &newer).unwrap(), sale);
    let CommandError::DeadLetter(why) = read(&ours, &newer).unwrap_err() else { panic!("there is no registry") };
    assert_eq!(why.code, DeadLetterCode::UnknownSchemaId);
    assert!(
        why.message.contains(&format!("is version {} of command.avsc", Schema::Command.newest().number + 1)),
        "{why}"
    );
    assert!(matches!(read(&with_registry(Down), &newer), Err(CommandError::Unavailable(_))), "it may be asked again");

    // An operation more is one that this release does not know.
    let weigh = json(json!({ OPERATION: { "grams": 5 } }));
    let rejection = read(&ours, weigh.as_bytes()).unwrap().body.unwrap_err();
    assert_eq!((rejection.code, rejection.violations[0].field.as_deref()), (Code::MalformedCommand, Some("operation")));
}

/// Every fault of the bytes of every topic that is read: the cause is named, and of a topic of state the record too.
#[test]
fn what_is_wrong_with_a_value_is_named() {
    let ours = codec(Format::Avro, Schemas::default());
    let context = Context::with_codec(Settings::default(), ours.clone(), 1);
    for (schema, framed) in golden::values() {
        let other = if schema == Schema::Leg { Schema::Stock } else { Schema::Leg };
        let with_id = |id: u32| [&[0][..], &id.to_be_bytes(), &framed[FRAME_BYTES..]].concat();
        let (file, number) = (schema.file_name(), schema.newest().number);
        let table: [(&str, Vec<u8>, String); 6] = [
            ("cut off", framed[..framed.len() - 1].to_vec(), format!("version {number} of {file}: not Avro: ")),
            (
                "over-long",
                [&framed[..], &[0]].concat(),
                format!("version {number} of {file}: not Avro: 1 bytes are left over"),
            ),
            ("frame cut off", framed[..3].to_vec(), "3 bytes are too few for a schema id".to_owned()),
            (
                "a later version",
                with_id(schema.newest().id() + 200),
                format!("is version {} of {file}, newer than version {number}", number + 2),
            ),
            (
                "another topic's",
                with_id(other.newest().id()),
                format!("is that of {}, not of {file}", other.file_name()),
            ),
            ("nobody's", with_id(4_711_000), "is unknown".to_owned()),
        ];
        for (what, value, expected) in table {
            let error = ours.json(schema, &value).unwrap_err().to_string();
            assert!(error.contains(&expected), "{schema:?} {what}: {error}");
            let topic = match schema {
                Schema::Result => Topic::Results,
                Schema::Ledger => Topic::Ledger,
                Schema::Stock => Topic::Stock,
                Schema::Document => Topic::Documents,
                Schema::Command | Schema::Event | Schema::Leg => continue,
            };
            let key = if topic == Topic::Results { "S1|0190a6f0-3b1c-7c50-8f4e-0123456789ab" } else { "S1|A" };
            let mut changes = Changes::default();
            let stored = InputRecord { key: Some(key.into()), ..record(topic, &value) };
            let applied = restore::apply(&context, &stored, &mut changes);
            // Of what is copied only the version is looked at: the rest is read when it is asked for.
            if topic != Topic::Ledger && expected.contains("not Avro") {
                applied.unwrap();
                continue;
            }
            let error = applied.unwrap_err().to_string();
            assert!(
                error.contains(topic.name()) && error.contains(key) && error.contains(&expected),
                "{what}: {error}"
            );
        }
    }
}

/// A registry in which one number, which is built in here, is a schema of somebody else.
#[derive(Debug)]
struct Taken {
    number: u32,
    text: String,
    asked: Arc<AtomicU32>,
}

impl SchemaSource for Taken {
    fn schema(&self, _: Schema, id: SchemaId) -> Result<Option<String>, SourceUnavailable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok((id == SchemaId::Number(self.number)).then(|| self.text.clone()))
    }
}

#[test]
fn a_number_that_is_built_in_may_be_somebody_elses_in_the_registry() {
    let number = Schema::Command.newest().id();
    let (_, ours) = golden::values().into_iter().find(|(schema, _)| *schema == Schema::Command).unwrap();
    let payment = r#"{"type": "record", "name": "Payment", "fields": [{"name": "amount", "type": "long"}]}"#;
    // Two fields less, and in another order.
    let subset = r#"{"type": "record", "name": "Command", "namespace": "stockroom.inventory.v1", "fields": [
        {"name": "store_id", "type": "string"}, {"name": "command_id", "type": "string"},
        {"name": "occurred_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "actor", "type": {"type": "record", "name": "Actor", "fields": [{"name": "id", "type": "string"}]}},
        {"name": "operation", "type": {"type": "record", "name": "Operation", "fields": [
            {"name": "cancel_count", "type": ["null", {"type": "record", "name": "CancelCount", "fields": [
                {"name": "reason", "type": "string"}, {"name": "count_id", "type": "string"}]}], "default": null}]}}]}"#;
    let asked = Arc::new(AtomicU32::new(0));
    let source = |text: &str| Taken { number, text: text.to_owned(), asked: Arc::clone(&asked) };
    let read = |codec: &Codec, value: &[u8]| codec.decode_command(&record(Topic::Commands, value));

    // What is no command does not hide ours.
    let codec = with_registry(source(payment));
    for _ in 0..3 {
        assert!(read(&codec, &ours).unwrap().body.is_ok());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "the answer is remembered");

    // What is one counts.
    let shape = Version::parse(Schema::Command, 1, subset).unwrap();
    let mut value = framing::frame(number);
    let text = |text: &str| Node::Text(text.to_owned().into());
    let object = |fields: Vec<(&'static str, Node<'static>)>| {
        let fields = fields.into_iter().map(|(name, node)| (name.into(), node)).collect();
        Node::Object(Object(fields))
    };
    let node = object(vec![
        ("store_id", text("S1")),
        ("command_id", text("0190a6f0-3b1c-7c50-8f4e-0123456789ab")),
        ("occurred_at", Node::Instant(1_772_445_600_000_000)),
        ("actor", object(vec![("id", text("ada"))])),
        ("operation", object(vec![("cancel_count", object(vec![("reason", text("r")), ("count_id", text("C"))]))])),
    ]);
    shape.shape.write(&node, &mut Output::new(&mut value)).unwrap();
    let command = read(&with_registry(source(subset)), &value).unwrap();
    let json = r#"{"command_id":"0190a6f0-3b1c-7c50-8f4e-0123456789ab","store_id":"S1","actor":{"id":"ada"},
        "occurred_at":"2026-03-02T10:00:00Z","operation":{"cancel_count":{"count_id":"C","reason":"r"}}}"#;
    assert_eq!(command, read(&codec, json.as_bytes()).unwrap());
}

/// Fields of records, each of which holds the one before.
fn records_in_records(name: char, count: usize, fields: &str) -> String {
    let record = |number: usize, fields: &str| {
        format!(
            r#", {{"name": "{name}{number}", "type": {{"type": "record", "name": "{name}{number}", "fields": [{fields}]}}}}"#
        )
    };
    let inner = |number: usize| fields.replace("INNER", &format!("{name}{}", number - 1));
    (1..=count).fold(record(0, ""), |text, number| text + &record(number, &inner(number)))
}

/// A schema of somebody else may hold what no value of ours does; it may not cost more than its bytes.
#[test]
fn schemas_of_others_cost_no_more_than_their_bytes() {
    let number = 4_711;
    let command = |extra: &str| {
        format!(
            r#"{{"type": "record", "name": "Command", "namespace": "stockroom.inventory.v1", "fields": [
            {{"name": "command_id", "type": "string"}}, {{"name": "store_id", "type": "string"}},
            {{"name": "occurred_at", "type": {{"type": "long", "logicalType": "timestamp-micros"}}}},
            {{"name": "actor", "type": {{"type": "record", "name": "Actor", "fields": [{{"name": "id", "type": "string"}}]}}}},
            {{"name": "operation", "type": {{"type": "record", "name": "Operation", "fields": []}}}}{extra}]}}"#
        )
    };
    let asked = Arc::new(AtomicU32::new(0));
    let read = |schema: String, more: &[u8]| {
        let codec = with_registry(Taken { number, text: schema, asked: Arc::clone(&asked) });
        let mut value = framing::frame(number);
        let mut output = Output::new(&mut value);
        for text in ["0190a6f0-3b1c-7c50-8f4e-0123456789ab", "S1"] {
            output.text(text);
        }
        output.number(1_772_445_600_000_000);
        output.text("ada");
        value.extend_from_slice(more);
        codec.decode_command(&record(Topic::Commands, &value))
    };
    let code = |read: Result<_, CommandError>| match read {
        Ok(_) => None,
        Err(CommandError::DeadLetter(why)) => Some((why.code, why.message)),
        Err(CommandError::Unavailable(error)) => panic!("{error}"),
    };
    assert_eq!(code(read(command(""), &[])), None, "the operation is missing, which is answered");

    // 1,000 blocks of as many items without bytes as there are bytes left.
    let nothings = r#", {"name": "nothings", "type": {"type": "array", "items": "null"}}"#;
    let blocks = (0..1_000).flat_map(|_| [0xc0, 0x0c]).chain([0]).collect::<Vec<u8>>();
    let (_, message) = code(read(command(nothings), &blocks)).unwrap();
    assert!(message.contains("far more values than bytes"), "{message}");

    // A record of two records of two records …: 2^40 values without a byte.
    let doubling = records_in_records('R', 40, r#"{"name": "a", "type": "INNER"}, {"name": "b", "type": "INNER"}"#);
    let (_, message) = code(read(command(&doubling), &[])).unwrap();
    assert!(message.contains("far more values than bytes"), "{message}");

    // A chain as long as a stack is deep.
    let chain = records_in_records('C', 10_000, r#"{"name": "a", "type": "INNER"}"#);
    let (dead, message) = code(read(command(&chain), &[])).unwrap();
    assert_eq!(dead, DeadLetterCode::UnknownSchemaId);
    assert!(message.contains("nested deeper than 64"), "{message}");

    // Bytes that are no text are nobody's business here.
    let price =
        r#", {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}}"#;
    assert_eq!(code(read(command(price), &[4, 0x80, 0xff])), None);

    // A time without a unit is none.
    let plain = command("").replace(r#"{"type": "long", "logicalType": "timestamp-micros"}"#, r#""long""#);
    let (dead, message) = code(read(plain, &[])).unwrap();
    assert_eq!(dead, DeadLetterCode::UnknownSchemaId);
    assert!(message.contains("occurred_at has no logical type of a timestamp"), "{message}");
}

#[test]
fn built_in_ids_need_no_registry_even_where_there_is_one() {
    for (schema, framed) in golden::values() {
        assert_eq!(golden::again(&with_registry(Down), schema, &framed), framed, "{schema:?}");
    }
}
