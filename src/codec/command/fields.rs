//! Reads the fields of one object of a command: each kind of field with its rules, and the path that is told when it does
//! not fit.

use serde::Serialize;

use super::canonical::Canonical;
use crate::codec::names::Named;
use crate::codec::node::{Node, Object};
use crate::domain::command::{LINES_MAX, OperationName, QUANTITY_MAX, Quantity};
use crate::domain::ids::{ProductId, Text};
use crate::domain::rejection::{Value, Violation};
use crate::domain::time::Timestamp;

/// The most characters (code points) of an id.
pub(super) const ID_CHARACTERS_MAX: usize = 64;
/// What was sent in place of a quantity is told only up to this length.
const SHOWN_BYTES_MAX: usize = 128;
/// No more wrong quantities than this are told, so that an answer is not larger than a record may be. A command of
/// 1,000 lines with two quantities each has no more.
const TOLD_MAX: usize = 2 * LINES_MAX;

/// A field that does not fit the schema, by its path.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Malformed(pub(super) String);

/// What is gathered while a command is read.
#[derive(Debug)]
pub(super) struct Reading {
    /// Every quantity that is none, but not more than an answer can tell.
    pub(super) quantities: Vec<Violation>,
    /// All of them, as they stand in the canonical form.
    pub(super) wrong: Canonical,
}

