//! Proofs about the tree: inclusion and consistency (RFC 6962 sections 2.1.1 and 2.1.2).
//!
//! The sizes alone determine the length of a proof, so the length is checked first and exactly. Unused hashes after a verification could
//! hide data.

use crate::hash::Hash;
use crate::tree::{LeafIndex, TreeSize};

/// Largest number of hashes in a proof: a tree has fewer than 2^63 leaves.
pub const HASHES_MAX: usize = 63;

/// Sibling hashes from a leaf up to the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inclusion(Vec<Hash>);

/// Path from a leaf to the root that the last proof took: at each step two nodes and their parent. Proofs of neighbours share all but the
/// lowest steps. A comparison of 64 bytes costs a tenth of hashing them.
#[derive(Clone, Default, Debug)]
pub struct LastPath(Vec<(Hash, Hash, Hash)>);

impl LastPath {
    /// Returns the parent of two nodes at a step of the path, from memory where the nodes are the same.
    fn join(&mut self, step: usize, left: &Hash, right: &Hash) -> Hash {
        if let Some((_, _, joined)) = self.0.get(step).filter(|(l, r, _)| l == left && r == right) {
            return *joined;
        }
        let joined = Hash::node(left, right);
        match self.0.get_mut(step) {
            Some(last) => *last = (*left, *right, joined),
            None => self.0.push((*left, *right, joined)),
        }
        joined
    }
}

/// Hashes that connect an older root with a newer one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consistency(Vec<Hash>);

/// Error of a proof that does not hold. Each is a fault of the prover.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Leaf index that is not below the tree size.
    #[error("leaf {index} is not in a tree of {size}")]
    OutOfTree {
        /// Index of the leaf, counted from 0.
        index: u64,
        /// Number of leaves in the tree.
        size: u64,
    },
    /// Sizes that no consistency proof can connect.
    #[error("no consistency proof leads from size {old} to size {new}")]
    Sizes {
        /// Tree size that the proof starts from.
        old: u64,
        /// Tree size that the proof leads to.
        new: u64,
    },
    /// Proof with too few or too many hashes.
    #[error("the proof has {found} hashes, it must have {expected}")]
    Length {
        /// Number of hashes that follows from the sizes.
        expected: usize,
        /// Number of hashes in the proof.
        found: usize,
    },
    /// Proof that leads to another root than the expected one.
    #[error("the proof leads to root {found}, not to {expected}")]
    Root {
        /// Root that the proof has to lead to.
        expected: Hash,
        /// Root that follows from the proof.
        found: Hash,
    },
}

impl Inclusion {
    /// Wraps received hashes without checking them. Only [`Inclusion::root`] and the functions that use it check them.
    pub fn from_hashes(hashes: Vec<Hash>) -> Self {
        Self(hashes)
    }

    /// Hashes of the proof, from the leaf's sibling upwards.
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }

    /// Returns the only root under which `leaf` has this `index` with these siblings.
    pub fn root(&self, index: LeafIndex, size: TreeSize, leaf: Hash) -> Result<Hash, ProofError> {
        self.root_by(index, size, leaf, |_, left, right| Hash::node(left, right))
    }

    fn root_by(
        &self,
        index: LeafIndex,
        size: TreeSize,
        leaf: Hash,
        mut join: impl FnMut(usize, &Hash, &Hash) -> Hash,
    ) -> Result<Hash, ProofError> {
        let (i, n) = (index.get(), size.get());
        if i >= n {
            return Err(ProofError::OutOfTree { index: i, size: n });
        }
        let inner = bit_length(i ^ (n - 1));
        exact(&self.0, inner + (i >> inner.min(63)).count_ones() as usize)?;
        let is_left = |step: usize| step < inner && i >> step & 1 == 0;
        Ok(self.0.iter().enumerate().fold(leaf, |hash, (step, sibling)| {
            if is_left(step) { join(step, &hash, sibling) } else { join(step, sibling, &hash) }
        }))
    }

    /// Verifies that `leaf` has this `index` under `root`.
    pub fn verify(&self, index: LeafIndex, size: TreeSize, leaf: Hash, root: Hash) -> Result<(), ProofError> {
        same(root, self.root(index, size, leaf)?)
    }

    /// Verifies like [`Inclusion::verify`], and reuses the node hashes of the proof before.
    pub fn verify_along(
        &self,
        index: LeafIndex,
        size: TreeSize,
        leaf: Hash,
        root: Hash,
        path: &mut LastPath,
    ) -> Result<(), ProofError> {
        same(root, self.root_by(index, size, leaf, |step, left, right| path.join(step, left, right))?)
    }
}

impl Consistency {
    /// Wraps received hashes without checking them. Only [`Consistency::verify`] checks them.
    pub fn from_hashes(hashes: Vec<Hash>) -> Self {
        Self(hashes)
    }

