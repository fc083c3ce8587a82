//! Keys of every topic we write (domain contract §4, §8). They are a published format: golden-tested, never changed.
//!
//! A compound key has its parts joined by `|`. In each part `%` and `|` are percent-escaped, because ids are free text
//! and two different keys must never have the same bytes. The key of a topic keyed by the store alone is the store's
//! id as it is, as upstream applications write it too.

use std::borrow::Cow;

use crate::domain::decision::{Answer, AnswerKey, Outcome};
use crate::domain::document::{DocumentKey, Ids, Kind, Range};
use crate::domain::ids::{StoreId, Uuid};
use crate::domain::stock::StockKey;

/// Key of commands, legs and events: the store's id.
pub fn store(store: &StoreId) -> &[u8] {
    store.as_str().as_bytes()
}

/// Key of stock rows, and of the ledger: `store|product`.
pub fn stock(key: &StockKey) -> Vec<u8> {
    join(&[key.store_id.as_str(), key.product_id.as_str()])
}

/// What the keys of all of a store's stock rows begin with, and no other store's.
pub fn stock_prefix(store: &StoreId) -> Vec<u8> {
    join(&[store.as_str(), ""])
}

/// Key of documents: `store|kind|id`, of some kinds `store|kind|id|part`.
pub fn document(key: &DocumentKey) -> Vec<u8> {
    match &key.part {
        Some(part) => join(&[key.store_id.as_str(), key.kind.as_str(), &key.id, part]),
        None => join(&[key.store_id.as_str(), key.kind.as_str(), &key.id]),
    }
}

/// What the keys of the documents in a range begin with; other keys may begin with it too.
pub fn range_prefix(range: &Range) -> Vec<u8> {
    match &range.ids {
        Ids::Of(id) => join(&[range.store_id.as_str(), range.kind.as_str(), id, ""]),
        Ids::UpTo(_) | Ids::All => join(&[range.store_id.as_str(), range.kind.as_str(), ""]),
    }
}

/// Key of the answer to a command id: `store|command id`.
pub fn remembered(key: &AnswerKey) -> Vec<u8> {
    answered(&key.store_id, key.command_id)
}

/// Key of an answer on the results topic: that of its command id (a leg: of the leg's id), and what keeps an answer that
/// is not remembered from replacing the one that is: `|<fingerprint>` for a used id, `|validate_only` for a question.
pub fn answer(answer: &Answer) -> Vec<u8> {
    let id = match answer.outcome {
        Outcome::Applied { leg_id, .. } => leg_id,
        Outcome::Accepted { .. } | Outcome::Rejected(_) | Outcome::Parked(_) => answer.command_id,
    };
    let mut bytes = answered(&answer.store_id, id);
    if answer.reused {
        bytes.extend_from_slice(format!("|{:032x}", answer.fingerprint.0).as_bytes());
    }
    if answer.validate_only {
        bytes.extend_from_slice(b"|validate_only");
    }
    bytes
}

/// The store a key of a stock row or document is of.
pub fn parse_store(key: &[u8]) -> Option<StoreId> {
    let store = key.split(|byte| *byte == b'|').next()?;
    Some(unescape(std::str::from_utf8(store).ok()?)?.as_ref().into())
}

/// The stock row a key is of.
pub fn parse_stock(key: &[u8]) -> Option<StockKey> {
    let [store_id, product_id] = split(key)?;
    Some(StockKey { store_id: store_id.as_ref().into(), product_id: product_id.as_ref().into() })
}

/// The document a key is of.
pub fn parse_document(key: &[u8]) -> Option<DocumentKey> {
    let (id, part) = match split::<4>(key) {
        Some([store_id, kind, id, part]) => ([store_id, kind, id], Some(part)),
        None => (split::<3>(key)?, None),
    };
    let [store_id, kind, id] = id;
    let key = DocumentKey::new(store_id.as_ref().into(), Kind::parse(&kind)?, id.as_ref());
    Some(DocumentKey { part: part.map(|part| part.as_ref().into()), ..key })
}

/// Whether an answer with this key on the results topic may be the one that repeats of a command get again: the last one
/// of its id, be that a command's or a leg's.
pub fn is_of_an_id(key: &[u8]) -> bool {
    let mut parts = key.split(|byte| *byte == b'|');
    parts.next().is_some() && parts.next().is_some_and(|id| Uuid::try_parse_ascii(id).is_ok()) && parts.next().is_none()
}

fn answered(store: &StoreId, id: Uuid) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(store.as_str().len() + 1 + 36);
    escape(store.as_str(), &mut bytes);
    bytes.push(b'|');
    bytes.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    bytes
}

fn join(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            bytes.push(b'|');
        }
        escape(part, &mut bytes);
    }
    bytes
}

