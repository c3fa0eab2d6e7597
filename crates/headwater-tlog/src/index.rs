//! The subject index: a compressed binary Merkle trie from key to (count, head).
//!
//! ```text
//! leaf = H(02 | K | count | head)
//! node = H(03 | bit index | left | right)     the first bit, most significant first, where the sides differ
//! ```
//!
//! The empty index has the root of 32 zero bytes. A lookup ends in exactly one leaf. A leaf with the key of the lookup proves presence. A
//! leaf with another key proves absence when the two keys agree on every tested bit. One root cannot prove both.
//!
//! Clones of an [`Index`] share their nodes: a clone costs one reference, and updates of one copy never change another. A set commitment is
//! the same trie with count 0.

use std::sync::Arc;

use crate::hash::{Domain, Hash};

/// Key in the index; a key in the ledger is `H(05 | subject)`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key(Hash);

impl Key {
    /// Returns the key of a subject: `H(05 | subject in UTF-8)`.
    pub fn of_subject(subject: &str) -> Self {
        Self(Hash::of(Domain::Subject, &[subject.as_bytes()]))
    }

    /// Wraps a key that was hashed elsewhere, for instance one from a proof.
    pub const fn new(hash: Hash) -> Self {
        Self(hash)
    }

    /// The 32 bytes of the key.
    pub const fn as_bytes(&self) -> &[u8; Hash::BYTES] {
        self.0.as_bytes()
    }

    pub(crate) fn bit(&self, index: u8) -> bool {
        self.as_bytes()[usize::from(index / 8)] >> (7 - index % 8) & 1 == 1
    }

    /// Returns the first bit, most significant first, where two keys differ; `None` for equal keys.
    pub(crate) fn fork(&self, other: &Key) -> Option<u8> {
        let pairs = self.as_bytes().iter().zip(other.as_bytes());
        let (byte, difference) = pairs.enumerate().map(|(at, (a, b))| (at, a ^ b)).find(|(_, d)| *d != 0)?;
        u8::try_from(byte * 8 + difference.leading_zeros() as usize).ok()
    }
}

/// Entry count and chain head that the index states for one key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leaf {
    /// Key of the subject, or of an item in a set commitment.
    pub key: Key,
    /// Number of entries on the chain of the key; 0 in a set commitment only.
    pub count: u64,
    /// Head of the chain; in a set commitment the hash of the item's code.
    pub head: Hash,
}

impl Leaf {
    pub(crate) fn hash(&self) -> Hash {
        Hash::of(Domain::IndexLeaf, &[self.key.as_bytes(), &self.count.to_be_bytes(), self.head.as_bytes()])
    }
}

pub(crate) fn node_hash(bit: u8, left: &Hash, right: &Hash) -> Hash {
    Hash::of(Domain::IndexNode, &[&[bit], left.as_bytes(), right.as_bytes()])
}

#[derive(Debug)]
enum Node {
    Leaf { leaf: Leaf, hash: Hash },
    Fork { bit: u8, hash: Hash, left: Arc<Node>, right: Arc<Node> },
}

impl Node {
    fn hash(&self) -> &Hash {
        match self {
            Node::Leaf { hash, .. } | Node::Fork { hash, .. } => hash,
        }
    }

    fn leaf(leaf: Leaf) -> Arc<Self> {
        Arc::new(Node::Leaf { hash: leaf.hash(), leaf })
    }

    fn fork(bit: u8, left: Arc<Node>, right: Arc<Node>) -> Arc<Self> {
        Arc::new(Node::Fork { hash: node_hash(bit, left.hash(), right.hash()), bit, left, right })
    }

    /// Returns the leaf that a lookup of `key` ends in.
    fn landing(self: &Arc<Self>, key: &Key) -> &Leaf {
        let mut node = self;
        loop {
            match &**node {
                Node::Leaf { leaf, .. } => return leaf,
                Node::Fork { bit, left, right, .. } => node = if key.bit(*bit) { right } else { left },
            }
        }
    }
}

/// An index at one moment; a clone keeps that state.
#[derive(Clone, Default, Debug)]
pub struct Index {
    root: Option<Arc<Node>>,
}

