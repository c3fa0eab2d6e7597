//! Inclusion and consistency in the tree of RFC 6962.

use headwater_tlog::hash::Hash;
use headwater_tlog::tree::{Tree, TreeSize};
use serde_json::{Value, json};

use super::Case;

const LEAVES: u64 = 11;

fn leaf(at: u64) -> Hash {
    Hash::leaf(&at.to_be_bytes())
}

fn tree() -> Tree {
    let mut tree = Tree::new();
    for at in 0..LEAVES {
        tree.push(leaf(at)).expect("room");
    }
    tree
}

fn size(count: u64) -> TreeSize {
    TreeSize::new(count).expect("a size")
}

fn inclusion(index: u64, size: u64, leaf: Hash, root: Hash, proof: &[Hash]) -> Value {
    json!({"index": index.to_string(), "size": size.to_string(), "leaf": leaf, "root": root, "proof": proof})
}

pub(super) fn inclusion_cases() -> Vec<Case> {
    let tree = tree();
    let root = |count| tree.root(size(count)).expect("a root");
    let proof = |index, count| tree.inclusion(size(count).leaf(index).expect("a place"), size(count)).expect("a proof");
    let good = |name: &str, index, count| {
        let about = format!("leaf {index} of {count}");
        Case::ok(
            "inclusion",
            name,
            &about,
            inclusion(index, count, leaf(index), root(count), proof(index, count).hashes()),
        )
    };
    let no = |name, about, input, error| Case::refused("inclusion", name, about, input, error);
    let way = proof(4, LEAVES).hashes().to_vec();
    let mut swapped = way.clone();
    swapped.swap(0, 1);
    let of = |way: &[Hash]| inclusion(4, LEAVES, leaf(4), root(LEAVES), way);
    vec![
        good("only-leaf", 0, 1),
        good("first-of-11", 0, 11),
        good("middle-of-11", 4, 11),
        good("last-of-11", 10, 11),
        good("last-of-8", 7, 8),
        no("hash-missing", "a hash too few", of(&way[..3]), "Length"),
        no("hash-more", "a hash too many", of(&[&way[..], &way[..1]].concat()), "Length"),
        no("hashes-swapped", "two hashes in each other's place", of(&swapped), "Root"),
        no("other-leaf", "the proof of another leaf", inclusion(4, LEAVES, leaf(5), root(LEAVES), &way), "Root"),
        no("other-place", "a place beside", inclusion(5, LEAVES, leaf(4), root(LEAVES), &way), "Root"),
        no("other-root", "the root of another size", inclusion(4, LEAVES, leaf(4), root(10), &way), "Root"),
        no("outside", "a place behind the tree", inclusion(11, LEAVES, leaf(4), root(LEAVES), &way), "OutOfTree"),
        no(
            "empty-tree",
            "a place in a tree without leaves",
            inclusion(0, 0, leaf(0), Hash::plain(b""), &[]),
            "OutOfTree",
        ),
        // The length of a proof follows from the index and the size. A verifier checks the length first, for any numbers.
        no(
            "size-2-53",
            "a size that a double cannot count: the length is 53 and more",
            inclusion(9_007_199_254_740_993, 9_007_199_254_740_994, leaf(0), root(1), &[]),
            "Length",
        ),
        no(
            "size-2-32",
            "a size of 2^32 and one",
            inclusion(4_294_967_296, 4_294_967_297, leaf(0), root(1), &[]),
            "Length",
        ),
    ]
}

fn consistency(old: u64, old_root: Hash, new: u64, new_root: Hash, proof: &[Hash]) -> Value {
    json!({"old_size": old.to_string(), "old_root": old_root, "new_size": new.to_string(), "new_root": new_root, "proof": proof})
}

pub(super) fn consistency_cases() -> Vec<Case> {
    let tree = tree();
    let root = |count| tree.root(size(count)).expect("a root");
    let proof = |old, new| tree.consistency(size(old), size(new)).expect("a proof");
    let good = |name: &str, old, new| {
        let about = format!("from {old} leaves to {new}");
        Case::ok("consistency", name, &about, consistency(old, root(old), new, root(new), proof(old, new).hashes()))
    };
    let no = |name, about, input, error| Case::refused("consistency", name, about, input, error);
    let way = proof(6, LEAVES).hashes().to_vec();
    let mut swapped = way.clone();
    swapped.swap(0, 1);
    let of = |way: &[Hash]| consistency(6, root(6), LEAVES, root(LEAVES), way);
    vec![
        good("same-size", 6, 6),
        good("from-a-power-of-two", 8, 11),
        good("from-6-to-11", 6, 11),
        good("from-1-to-2", 1, 2),
        no("hash-missing", "a hash too few", of(&way[..way.len() - 1]), "Length"),
        no("hash-more", "a hash too many", of(&[&way[..], &way[..1]].concat()), "Length"),
        no("hashes-swapped", "two hashes in each other's place", of(&swapped), "Root"),
        no("other-old-root", "the old root is another", consistency(6, root(5), LEAVES, root(LEAVES), &way), "Root"),
        no("other-new-root", "the new root is another", consistency(6, root(6), LEAVES, root(10), &way), "Root"),
        no("same-size-other-root", "two roots of one size: a fork", consistency(6, root(6), 6, root(7), &[]), "Root"),
        no("shrinking", "the new tree is smaller", consistency(11, root(11), 6, root(6), &way), "Sizes"),
    ]
}
