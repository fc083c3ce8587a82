//! Who commits the offsets of a partition. It stands in their metadata, so that the next owner knows whose transaction may
//! be open (KIP-447: a transactional id belongs to a worker, not to a partition).

use serde::{Deserialize, Serialize};

/// A worker of an instance, and the member of the group that the instance was.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) struct Owner {
    /// The worker's name; that of its process is its beginning.
    pub(super) worker: String,
    /// The instance's member id at that time.
    pub(super) member: String,
}

/// How many producers a worker has. They take turns: the broker still writes the markers of one's transaction when the
/// other's begins.
pub(super) const PRODUCERS: usize = 2;

impl Owner {
    /// From the metadata of an offset; none when nobody has named himself.
    pub(super) fn parse(metadata: &str) -> Option<Self> {
        serde_json::from_str(metadata).ok()
    }

    /// As metadata of an offset.
    pub(super) fn metadata(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// The transactional ids of its worker.
    pub(super) fn transactional_ids(&self) -> [String; PRODUCERS] {
        transactional_ids(&self.worker)
    }
}

/// The transactional ids of a worker.
pub(super) fn transactional_ids(worker: &str) -> [String; PRODUCERS] {
    std::array::from_fn(|number| format!("{worker}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_as_it_was_written_and_nothing_else_is_one() {
        let owner = Owner { worker: "acme \"1\"-ab-0".into(), member: "m\n1".into() };
        assert_eq!(Owner::parse(&owner.metadata()), Some(owner.clone()));
        assert_eq!(owner.transactional_ids(), ["acme \"1\"-ab-0-0", "acme \"1\"-ab-0-1"]);
        for text in ["", "by hand", "{}", "{\"worker\":1}", "null"] {
            assert_eq!(Owner::parse(text), None, "{text}");
        }
    }
}
