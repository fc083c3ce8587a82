//! Bytes that pretend to be a row of one of our topics.
#![no_main]

use stockroom_fuzz::memory::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

libfuzzer_sys::fuzz_target!(|data: &[u8]| stockroom_fuzz::rows::check(data));
