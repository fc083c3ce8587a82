//! `docs/operations.md` and `docs/events.md`: every command of the first page runs through the engine, in the order of
//! the page; the results and events on both pages are what came out.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use stockroom::codec::format::{Format, Formats};
use stockroom::codec::record::{InputRecord, OutputRecord, Position, Topic};
use stockroom::domain::command::OperationName;
use stockroom::domain::event::EventName;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use stockroom::engine::{Context, Engine};
use stockroom::store::Store as _;
use stockroom::store::memory::MemoryStore;

use super::page::Page;
use super::{hold, json, read};

const OPERATIONS: &str = "docs/operations.md";
const EVENTS: &str = "docs/events.md";

/// A processor of one partition that keeps everything it wrote.
struct Processor {
    context: Arc<Context>,
    engine: Engine,
    store: MemoryStore,
    offset: i64,
    results: Vec<Value>,
    /// The results as they were written.
    result_texts: Vec<Vec<u8>>,
    events: Vec<(Value, Vec<u8>)>,
}

impl Processor {
    fn new() -> Self {
        let context = Context::new(Settings::default(), Formats::all(Format::Json), 1);
        let engine = Engine::new(Arc::clone(&context), 0);
        let store = MemoryStore::default();
        Self { context, engine, store, offset: 0, results: vec![], result_texts: vec![], events: vec![] }
    }

    fn record(&mut self, topic: Topic, key: &[u8], value: Vec<u8>, timestamp: Timestamp) -> InputRecord {
        let position = Position { topic: topic.name().into(), partition: 0, offset: self.offset };
        self.offset += 1;
        InputRecord {
            topic,
            position,
            timestamp,
            key: Some(key.to_vec().into()),
            value: Some(value.into()),
            headers: Vec::new(),
        }
    }

    fn take(&mut self, record: &InputRecord) {
        let batch = self.engine.batch(&self.store, std::slice::from_ref(record)).unwrap();
        self.store.write(&batch.changes).unwrap();
        for output in batch.outputs {
            self.keep(output);
        }
    }

    fn keep(&mut self, output: OutputRecord) {
        let value = output.value.unwrap_or_default().to_vec();
        let parsed = || serde_json::from_slice(&value).unwrap();
        match output.topic {
            Topic::Results => {
                self.results.push(parsed());
                self.result_texts.push(value);
            }
            Topic::Events => self.events.push((parsed(), value)),
            Topic::DeadLetters => panic!("a dead letter: {}", String::from_utf8_lossy(&value)),
            Topic::Legs => {
                let leg = self.record(Topic::Legs, &output.key.unwrap_or_default(), value, output.timestamp);
                self.take(&leg);
            }
            Topic::Commands | Topic::Ledger | Topic::Stock | Topic::Documents => {}
        }
    }

    /// Runs a command of a page; says whose it is.
    fn run(&mut self, command: &str, at: &str) -> String {
        let at = Timestamp::parse(at).unwrap_or_else(|| panic!("{at} is no time"));
        let value: Value = serde_json::from_str(command).unwrap_or_else(|error| panic!("{error}: {command}"));
        let key = value["store_id"].as_str().unwrap().as_bytes().to_vec();
        let record = self.record(Topic::Commands, &key, command.as_bytes().to_vec(), at);
        self.same_in_avro(&record);
        self.take(&record);
        value["command_id"].as_str().unwrap().to_owned()
    }

    /// A command that fits the schema is the same command in Avro.
    fn same_in_avro(&self, record: &InputRecord) {
        let codec = &self.context.codec;
        let command = codec.decode_command(record).unwrap();
        if command.body.is_ok() {
            let value = Some(codec.encode_command(&command, Format::Avro).into());
            assert_eq!(codec.decode_command(&InputRecord { value, ..record.clone() }).unwrap(), command);
        }
    }

    fn last_result(&self, command_id: &str) -> &[u8] {
        let found = self.results.iter().rposition(|result| result["command_id"] == command_id).unwrap();
        &self.result_texts[found]
    }
}

/// What the pages come to.
struct Told {
    processor: Processor,
    /// By the name of the example: the command's id.
    commands: BTreeMap<String, String>,
    /// The operations that have an example which was accepted.
    shown: Vec<String>,
    page: Page,
}

fn tell() -> Told {
    let mut page = Page::parse(&read(OPERATIONS));
    let mut processor = Processor::new();
    let mut commands = BTreeMap::new();
    for example in page.examples() {
        match example.kind {
            "command" => {
                let (name, at) = example.of.split_once(" at ").unwrap();
                let id = processor.run(example.json, at);
                if let Some(before) = commands.insert(name.to_owned(), id.clone()) {
                    assert_eq!(before, id, "{name} names two commands");
                }
            }
            "result" => {
                let id = commands.get(example.of).unwrap_or_else(|| panic!("no command {}", example.of));
                *example.json = json::laid_out(processor.last_result(id));
            }
            other => panic!("{OPERATIONS} has no examples of kind {other}"),
        }
    }
    let accepted = processor.results.iter().filter(|result| result["status"] == "accepted");
    let shown = accepted.filter_map(|result| Some(result["operation"].as_str()?.to_owned())).collect();
    Told { processor, commands, shown, page }
}

#[test]
fn commands_and_their_results_are_what_the_code_does() {
    let told = tell();
    hold(OPERATIONS, &told.page.text());
    for operation in OperationName::ALL {
        let name = operation.as_str();
        assert!(told.shown.iter().any(|shown| shown == name), "{OPERATIONS} has no example of {name} that is accepted");
        assert!(told.page.text().contains(&format!("\n### `{name}`\n")), "{OPERATIONS} has no section {name}");
    }
}

/// What a shell makes of the block that sends a command by hand is accepted today, whenever that is.
#[test]
fn a_command_sent_by_hand_is_of_today() {
    let text = read(OPERATIONS);
    let block = text.split("\n```\n").find(|block| block.starts_with("stockroom send")).unwrap();
    let script = format!("stockroom() {{ cat; }}\n{block}\n");
    let output = Command::new("bash").args(["-euc", &script]).output().unwrap();
    let sent = String::from_utf8(output.stdout).unwrap();
    assert_eq!(sent.lines().count(), 1, "one command is one line: {sent}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut processor = Processor::new();
    let id = processor.run(sent.trim_end(), &Timestamp::from_millis(i64::try_from(now).unwrap()).to_string());
    let result: Value = serde_json::from_slice(processor.last_result(&id)).unwrap();
    assert_eq!((&result["status"], result.get("clock_clamped")), (&Value::from("accepted"), None));
}

#[test]
fn events_are_what_the_code_writes() {
    let told = tell();
    let mut page = Page::parse(&read(EVENTS));
    let mut shown = Vec::new();
    for example in page.examples() {
        let (name, of) = example.of.split_once(" of ").unwrap();
        let id = told.commands.get(of).unwrap_or_else(|| panic!("no command {of}"));
        let found: Vec<_> = told
            .processor
            .events
            .iter()
            .filter(|(event, _)| event["name"] == name && event["command_id"] == **id)
            .collect();
        let [(_, text)] = found.as_slice() else { panic!("{} events {name} of {of}", found.len()) };
        *example.json = json::laid_out(text);
        shown.push(name.to_owned());
    }
    let expected: Vec<&str> = EventName::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(shown, expected, "{EVENTS} shows every event once, in the order of the contract");
    hold(EVENTS, &page.text());
}
