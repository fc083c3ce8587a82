//! Puts records on a topic byte for byte: what ordinary clients refuse to send. One request of Kafka's protocol (Produce,
//! version 3) to the broker of the tests, which leads every partition.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::broker;

/// A record as it will stand in the log.
#[derive(Clone, Debug)]
pub struct Raw {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// −1 is none.
    pub timestamp: i64,
}

/// What a broker says of a partition that it does not lead yet, because the topic was just made.
const NO_LEADER_YET: [i16; 2] = [3, 6];

/// Writes records in one batch; the offset of the first.
///
/// # Errors
/// The broker's error code.
pub fn produce(topic: &str, partition: i32, records: &[Raw]) -> Result<i64, i16> {
    let batch = batch(records);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match produce_once(topic, partition, &batch) {
            Err(code) if NO_LEADER_YET.contains(&code) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(50));
            }
            outcome => return outcome,
        }
    }
}

fn produce_once(topic: &str, partition: i32, batch: &[u8]) -> Result<i64, i16> {
    let mut body = Vec::new();
    // No transactional id, acknowledged by all, 30 s; one topic of one partition.
    body.extend((-1_i16).to_be_bytes());
    body.extend((-1_i16).to_be_bytes());
    body.extend(30_000_i32.to_be_bytes());
    body.extend(1_i32.to_be_bytes());
    body.extend(text(topic));
    body.extend(1_i32.to_be_bytes());
    body.extend(partition.to_be_bytes());
    body.extend(length(batch.len()));
    body.extend(batch);
    let answer = ask(&body);
    // A correlation id, one topic with its name, one partition with its number.
    let at = 4 + 4 + 2 + topic.len() + 4 + 4;
    match i16::from_be_bytes(answer[at..at + 2].try_into().unwrap()) {
        0 => Ok(i64::from_be_bytes(answer[at + 2..at + 10].try_into().unwrap())),
        code => Err(code),
    }
}

fn ask(body: &[u8]) -> Vec<u8> {
    const PRODUCE: i16 = 0;
    const VERSION: i16 = 3;
    let mut request = [PRODUCE.to_be_bytes(), VERSION.to_be_bytes()].concat();
    request.extend(1_i32.to_be_bytes());
    request.extend(text("raw"));
    request.extend(body);
    let mut stream = TcpStream::connect(broker::bootstrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(&[&length(request.len())[..], &request].concat()).unwrap();
    let mut size = [0; 4];
    stream.read_exact(&mut size).unwrap();
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(size)).unwrap()];
    stream.read_exact(&mut answer).unwrap();
    answer
}

fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap().to_be_bytes()
}

fn text(text: &str) -> Vec<u8> {
    [&i16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat()
}

/// Records as a batch of the second format, not compressed.
fn batch(records: &[Raw]) -> Vec<u8> {
    let base = records[0].timestamp;
    let newest = records.iter().map(|record| record.timestamp).max().unwrap();
    let count = i32::try_from(records.len()).unwrap();
    let mut body = 0_i16.to_be_bytes().to_vec();
    body.extend((count - 1).to_be_bytes());
    body.extend(base.to_be_bytes());
    body.extend(newest.to_be_bytes());
    // No producer.
    body.extend((-1_i64).to_be_bytes());
    body.extend((-1_i16).to_be_bytes());
    body.extend((-1_i32).to_be_bytes());
    body.extend(count.to_be_bytes());
    for (index, record) in records.iter().enumerate() {
        let mut bytes = vec![0];
        bytes.extend(varint(record.timestamp.wrapping_sub(base)));
        bytes.extend(varint(i64::try_from(index).unwrap()));
        bytes.extend(sized(record.key.as_deref()));
        bytes.extend(sized(record.value.as_deref()));
        bytes.extend(varint(i64::try_from(record.headers.len()).unwrap()));
        for (name, value) in &record.headers {
            bytes.extend(sized(Some(name)));
            bytes.extend(sized(value.as_deref()));
        }
        body.extend(sized(Some(&bytes)));
    }
    let mut batch = 0_i64.to_be_bytes().to_vec();
    batch.extend(length(4 + 1 + 4 + body.len()));
    batch.extend((-1_i32).to_be_bytes());
    batch.push(2);
    batch.extend(crc32c(&body).to_be_bytes());
    batch.extend(body);
    batch
}

fn sized(bytes: Option<&[u8]>) -> Vec<u8> {
    match bytes {
        Some(bytes) => [varint(i64::try_from(bytes.len()).unwrap()), bytes.to_vec()].concat(),
        None => varint(-1),
    }
}

fn varint(number: i64) -> Vec<u8> {
    let mut left = ((number << 1) ^ (number >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    while left > 0x7f {
        bytes.push(u8::try_from(left & 0x7f).unwrap() | 0x80);
        left >>= 7;
    }
    bytes.push(u8::try_from(left).unwrap());
    bytes
}

fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let step = |crc: u32| (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
