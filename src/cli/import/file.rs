//! The file of `stockroom import`: which rows can be used, which not, and the commands they make.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use csv::{ByteRecord, Reader, ReaderBuilder};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use crate::codec::command::is_id;
use crate::domain::command::{
    Actor, Body, Command, Fingerprint, ImportLine, ImportStock, LINES_MAX, Operation, OperationName, Origin,
    QUANTITY_MAX, Quantity,
};
use crate::domain::time::Timestamp;

/// The columns; the last may be left out.
const COLUMNS: [&str; 4] = ["store_id", "product_id", "count", "stock_location"];
/// What ids are made in. Never changed: else a second run of an older file would not be a repeat.
const NAMESPACE: Uuid = Uuid::from_u128(0x5f0c_7d0e_3b62_4b0a_9e57_1d2f_7a94_c8e1);

/// What a file says.
#[derive(Debug)]
pub struct StockFile {
    /// Of the file's bytes: the same bytes make the same ids.
    hash: u128,
    /// The rows that can be used, in the order of stores, stock locations and products.
    pub batches: Vec<Batch>,
    /// The rows that can't: line of the file and why.
    pub wrong: Vec<(u64, String)>,
}

/// The rows of one command.
#[derive(Debug)]
pub struct Batch {
    pub store_id: String,
    pub stock_location: String,
    /// Which of its store and stock location, from 0.
    chunk: usize,
    /// How often rows that were refused have been left out of it.
    attempt: usize,
    pub rows: Vec<Row>,
}

impl Batch {
    /// The rows at these places, and a batch of the others with an id of its own.
    pub fn without(self, places: &BTreeSet<usize>) -> (Vec<Row>, Self) {
        let (left_out, rest): (Vec<_>, Vec<_>) =
            self.rows.into_iter().enumerate().partition(|(place, _)| places.contains(place));
        let rows = |rows: Vec<(usize, Row)>| rows.into_iter().map(|(_, row)| row).collect();
        (rows(left_out), Self { attempt: self.attempt + 1, rows: rows(rest), ..self })
    }
}

/// What one product was counted as.
#[derive(Debug)]
pub struct Row {
    /// Of the file, from 1.
    pub line: u64,
    product_id: String,
    count: Quantity,
}

/// What is said of all rows.
#[derive(Debug)]
pub struct Said {
    pub occurred_at: Timestamp,
    /// Who has the numbers already.
    pub origin: Option<String>,
}

impl StockFile {
    /// Reads all of it. Rows without a stock location are of the given one.
    ///
    /// # Errors
    /// The first line does not name the columns.
    pub fn read(bytes: &[u8], delimiter: u8, stock_location: &str) -> Result<Self, String> {
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let mut lines = Lines { text, counted: 0, line: 1 };
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
        let columns = Columns::read(&mut reader)?;
        let mut groups: BTreeMap<(String, String), BTreeMap<String, Row>> = BTreeMap::new();
        let mut wrong = Vec::new();
        for record in reader.byte_records() {
            // Bytes in memory, of any length: nothing else can go wrong.
            let record = record.map_err(|error| error.to_string())?;
            let line = lines.of(record.position().map_or(0, csv::Position::byte));
            let row = columns.row(&record, line, stock_location).and_then(|(place, row)| {
                match groups.entry(place).or_default().entry(row.product_id.clone()) {
                    Entry::Vacant(entry) => entry.insert(row),
                    Entry::Occupied(entry) => return Err(format!("the product is in line {} too", entry.get().line)),
                };
                Ok(())
            });
            wrong.extend(row.err().map(|fault| (line, fault)));
        }
        Ok(Self { hash: xxh3_128(bytes), batches: batches(groups), wrong })
    }

