//! Values into Avro bytes, field by field in their order.
//!
//! A field that is skipped is one zero byte: the null of a `["null", T]`, false, 0, an empty array, map or text.

use crate::codec::writer::Writer;
use crate::domain::time::{Date, Timestamp};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where Avro bytes are appended.
#[derive(Debug)]
pub struct Output<'b>(&'b mut Vec<u8>);

impl<'b> Output<'b> {
    /// Appends to these bytes.
    pub fn new(bytes: &'b mut Vec<u8>) -> Self {
        Self(bytes)
    }

    #[inline]
    fn length(&mut self, length: usize) {
        self.number(i64::try_from(length).unwrap_or(i64::MAX));
    }

    /// The head of the one block that holds all items of an array or map; an empty one has none.
    pub fn block(&mut self, length: usize) {
        if length > 0 {
            self.length(length);
        }
    }

    /// The empty block behind the last one.
    pub fn end_blocks(&mut self) {
        self.0.push(0);
    }

    /// How much was written.
    pub fn position(&self) -> usize {
        self.0.len()
    }

    /// Takes back what was written since.
    pub fn rewind(&mut self, position: usize) {
        self.0.truncate(position);
    }
}

impl Writer for Output<'_> {
    #[inline]
    fn skip(&mut self) {
        self.0.push(0);
    }

    fn begin_list(&mut self, length: usize) {
        self.block(length);
    }

    fn end_list(&mut self) {
        self.end_blocks();
    }

    fn begin_map(&mut self, length: usize) {
        self.block(length);
    }

    fn end_map(&mut self) {
        self.end_blocks();
    }

    #[inline]
    fn some(&mut self) {
        self.number(1);
    }

    #[inline]
    fn boolean(&mut self, value: bool) {
        self.0.push(u8::from(value));
    }

    /// Zigzag, then seven bits a byte, the lowest first.
    #[inline]
    fn number(&mut self, value: i64) {
        let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while rest > 0x7f {
            self.0.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push((rest & 0x7f) as u8);
    }

    /// Its length and its bytes.
    #[inline]
    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn instant(&mut self, instant: Timestamp) {
        self.number(instant.millis().saturating_mul(1_000));
    }

    fn date(&mut self, date: Date) {
        self.number(date.midnight_utc().millis().div_euclid(DAY_MS));
    }
}
