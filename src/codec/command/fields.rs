//! One object of a command: its fields by their names, the path that is told of one that does not fit, and what is gathered
//! of quantities that are none.

use std::ops::RangeInclusive;

use super::canonical::Canonical;
use crate::codec::node::{Node, Object};
use crate::codec::wire::{Plain, put};
use crate::codec::writer::Writer;
use crate::domain::command::{OperationName, Quantity};
use crate::domain::ids::{ProductId, Text};
use crate::domain::rejection::{VIOLATIONS_MAX, Value, Violation};

/// What was sent in place of a quantity is told only up to this length.
const SHOWN_BYTES_MAX: usize = 128;

/// A field that does not fit the schema, by its path.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Malformed(pub(super) String);

pub(super) type Read<T> = Result<T, Malformed>;

/// What is gathered while a command is read.
#[derive(Debug)]
pub(super) struct Reading {
    /// Every quantity that is none, but not more than an answer can tell.
    pub(super) quantities: Vec<Violation>,
    /// All of them, as they stand in the canonical form.
    pub(super) wrong: Canonical,
}

/// Where an object stands in the command.
#[derive(Clone, Copy, Default, Debug)]
struct Place {
    operation: Option<OperationName>,
    line: Option<usize>,
    /// The field that holds an object without paths of its own: what is wrong in it is wrong with this field.
    holder: Option<&'static str>,
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
        Self { object, place: Place::default(), reading }
    }

    /// The fields of the operation, which stands in this envelope.
    pub(super) fn operation(&mut self, name: OperationName, object: &'n Object<'n>) -> Fields<'n, '_> {
        self.inside(object, Place { operation: Some(name), ..self.place })
    }

    /// The fields of a line of this operation.
    pub(super) fn line<'i>(&mut self, index: usize, object: &'i Object<'i>) -> Fields<'i, '_> {
        self.inside(object, Place { line: Some(index), ..self.place })
    }

    /// The fields of the object that a field of this one holds.
    pub(super) fn held<'i>(&mut self, name: &'static str, object: &'i Object<'i>) -> Fields<'i, '_> {
        self.inside(object, Place { holder: Some(name), ..self.place })
    }

    fn inside<'i>(&mut self, object: &'i Object<'i>, place: Place) -> Fields<'i, '_> {
        Fields { object, place, reading: self.reading }
    }

    /// The value of a field; none where it is absent.
    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        self.object.get(name)
    }

    /// The error that names a field of this object.
    #[cold]
    pub(super) fn malformed(&self, name: &'static str) -> Malformed {
        let Place { operation, line, holder } = self.place;
        let name = holder.unwrap_or(name);
        Malformed(match (operation.map(OperationName::as_str), line) {
            (None, _) => name.to_owned(),
            (Some(operation), None) => format!("operation.{operation}.{name}"),
            (Some(operation), Some(line)) => format!("operation.{operation}.lines[{line}].{name}"),
        })
    }

    /// A quantity of a line that must be there. Wrong ones are gathered, because the answer names all of them; what is
    /// returned for one is never used.
    pub(super) fn quantity(
        &mut self,
        fits: RangeInclusive<Quantity>,
        name: &'static str,
        node: Option<&Node<'_>>,
    ) -> Quantity {
        let value = match node {
            Some(Node::Integer(quantity)) if fits.contains(quantity) => return *quantity,
            Some(Node::Integer(quantity)) => Some(Value::Number(*quantity)),
            Some(node) => {
                Some(node.to_json()).filter(|json| json.len() <= SHOWN_BYTES_MAX).map(|json| match node.text() {
                    Some(text) => Value::Text(text.into()),
                    None => Value::Json(json.into()),
                })
            }
            None => None,
        };
        let line = self.place.line;
        let wrong = &mut self.reading.wrong;
        wrong.begin_record();
        if let Some(line) = line.and_then(|line| i64::try_from(line).ok()) {
            put::<_, Plain, _>(wrong, "line", &line);
        }
        wrong.field("field");
        wrong.text(name);
        if let Some(node) = node {
            put::<_, Plain, _>(wrong, "value", &node.to_json());
        }
        wrong.end_record();
        if self.reading.quantities.len() < VIOLATIONS_MAX {
            let product_id = self.get("product_id").and_then(Node::text).map(ProductId::from);
            self.reading.quantities.push(Violation { line, product_id, field: Some(Text::from(name)), value });
        }
        0
    }
}
