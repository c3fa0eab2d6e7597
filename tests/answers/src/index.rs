//! Lookups in the index, and links of chains.

use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::index::{IndexProof, Key, Leaf, Lookup, PathNode};
use headwater_tlog::tree::LeafIndex;
use serde_json::{Value, json};

use crate::{Answer, hash_of, number, refusal, text};

pub(crate) fn run(input: &Value) -> Answer {
    let step = |step: &Value| PathNode {
        bit: step["bit"].as_u64().and_then(|bit| u8::try_from(bit).ok()).expect("a bit"),
        sibling: hash_of(step, "sibling"),
    };
    let leaf = |leaf: &Value| Leaf {
        key: Key::new(hash_of(leaf, "key")),
        count: number(leaf, "count"),
        head: hash_of(leaf, "head"),
    };
    let proof = IndexProof {
        steps: input["steps"].as_array().expect("a list").iter().map(step).collect(),
        landing: Some(&input["leaf"]).filter(|leaf| !leaf.is_null()).map(leaf),
    };
    let key = Key::of_subject(text(input, "subject"));
    match proof.verify(&key, hash_of(input, "root")).map_err(|error| refusal(&error))? {
        Lookup::Present(leaf) => Ok(json!({"lookup": "present", "count": leaf.count.to_string(), "head": leaf.head})),
        Lookup::Absent => Ok(json!({"lookup": "absent"})),
    }
}

pub(crate) fn run_chain(input: &Value) -> Answer {
    let link = |link: &Value| Link {
        log_index: LeafIndex::new(number(link, "log_index")).expect("a place"),
        leaf: hash_of(link, "leaf"),
    };
    let links: Vec<Link> = input["links"].as_array().expect("a list").iter().map(link).collect();
    let key = Key::of_subject(text(input, "subject"));
    let end = Leaf { key, count: number(input, "count"), head: hash_of(input, "head") };
    Chain::at(end).open(&links).map(|()| Value::Null).map_err(|error| refusal(&error))
}
