//! A log that lies in its entries, its index or its checkpoints: an audit finds it, and what it leaves behind is evidence
//! that any verifier checks again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::convert::Infallible;

use headwater_audit::{Audit, AuditError, Source};
use headwater_event::codec::Message as _;
use headwater_event::entry::{Body, Entry, IndexHead};
use headwater_ledger::memory::MemoryStore;
use headwater_tests::world::{World, log_signer, subject};
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key};
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::evidence::{ChainLink, EvidenceError, ForkProof, IndexLie, OmissionProof};
use headwater_trace::recorded::Recorded;
use headwater_trace::replay::ReplayError;
use headwater_trace::trace::{Included, IndexProof};

const LOT: &str = "01/09526543000013/10/L26-0417";

fn world() -> World<MemoryStore> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.recall(&world.dairy, &[LOT]).unwrap();
    world
}

struct InMemory(Vec<Vec<u8>>);

impl Source for InMemory {
    type Error = Infallible;

    fn entries(&mut self, from: u64, max: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(self.0.iter().skip(from as usize).take(max).cloned().collect())
    }
}

/// A log as whoever holds its key can make it: entries, tree, the lying index, and a checkpoint over all of it.
struct Forged {
    entries: Vec<Vec<u8>>,
    tree: Tree,
    index: Index,
    links: BTreeMap<Key, Vec<Link>>,
    note: String,
}

/// Makes a log of these entries that ends with an index head; `lie` may change the chains before they are indexed.
fn forge(mut entries: Vec<Vec<u8>>, lie: impl FnOnce(&mut BTreeMap<Key, Vec<Link>>)) -> Forged {
    let mut links: BTreeMap<Key, Vec<Link>> = BTreeMap::new();
    let mut last_ms = 0;
    for (place, entry) in entries.iter().enumerate() {
        let log_index = LeafIndex::new(place as u64).unwrap();
        let recorded = Recorded::parse(log_index, entry).unwrap();
        last_ms = recorded.recorded_at_ms;
        for named in recorded.subjects() {
            links.entry(named.index_key()).or_default().push(Link { log_index, leaf: recorded.leaf });
        }
    }
    lie(&mut links);
    let mut index = Index::new();
    index.update(
        links.iter().filter(|(_, links)| !links.is_empty()).map(|(key, links)| chain(key, links).leaf()).collect(),
    );
    let head = Entry { recorded_at_ms: last_ms + 1, body: Body::IndexHead(IndexHead { root: index.root() }) };
    entries.push(head.encode());
    let mut tree = Tree::new();
    for entry in &entries {
        tree.push(Hash::leaf(entry)).unwrap();
    }
    let note = checkpoint(&tree, tree.size()).sign(&log_signer()).unwrap().to_string();
    Forged { entries, tree, index, links, note }
}

fn chain(key: &Key, links: &[Link]) -> Chain {
    links.iter().fold(Chain::new(*key), |chain, link| chain.extend(link.log_index, link.leaf))
}

fn checkpoint(tree: &Tree, size: TreeSize) -> Checkpoint {
    Checkpoint::new(headwater_tests::world::ORIGIN, size, tree.root(size).unwrap()).unwrap()
}

impl Forged {
    fn included(&self, place: u64) -> Included {
        let size = self.tree.size();
        let proof = self.tree.inclusion(size.leaf(place).unwrap(), size).unwrap();
        Included::new(place, self.entries[place as usize].clone(), &proof)
    }

    fn omission(&self, key: &str, place: u64) -> OmissionProof {
        let named = subject(key);
        let links = self.links.get(&named.index_key()).cloned().unwrap_or_default();
        OmissionProof {
            checkpoint: self.note.clone().into_bytes(),
            index_head: self.included(self.entries.len() as u64 - 1),
            proof: IndexProof::of(&self.index.prove(&named.index_key())),
            subject: named,
            links: links.iter().map(|link| ChainLink { log_index: link.log_index.get(), leaf: link.leaf }).collect(),
            entry: self.included(place),
        }
    }

    fn audit(&self, world: &World<MemoryStore>) -> Result<(), AuditError<Infallible>> {
        let size = self.tree.size();
        let root = self.tree.root(size).unwrap();
        Audit::new(world.ledger.ledger_id()).run(&mut InMemory(self.entries.clone()), size, root, |_| {})
    }
}

