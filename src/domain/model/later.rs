//! Names that a later release gives to things: this one keeps them as they are, so that rows of both can stand side by side.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashSet;

/// The most names of later releases a process knows; a release adds a few.
const NAMES_MAX: usize = 1_000;

/// A name of a code, an operation or a kind of document that this release does not know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LaterName(&'static str);

impl LaterName {
    /// A name; `None` when it is none, or there are too many.
    ///
    /// Each is kept for the life of the process, so that its owners stay as cheap to copy as their other values.
    pub fn of(name: &str) -> Option<Self> {
        static NAMES: Mutex<Option<FxHashSet<&'static str>>> = Mutex::new(None);
        let is_name = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_name {
            return None;
        }
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let names = names.get_or_insert_default();
        if let Some(known) = names.get(name) {
            return Some(Self(known));
        }
        if names.len() == NAMES_MAX {
            return None;
        }
        let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
        names.insert(kept);
        Some(Self(kept))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// Few.
#[cfg(any(test, feature = "arbitrary"))]
impl arbitrary::Arbitrary<'_> for LaterName {
    fn arbitrary(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        let name = *u.choose(&["weigh_items", "too_heavy"])?;
        Self::of(name).ok_or(arbitrary::Error::IncorrectFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_kept_once() {
        let name = LaterName::of("added_later").expect("a name");
        assert!(std::ptr::eq(name.as_str(), LaterName::of(&String::from("added_later")).expect("a name").as_str()));
        for text in ["", "Upper", "with blank", "é", &"x".repeat(65)] {
            assert_eq!(LaterName::of(text), None, "{text}");
        }
    }
}
