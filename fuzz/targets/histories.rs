//! Histories of commands, drawn from bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    stockroom_fuzz::histories::check(data);
});
