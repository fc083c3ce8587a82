//! Plays a script against a running processor and tells what happens, as it happens.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use uuid::Uuid;

use crate::codec::Codec;
use crate::codec::headers::ERROR_CODE;
use crate::codec::record::{InputRecord, Topic};
use crate::domain::decision::{Answer, Outcome};
use crate::kafka::client::reader::{Reader, Scope, Start};
use crate::kafka::client::sender::{Outgoing, Response, Sender};

use super::super::config::Config;
use super::super::failure::Failure;
use super::super::output::{Colour, paint, print};
use super::super::send;
use super::script::{Act, Expected, Sent};
use super::words;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Where the play takes place.
pub struct Stage {
    sender: Sender,
    /// Events, movements and results, from the beginning of the play on.
    watch: Reader,
    codec: Codec,
    fast: bool,
    /// Events seen.
    events: HashSet<Uuid>,
    /// Commands whose movements were seen.
    moved: HashSet<Uuid>,
    /// Legs of these commands took effect.
    applied: HashSet<Uuid>,
}

impl Stage {
    /// Opens it.
    pub fn open(config: &Config, fast: bool) -> anyhow::Result<Self> {
        let topics = [Topic::Events, Topic::Ledger, Topic::Results];
        let names: Vec<(Topic, Arc<str>)> =
            topics.into_iter().map(|topic| (topic, Arc::clone(config.topics.name(topic)))).collect();
        Ok(Self {
            watch: Reader::open(&config.client, &names, Scope::All, Start::End).context("the topics of the demo")?,
            sender: Sender::open(&config.client, &config.topics, true).context("the topics of the demo")?,
            codec: config.codec(),
            fast,
            events: HashSet::new(),
            moved: HashSet::new(),
            applied: HashSet::new(),
        })
    }

    /// Plays one act.
    pub fn play(&mut self, act: &Act) -> anyhow::Result<()> {
        match act {
            Act::Scene { title, text } => {
                print(&format!(
                    "\n{}\n{}\n\n",
                    paint(title, Colour::Good),
                    paint(&words::folded(text, 100), Colour::Faint)
                ))?;
                self.pause(2_500);
            }
            Act::Step { sent, words, leg } => {
                self.step(sent, words, *leg)?;
                self.pause(1_100);
            }
            Act::Crowd { sent, words } => {
                self.crowd(sent, words)?;
                self.pause(2_000);
            }
        }
        Ok(())
    }

    fn pause(&self, millis: u64) {
        if !self.fast {
            std::thread::sleep(Duration::from_millis(millis));
        }
    }

    fn step(&mut self, sent: &Sent, words: &str, leg: bool) -> anyhow::Result<()> {
        let at = words::clock(sent.recorded_at);
        print(&format!("  {at}  {:<9} {words}\n", sent.store))?;
        self.pause(500);
        self.send(sent)?;
        let (_, response) = self.wait_for(1)?.pop().context("no answer")?;
        let wanted = self.tell_answer(&response, sent, leg)?;
        for line in self.look(&wanted)?.lines() {
            print(&format!("         {line}\n"))?;
        }
        Ok(())
    }

    fn crowd(&mut self, sent: &[Sent], words: &str) -> anyhow::Result<()> {
        print(&format!("  {words}\n"))?;
        for sent in sent {
            self.send(sent)?;
        }
        let mut summary = words::Summary::default();
        let mut wanted = Wanted::default();
        let first = self.sender.sent() - sent.len();
        for (number, response) in self.wait_for(sent.len())? {
            let index = number - first;
            let expected = sent.get(index).map_or(Expected::Accepted, |sent| sent.expected);
            let became = self.became(&response)?;
            if became != expected {
                return Err(surprise(&format!("command {index} of the crowd"), became, expected));
            }
            summary.add(became);
            if let Response::Result(record) = &response {
                wanted.add(&self.answer(record)?, false);
            }
        }
        print(&format!("         {}\n", summary.text()))?;
        // These are too many to be told one by one; the auditor looks at all of them.
        self.look(&wanted)?;
        Ok(())
    }

    fn send(&mut self, sent: &Sent) -> anyhow::Result<()> {
        let outgoing = Outgoing {
            key: Some(sent.store.clone().into_bytes()),
            value: Some(sent.value.clone()),
            timestamp: Some(sent.recorded_at),
            ..Outgoing::default()
        };
        self.sender.send(&outgoing)?;
        Ok(())
    }