/// The entries of a world without the index heads, which a forged log writes itself.
fn entries(world: &World<MemoryStore>) -> Vec<Vec<u8>> {
    world.runtime.block_on(world.ledger.entries(0, usize::MAX)).unwrap()
}

/// Entries of the world up to its last index head, without that.
fn unfinished(world: &World<MemoryStore>) -> Vec<Vec<u8>> {
    let mut entries = entries(world);
    entries.pop();
    entries
}

#[test]
fn an_honest_log_checks_out() {
    let world = world();
    let snapshot = world.ledger.newest();
    let mut audit = Audit::new(world.ledger.ledger_id());
    audit.run(&mut InMemory(entries(&world)), snapshot.checkpoint.size(), snapshot.checkpoint.root(), |_| {}).unwrap();
    assert_eq!(audit.replay().index().root(), snapshot.index.root());
    let forged = forge(unfinished(&world), |_| {});
    forged.audit(&world).unwrap();
    // An entry that stands where it belongs proves no lie.
    let place = forged.links[&subject(LOT).index_key()][0].log_index.get();
    assert_eq!(forged.omission(LOT, place).verify(&world.policy), Err(EvidenceError::NothingOmitted));
}

#[test]
fn an_entry_that_the_index_leaves_out_becomes_an_omission_proof() {
    let world = world();
    let key = subject(LOT).index_key();
    let mut hidden = 0;
    let forged =
        forge(unfinished(&world), |links| hidden = links.get_mut(&key).unwrap().pop().unwrap().log_index.get());
    assert!(matches!(forged.audit(&world), Err(AuditError::Replay(ReplayError::IndexHead { .. }))));
    let proof = forged.omission(LOT, hidden);
    assert_eq!(proof.verify(&world.policy), Ok(IndexLie::Omitted { subject: subject(LOT), log_index: hidden }));
    let travelled = OmissionProof::parse(&proof.encode()).unwrap();
    assert_eq!(travelled, proof);
    // A subject that the index denies altogether.
    let forged = forge(unfinished(&world), |links| links.get_mut(&key).unwrap().clear());
    assert_eq!(
        forged.omission(LOT, hidden).verify(&world.policy),
        Ok(IndexLie::Omitted { subject: subject(LOT), log_index: hidden })
    );
}

#[test]
fn what_the_index_makes_up_becomes_an_omission_proof() {
    let world = world();
    let key = subject(LOT).index_key();
    // An entry about something else, put on the lot's chain.
    let forged = forge(unfinished(&world), |links| {
        let chain = links.get_mut(&key).unwrap();
        chain.insert(0, Link { log_index: LeafIndex::new(2).unwrap(), leaf: Hash::plain(b"made up") });
    });
    assert!(matches!(forged.audit(&world), Err(AuditError::Replay(ReplayError::IndexHead { .. }))));
    assert_eq!(
        forged.omission(LOT, 2).verify(&world.policy),
        Ok(IndexLie::Phantom { subject: subject(LOT), log_index: 2 })
    );
}

#[test]
fn a_wrong_count_and_a_badly_built_trie_are_found_by_an_audit() {
    let world = world();
    let key = subject(LOT).index_key();
    let honest = forge(unfinished(&world), |_| {});
    let mut wrong = honest.index.clone();
    let leaf = wrong.find(&key).unwrap();
    wrong.update(vec![headwater_tlog::index::Leaf { count: leaf.count + 1, ..leaf }]);
    let badly_built = Hash::node(&honest.index.root(), &honest.index.root());
    for root in [wrong.root(), badly_built, Hash::ZERO] {
        let mut entries = honest.entries.clone();
        let at = entries.pop().map(|head| Entry::parse(&head).unwrap().recorded_at_ms).unwrap();
        entries.push(Entry { recorded_at_ms: at, body: Body::IndexHead(IndexHead { root }) }.encode());
        let mut tree = Tree::new();
        for entry in &entries {
            tree.push(Hash::leaf(entry)).unwrap();
        }
        let (size, found) = (tree.size(), tree.root(tree.size()).unwrap());
        let audited = Audit::new(world.ledger.ledger_id()).run(&mut InMemory(entries), size, found, |_| {});
        assert!(matches!(audited, Err(AuditError::Replay(ReplayError::IndexHead { found, .. })) if found == root));
    }
}

