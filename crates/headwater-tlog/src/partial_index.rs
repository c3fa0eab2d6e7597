//! The part of an index that some proofs show.
//!
//! The proofs of every key that a batch changes, together with the batch, are enough to compute the next root. No other part of the index
//! is needed.

use crate::hash::Hash;
use crate::index::{IndexProof, IndexProofError, Key, Leaf, PathNode, node_hash};

/// Error for a key that none of the proofs leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no proof shows the way to this key")]
pub struct Unshown;

#[derive(Clone, Debug)]
enum Node {
    /// Side of a fork that none of the proofs goes down, by its hash.
    Stub(Hash),
    Leaf(Leaf),
    Fork {
        bit: u8,
        left: Box<Node>,
        right: Box<Node>,
    },
}

impl Node {
    fn fork(bit: u8, right_first: bool, near: Node, far: Node) -> Self {
        let (left, right) = if right_first { (far, near) } else { (near, far) };
        Node::Fork { bit, left: Box::new(left), right: Box::new(right) }
    }

    /// Builds the path of one proof; each side that the path does not take is a stub.
    fn way(steps: &[PathNode], key: &Key, landing: Leaf) -> Self {
        let down = |below, step: &PathNode| Node::fork(step.bit, key.bit(step.bit), below, Node::Stub(step.sibling));
        steps.iter().rev().fold(Node::Leaf(landing), down)
    }

    /// Adds the path of another proof under the same root. A stub marks the point where the path leaves the known nodes.
    fn graft(&mut self, steps: &[PathNode], key: &Key, landing: Leaf) {
        match (self, steps.split_first()) {
            (Node::Fork { bit, left, right }, Some((_, below))) => {
                if key.bit(*bit) { right } else { left }.graft(below, key, landing);
            }
            (stub @ Node::Stub(_), _) => *stub = Node::way(steps, key, landing),
            _ => {}
        }
    }

    fn hash(&self) -> Hash {
        match self {
            Node::Stub(hash) => *hash,
            Node::Leaf(leaf) => leaf.hash(),
            Node::Fork { bit, left, right } => node_hash(*bit, &left.hash(), &right.hash()),
        }
    }

    fn landing(&self, key: &Key) -> Result<&Leaf, Unshown> {
        match self {
            Node::Stub(_) => Err(Unshown),
            Node::Leaf(leaf) => Ok(leaf),
            Node::Fork { bit, left, right } => if key.bit(*bit) { right } else { left }.landing(key),
        }
    }

    /// Inserts a leaf; `fork` is the first bit where its key differs from the leaf that its lookup ends in.
    fn put(self, leaf: Leaf, fork: Option<u8>) -> Self {
        match (self, fork) {
            (Node::Fork { bit, left, right }, fork) if fork.is_none_or(|fork| bit < fork) => {
                let (left, right) = if leaf.key.bit(bit) {
                    (left, Box::new(right.put(leaf, fork)))
                } else {
                    (Box::new(left.put(leaf, fork)), right)
                };
                Node::Fork { bit, left, right }
            }
            (node, Some(fork)) => Node::fork(fork, leaf.key.bit(fork), Node::Leaf(leaf), node),
            (_, None) => Node::Leaf(leaf),
        }
    }
}

/// Part of an index that a list of proofs shows.
#[derive(Clone, Debug)]
pub struct PartialIndex {
    root: Option<Node>,
}

impl PartialIndex {
    /// Verifies each proof under `root`, and joins all of them.
    pub fn open<'a>(
        root: Hash,
        proofs: impl IntoIterator<Item = (&'a Key, &'a IndexProof)>,
    ) -> Result<Self, IndexProofError> {
        let mut known = (root != Hash::ZERO).then_some(Node::Stub(root));
        for (key, proof) in proofs {
            proof.verify(key, root)?;
            if let (Some(node), Some(landing)) = (&mut known, proof.landing) {
                node.graft(&proof.steps, key, landing);
            }
        }
        Ok(Self { root: known })
    }

    /// Root hash; 32 zero bytes when the index has no keys.
    pub fn root(&self) -> Hash {
        self.root.as_ref().map_or(Hash::ZERO, Node::hash)
    }

    /// Returns the leaf of a key that a proof leads to; `None` when the proof shows its absence.
    pub fn find(&self, key: &Key) -> Result<Option<Leaf>, Unshown> {
        let landing = self.root.as_ref().map(|root| root.landing(key)).transpose()?;
        Ok(landing.filter(|leaf| leaf.key == *key).copied())
    }

    /// Inserts a leaf, or replaces the leaf that has the same key. A proof has to lead to the key.
    pub fn put(&mut self, leaf: Leaf) -> Result<(), Unshown> {
        let fork = self.root.as_ref().map(|root| root.landing(&leaf.key)).transpose()?;
        let fork = fork.and_then(|landing| landing.key.fork(&leaf.key));
        self.root = Some(match self.root.take() {
            Some(root) => root.put(leaf, fork),
            None => Node::Leaf(leaf),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::index::Index;

    fn key() -> impl Strategy<Value = Key> {
        // Keys differ in few bits, so that they share prefixes and their paths cross.
        prop::collection::vec(0_usize..24, 0..4).prop_map(|bits| {
            let mut bytes = [0; Hash::BYTES];
            for bit in bits {
                bytes[bit / 8] |= 0x80 >> (bit % 8);
            }
            Key::new(Hash::new(bytes))
        })
    }

    fn leaf() -> impl Strategy<Value = Leaf> {
        (key(), 1_u64..9).prop_map(|(key, count)| Leaf { key, count, head: Hash::plain(&count.to_be_bytes()) })
    }

    proptest! {
        #[test]
        fn proofs_alone_lead_to_the_next_root(before in prop::collection::vec(leaf(), 0..40),
                                              batch in prop::collection::vec(leaf(), 0..12),
                                              other in key()) {
            let mut index = Index::new();
            index.update(before);
            let proofs: Vec<(Key, IndexProof)> = batch.iter().map(|leaf| (leaf.key, index.prove(&leaf.key))).collect();
            let known = proofs.iter().map(|(key, proof)| (key, proof));
            let mut partial = PartialIndex::open(index.root(), known).unwrap();
            prop_assert_eq!(partial.root(), index.root());
            for leaf in &batch {
                prop_assert_eq!(partial.find(&leaf.key).unwrap(), index.find(&leaf.key));
            }
            for leaf in &batch {
                partial.put(*leaf).unwrap();
            }
            index.update(batch);
            prop_assert_eq!(partial.root(), index.root());
            // The partial index never guesses the leaf of a key that no proof leads to.
            if let Ok(found) = partial.find(&other) {
                prop_assert_eq!(found, index.find(&other));
            }
        }
    }

    #[test]
    fn what_no_proof_shows_cannot_be_changed() {
        let mut index = Index::new();
        let leaf = |subject: &str| Leaf { key: Key::of_subject(subject), count: 1, head: Hash::ZERO };
        index.update(vec![leaf("a"), leaf("b")]);
        let mut partial = PartialIndex::open(index.root(), []).unwrap();
        assert_eq!(partial.put(leaf("a")), Err(Unshown));
        assert_eq!(partial.root(), index.root());
        let proof = index.prove(&leaf("a").key);
        let root = Hash::plain(b"another");
        assert!(matches!(
            PartialIndex::open(root, [(&leaf("a").key, &proof)]),
            Err(IndexProofError::Root { expected, .. }) if expected == root
        ));
    }
}