/// A quantity that is none, in the canonical form.
#[derive(Serialize)]
struct Wrong<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<i64>,
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// Where an object stands in the command.
#[derive(Clone, Copy, Debug)]
enum Place {
    Envelope,
    Operation(OperationName),
    Line(OperationName, usize),
    /// An object without paths of its own: what is wrong in it is wrong with the field that holds it.
    Field(OperationName, usize, &'static str),
    EnvelopeField(&'static str),
}

/// One object of a command, and what is gathered from it.
#[derive(Debug)]
pub(super) struct Fields<'n, 'r> {
    object: &'n Object<'n>,
    place: Place,
    reading: &'r mut Reading,
}

impl<'n, 'r> Fields<'n, 'r> {
    /// The fields of the envelope.
    pub(super) fn envelope(object: &'n Object<'n>, reading: &'r mut Reading) -> Self {
        Self { object, place: Place::Envelope, reading }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some()
    }

    /// The error that names a field of this object.
    pub(super) fn malformed(&self, name: &str) -> Malformed {
        Malformed(match self.place {
            Place::Envelope => name.to_owned(),
            Place::Operation(operation) => format!("operation.{}.{name}", operation.as_str()),
            Place::Line(operation, line) => format!("operation.{}.lines[{line}].{name}", operation.as_str()),
            Place::Field(operation, line, field) => format!("operation.{}.lines[{line}].{field}", operation.as_str()),
            Place::EnvelopeField(field) => field.to_owned(),
        })
    }

    fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, Malformed> {
        value.ok_or_else(|| self.malformed(name))
    }

    fn present(&self, name: &str) -> Option<&'n Node<'n>> {
        self.object.get(name)
    }

    fn optional_str(&mut self, name: &str) -> Result<Option<&'n str>, Malformed> {
        match self.present(name) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.malformed(name)),
        }
    }

    /// Free text.
    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<Text>, Malformed> {
        Ok(self.optional_str(name)?.map(Text::from))
    }

    /// Free text that must be there.
    pub(super) fn text(&mut self, name: &str) -> Result<Text, Malformed> {
        let text = self.optional_text(name)?;
        self.required(name, text)
    }

    /// An id or a name: 1 to 64 characters.
    pub(super) fn optional_id<T: From<&'n str>>(&mut self, name: &str) -> Result<Option<T>, Malformed> {
        match self.optional_str(name)? {
            Some(text) if !is_id(text) => Err(self.malformed(name)),
            text => Ok(text.map(T::from)),
        }
    }

    /// An id or a name that must be there.
    pub(super) fn id<T: From<&'n str>>(&mut self, name: &str) -> Result<T, Malformed> {
        let id = self.optional_id(name)?;
        self.required(name, id)
    }

    /// Whether a field has the given text, or none: for fields with a default.
    pub(super) fn is_default(&self, name: &str, default: &str) -> bool {
        self.present(name).is_none_or(|node| matches!(node, Node::Text(text) if text == default))
    }

    /// A list of ids; none when it is left out.
    pub(super) fn optional_ids<T: From<&'n str>>(&mut self, name: &str) -> Result<Vec<T>, Malformed> {
        let items = match self.present(name) {
            None => return Ok(Vec::new()),
            Some(Node::List(items)) => items,
            Some(_) => return Err(self.malformed(name)),
        };
        let mut ids = Vec::with_capacity(items.len());
        for item in items {
            let Node::Text(text) = item else { return Err(self.malformed(name)) };
            if !is_id(text) {
                return Err(self.malformed(name));
            }
            ids.push(T::from(text));
        }
        Ok(ids)
    }

    /// A list of ids that must be there, but may be empty.
    pub(super) fn ids<T: From<&'n str>>(&mut self, name: &str) -> Result<Vec<T>, Malformed> {
        if self.has(name) { self.optional_ids(name) } else { Err(self.malformed(name)) }
    }

    /// One of a few names.
    pub(super) fn optional_choice<T: Named>(&mut self, name: &str) -> Result<Option<T>, Malformed> {
        let Some(text) = self.optional_str(name)? else { return Ok(None) };
        self.required(name, T::named(text).map(Some))
    }

    /// One of a few names that must be there.
    pub(super) fn choice<T: Named>(&mut self, name: &str) -> Result<T, Malformed> {
        let choice = self.optional_choice(name)?;
        self.required(name, choice)
    }

    /// One of a few names; the default may be left out.
    pub(super) fn choice_or_default<T: Named + Default>(&mut self, name: &str) -> Result<T, Malformed> {
        if self.is_default(name, T::default().name()) { Ok(T::default()) } else { self.choice(name) }
    }

    /// Text that means something to `parse`.
    pub(super) fn optional_parsed<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        let Some(text) = self.optional_str(name)? else { return Ok(None) };
        self.required(name, parse(text).map(Some))
    }

    /// An instant: RFC 3339 with any offset in JSON, microseconds in Avro.
    pub(super) fn optional_instant(&mut self, name: &str) -> Result<Option<Timestamp>, Malformed> {
        let instant = match self.present(name) {
            None => return Ok(None),
            Some(Node::Text(text)) => super::time::parse(text),
            Some(Node::Instant(micros)) => super::time::from_micros(*micros),
            Some(_) => None,
        };
        self.required(name, instant.map(Some))
    }

    /// An instant that must be there.
    pub(super) fn instant(&mut self, name: &str) -> Result<Timestamp, Malformed> {
        let instant = self.optional_instant(name)?;
        self.required(name, instant)
    }

    /// True or false.
    pub(super) fn optional_boolean(&mut self, name: &str) -> Result<Option<bool>, Malformed> {
        match self.present(name) {
            None => Ok(None),
            Some(Node::Boolean(value)) => Ok(Some(*value)),
            Some(_) => Err(self.malformed(name)),
        }
    }

    /// True or false, which must be said.
    pub(super) fn boolean(&mut self, name: &str) -> Result<bool, Malformed> {
        let value = self.optional_boolean(name)?;
        self.required(name, value)
    }

    /// True or false; false is the default.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Malformed> {
        Ok(self.optional_boolean(name)?.unwrap_or_default())
    }

    /// A number of 0 or more that is no quantity of a line: a wrong one does not fit the schema.
    pub(super) fn optional_number(&mut self, name: &str) -> Result<Option<i64>, Malformed> {
        match self.present(name) {
            None => Ok(None),
            Some(Node::Integer(number)) if *number >= 0 => Ok(Some(*number)),
            Some(_) => Err(self.malformed(name)),
        }
    }

    /// A quantity of a line that must be there.
    pub(super) fn quantity(&mut self, name: &str) -> Quantity {
        self.quantity_from(0, QUANTITY_MAX, name)
    }

    /// A quantity of a line that must be there and more than 0.
    pub(super) fn positive_quantity(&mut self, name: &str) -> Quantity {
        self.quantity_from(1, QUANTITY_MAX, name)
    }

    /// A quantity of a line that is 0 when it is left out.
    pub(super) fn quantity_or_zero(&mut self, name: &str) -> Quantity {
        match self.present(name) {
            None | Some(Node::Integer(0)) => 0,
            Some(_) => self.quantity(name),
        }
    }

    /// A balance: any whole number.
    pub(super) fn optional_balance(&mut self, name: &str) -> Option<Quantity> {
        self.has(name).then(|| self.quantity_from(Quantity::MIN, Quantity::MAX, name))
    }

    /// Wrong quantities are gathered, because the answer names all of them; what is returned for one is never used.
    fn quantity_from(&mut self, least: Quantity, most: Quantity, name: &str) -> Quantity {
        let node = self.present(name);
        let value = match node {
            Some(Node::Integer(quantity)) if (least..=most).contains(quantity) => return *quantity,
            Some(Node::Integer(quantity)) => Some(Value::Number(*quantity)),
            Some(node) => Some(node.to_json()).filter(|json| json.len() <= SHOWN_BYTES_MAX).map(|json| match node {
                Node::Text(text) => Value::Text(Text::from(&**text)),
                Node::Null
                | Node::Boolean(_)
                | Node::Integer(_)
                | Node::Number(_)
                | Node::Instant(_)
                | Node::Day(_)
                | Node::List(_)
                | Node::Object(_) => Value::Json(json.into()),
            }),
            None => None,
        };
        let line = if let Place::Line(_, line) = self.place { Some(line) } else { None };
        let wrong =
            Wrong { line: line.and_then(|line| i64::try_from(line).ok()), field: name, value: node.map(Node::to_json) };
        wrong.serialize(&mut self.reading.wrong).expect("it has a canonical form");
        if self.reading.quantities.len() == TOLD_MAX {
            return 0;
        }
        let product_id = match self.present("product_id") {
            Some(Node::Text(product)) => Some(ProductId::from(&**product)),
            _ => None,
        };
        self.reading.quantities.push(Violation { line, product_id, field: Some(Text::from(name)), value });
        0
    }

    /// The lines of an operation, each read by `read`; `None` when they are left out.
    pub(super) fn optional_lines<T>(
        &mut self,
        read: impl Fn(&mut Fields<'n, '_>) -> Result<T, Malformed>,
    ) -> Result<Option<Vec<T>>, Malformed> {
        const NAME: &str = "lines";
        let (operation, items) = match (self.place, self.present(NAME)) {
            (_, None) => return Ok(None),
            (Place::Operation(operation), Some(Node::List(items))) => (operation, items),
            _ => return Err(self.malformed(NAME)),
        };
        let mut lines = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let Node::Object(object) = item else { return Err(self.malformed(NAME)) };
            let mut line = Fields { object, place: Place::Line(operation, index), reading: self.reading };
            lines.push(read(&mut line)?);
        }
        Ok(Some(lines))
    }

    /// The lines of an operation where leaving them out means the same as writing none.
    pub(super) fn lines_or_none<T>(
        &mut self,
        read: impl Fn(&mut Fields<'n, '_>) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        Ok(self.optional_lines(read)?.unwrap_or_default())
    }

    /// The lines of an operation, which must be there, but may be none.
    pub(super) fn lines<T>(
        &mut self,
        read: impl Fn(&mut Fields<'n, '_>) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let lines = self.optional_lines(read)?;
        self.required("lines", lines)
    }

    /// An object inside this one that has no paths of its own, read by `read`: `None` from it is as good as absent.
    pub(super) fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Fields<'n, '_>) -> Result<Option<T>, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        let object = match self.present(name) {
            None => return Ok(None),
            Some(Node::Object(object)) => object,
            Some(_) => return Err(self.malformed(name)),
        };
        let place = match self.place {
            Place::Line(operation, line) => Place::Field(operation, line, name),
            Place::Envelope | Place::Operation(_) | Place::Field(..) | Place::EnvelopeField(_) => {
                Place::EnvelopeField(name)
            }
        };
        read(&mut Fields { object, place, reading: self.reading })
    }

    /// A map of names to true or false.
    pub(super) fn optional_switches<T: Ord>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<(T, bool)>, Malformed> {
        let object = match self.present(name) {
            None => return Ok(Vec::new()),
            Some(Node::Object(object)) => object,
            Some(_) => return Err(self.malformed(name)),
        };
        let mut switches = Vec::new();
        for (key, node) in object.present() {
            let (Some(key), Node::Boolean(value)) = (parse(key), node) else { return Err(self.malformed(name)) };
            switches.push((key, *value));
        }
        switches.sort_unstable();
        Ok(switches)
    }

    /// The fields of the operation, which stands in this envelope.
    pub(super) fn operation(&mut self, name: OperationName, object: &'n Object<'n>) -> Fields<'n, '_> {
        Fields { object, place: Place::Operation(name), reading: self.reading }
    }
}

/// Whether a text may be an id: 1 to 64 code points.
pub(super) fn is_id(text: &str) -> bool {
    // A text has no more characters than bytes, so that short ones need not be counted.
    !text.is_empty() && (text.len() <= ID_CHARACTERS_MAX || text.chars().nth(ID_CHARACTERS_MAX).is_none())
}