    /// How many rows can be used.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows.len()).sum()
    }

    /// The command of a batch. Its id follows from the file's bytes, and where in them its rows are.
    pub fn command(&self, batch: &Batch, said: &Said) -> Command {
        let hash = format!("{:032x}", self.hash);
        let place =
            serde_json::json!([hash, batch.store_id, batch.stock_location, batch.chunk, batch.attempt]).to_string();
        let lines =
            batch.rows.iter().map(|row| ImportLine { product_id: row.product_id.as_str().into(), count: row.count });
        let operation = ImportStock {
            import_id: Some(hash.as_str().into()),
            stock_location: batch.stock_location.as_str().into(),
            external_id: None,
            lines: lines.collect(),
        };
        let origin = |system: &String| Origin { system: system.as_str().into(), id: hash.as_str().into() };
        Command {
            command_id: Uuid::new_v5(&NAMESPACE, place.as_bytes()),
            store_id: batch.store_id.as_str().into(),
            correlation_id: None,
            validate_only: false,
            fingerprint: Fingerprint::default(),
            operation_name: Some(OperationName::ImportStock),
            body: Ok(Body {
                occurred_at: said.occurred_at,
                actor: Actor { id: "stockroom import".into(), role: None, device: None },
                origin: said.origin.as_ref().map(origin),
                operation: Operation::ImportStock(operation),
            }),
        }
    }
}

/// Lines by the place of their bytes, in order. The reader's own count is that of before the end of the line was passed.
struct Lines<'t> {
    text: &'t [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins at or behind a byte.
    fn of(&mut self, byte: u64) -> u64 {
        let begin = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.counted, self.text.len());
        let blank = self.text[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &self.text[self.counted..begin + blank];
        self.line += u64::try_from(passed.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0);
        self.counted = begin + blank;
        self.line
    }
}

fn batches(groups: BTreeMap<(String, String), BTreeMap<String, Row>>) -> Vec<Batch> {
    let mut batches = Vec::new();
    for ((store_id, stock_location), rows) in groups {
        let mut rows = rows.into_values().peekable();
        let mut chunk = 0;
        while rows.peek().is_some() {
            let rows = rows.by_ref().take(LINES_MAX).collect();
            batches.push(Batch {
                store_id: store_id.clone(),
                stock_location: stock_location.clone(),
                chunk,
                attempt: 0,
                rows,
            });
            chunk += 1;
        }
    }
    batches
}

/// Where each column stands.
struct Columns {
    places: [Option<usize>; COLUMNS.len()],
    count: usize,
}

impl Columns {
    fn read(reader: &mut Reader<&[u8]>) -> Result<Self, String> {
        let header = reader.byte_headers().map_err(|error| error.to_string())?;
        let mut places = [None; COLUMNS.len()];
        for (index, name) in header.iter().enumerate() {
            let known = COLUMNS.iter().position(|column| column.as_bytes() == name.trim_ascii());
            let name = String::from_utf8_lossy(name);
            let known = known.ok_or_else(|| format!("there is no column {name:?}"))?;
            if places[known].replace(index).is_some() {
                return Err(format!("column {name:?} is there twice"));
            }
        }
        match COLUMNS.iter().zip(places).take(COLUMNS.len() - 1).find(|(_, place)| place.is_none()) {
            Some((missing, _)) => Err(format!("column {missing:?} is missing")),
            None => Ok(Self { places, count: header.len() }),
        }
    }

