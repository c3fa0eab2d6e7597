//! The Merkle tree of RFC 6962 section 2.1: sizes, leaf indexes, and a tree that grows.

use std::fmt;

use crate::hash::Hash;
use crate::proof::{Consistency, Inclusion};

/// Number of leaves in a tree, at most 2^63 - 1, so that sums of two sizes cannot wrap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TreeSize(u64);

/// Index of a leaf, counted from 0. In JSON an index is a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
pub struct LeafIndex(u64);

impl TreeSize {
    /// Size of the tree without leaves: 0.
    pub const EMPTY: TreeSize = TreeSize(0);
    /// Largest size that any Headwater format can express: 2^63 - 1.
    pub const MAX: TreeSize = TreeSize((1 << 63) - 1);

    /// Makes a size; `None` for counts above [`TreeSize::MAX`].
    pub const fn new(count: u64) -> Option<Self> {
        if count <= Self::MAX.0 { Some(Self(count)) } else { None }
    }

    /// Returns the leaf `index`; `None` when a tree of this size does not have it.
    pub fn leaf(self, index: u64) -> Option<LeafIndex> {
        (index < self.0).then_some(LeafIndex(index))
    }

    /// Whether a tree of this size has a leaf.
    pub fn covers(self, index: LeafIndex) -> bool {
        index.0 < self.0
    }

    /// Returns the first leaf that a smaller tree lacks; `None` when this tree is not larger.
    pub fn first_beyond(self, smaller: TreeSize) -> Option<LeafIndex> {
        self.leaf(smaller.0)
    }

    /// Returns the index of the last leaf; `None` for the empty tree.
    pub fn last(self) -> Option<LeafIndex> {
        self.0.checked_sub(1).map(LeafIndex)
    }

    /// Returns the index of the leaf that a tree of this size takes next; for the largest size that of its last leaf.
    pub fn next_leaf(self) -> LeafIndex {
        LeafIndex(self.0).min(LeafIndex::MAX)
    }

    /// Returns the size after `count` more leaves, at most [`TreeSize::MAX`].
    pub fn saturating_add(self, count: u64) -> Self {
        Self(self.0.saturating_add(count)).min(Self::MAX)
    }

    /// Number of leaves, 0 to 2^63 - 1.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl LeafIndex {
    /// Index of the first leaf: 0.
    pub const FIRST: LeafIndex = LeafIndex(0);
    /// Index of the last leaf of the largest tree: 2^63 - 2.
    pub const MAX: LeafIndex = LeafIndex(TreeSize::MAX.0 - 1);

    /// Makes an index; `None` when even the largest tree has no such leaf.
    pub const fn new(index: u64) -> Option<Self> {
        if index < TreeSize::MAX.0 { Some(Self(index)) } else { None }
    }

    /// Number of leaves before this one, which is the index itself.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Size of the largest tree that lacks this leaf.
    pub const fn size_before(self) -> TreeSize {
        TreeSize(self.0)
    }

    /// Size of the smallest tree that has this leaf.
    pub const fn size_through(self) -> TreeSize {
        TreeSize(self.0 + 1)
    }

    /// Returns the index `count` leaves later, at most [`LeafIndex::MAX`].
    pub fn saturating_add(self, count: u64) -> Self {
        Self(self.0.saturating_add(count)).min(Self::MAX)
    }

    /// Returns this index and all later ones, in order.
    pub fn onward(self) -> impl Iterator<Item = LeafIndex> {
        (self.0..TreeSize::MAX.0).map(LeafIndex)
    }
}

