//! Avro bytes nobody checked: lengths and counts are compared with what is left before anything is allocated.

use thiserror::Error;

/// More room than for this many items is made only for those that are really there.
pub const ROOM_MAX: usize = 1_024;

/// Why bytes are not a value of the schema.
#[derive(Clone, PartialEq, Eq, Error, Debug)]
pub enum AvroError {
    /// A field is cut off.
    #[error("the value ends too early")]
    TooShort,
    /// The value ends before its bytes do.
    #[error("{0} bytes are left over")]
    LeftOver(usize),
    /// More than 10 bytes, or bits beyond the 64th.
    #[error("a number has too many bytes")]
    NumberTooLong,
    /// Negative, or longer than what is left.
    #[error("{0} is not a length that can be right here")]
    Length(i64),
    /// A text of other bytes.
    #[error("a text is not UTF-8")]
    NotText,
    /// A byte other than 0 and 1.
    #[error("{0} is not a boolean")]
    NotBoolean(u8),
    /// The number of a branch that the union does not have.
    #[error("the union has no branch {0}")]
    NoBranch(i64),
    /// Values without bytes, without end.
    #[error("there are far more values than bytes")]
    TooMany,
    /// The value of a field means nothing to us.
    #[error("{0}")]
    Meaning(String),
}

/// The bytes not read yet.
#[derive(Debug)]
pub(super) struct Input<'a> {
    rest: &'a [u8],
    /// How many more values may be read: a schema of somebody else may have values of no bytes.
    values: usize,
}

impl<'a> Input<'a> {
    /// All of the bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, values: 2 * bytes.len() + 1_000 }
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Result<(), AvroError> {
        if self.rest.is_empty() { Ok(()) } else { Err(AvroError::LeftOver(self.rest.len())) }
    }

    /// Counts one more value, as long as there are not far more of them than bytes.
    pub(super) fn value(&mut self) -> Result<(), AvroError> {
        self.values = self.values.checked_sub(1).ok_or(AvroError::TooMany)?;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, AvroError> {
        let (first, rest) = self.rest.split_first().ok_or(AvroError::TooShort)?;
        self.rest = rest;
        Ok(*first)
    }

    /// A boolean: a byte of 0 or 1.
    pub(super) fn boolean(&mut self) -> Result<bool, AvroError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(AvroError::NotBoolean(other)),
        }
    }

    /// A zigzag number of variable length, 64 bits at most: Avro's `int` and `long`.
    #[inline]
    pub(super) fn integer(&mut self) -> Result<i64, AvroError> {
        let mut bits = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(AvroError::NumberTooLong);
            }
            bits |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed());
            }
        }
        Err(AvroError::NumberTooLong)
    }

    /// The bytes of a text, a `bytes` or a `fixed` of this length, which is not more than what is left.
    pub(super) fn bytes(&mut self, length: i64) -> Result<&'a [u8], AvroError> {
        let length = usize::try_from(length).map_err(|_| AvroError::Length(length))?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(AvroError::TooShort)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Bytes of a fixed number.
    pub(super) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], AvroError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(AvroError::TooShort)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// A text of UTF-8.
    #[inline]
    pub(super) fn text(&mut self) -> Result<&'a str, AvroError> {
        let length = self.integer()?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| AvroError::NotText)
    }

    /// Whether an optional value is there: the branch of a `["null", T]`, 0 or 1.
    #[inline]
    pub(super) fn is_some(&mut self) -> Result<bool, AvroError> {
        match self.integer()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(AvroError::NoBranch(other)),
        }
    }

    /// The number of items in the next block of an array or map; 0 after the last one. A negative count is followed by
    /// the block's length in bytes. There are not more than bytes are left: every item has one or more.
    pub(super) fn block(&mut self) -> Result<usize, AvroError> {
        let count = self.integer()?;
        if count < 0 {
            self.integer()?;
        }
        let items = usize::try_from(count.unsigned_abs()).ok().filter(|items| *items <= self.rest.len());
        items.ok_or(AvroError::Length(count))
    }
}
