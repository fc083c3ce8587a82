//! The conformance vectors: files of `tests/vectors`, format in their README.

use std::path::Path;

use serde_json::Value;
use stockroom::domain::document::Reason;
use stockroom::domain::settings::Settings;
use stockroom::domain::time::Timestamp;
use walkdir::WalkDir;

/// One vector.
pub struct Vector {
    /// Its folder and name.
    pub name: String,
    /// Settings of the deployment that differ from the defaults.
    pub config: Value,
    /// To be fed in this order.
    pub records: Vec<VectorRecord>,
    /// What must come out: `results`, `events`, `ledger`, `stock`, `documents`, `dead_letters`.
    pub expect: Value,
}

/// A record to be fed.
#[derive(Clone)]
pub struct VectorRecord {
    /// Its timestamp.
    pub at: Timestamp,
    /// Its key.
    pub key: Option<String>,
    /// Its value.
    pub value: Vec<u8>,
    /// The command's id, as it is written.
    pub command_id: Option<String>,
    /// The command only asks.
    pub validate_only: bool,
}

/// Every vector, by name.
pub fn all() -> Vec<Vector> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let files = WalkDir::new(&root).sort_by_file_name().into_iter().filter_map(Result::ok);
    let json = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "json"));
    let vectors: Vec<_> = json
        .map(|entry| {
            let file: Value = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
            let name = entry.path().strip_prefix(&root).unwrap().with_extension("");
            read(name.to_string_lossy().into_owned(), &file)
        })
        .collect();
    assert!(vectors.len() > 200, "only {} vectors", vectors.len());
    vectors
}

fn read(name: String, file: &Value) -> Vector {
    Vector {
        name,
        config: file["config"].clone(),
        records: list(&file["records"]).iter().map(read_record).collect(),
        expect: file["expect"].clone(),
    }
}

/// A record as files have it.
pub fn read_record(record: &Value) -> VectorRecord {
    let command = &record["command"];
    VectorRecord {
        at: Timestamp::parse(record["at"].as_str().unwrap()).unwrap(),
        key: record["key"].as_str().map(str::to_owned),
        value: match record["raw"].as_str() {
            Some(raw) => raw.as_bytes().to_vec(),
            None => serde_json::to_vec(command).unwrap(),
        },
        command_id: command["command_id"].as_str().map(str::to_lowercase),
        validate_only: command["validate_only"] == Value::Bool(true),
    }
}

/// The elements of a list; of nothing, none.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Vector {
    /// The deployment's settings.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        for (name, value) in self.config.as_object().unwrap() {
            let flag = || value.as_bool().unwrap();
            let number = || value.as_i64().unwrap();
            let text = || value.as_str().unwrap();
            let texts = || list(value).iter().map(|text| text.as_str().unwrap());
            match name.as_str() {
                "tenant" => settings.tenant = text().into(),
                "salable_stock_location" => settings.salable_stock_location = text().into(),
                "damaged_stock_location" => settings.damaged_stock_location = text().into(),
                "stock_locations" => settings.stock_locations = texts().map(Into::into).collect(),
                "catalogue" => settings.catalogue = Some(texts().map(Into::into).collect()),
                "reasons" => settings.reasons = list(value).iter().map(reason).collect(),
                "strict_configuration" => settings.strict_configuration = flag(),
                "parked_for_ms" => settings.parked_for_ms = number(),
                "history_ms" => settings.history_ms = number(),
                "command_ids_ms" => settings.command_ids_ms = number(),
                "sellable_conditions" => settings.sellable_conditions = texts().map(Into::into).collect(),
                "emit_transfer_order_created_for_api" => settings.emit_transfer_order_created_for_api = flag(),
                "emit_asn_created_for_packed" => settings.emit_asn_created_for_packed = flag(),
                other => panic!("{}: unknown setting {other}", self.name),
            }
        }
        settings
    }
}

fn reason(value: &Value) -> Reason {
    let text = |field: &str| value[field].as_str();
    Reason {
        reason_code: text("reason_code").unwrap().into(),
        kind: text("type").unwrap().into(),
        subtype: text("subtype").unwrap().into(),
        origin_stock_location: text("origin_stock_location").map(Into::into),
        destination_stock_location: text("destination_stock_location").map(Into::into),
        is_activated: value["is_activated"] != Value::Bool(false),
    }
}
