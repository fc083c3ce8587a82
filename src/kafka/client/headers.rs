//! The headers of a message as they stand in it, whatever bytes their names are. The crate's own look at them panics at a
//! name that is no UTF-8, which anybody may send.
//!
//! What makes these calls sound: the message lives as long as it is borrowed, its headers belong to it and are parsed
//! once; names and values stay where they are while it lives, and are copied before this returns.
#![allow(unsafe_code, reason = "the raw look at a message's headers")]

use std::ffi::CStr;
use std::ptr::null_mut;

use bytes::Bytes;
use rdkafka::bindings as raw;
use rdkafka::message::BorrowedMessage;

use crate::codec::record::Header;

const DONE: raw::rd_kafka_resp_err_t = raw::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;

/// The headers of a message, in order. One whose name is no UTF-8 is somebody else's and left out; a name ends at its
/// first NUL. Of more than 100,000 headers, and of bytes that are none, the client gives nothing.
pub(super) fn of(message: &BorrowedMessage<'_>) -> Vec<Header> {
    let mut headers = null_mut();
    // SAFETY: the message lives during the call, which writes the pointer when it says that it is done.
    if unsafe { raw::rd_kafka_message_headers(message.ptr(), &raw mut headers) } != DONE {
        return Vec::new();
    }
    // SAFETY: the headers were given just now and live as long as the message.
    let count = unsafe { raw::rd_kafka_header_cnt(headers) };
    let mut found = Vec::with_capacity(count);
    for index in 0..count {
        let (mut name, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
        // SAFETY: as above; what it writes points into the headers.
        let code =
            unsafe { raw::rd_kafka_header_get_all(headers, index, &raw mut name, &raw mut value, &raw mut size) };
        if code != DONE {
            break;
        }
        // SAFETY: the name is a C string, the value null or `size` bytes, and both live as long as the message.
        let (name, value) = unsafe {
            let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
            (CStr::from_ptr(name), value)
        };
        if let Ok(name) = name.to_str() {
            found.push(Header { key: name.to_owned().into(), value: value.map(Bytes::copy_from_slice) });
        }
    }
    found
}
