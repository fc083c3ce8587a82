//! In which fields two Avro schemas differ, in words: registries say it each in its own way, or not at all.

use std::collections::BTreeMap;

use serde_json::Value;

/// So many fields of a kind are named.
const NAMED: usize = 6;

/// What is different between the schema that is there and ours; `None` when no field is, or one can't be read.
pub fn difference(theirs: &str, ours: &str) -> Option<String> {
    let [theirs, ours] = [theirs, ours].map(|text| {
        let mut fields = BTreeMap::new();
        if let Ok(schema) = serde_json::from_str(text) {
            collect(&schema, "", &mut fields);
        }
        fields
    });
    if theirs.is_empty() || ours.is_empty() {
        return None;
    }
    let missing_in = |fields: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        named(fields.keys().filter(|path| !other.contains_key(*path)).cloned())
    };
    let changed = named(ours.iter().filter_map(|(path, kind)| {
        let before = theirs.get(path).filter(|before| *before != kind)?;
        Some(format!("{path} ({before} there, {kind} ours)"))
    }));
    let parts = [
        ("only ours", missing_in(&ours, &theirs)),
        ("only there", missing_in(&theirs, &ours)),
        ("of another type", changed),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter_map(|(what, fields)| Some(format!("fields {what}: {}", fields?))).collect();
    if parts.is_empty() { None } else { Some(parts.join("; ")) }
}

fn named(fields: impl Iterator<Item = String>) -> Option<String> {
    let fields: Vec<String> = fields.collect();
    let more = fields.len().saturating_sub(NAMED);
    let shown = fields.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match (fields.is_empty(), more) {
        (true, _) => None,
        (_, 0) => Some(shown),
        _ => Some(format!("{shown} and {more} more")),
    }
}

/// Every field below a type, by its path, with its kind.
fn collect(schema: &Value, path: &str, fields: &mut BTreeMap<String, String>) {
    match schema {
        Value::Array(branches) => branches.iter().for_each(|branch| collect(branch, path, fields)),
        Value::Object(object) => {
            for field in object.get("fields").and_then(Value::as_array).into_iter().flatten() {
                let (Some(name), Some(kind)) = (field.get("name").and_then(Value::as_str), field.get("type")) else {
                    continue;
                };
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                let default = if field.get("default").is_some() { "" } else { " without default" };
                collect(kind, &path, fields);
                fields.insert(path, format!("{}{default}", kind_of(kind)));
            }
            let inner = ["items", "values", "type"].iter().filter_map(|key| object.get(*key));
            inner.for_each(|inner| collect(inner, path, fields));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn kind_of(kind: &Value) -> String {
    match kind {
        Value::String(name) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        Value::Array(branches) => branches.iter().map(kind_of).collect::<Vec<_>>().join(" or "),
        Value::Object(object) => match (object.get("name").and_then(Value::as_str), object.get("type")) {
            (Some(name), _) => name.to_owned(),
            (None, Some(kind)) => kind_of(kind),
            (None, None) => String::new(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &str) -> String {
        format!(r#"{{"type": "record", "name": "R", "fields": [{fields}]}}"#)
    }

    #[test]
    fn fields_that_differ_are_named_with_their_path() {
        let inner = |field: &str| {
            let inner = record(field);
            format!(r#"{{"name": "lines", "type": {{"type": "array", "items": {inner}}}, "default": []}}"#)
        };
        let long = r#"{"name": "a", "type": "long"}"#;
        let optional = r#"{"name": "a", "type": ["null", "long"], "default": null}"#;
        let table = [
            (record(long), record(long), None),
            (record(long), record(&format!(r#"{long}, {{"name": "b", "type": "int"}}"#)), Some("fields only ours: b")),
            (record(&inner(long)), record(&inner("")), Some("fields only there: lines.a")),
            (
                record(&inner(long)),
                record(&inner(optional)),
                Some("fields of another type: lines.a (long without default there, null or long ours)"),
            ),
            ("<html>".to_owned(), record(long), None),
        ];
        for (theirs, ours, expected) in table {
            assert_eq!(difference(&theirs, &ours).as_deref(), expected, "{theirs} {ours}");
        }
    }
}
