//! How much memory the work on an input takes.
//!
//! Whoever sends a record decides how many bytes it has, and may not decide more than that: what reading it allocates is
//! bounded by a multiple of its length.
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, which counts what a thread holds.
pub struct Counting;

fn count(bytes: isize) {
    // At a thread's end there is nobody left who asks.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

// SAFETY: everything is done by the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// A byte of JSON can become a node of a tree, in a list that has just doubled: `[0,0,…`.
const BYTES_FOR_A_BYTE: usize = 128;
/// For whatever is small and of one size.
const BYTES_FOR_ALL: usize = 64 << 10;

/// Does something with an input of this length, and checks what it takes. Where [`Counting`] is not the allocator there
/// is nothing to check.
pub fn bounded<T>(length: usize, work: impl FnOnce() -> T) -> T {
    let before = HELD.get();
    MOST.set(before);
    let done = work();
    let taken = usize::try_from(MOST.get() - before).unwrap_or(0);
    let most = BYTES_FOR_ALL + length * BYTES_FOR_A_BYTE;
    assert!(taken <= most, "{taken} bytes were taken at once for an input of {length}");
    done
}
