//! Where the bytes of a batch's outputs are.

use bytes::{Bytes, BytesMut};

/// How much is allocated at once.
const BLOCK_BYTES: usize = 32 << 10;

/// Many short byte strings in few allocations: a sale makes some thirty, keys, values and headers, which live as long
/// as its batch.
#[derive(Default, Debug)]
pub struct Arena(BytesMut);

impl Arena {
    /// Keeps a copy.
    pub fn keep(&mut self, bytes: impl AsRef<[u8]>) -> Bytes {
        let bytes = bytes.as_ref();
        if self.0.capacity() < bytes.len() {
            self.0 = BytesMut::with_capacity(bytes.len().max(BLOCK_BYTES));
        }
        self.0.extend_from_slice(bytes);
        self.0.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_it_was_given_however_long() {
        let mut arena = Arena::default();
        let lengths = [0, 1, 5_000, 40_000, 3, BLOCK_BYTES, 20_000, 20_000];
        let given: Vec<Vec<u8>> = lengths.iter().zip(1..).map(|(length, fill)| vec![fill; *length]).collect();
        let kept: Vec<Bytes> = given.iter().map(|bytes| arena.keep(bytes)).collect();
        assert_eq!(kept, given);
    }
}
