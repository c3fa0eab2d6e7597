//! The subject chain: one hash over every entry of a key, in log order.
//!
//! ```text
//! chain_i = H(04 | K | i | log index | chain_{i-1} | leaf)      chain_0 = 32 zero bytes, i counts from 1
//! ```
//!
//! Each link contains its log index, so a proof at a later checkpoint also serves for an earlier one.

use crate::hash::{Domain, Hash};
use crate::index::{Key, Leaf};
use crate::tree::LeafIndex;

/// One entry on a chain: its log index and its leaf hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// Log index of the entry, counted from 0.
    pub log_index: LeafIndex,
    /// Leaf hash of the entry (RFC 6962 section 2.1).
    pub leaf: Hash,
}

/// State of one chain: the number of its links, and the head that commits to all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chain {
    key: Key,
    count: u64,
    head: Hash,
}

/// Error of [`Chain::open`] for links that do not lead to the head. Each is a fault of the prover.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// Log indexes that do not rise strictly along the chain.
    #[error("log index {index} comes after {previous} on one chain")]
    Order {
        /// Log index of the earlier link.
        previous: u64,
        /// Log index of the next link, which is not higher than the earlier one.
        index: u64,
    },
    /// More or fewer links than the index commits to.
    #[error("the index commits to {expected} entries, {found} are shown")]
    Count {
        /// Number of links that the index commits to.
        expected: u64,
        /// Number of links in the list.
        found: u64,
    },
    /// The right number of links, but not the links that the head commits to.
    #[error("the entries shown lead to head {found}, the index commits to {expected}")]
    Head {
        /// Head that the index commits to.
        expected: Hash,
        /// Head that follows from the links.
        found: Hash,
    },
}

impl Chain {
    /// Returns the chain of a key before its first entry.
    pub const fn new(key: Key) -> Self {
        Self { key, count: 0, head: Hash::ZERO }
    }

    /// Returns the chain whose count and head an index leaf states.
    pub const fn at(leaf: Leaf) -> Self {
        Self { key: leaf.key, count: leaf.count, head: leaf.head }
    }

    /// Returns the chain with one more entry.
    #[must_use]
    pub fn extend(&self, log_index: LeafIndex, leaf: Hash) -> Self {
        // A received count may be the largest number already; no index leaf has a count above it.
        let count = self.count.saturating_add(1);
        let numbers = [count.to_be_bytes(), log_index.get().to_be_bytes()].concat();
        let parts = [self.key.as_bytes(), numbers.as_slice(), self.head.as_bytes(), leaf.as_bytes()];
        Self { key: self.key, count, head: Hash::of(Domain::Chain, &parts) }
    }

    /// Checks that exactly `links` lead to this head: no link is left out or added, and all are in log order.
    pub fn open(&self, links: &[Link]) -> Result<(), ChainError> {
        if let Some(pair) = links.windows(2).find(|pair| pair[0].log_index >= pair[1].log_index) {
            return Err(ChainError::Order { previous: pair[0].log_index.get(), index: pair[1].log_index.get() });
        }
        let found = links.iter().fold(Chain::new(self.key), |chain, link| chain.extend(link.log_index, link.leaf));
        if found.count != self.count {
            return Err(ChainError::Count { expected: self.count, found: found.count });
        }
        if found.head != self.head {
            return Err(ChainError::Head { expected: self.head, found: found.head });
        }
        Ok(())
    }

    /// Number of entries on the chain.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Hash that commits to all entries of the chain; 32 zero bytes for an empty chain.
    pub const fn head(&self) -> Hash {
        self.head
    }

    /// Index leaf of this chain.
    pub const fn leaf(&self) -> Leaf {
        Leaf { key: self.key, count: self.count, head: self.head }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(index: u64) -> Link {
        Link { log_index: LeafIndex::new(index).unwrap(), leaf: Hash::leaf(&index.to_be_bytes()) }
    }

    fn chain_of(links: &[Link]) -> Chain {
        let empty = Chain::new(Key::of_subject("01/09526543000013"));
        links.iter().fold(empty, |chain, link| chain.extend(link.log_index, link.leaf))
    }

    #[test]
    fn published_example() {
        let entry = Hash::leaf(b"b");
        let head = |subject| Chain::new(Key::of_subject(subject)).extend(LeafIndex::new(1).unwrap(), entry).head();
        assert_eq!(
            head("01/09526543000013/10/L26-0417").to_string(),
            "7c4200221236c6f80657df4f424ad1ece890e157ddfb3e2ae8a8f61585fbef95"
        );
        assert_eq!(
            head("01/09526543000013").to_string(),
            "9228cf02949846127c3d92394aa0bc18856b6c173952633e2a38ca1b486bd405"
        );
    }

    #[test]
    fn an_omission_at_any_place_is_seen() {
        let links: Vec<Link> = [2, 3, 9, 40, 41].map(link).to_vec();
        let chain = chain_of(&links);
        assert_eq!(chain.open(&links), Ok(()));
        for at in 0..links.len() {
            let mut shown = links.clone();
            shown.remove(at);
            assert_eq!(chain.open(&shown), Err(ChainError::Count { expected: 5, found: 4 }));
            shown.insert(at, Link { leaf: Hash::ZERO, ..links[at] });
            assert!(matches!(chain.open(&shown), Err(ChainError::Head { .. })));
        }
    }

    #[test]
    fn entries_out_of_order_or_twice_are_seen() {
        let chain = chain_of(&[link(2), link(3)]);
        assert_eq!(chain.open(&[link(3), link(2)]), Err(ChainError::Order { previous: 3, index: 2 }));
        assert_eq!(chain.open(&[link(2), link(2)]), Err(ChainError::Order { previous: 2, index: 2 }));
    }
}