    fn row(&self, record: &ByteRecord, line: u64, default: &str) -> Result<((String, String), Row), String> {
        if record.len() != self.count {
            return Err(format!("{} columns in place of {}", record.len(), self.count));
        }
        let text = |column: usize| {
            let cell = self.places[column].and_then(|place| record.get(place)).unwrap_or_default();
            std::str::from_utf8(cell).map_err(|_| format!("{} is not UTF-8", COLUMNS[column]))
        };
        let id = |column: usize| {
            let id = text(column)?;
            if is_id(&id) { Ok(id.to_owned()) } else { Err(format!("{} {id:?} is not an id", COLUMNS[column])) }
        };
        let (store_id, product_id) = (id(0)?, id(1)?);
        let count = text(2)?.trim();
        let number = count.parse().ok().filter(|number| (0..=QUANTITY_MAX).contains(number));
        let count = number.ok_or_else(|| format!("count {count:?} is not a whole number from 0 to {QUANTITY_MAX}"))?;
        let stock_location = if text(3)?.is_empty() { default.to_owned() } else { id(3)? };
        Ok(((store_id, stock_location), Row { line, product_id, count }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> StockFile {
        StockFile::read(text, b',', "main").unwrap()
    }

    fn ids(file: &StockFile) -> Vec<Uuid> {
        let said = Said { occurred_at: Timestamp::from_millis(0), origin: None };
        file.batches.iter().map(|batch| file.command(batch, &said).command_id).collect()
    }

    #[test]
    fn wrong_rows_are_listed_and_the_rest_is_used() {
        let text = b"\xef\xbb\xbfstore_id,product_id,count,stock_location\r\nS1,A,1,\r\nS1,,1,\nS1,B,x,\nS1,B,-1,\nS1,B,1000000001,\n\
            S1,B,1\n\"S1\",\"B\nB\",1,\n\nS1,A,2,main\nS1,A,3,damaged\nS1,\xff,1,\nS1, C,1,\n\"S,2\",C, 7 ,main\n";
        let file = read(text);
        let wrong: Vec<(u64, &str)> = file.wrong.iter().map(|(line, fault)| (*line, fault.as_str())).collect();
        assert_eq!(
            wrong,
            [
                (3, "product_id \"\" is not an id"),
                (4, "count \"x\" is not a whole number from 0 to 1000000000"),
                (5, "count \"-1\" is not a whole number from 0 to 1000000000"),
                (6, "count \"1000000001\" is not a whole number from 0 to 1000000000"),
                (7, "3 columns in place of 4"),
                (8, "product_id \"B\\nB\" is not an id"),
                (11, "the product is in line 2 too"),
                (13, "product_id is not UTF-8"),
                (14, "product_id \" C\" is not an id"),
            ]
        );
        let used: Vec<(&str, &str, u64, Quantity)> = file
            .batches
            .iter()
            .flat_map(|batch| batch.rows.iter().map(move |row| (batch, row)))
            .map(|(batch, row)| (batch.store_id.as_str(), batch.stock_location.as_str(), row.line, row.count))
            .collect();
        assert_eq!(used, [("S,2", "main", 15, 7), ("S1", "damaged", 12, 3), ("S1", "main", 2, 1)]);
    }

    #[test]
    fn the_same_bytes_make_the_same_ids_and_no_two_are_equal() {
        let mut text = "store_id,product_id,count\n".to_owned();
        for number in 0..2_001 {
            text.push_str(&format!("S1,P{number},1\nS2,P{number},1\n"));
        }
        let file = read(text.as_bytes());
        let sizes: Vec<usize> = file.batches.iter().map(|batch| batch.rows.len()).collect();
        assert_eq!(sizes, [1_000, 1_000, 1, 1_000, 1_000, 1]);
        let mut first = ids(&file);
        assert_eq!(first, ids(&read(text.as_bytes())));
        text.push('\n');
        first.extend(ids(&read(text.as_bytes())));
        first.sort();
        first.dedup();
        assert_eq!(first.len(), 12);
    }

    #[test]
    fn the_first_line_names_the_columns() {
        for (header, fault) in [
            ("store_id,product_id", "column \"count\" is missing"),
            ("store_id,product_id,count,shelf", "there is no column \"shelf\""),
            ("store_id,product_id,count,count", "column \"count\" is there twice"),
            ("", "column \"store_id\" is missing"),
        ] {
            assert_eq!(StockFile::read(header.as_bytes(), b',', "main").unwrap_err(), fault);
        }
    }
}
