//! The index with its proofs of presence and absence, and the chain of a subject.

use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, IndexProof, Key, Leaf};
use headwater_tlog::tree::LeafIndex;
use serde_json::{Value, json};

use super::Case;

const ASKED: &str = "01/09526543000013/10/L26-0417";
const OTHERS: &[&str] = &["01/09526543000013", "417/9526543000105", "gcp/9526543", "00/195265430000000010"];

fn index(subjects: &[&str]) -> Index {
    let mut index = Index::new();
    let leaf = |(at, subject): (usize, &&str)| Leaf {
        key: Key::of_subject(subject),
        count: at as u64 + 1,
        head: Hash::plain(subject.as_bytes()),
    };
    index.update(subjects.iter().enumerate().map(leaf).collect());
    index
}

fn input(asked: &str, root: Hash, proof: &IndexProof) -> Value {
    let steps: Vec<Value> = proof.steps.iter().map(|step| json!({"bit": step.bit, "sibling": step.sibling})).collect();
    let landing = proof.landing.map(
        |leaf| json!({"key": hex::encode(leaf.key.as_bytes()), "count": leaf.count.to_string(), "head": leaf.head}),
    );
    json!({"subject": asked, "root": root, "steps": steps, "leaf": landing})
}

pub(super) fn cases() -> Vec<Case> {
    let ok = |name, about, input| Case::ok("index", name, about, input);
    let no = |name, about, input, error| Case::refused("index", name, about, input, error);
    let all = [&[ASKED], OTHERS].concat();
    let (full, without) = (index(&all), index(OTHERS));
    let key = Key::of_subject(ASKED);
    let (present, absent) = (full.prove(&key), without.prove(&key));
    let changed = |proof: &IndexProof, change: &dyn Fn(&mut IndexProof)| {
        let mut proof = proof.clone();
        change(&mut proof);
        proof
    };
    let asked = |proof: &IndexProof| input(ASKED, full.root(), proof);
    let other = full.prove(&Key::of_subject(OTHERS[0]));
    vec![
        ok("present", "a subject that is in the index", asked(&present)),
        ok("absent", "a subject that is not: the way ends at another", input(ASKED, without.root(), &absent)),
        ok(
            "only-subject",
            "the way in an index of one subject has no steps",
            input(ASKED, index(&[ASKED]).root(), &index(&[ASKED]).prove(&key)),
        ),
        ok("empty-index", "an empty index has nothing", input(ASKED, Hash::ZERO, &Index::new().prove(&key))),
        no("absent-though-present", "the absence of one index under the root of another", asked(&absent), "Root"),
        no(
            "wrong-count",
            "a count more",
            asked(&changed(&present, &|proof| {
                proof.landing = proof.landing.map(|leaf| Leaf { count: leaf.count + 1, ..leaf })
            })),
            "Root",
        ),
        no(
            "wrong-head",
            "another head",
            asked(&changed(&present, &|proof| {
                proof.landing = proof.landing.map(|leaf| Leaf { head: Hash::ZERO, ..leaf })
            })),
            "Root",
        ),
        no("other-way", "the way to another subject", asked(&other), "Astray"),
        no(
            "step-missing",
            "a step too few",
            asked(&changed(&present, &|proof| {
                proof.steps.pop();
            })),
            "Root",
        ),
        no(
            "step-twice",
            "a bit that is tested twice",
            asked(&changed(&present, &|proof| {
                let step = proof.steps[0];
                proof.steps.insert(0, step);
            })),
            "Order",
        ),
        no("steps-swapped", "bits that fall", asked(&changed(&present, &|proof| proof.steps.swap(0, 1))), "Order"),
        no("no-leaf", "a way that ends in nothing", asked(&changed(&present, &|proof| proof.landing = None)), "NoLeaf"),
        no(
            "empty-though-not",
            "an empty index, under the root of one that is not",
            asked(&Index::new().prove(&key)),
            "Root",
        ),
        no(
            "sibling-changed",
            "another sibling",
            asked(&changed(&present, &|proof| proof.steps[0].sibling = Hash::ZERO)),
            "Root",
        ),
    ]
}

fn links() -> Vec<Link> {
    [3_u64, 7, 1 << 32]
        .map(|at| Link { log_index: LeafIndex::new(at).expect("a place"), leaf: Hash::leaf(&at.to_be_bytes()) })
        .to_vec()
}

fn chain_input(end: &Leaf, links: &[Link]) -> Value {
    let link = |link: &Link| json!({"log_index": link.log_index.get().to_string(), "leaf": link.leaf});
    let links: Vec<Value> = links.iter().map(link).collect();
    json!({"subject": ASKED, "count": end.count.to_string(), "head": end.head, "links": links})
}

pub(super) fn chain_cases() -> Vec<Case> {
    let ok = |name, about, input| Case::ok("chain", name, about, input);
    let no = |name, about, input, error| Case::refused("chain", name, about, input, error);
    let start = Chain::new(Key::of_subject(ASKED));
    let links = links();
    let end = links.iter().fold(start, |chain, link| chain.extend(link.log_index, link.leaf)).leaf();
    let mut swapped = links.clone();
    swapped.swap(0, 1);
    let mut moved = links.clone();
    moved[1].log_index = LeafIndex::new(8).expect("a place");
    let mut forged = links.clone();
    forged[1].leaf = Hash::ZERO;
    vec![
        ok("three-entries", "the links of a chain lead to its head", chain_input(&end, &links)),
        ok("no-entries", "a chain without entries has count 0 and a head of zeros", chain_input(&start.leaf(), &[])),
        no("newest-missing", "the newest entry is left out", chain_input(&end, &links[..2]), "Count"),
        no("first-missing", "the first entry is left out", chain_input(&end, &links[1..]), "Count"),
        no(
            "one-more",
            "an entry more",
            chain_input(
                &end,
                &[&links[..], &[Link { log_index: LeafIndex::new(1 << 33).expect("a place"), leaf: Hash::ZERO }]]
                    .concat(),
            ),
            "Count",
        ),
        no("swapped", "two entries in each other's place", chain_input(&end, &swapped), "Order"),
        no("other-place", "an entry at another place", chain_input(&end, &moved), "Head"),
        no("other-leaf", "another entry", chain_input(&end, &forged), "Head"),
    ]
}
