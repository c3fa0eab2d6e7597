//! Proofs of inclusion and consistency.

use headwater_tlog::proof::{Consistency, Inclusion};
use headwater_tlog::tree::TreeSize;
use serde_json::Value;

use crate::{Answer, hash_of, hashes, number, refusal};

pub(crate) fn run_inclusion(input: &Value) -> Answer {
    use headwater_tlog::proof::ProofError;

    let (index, size) = (number(input, "index"), tree_size(number(input, "size")));
    let place = size.leaf(index).ok_or(ProofError::OutOfTree { index, size: size.get() });
    let place = place.map_err(|error| refusal(&error))?;
    let proof = Inclusion::from_hashes(hashes(input, "proof"));
    proof.verify(place, size, hash_of(input, "leaf"), hash_of(input, "root")).map_err(|error| refusal(&error))?;
    Ok(Value::Null)
}

pub(crate) fn run_consistency(input: &Value) -> Answer {
    let (old, new) = (tree_size(number(input, "old_size")), tree_size(number(input, "new_size")));
    let proof = Consistency::from_hashes(hashes(input, "proof"));
    let joined = proof.verify(old, hash_of(input, "old_root"), new, hash_of(input, "new_root"));
    joined.map(|()| Value::Null).map_err(|error| refusal(&error))
}

fn tree_size(count: u64) -> TreeSize {
    TreeSize::new(count).expect("a size")
}