impl Index {
    /// Makes an index that has no keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Root hash; 32 zero bytes when the index has no keys.
    pub fn root(&self) -> Hash {
        self.root.as_ref().map_or(Hash::ZERO, |node| *node.hash())
    }

    /// Returns the leaf of a key; `None` when the index does not have the key.
    pub fn find(&self, key: &Key) -> Option<Leaf> {
        self.root.as_ref().map(|root| *root.landing(key)).filter(|leaf| leaf.key == *key)
    }

    /// Returns all leaves, sorted by key.
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        let mut open: Vec<&Arc<Node>> = self.root.iter().collect();
        while let Some(node) = open.pop() {
            match &**node {
                Node::Leaf { leaf, .. } => leaves.push(*leaf),
                Node::Fork { left, right, .. } => open.extend([right, left]),
            }
        }
        leaves
    }

    /// Inserts leaves, and replaces leaves that have the same keys. A later leaf of `batch` wins over an earlier one of the same key. Each
    /// node above changed leaves is hashed once.
    pub fn update(&mut self, mut batch: Vec<Leaf>) {
        batch.reverse();
        batch.sort_by_key(|leaf| leaf.key);
        batch.dedup_by_key(|leaf| leaf.key);
        self.root = merge(self.root.take(), &batch);
    }

    /// Proves the presence or the absence of a key.
    pub fn prove(&self, key: &Key) -> IndexProof {
        let mut steps = Vec::new();
        let mut next = self.root.as_ref();
        let mut landing = None;
        while let Some(node) = next {
            next = match &**node {
                Node::Leaf { leaf, .. } => {
                    landing = Some(*leaf);
                    None
                }
                Node::Fork { bit, left, right, .. } => {
                    let (near, far) = if key.bit(*bit) { (right, left) } else { (left, right) };
                    steps.push(PathNode { bit: *bit, sibling: *far.hash() });
                    Some(near)
                }
            };
        }
        IndexProof { steps, landing }
    }
}

/// Merges a trie with leaves that are sorted by key, each key once.
fn merge(trie: Option<Arc<Node>>, batch: &[Leaf]) -> Option<Arc<Node>> {
    match (trie, batch) {
        (trie, []) => trie,
        (None, [only]) => Some(Node::leaf(*only)),
        (None, [first, .., last]) => {
            let bit = first.key.fork(&last.key)?;
            let (left, right) = split(batch, bit);
            join(bit, merge(None, left), merge(None, right))
        }
        (Some(trie), [first, ..]) => {
            let resident = trie.landing(&first.key).key;
            merge_at(trie, &resident, batch)
        }
    }
}

/// Merges leaves into a trie that contains `resident`. All keys of a trie agree on the bits before its fork, so any of them shows where
/// other keys leave it. One key is looked up for each side that the leaves reach, not at each fork on the path.
fn merge_at(trie: Arc<Node>, resident: &Key, batch: &[Leaf]) -> Option<Arc<Node>> {
    let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
        return Some(trie);
    };
    // The first bit where any two keys of the trie and the leaves differ.
    let within = first.key.fork(&last.key);
    let against = [first, last].into_iter().filter_map(|leaf| leaf.key.fork(resident)).min();
    let below = match &*trie {
        Node::Fork { bit, .. } => Some(*bit),
        Node::Leaf { .. } => None,
    };
    let Some(bit) = [within, against, below].into_iter().flatten().min() else {
        return Some(Node::leaf(*first));
    };
    let (left, right) = split(batch, bit);
    let is_right = resident.bit(bit);
    match &*trie {
        Node::Fork { bit: own, left: old_left, right: old_right, .. } if *own == bit => {
            let (old_left, old_right) = (old_left.clone(), old_right.clone());
            if is_right {
                join(bit, merge(Some(old_left), left), merge_at(old_right, resident, right))
            } else {
                join(bit, merge_at(old_left, resident, left), merge(Some(old_right), right))
            }
        }
        _ if is_right => join(bit, merge(None, left), merge_at(trie, resident, right)),
        _ => join(bit, merge_at(trie, resident, left), merge(None, right)),
    }
}