#[test]
fn an_old_signed_event_recorded_again_is_found() {
    let world = world();
    let mut entries = unfinished(&world);
    let place = LeafIndex::new(entries.len() as u64 - 1).unwrap();
    let again = entries.last().unwrap().clone();
    let first = Recorded::parse(place, &again).unwrap();
    assert!(first.claims().is_some());
    entries.push(again);
    let forged = forge(entries, |_| {});
    let replayed = ReplayError::Replayed { log_index: place.get() + 1, first: place.get() };
    assert!(matches!(forged.audit(&world), Err(AuditError::Replay(error)) if error == replayed));
}

#[test]
fn a_fork_is_portable_evidence() {
    let world = world();
    let entries = entries(&world);
    let mut one = Tree::new();
    let mut two = Tree::new();
    for (place, entry) in entries.iter().enumerate() {
        one.push(Hash::leaf(entry)).unwrap();
        two.push(if place == 3 { Hash::leaf(b"another") } else { Hash::leaf(entry) }).unwrap();
    }
    let note = |tree: &Tree, size| checkpoint(tree, size).sign(&log_signer()).unwrap().to_string().into_bytes();
    let (small, large) = (TreeSize::new(5).unwrap(), one.size());
    let same_size =
        ForkProof { older: note(&one, large), newer: note(&two, large), root: None, consistency: Vec::new() };
    assert_eq!(same_size.verify(&world.policy).unwrap().roots, [one.root(large).unwrap(), two.root(large).unwrap()]);
    let consistency = two.consistency(small, large).unwrap().hashes().to_vec();
    let grown = ForkProof { older: note(&one, small), newer: note(&two, large), root: two.root(small), consistency };
    assert_eq!(grown.verify(&world.policy).unwrap().size, 5);
    assert_eq!(ForkProof::parse(&grown.encode()).unwrap(), grown);
    let honest = ForkProof {
        older: note(&one, small),
        newer: note(&one, large),
        root: one.root(small),
        consistency: one.consistency(small, large).unwrap().hashes().to_vec(),
    };
    assert_eq!(honest.verify(&world.policy), Err(EvidenceError::NoFork));
    let made_up = ForkProof { root: Some(Hash::ZERO), ..honest };
    assert!(matches!(made_up.verify(&world.policy), Err(EvidenceError::Consistency(_))));
}

#[test]
fn no_changed_byte_of_any_entry_passes_an_audit() {
    let world = world();
    let (entries, snapshot) = (entries(&world), world.ledger.newest());
    let (size, root, ledger_id) = (snapshot.checkpoint.size(), snapshot.checkpoint.root(), world.ledger.ledger_id());
    let places: Vec<(usize, usize)> =
        entries.iter().enumerate().flat_map(|(entry, bytes)| (0..bytes.len()).map(move |at| (entry, at))).collect();
    let cores = std::thread::available_parallelism().unwrap().get();
    let passed: usize = std::thread::scope(|scope| {
        let part = |core: usize| {
            let (entries, places) = (&entries, &places);
            scope.spawn(move || {
                let mine = places.iter().skip(core).step_by(cores);
                mine.filter(|(entry, at)| {
                    // An audit compares this root last; whatever it finds before, it cannot pass this.
                    let mut changed = entries.clone();
                    changed[*entry][*at] ^= 1 << (at % 8);
                    let mut tree = Tree::new();
                    changed.iter().for_each(|entry| {
                        tree.push(Hash::leaf(entry)).unwrap();
                    });
                    tree.root(size) == Some(root)
                })
                .count()
            })
        };
        let parts: Vec<_> = (0..cores).map(part).collect();
        parts.into_iter().map(|part| part.join().unwrap()).sum()
    });
    assert_eq!(passed, 0);
    // One change of each entry, through the whole audit.
    for entry in 0..entries.len() {
        let mut changed = entries.clone();
        let at = changed[entry].len() / 2;
        changed[entry][at] ^= 1;
        assert!(Audit::new(ledger_id).run(&mut InMemory(changed), size, root, |_| {}).is_err(), "entry {entry}");
    }
}