    /// Hashes of the proof, in the order of RFC 6962.
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }

    /// Verifies that the tree of `new` extends the tree of `old`. An old size of 0 is an error: the empty tree has no signed root.
    pub fn verify(&self, old: TreeSize, old_root: Hash, new: TreeSize, new_root: Hash) -> Result<(), ProofError> {
        let (m, n) = (old.get(), new.get());
        if m == 0 || m > n {
            return Err(ProofError::Sizes { old: m, new: n });
        }
        if m == n {
            exact(&self.0, 0)?;
            return same(old_root, new_root);
        }
        let shift = m.trailing_zeros() as usize;
        let inner = bit_length((m - 1) ^ (n - 1)) - shift;
        let seed_given = !m.is_power_of_two();
        let outer = ((m - 1) >> (inner + shift).min(63)).count_ones() as usize;
        exact(&self.0, inner + outer + usize::from(seed_given))?;
        // The seed is the complete subtree at the right edge of the old tree; the new tree contains the same subtree.
        let (seed, rest) = match self.0.split_first() {
            Some((first, rest)) if seed_given => (*first, rest),
            _ => (old_root, self.0.as_slice()),
        };
        let (inside, border) = rest.split_at(inner);
        let place = (m - 1) >> shift;
        let old_edge = inside
            .iter()
            .enumerate()
            .filter(|(level, _)| place >> level & 1 == 1)
            .fold(seed, |right, (_, left)| Hash::node(left, &right));
        let join = |edge| border.iter().fold(edge, |right, left| Hash::node(left, &right));
        same(old_root, join(old_edge))?;
        same(new_root, join(climb(seed, place, inside)))
    }
}

/// Computes the root above a node; the bits of `place` give the side of the node at each level.
fn climb(node: Hash, place: u64, siblings: &[Hash]) -> Hash {
    siblings.iter().enumerate().fold(node, |hash, (level, sibling)| {
        if place >> level & 1 == 0 { Hash::node(&hash, sibling) } else { Hash::node(sibling, &hash) }
    })
}

fn bit_length(number: u64) -> usize {
    (u64::BITS - number.leading_zeros()) as usize
}

fn exact(hashes: &[Hash], expected: usize) -> Result<(), ProofError> {
    let found = hashes.len();
    if found == expected { Ok(()) } else { Err(ProofError::Length { expected, found }) }
}

fn same(expected: Hash, found: Hash) -> Result<(), ProofError> {
    if expected == found { Ok(()) } else { Err(ProofError::Root { expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn published_example_lengths() {
        let mut tree = Tree::new();
        for i in 0..1_000_u64 {
            tree.push(Hash::leaf(&i.to_be_bytes()));
        }
        let size = |n| TreeSize::new(n).unwrap();
        let inclusion = |i, n| tree.inclusion(size(n).leaf(i).unwrap(), size(n)).unwrap().0.len();
        let consistency = |m, n| tree.consistency(size(m), size(n)).unwrap().0.len();
        assert_eq!((inclusion(431, 700), inclusion(699, 700)), (10, 7));
        assert_eq!((consistency(4, 7), consistency(6, 8), consistency(700, 1_000)), (1, 3, 9));
    }

    #[test]
    fn sizes_that_cannot_be_joined() {
        let proof = Consistency::from_hashes(vec![]);
        let (one, two) = (TreeSize::new(1).unwrap(), TreeSize::new(2).unwrap());
        let verify = |old, new| proof.verify(old, Hash::ZERO, new, Hash::ZERO);
        assert_eq!(verify(TreeSize::EMPTY, one), Err(ProofError::Sizes { old: 0, new: 1 }));
        assert_eq!(verify(two, one), Err(ProofError::Sizes { old: 2, new: 1 }));
        assert_eq!(verify(one, two), Err(ProofError::Length { expected: 1, found: 0 }));
        assert_eq!(verify(two, two), Ok(()));
    }

    #[test]
    fn the_way_of_another_proof_changes_no_answer() {
        let mut tree = Tree::new();
        let leaf = |i: u64| Hash::leaf(&i.to_be_bytes());
        for i in 0..77 {
            tree.push(leaf(i));
        }
        let mut path = LastPath::default();
        for n in [1, 2, 3, 64, 65, 77, 76, 5] {
            let size = TreeSize::new(n).unwrap();
            let root = tree.root(size).unwrap();
            for i in (0..n).chain([n / 2, 0, n - 1]) {
                let (index, proof) = (size.leaf(i).unwrap(), tree.inclusion(size.leaf(i).unwrap(), size).unwrap());
                assert_eq!(proof.verify_along(index, size, leaf(i), root, &mut path), Ok(()));
                for changed in 0..proof.0.len() {
                    let mut other = proof.clone();
                    other.0[changed] = Hash::ZERO;
                    let alone = other.verify(index, size, leaf(i), root);
                    assert!(alone.is_err());
                    assert_eq!(other.verify_along(index, size, leaf(i), root, &mut path), alone);
                }
                assert_eq!(
                    proof.verify_along(index, size, leaf(i + 1), root, &mut path),
                    proof.verify(index, size, leaf(i + 1), root)
                );
            }
        }
    }

    #[test]
    fn a_leaf_outside_the_tree() {
        let (index, size) = (LeafIndex::new(3).unwrap(), TreeSize::new(3).unwrap());
        let error = ProofError::OutOfTree { index: 3, size: 3 };
        assert_eq!(Inclusion::from_hashes(vec![]).root(index, size, Hash::ZERO), Err(error));
    }

    #[test]
    fn the_largest_tree_has_proofs_of_the_largest_length() {
        let size = TreeSize::MAX;
        let first = size.leaf(0).unwrap();
        let proof = Inclusion::from_hashes(vec![Hash::ZERO; HASHES_MAX]);
        assert!(proof.root(first, size, Hash::ZERO).is_ok());
    }
}