fn escape(part: &str, bytes: &mut Vec<u8>) {
    for byte in part.bytes() {
        match byte {
            b'%' => bytes.extend_from_slice(b"%25"),
            b'|' => bytes.extend_from_slice(b"%7C"),
            other => bytes.push(other),
        }
    }
}

fn split<const N: usize>(key: &[u8]) -> Option<[Cow<'_, str>; N]> {
    let parts = std::str::from_utf8(key).ok()?.split('|').map(unescape).collect::<Option<Vec<_>>>()?;
    parts.try_into().ok()
}

fn unescape(part: &str) -> Option<Cow<'_, str>> {
    if !part.contains('%') {
        return Some(Cow::Borrowed(part));
    }
    let mut pieces = part.split('%');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let (byte, rest) = piece.split_at_checked(2)?;
        text.push(match byte {
            "25" => '%',
            "7C" => '|',
            _ => return None,
        });
        text.push_str(rest);
    }
    Some(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::drawn;
    use crate::domain::command::Fingerprint;
    use crate::domain::rejection::{Code, Rejection};

    const COMMAND: Uuid = Uuid::from_u128(0x1d6f_8b3a_54c0_4a7e_9d21_0a0b_0c0d_0e0f);

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("keys are text")
    }

    fn an_answer(outcome: Outcome) -> Answer {
        let blank: Answer = drawn(Vec::new());
        Answer { store_id: "S|1".into(), command_id: COMMAND, fingerprint: Fingerprint(0xabc), outcome, ..blank }
    }

    #[test]
    fn keys_are_a_published_format() {
        let key = StockKey { store_id: "S1".into(), product_id: "A".into() };
        assert_eq!(text(store(&"S|1".into()).to_vec()), "S|1");
        assert_eq!(text(stock(&key)), "S1|A");
        assert_eq!(text(stock(&StockKey { store_id: "S|1".into(), product_id: "5%".into() })), "S%7C1|5%25");
        assert_eq!(text(stock_prefix(&"S|1".into())), "S%7C1|");
        let key = DocumentKey::new("S1".into(), Kind::TransferOrder, "T|%7C");
        assert_eq!(text(document(&key)), "S1|transfer_order|T%7C%257C");
        let accepted = an_answer(Outcome::Accepted { event_ids: vec![], ids: vec![] });
        assert_eq!(text(answer(&accepted)), "S%7C1|1d6f8b3a-54c0-4a7e-9d21-0a0b0c0d0e0f");
        assert_eq!(answer(&accepted), remembered(&accepted.key()));
        let mut asked = an_answer(Outcome::Rejected(Rejection::of(Code::CommandIdReused, COMMAND.to_string())));
        asked.validate_only = true;
        assert_eq!(text(answer(&asked)), "S%7C1|1d6f8b3a-54c0-4a7e-9d21-0a0b0c0d0e0f|validate_only");
        asked.reused = true;
        assert_eq!(
            text(answer(&asked)),
            "S%7C1|1d6f8b3a-54c0-4a7e-9d21-0a0b0c0d0e0f|00000000000000000000000000000abc|validate_only"
        );
        let applied = an_answer(Outcome::Applied { leg_id: Uuid::from_u128(7), event_ids: vec![] });
        assert_eq!(text(answer(&applied)), "S%7C1|00000000-0000-0000-0000-000000000007");
    }

    #[test]
    fn keys_are_read_back() {
        for id in ["A", "", "|", "%", "%7C", "a|b%25|", "ü|é"] {
            let key = StockKey { store_id: id.into(), product_id: id.into() };
            assert_eq!(parse_stock(&stock(&key)), Some(key), "{id}");
            for kind in Kind::ALL {
                let key = DocumentKey::new(id.into(), *kind, id);
                assert_eq!(parse_document(&document(&key)), Some(key), "{id}");
            }
            let key = AnswerKey { store_id: id.into(), command_id: COMMAND };
            assert!(is_of_an_id(&remembered(&key)), "{id}");
        }
    }

    #[test]
    fn other_bytes_are_no_keys() {
        for key in [&b"S1"[..], b"S1|A|B", b"S1|%", b"S1|%2", b"S1|%41", b"\xff|A", b"S1|%\xc3\xbc"] {
            assert_eq!(parse_stock(key), None, "{key:?}");
        }
        assert_eq!(parse_document(b"S1|unheard_of|1"), None);
        for key in
            ["S1|1d6f8b3a-54c0-4a7e-9d21-0a0b0c0d0e0f|validate_only", "S1|x", "1d6f8b3a-54c0-4a7e-9d21-0a0b0c0d0e0f"]
        {
            assert!(!is_of_an_id(key.as_bytes()), "{key}");
        }
    }
}
