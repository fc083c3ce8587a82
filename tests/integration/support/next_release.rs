//! The schemas of a release that does not exist yet: each has one more optional field, and commands one more operation.

use std::path::Path;

use serde_json::{Value, json};
use stockroom::codec::avro::Output;
use stockroom::codec::framing::{self, FRAME_BYTES};
use stockroom::codec::node::Node;
use stockroom::codec::schemas::{Schema, Version};

/// The field that every schema has gained.
pub const FIELD: &str = "added_by_the_next_release";
/// The operation that commands have gained.
pub const OPERATION: &str = "weigh_items";

/// A copy of the newest schema with what the next release adds.
pub fn text(schema: Schema) -> String {
    let mut next: Value = serde_json::from_str(schema.text()).unwrap();
    let field = json!({ "name": FIELD, "type": ["null", "string"], "default": null, "doc": "New." });
    next["fields"].as_array_mut().unwrap().push(field);
    if schema == Schema::Command {
        let operation = next["fields"].as_array_mut().unwrap().iter_mut().find(|field| field["name"] == "operation");
        let weigh = json!({ "type": "record", "name": "WeighItems", "doc": "New.", "fields": [
            { "name": "grams", "type": "long", "doc": "New." },
        ] });
        let field = json!({ "name": OPERATION, "type": ["null", weigh], "default": null, "doc": "New." });
        operation.unwrap()["type"]["fields"].as_array_mut().unwrap().push(field);
    }
    next.to_string()
}

pub fn version(schema: Schema) -> Version {
    Version::parse(schema, schema.newest().number + 1, &text(schema)).unwrap()
}

/// Writes all of them into a folder, for `STOCKROOM_NEXT_SCHEMAS`.
pub fn write_to(folder: &Path) {
    for schema in Schema::ALL {
        std::fs::write(folder.join(schema.file_name()), text(schema)).unwrap();
    }
}

/// The value as the next release would write it, with something in its new field.
pub fn written(schema: Schema, framed: &[u8]) -> Vec<u8> {
    let next = version(schema);
    let mut node = schema.newest().shape.read(&framed[FRAME_BYTES..]).unwrap();
    let Node::Object(object) = &mut node else { unreachable!("every value is a record") };
    object.0.push((FIELD.into(), Node::Text("new".into())));
    let mut bytes = framing::frame(next.id());
    next.shape.write(&node, &mut Output::new(&mut bytes)).unwrap();
    bytes
}
