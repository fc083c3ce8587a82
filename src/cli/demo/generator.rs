//! The busy hours: sales, repeats, mistakes and late news, from a seed.

use serde_json::{Value, json};

use crate::codec::Codec;
use crate::codec::command::from_json;
use crate::codec::format::Format;
use crate::domain::rejection::Code;

use super::script::{Expected, Script, Sent, lines};

/// What the chain sells.
pub const PRODUCTS: [&str; 6] = ["shirt", "jeans", "sneaker", "jacket", "cap", "socks"];
/// What the crowd buys. The rest is what the told story is about, so that its numbers can be followed.
const BOUGHT: [&str; 4] = ["jeans", "sneaker", "jacket", "socks"];
/// Its stores.
pub const STORES: [&str; 3] = ["london", "leeds", "york"];

/// Random numbers that are the same for a seed everywhere (xorshift64*).
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % bound.max(1)
    }

    /// One of several.
    pub fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// What a crowd does, counted.
#[derive(Default, Debug)]
pub struct Crowd {
    /// What is sent.
    pub sent: Vec<Sent>,
    sales: usize,
    late: usize,
    returns: usize,
    repeats: usize,
    mistakes: usize,
    garbage: usize,
}

impl Crowd {
    /// The crowd in words.
    pub fn words(&self) -> String {
        format!(
            "{} commands: {} sales ({} told late), {} returns, {} repeats, {} mistakes, {} of no meaning",
            self.sent.len(),
            self.sales,
            self.late,
            self.returns,
            self.repeats,
            self.mistakes,
            self.garbage
        )
    }
}

/// So many commands of the busy hours. Sales are written in Avro, the rest in JSON: both are read.
pub fn crowd(script: &mut Script, random: &mut Random, codec: &Codec, size: usize) -> Crowd {
    let mut crowd = Crowd::default();
    let mut before: Vec<Sent> = Vec::new();
    while crowd.sent.len() < size {
        let sent = match random.below(20) {
            0 | 1 if !before.is_empty() => {
                crowd.repeats += 1;
                let first = before[random.below(before.len())].clone();
                Sent { recorded_at: script.tick(), ..first }
            }
            2 => {
                crowd.mistakes += 1;
                mistake(script, random)
            }
            3 if crowd.garbage < 3 => {
                crowd.garbage += 1;
                let store = random.one_of(&STORES).to_owned();
                let value = [b"{\"command_id\": ".to_vec(), vec![0, 0, 0, 0, 1, 7], vec![0xff, 0xfe]];
                let value = value[random.below(value.len())].clone();
                Sent { store, value, recorded_at: script.tick(), expected: Expected::DeadLetter }
            }
            4 => {
                crowd.returns += 1;
                let (product, id) = (random.one_of(&BOUGHT), script.command_id());
                let condition = random.one_of(&["sellable", "sellable", "stained"]);
                let operation = json!({ "record_return": { "return_id": format!("R-{id}"),
                    "lines": [{ "product_id": product, "quantity": 1, "condition": condition }] } });
                in_json(script, random, operation)
            }
            _ => {
                crowd.sales += 1;
                let late = random.below(10) == 0;
                crowd.late += usize::from(late);
                sale(script, random, codec, late)
            }
        };
        if sent.expected == Expected::Accepted {
            before.push(sent.clone());
        }
        crowd.sent.push(sent);
    }
    crowd
}

fn in_json(script: &mut Script, random: &mut Random, operation: Value) -> Sent {
    let (store, recorded_at) = (random.one_of(&STORES), script.tick());
    let command = script.command(store, "till-1", recorded_at, operation);
    let value = command.to_string().into_bytes();
    Sent { store: store.to_owned(), value, recorded_at, expected: Expected::Accepted }
}

fn sale(script: &mut Script, random: &mut Random, codec: &Codec, late: bool) -> Sent {
    let id = script.command_id();
    let quantity = if random.below(4) == 0 { 2 } else { 1 };
    let sold = lines(&[(random.one_of(&BOUGHT), quantity)]);
    let (store, recorded_at) = (random.one_of(&STORES), script.tick());
    let minutes = if late { 20 + i64::try_from(random.below(60)).unwrap_or(0) } else { 0 };
    let operation = json!({ "record_sale": { "sale_id": format!("S-{id}"), "lines": sold } });
    let command = script.command(store, "till-1", recorded_at.plus_millis(-minutes * 60_000), operation);
    let text = command.to_string();
    let value = from_json(text.as_bytes())
        .map_or_else(|_| text.into_bytes(), |command| codec.encode_command(&command, Format::Avro));
    Sent { store: store.to_owned(), value, recorded_at, expected: Expected::Accepted }
}

fn mistake(script: &mut Script, random: &mut Random) -> Sent {
    let (operation, code) = match random.below(3) {
        0 => (json!({ "record_sale": { "sale_id": "S-0", "lines": lines(&[("cap", -1)]) } }), Code::MalformedQuantity),
        1 => (json!({ "record_sale": { "sale_id": "S-0", "lines": [] } }), Code::NoLines),
        _ => (json!({ "record_sail": { "sale_id": "S-0", "lines": [] } }), Code::MalformedCommand),
    };
    Sent { expected: Expected::Rejected(code), ..in_json(script, random, operation) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::format::Formats;

    #[test]
    fn a_seed_gives_the_same_crowd_again() {
        let codec = Codec::new("acme".into(), Formats::default(), "main".into());
        let of = |seed| {
            let sent = crowd(&mut Script::new(seed), &mut Random::new(seed), &codec, 200).sent;
            sent.into_iter().map(|sent| (sent.store, sent.value, sent.recorded_at)).collect::<Vec<_>>()
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