/// Splits sorted leaves by the side of the fork that they belong to.
fn split(batch: &[Leaf], bit: u8) -> (&[Leaf], &[Leaf]) {
    batch.split_at(batch.partition_point(|leaf| !leaf.key.bit(bit)))
}

fn join(bit: u8, left: Option<Arc<Node>>, right: Option<Arc<Node>>) -> Option<Arc<Node>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(Node::fork(bit, left, right)),
        (one, other) => one.or(other),
    }
}

/// One node on the path down: the bit that the node tests, and the hash of the other side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PathNode {
    /// Tested bit, counted from the most significant one of the key.
    pub bit: u8,
    /// Hash of the side that the path does not take.
    pub sibling: Hash,
}

/// Path from the root to the leaf that a lookup ends in. A received path proves nothing before [`IndexProof::verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexProof {
    /// Nodes of the path, from the root down.
    pub steps: Vec<PathNode>,
    /// Leaf at the end of the path; `None` claims that the index is empty.
    pub landing: Option<Leaf>,
}

/// Result of a verified index proof for the key of the lookup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// The key is in the index, with this leaf.
    Present(Leaf),
    /// The key is not in the index.
    Absent,
}

/// Error of an index proof that does not hold. Each is a fault of the prover.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexProofError {
    /// Bit indexes that do not rise strictly from the root down.
    #[error("bit {bit} is tested after bit {previous}")]
    Order {
        /// Bit that the node above tests.
        previous: u8,
        /// Bit that the next node tests, which is not higher.
        bit: u8,
    },
    /// Leaf that a lookup of this key does not lead to.
    #[error("the leaf at the end differs from the key asked for in bit {bit}, which the path tests")]
    Astray {
        /// First tested bit where the leaf's key differs from the key of the lookup.
        bit: u8,
    },
    /// Path with nodes but without a leaf at its end.
    #[error("a path of {steps} nodes ends in no leaf")]
    NoLeaf {
        /// Number of nodes on the path.
        steps: usize,
    },
    /// Proof that leads to another root than the expected one.
    #[error("the index proof leads to root {found}, not to {expected}")]
    Root {
        /// Root that the proof has to lead to.
        expected: Hash,
        /// Root that follows from the proof.
        found: Hash,
    },
}

impl IndexProof {
    /// Verifies the proof for the key `asked` under `root`. The bits of `asked` decide the side that is taken at each node.
    pub fn verify(&self, asked: &Key, root: Hash) -> Result<Lookup, IndexProofError> {
        for pair in self.steps.windows(2) {
            if pair[0].bit >= pair[1].bit {
                return Err(IndexProofError::Order { previous: pair[0].bit, bit: pair[1].bit });
            }
        }
        let Some(leaf) = self.landing else {
            if !self.steps.is_empty() {
                return Err(IndexProofError::NoLeaf { steps: self.steps.len() });
            }
            return reached(root, Hash::ZERO, Lookup::Absent);
        };
        if let Some(step) = self.steps.iter().find(|step| leaf.key.bit(step.bit) != asked.bit(step.bit)) {
            return Err(IndexProofError::Astray { bit: step.bit });
        }
        let found = self.steps.iter().rev().fold(leaf.hash(), |hash, step| {
            let (left, right) = if asked.bit(step.bit) { (step.sibling, hash) } else { (hash, step.sibling) };
            node_hash(step.bit, &left, &right)
        });
        reached(root, found, if leaf.key == *asked { Lookup::Present(leaf) } else { Lookup::Absent })
    }
}