    fn wait_for(&mut self, count: usize) -> anyhow::Result<Vec<(usize, Response)>> {
        let deadline = Instant::now() + ANSWER_WITHIN;
        let mut outcomes = Vec::new();
        while outcomes.len() < count {
            outcomes.extend(self.sender.outcomes(Duration::from_millis(50))?);
            if Instant::now() > deadline {
                let missing = count - outcomes.len();
                return Err(Failure::failed(
                    format!("{missing} commands have no answer after {} s", ANSWER_WITHIN.as_secs()),
                    "set RUST_LOG=info to see what the processor does",
                ));
            }
        }
        Ok(outcomes)
    }

    fn answer(&self, record: &InputRecord) -> anyhow::Result<Answer> {
        Ok(self.codec.decode_answer(record.value.as_deref().unwrap_or_default())?)
    }

    fn became(&self, response: &Response) -> anyhow::Result<Expected> {
        Ok(match response {
            Response::DeadLetter(_) => Expected::DeadLetter,
            Response::Result(record) => match self.answer(record)?.outcome {
                Outcome::Accepted { .. } | Outcome::Applied { .. } => Expected::Accepted,
                Outcome::Parked(_) => Expected::Parked,
                Outcome::Rejected(rejection) => Expected::Rejected(rejection.code),
            },
        })
    }

    /// Tells the answer; gives back what must be seen of it.
    fn tell_answer(&mut self, response: &Response, sent: &Sent, leg: bool) -> anyhow::Result<Wanted> {
        let mut wanted = Wanted::default();
        match response {
            Response::DeadLetter(record) => {
                let header = |key: &str| String::from_utf8_lossy(record.header(key).unwrap_or_default()).into_owned();
                let (code, message) = (header(ERROR_CODE), header("__streams.errors.message"));
                print(&format!("         {} {code}: {message}\n", paint("dead letter", Colour::Bad)))?;
            }
            Response::Result(record) => {
                let answer = self.answer(record)?;
                print(&format!("         {}\n", send::sentence(&answer)))?;
                wanted.add(&answer, leg);
            }
        }
        let became = self.became(response)?;
        if became != sent.expected {
            return Err(surprise(&format!("the command at {}", sent.store), became, sent.expected));
        }
        Ok(wanted)
    }

    /// Reads what was published until all that is wanted was seen.
    fn look(&mut self, wanted: &Wanted) -> anyhow::Result<words::Published> {
        let deadline = Instant::now() + ANSWER_WITHIN;
        let mut published = words::Published::default();
        loop {
            match self.watch.next(Duration::from_millis(40))? {
                Some(record) => self.take(&record, &mut published)?,
                None => {
                    let seen = wanted.events.is_subset(&self.events)
                        && wanted.moved.is_subset(&self.moved)
                        && wanted.applied.is_subset(&self.applied);
                    if seen || Instant::now() > deadline {
                        return Ok(published);
                    }
                }
            }
        }
    }

    fn take(&mut self, record: &InputRecord, published: &mut words::Published) -> anyhow::Result<()> {
        let value = record.value.as_deref().unwrap_or_default();
        match record.topic {
            Topic::Events => {
                let event = self.codec.decode_event(value)?;
                self.events.insert(event.event_id);
                published.events.push(words::event(&event));
            }
            Topic::Ledger => {
                let movement = self.codec.decode_movement(value)?;
                self.moved.insert(movement.command_id);
                published.movements.push(words::movement(&movement));
            }
            Topic::Results => {
                let answer = self.codec.decode_answer(value)?;
                if matches!(answer.outcome, Outcome::Applied { .. }) {
                    self.applied.insert(answer.command_id);
                    published.heard.push(format!("{} has heard of it", answer.store_id));
                }
            }
            Topic::Commands | Topic::Legs | Topic::Stock | Topic::Documents | Topic::DeadLetters => {}
        }
        Ok(())
    }
}

/// What must be seen before the play goes on.
#[derive(Default)]
struct Wanted {
    events: HashSet<Uuid>,
    moved: HashSet<Uuid>,
    applied: HashSet<Uuid>,
}

impl Wanted {
    fn add(&mut self, answer: &Answer, leg: bool) {
        let Outcome::Accepted { event_ids, .. } = &answer.outcome else { return };
        if answer.validate_only {
            return;
        }
        self.events.extend(event_ids);
        if answer.operation.is_some_and(words::always_moves) {
            self.moved.insert(answer.command_id);
        }
        if leg {
            self.applied.insert(answer.command_id);
        }
    }
}

fn surprise(what: &str, became: Expected, expected: Expected) -> anyhow::Error {
    Failure::failed(
        format!("{what} became {became:?}, {expected:?} was expected"),
        "this is a fault of the processor or of the demo: please report it with the seed",
    )
}