impl fmt::Display for TreeSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Tree that keeps every complete node in memory and proves any two of its sizes.
///
/// Level `l` holds the hashes of the complete subtrees of `2^l` leaves, from the left. A stored hash never changes, so the tree can also
/// prove its older sizes.
#[derive(Clone, Default, Debug)]
pub struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Makes a tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves that were added.
    pub fn size(&self) -> TreeSize {
        TreeSize(self.levels.first().map_or(0, |leaves| leaves.len() as u64))
    }

    /// Adds a leaf at the right edge; `None` when the tree has its largest size.
    pub fn push(&mut self, leaf: Hash) -> Option<LeafIndex> {
        let index = LeafIndex::new(self.size().0)?;
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(hash);
            // A node is complete when its right child is complete: when a row has become even.
            if row.len() % 2 == 1 {
                break;
            }
            hash = Hash::node(&row[row.len() - 2], &row[row.len() - 1]);
        }
        Some(index)
    }

    /// Returns the leaf hash at an index.
    pub fn leaf(&self, index: LeafIndex) -> Option<Hash> {
        self.levels.first()?.get(usize::try_from(index.0).ok()?).copied()
    }

    /// Returns the hash of a complete subtree of `2^level` leaves, by its number on that level from the left.
    pub fn node(&self, level: u32, place: u64) -> Option<Hash> {
        self.levels.get(level as usize)?.get(usize::try_from(place).ok()?).copied()
    }

    /// Returns the root over the first `size` leaves; `None` when the tree has fewer.
    pub fn root(&self, size: TreeSize) -> Option<Hash> {
        if size > self.size() {
            return None;
        }
        if size == TreeSize::EMPTY {
            return Some(Hash::plain(b""));
        }
        self.subtree(0, size.0)
    }

    /// Proves the leaf at `index` under the root of `size` (RFC 6962 section 2.1.1); `None` when the tree does not have them.
    pub fn inclusion(&self, index: LeafIndex, size: TreeSize) -> Option<Inclusion> {
        if index.0 >= size.0 || size > self.size() {
            return None;
        }
        let (mut start, mut end) = (0, size.0);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index.0 < middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Some(Inclusion::from_hashes(path))
    }

    /// Proves that the tree of `new` extends the tree of `old` (RFC 6962 section 2.1.2). `None` when `old` is empty or larger than `new`,
    /// or when this tree is smaller than `new`.
    pub fn consistency(&self, old: TreeSize, new: TreeSize) -> Option<Consistency> {
        if old == TreeSize::EMPTY || old > new || new > self.size() {
            return None;
        }
        let (mut start, mut end) = (0, new.0);
        let mut path = Vec::new();
        // While the old tree is the left part of [start, end), the verifier knows its root.
        let mut known = true;
        while old.0 != end {
            let middle = start + split(end - start);
            if old.0 <= middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
                known = false;
            }
        }
        if !known {
            path.push(self.subtree(start, end)?);
        }
        path.reverse();
        Some(Consistency::from_hashes(path))
    }

    /// Returns the hash of the leaves `[start, end)`, where `start` is a multiple of the power of two that covers the range.
    fn subtree(&self, start: u64, end: u64) -> Option<Hash> {
        let width = end - start;
        if width.is_power_of_two() {
            let level = width.trailing_zeros();
            let place = usize::try_from(start >> level).ok()?;
            return self.levels.get(level as usize)?.get(place).copied();
        }
        let middle = start + split(width);
        Some(Hash::node(&self.subtree(start, middle)?, &self.subtree(middle, end)?))
    }
}

/// Returns the largest power of two below `width`, which is at least 2.
fn split(width: u64) -> u64 {
    1 << (63 - (width - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Root by the definition of RFC 6962 section 2.1, word for word, as the model for the fast tree.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::plain(b""),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
                Hash::node(&naive_root(left), &naive_root(right))
            }
        }
    }

    fn tree_of(count: u64) -> (Tree, Vec<Hash>) {
        let mut tree = Tree::new();
        let leaves: Vec<Hash> = (0..count).map(|i| Hash::leaf(&i.to_be_bytes())).collect();
        for leaf in &leaves {
            tree.push(*leaf);
        }
        (tree, leaves)
    }

    #[test]
    fn published_example_roots() {
        let mut tree = Tree::new();
        for entry in [b"a", b"b", b"c"] {
            tree.push(Hash::leaf(entry));
        }
        let root = |n| tree.root(TreeSize(n)).unwrap().to_string();
        assert_eq!(root(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(root(2), "b137985ff484fb600db93107c77b0365c80d78f5b429ded0fd97361d077999eb");
        assert_eq!(root(3), "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1");
        assert_eq!(tree.root(TreeSize(4)), None);
    }

    #[test]
    fn every_pair_of_sizes_proves_and_every_changed_proof_fails() {
        const LEAVES: u64 = 70;
        let (tree, leaves) = tree_of(LEAVES);
        for n in 1..=LEAVES {
            let size = TreeSize(n);
            let root = tree.root(size).unwrap();
            assert_eq!(root, naive_root(&leaves[..n as usize]), "root of {n}");
            for i in 0..n {
                let index = LeafIndex(i);
                let proof = tree.inclusion(index, size).unwrap();
                let leaf = leaves[i as usize];
                assert_eq!(proof.root(index, size, leaf), Ok(root), "inclusion {i} in {n}");
                refuses_changes(proof.hashes(), |changed| {
                    Inclusion::from_hashes(changed).root(index, size, leaf) == Ok(root)
                });
            }
            for m in 1..=n {
                let (old, old_root) = (TreeSize(m), naive_root(&leaves[..m as usize]));
                let proof = tree.consistency(old, size).unwrap();
                assert_eq!(proof.verify(old, old_root, size, root), Ok(()), "{m} to {n}");
                refuses_changes(proof.hashes(), |changed| {
                    Consistency::from_hashes(changed).verify(old, old_root, size, root).is_ok()
                });
            }
        }
    }

    /// Checks that no proof passes with one hash altered, missing or added.
    fn refuses_changes(hashes: &[Hash], passes: impl Fn(Vec<Hash>) -> bool) {
        for at in 0..hashes.len() {
            let mut altered = hashes.to_vec();
            altered[at] = Hash::plain(altered[at].as_bytes());
            assert!(!passes(altered));
            let mut shorter = hashes.to_vec();
            shorter.remove(at);
            assert!(!passes(shorter));
        }
        let mut longer = hashes.to_vec();
        longer.push(Hash::ZERO);
        assert!(!passes(longer));
    }
}