fn reached(expected: Hash, found: Hash, lookup: Lookup) -> Result<Lookup, IndexProofError> {
    if expected == found { Ok(lookup) } else { Err(IndexProofError::Root { expected, found }) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const LOT: &str = "01/09526543000013/10/L26-0417";
    const MODEL: &str = "01/09526543000013";

    #[test]
    fn published_example() {
        let entry = Hash::leaf(b"b");
        let leaf = |subject: &str| {
            let chain = crate::chain::Chain::new(Key::of_subject(subject));
            chain.extend(crate::tree::LeafIndex::new(1).unwrap(), entry).leaf()
        };
        let mut index = Index::new();
        assert_eq!(index.root(), Hash::ZERO);
        index.update(vec![leaf(LOT)]);
        assert_eq!(index.root().to_string(), "1d8a7504db639568521fc58ecf19d0faac61ffbb2a6d90e3f9741cd423f95490");
        index.update(vec![leaf(MODEL)]);
        assert_eq!(index.root().to_string(), "0334af6dff02310be95bf69a4882c179e3101e3f5cfa5a0529c4c38b90b16b7c");
    }

    #[test]
    fn the_empty_index_proves_every_key_absent() {
        let asked = Key::of_subject(LOT);
        let proof = Index::new().prove(&asked);
        assert_eq!(proof.verify(&asked, Hash::ZERO), Ok(Lookup::Absent));
        let root = Hash::plain(b"another");
        assert_eq!(proof.verify(&asked, root), Err(IndexProofError::Root { expected: root, found: Hash::ZERO }));
    }

    /// Keys that share long prefixes, which random keys never do.
    fn crowded_key() -> impl Strategy<Value = Key> {
        (prop::collection::vec(0_usize..256, 0..4)).prop_map(|bits| {
            let mut bytes = [0; Hash::BYTES];
            for bit in bits {
                bytes[bit / 8] |= 0x80 >> (bit % 8);
            }
            Key::new(Hash::new(bytes))
        })
    }

    fn leaf() -> impl Strategy<Value = Leaf> {
        (crowded_key(), 1_u64..5).prop_map(|(key, count)| Leaf { key, count, head: Hash::plain(key.as_bytes()) })
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_map(batches in prop::collection::vec(prop::collection::vec(leaf(), 0..12), 1..6),
                                   asked in prop::collection::vec(crowded_key(), 1..12)) {
            let mut index = Index::new();
            let mut model = BTreeMap::new();
            for batch in batches {
                let (before, root) = (index.clone(), index.root());
                index.update(batch.clone());
                prop_assert_eq!(before.root(), root, "a snapshot never changes");
                model.extend(batch.into_iter().map(|leaf| (leaf.key, leaf)));
                // Updates one at a time, in key order, give the same trie: the root depends on the content alone.
                let mut slow = Index::new();
                model.values().for_each(|leaf| slow.update(vec![*leaf]));
                prop_assert_eq!(index.root(), slow.root());
            }
            let root = index.root();
            for key in model.keys().copied().chain(asked) {
                let expected = model.get(&key).map_or(Lookup::Absent, |leaf| Lookup::Present(*leaf));
                let proof = index.prove(&key);
                prop_assert_eq!(proof.verify(&key, root), Ok(expected));
                prop_assert_eq!(index.find(&key), model.get(&key).copied());
                prop_assert_eq!(changed_proofs(&proof).find(|p| p.verify(&key, root).is_ok()), None);
            }
        }
    }

    /// All changes of one bit in one part of a proof, and proofs with a step dropped or repeated.
    fn changed_proofs(proof: &IndexProof) -> impl Iterator<Item = IndexProof> + '_ {
        let flipped = |hash: Hash| {
            let mut bytes = *hash.as_bytes();
            bytes[31] ^= 1;
            Hash::new(bytes)
        };
        let altered = (0..proof.steps.len()).flat_map(move |at| {
            (0..4).map(move |way| {
                let mut changed = proof.clone();
                match way {
                    0 => changed.steps[at].bit ^= 1,
                    1 => changed.steps[at].sibling = flipped(changed.steps[at].sibling),
                    2 => drop(changed.steps.remove(at)),
                    _ => changed.steps.insert(at, changed.steps[at]),
                }
                changed
            })
        });
        let leaf = proof.landing.into_iter().flat_map(move |leaf| {
            [
                Leaf { count: leaf.count ^ 1, ..leaf },
                Leaf { head: flipped(leaf.head), ..leaf },
                Leaf { key: Key::new(flipped(leaf.key.0)), ..leaf },
            ]
            .map(|leaf| IndexProof { landing: Some(leaf), ..proof.clone() })
        });
        altered.chain(leaf)
    }
}
