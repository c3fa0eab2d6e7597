//! A log that lies in its entries, its index or its checkpoints: an audit finds the lie, and the evidence of the lie convinces any
//! other verifier.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use headwater_audit::{Audit, AuditError};
use headwater_event::codec::Message as _;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::forged::{Forged, InMemory, checkpoint, forge, state, tree_of, unfinished};
use headwater_testing::world::{World, log_index, log_signer, subject, tree_size};
use headwater_tlog::chain::Link;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Leaf;
use headwater_tlog::tree::{LeafIndex, Tree};
use headwater_trace::evidence::{EvidenceError, ForkProof};
use headwater_trace::omission::{Lie, OmissionProof, ShownBy};
use headwater_trace::recorded::Recorded;
use headwater_trace::replay::ReplayError;

const LOT: &str = "01/09526543000013/10/L26-0417";

fn world() -> World<MemoryStore> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.recall(&world.dairy, &[LOT]).unwrap();
    world
}

fn audited(world: &World<MemoryStore>, forged: &Forged) -> Result<(), AuditError<Infallible>> {
    let size = forged.tree.size();
    let root = forged.tree.root(size).unwrap();
    Audit::new(world.ledger.ledger_id()).run(&mut InMemory(forged.entries.clone()), size, root, |_| {})
}

#[test]
fn an_honest_log_checks_out() {
    let world = world();
    let snapshot = world.ledger.newest();
    let mut audit = Audit::new(world.ledger.ledger_id());
    audit
        .run(&mut InMemory(world.entries()), snapshot.checkpoint().size(), snapshot.checkpoint().root(), |_| {})
        .unwrap();
    assert_eq!(audit.replay().index().root(), snapshot.index().root());
    let forged = forge(unfinished(&world), |_| {});
    audited(&world, &forged).unwrap();
    // An entry on the chain where the entry belongs proves no lie.
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
    assert!(matches!(audited(&world, &forged), Err(AuditError::Replay(ReplayError::IndexHead { .. }))));
    let proof = forged.omission(LOT, hidden);
    assert_eq!(shown(&proof, &world), Ok(Lie::Omitted { subject: subject(LOT), log_index: log_index(hidden) }));
    let travelled = OmissionProof::parse(&proof.encode()).unwrap();
    assert_eq!(travelled, proof);
    // A subject whose presence the index denies.
    let forged = forge(unfinished(&world), |links| links.get_mut(&key).unwrap().clear());
    assert_eq!(
        shown(&forged.omission(LOT, hidden), &world),
        Ok(Lie::Omitted { subject: subject(LOT), log_index: log_index(hidden) })
    );
}

#[test]
fn what_the_index_makes_up_becomes_an_omission_proof() {
    let world = world();
    let key = subject(LOT).index_key();
    // An entry about another subject, put on the lot's chain.
    let forged = forge(unfinished(&world), |links| {
        let chain = links.get_mut(&key).unwrap();
        chain.insert(0, Link { log_index: log_index(2), leaf: Hash::plain(b"made up") });
    });
    assert!(matches!(audited(&world, &forged), Err(AuditError::Replay(ReplayError::IndexHead { .. }))));
    assert_eq!(
        shown(&forged.omission(LOT, 2), &world),
        Ok(Lie::Phantom { subject: subject(LOT), log_index: log_index(2) })
    );
}

/// The form of the lie that a proof shows.
fn shown(proof: &OmissionProof, world: &World<MemoryStore>) -> Result<Lie, EvidenceError> {
    proof.verify(&world.policy).map(|lie| lie.lie().clone())
}

/// The omission proof that an auditor writes about a log whose last index head lies.
fn accusation(world: &World<MemoryStore>, forged: &Forged) -> OmissionProof {
    let (size, mut audit) = (forged.tree.size(), Audit::new(world.ledger.ledger_id()));
    let (root, mut source) = (forged.tree.root(size).unwrap(), InMemory(forged.entries.clone()));
    let met = audit.run(&mut source, size, root, |_| {});
    assert!(matches!(met, Err(AuditError::Replay(ReplayError::IndexHead { .. }))));
    audit.accuse(&mut source, size, root, forged.note.as_bytes()).unwrap()
}

#[test]
fn every_lie_of_an_index_becomes_an_omission_proof() {
    let world = world();
    let key = subject(LOT).index_key();
    let honest = forge(unfinished(&world), |_| {});
    let leaf = honest.index.find(&key).unwrap();
    let changed = |leaf: Leaf| {
        let mut index = honest.index.clone();
        index.update(vec![leaf]);
        index.root()
    };
    let roots = [
        ("a wrong count", changed(Leaf { count: leaf.count + 1, ..leaf })),
        ("another head", changed(Leaf { head: Hash::plain(b"another"), ..leaf })),
        ("a subject that nobody named", changed(Leaf { key: subject("01/09526543000020").index_key(), ..leaf })),
        (
            "an entry left out",
            forge(unfinished(&world), |links| {
                links.get_mut(&key).unwrap().pop();
            })
            .index
            .root(),
        ),
        ("a badly built trie", Hash::node(&honest.index.root(), &honest.index.root())),
        ("an empty index", Hash::ZERO),
    ];
    for (lie, root) in roots {
        let forged = state(unfinished(&world), honest.index.clone(), honest.links.clone(), root);
        let proof = accusation(&world, &forged);
        let travelled = OmissionProof::parse(&proof.encode()).unwrap();
        let head = forged.entries.len() as u64 - 1;
        let expected = Lie::Root { log_index: log_index(head), expected: honest.index.root(), found: root };
        assert_eq!(shown(&travelled, &world), Ok(expected), "{lie}");
        // Each part of the proof is needed: a change makes the proof fail.
        let with = |change: fn(&mut headwater_trace::omission::ByBatch)| {
            let mut proof = proof.clone();
            if let ShownBy::Batch(batch) = &mut proof.shown_by {
                change(batch);
            }
            proof.verify(&world.policy)
        };
        assert!(matches!(with(|batch| drop(batch.entries.pop())), Err(EvidenceError::Batch { .. })), "{lie}");
        assert!(matches!(with(|batch| drop(batch.entries.remove(0))), Err(EvidenceError::Batch { .. })), "{lie}");
        assert_eq!(with(|batch| drop(batch.subjects.pop())), Err(EvidenceError::Subjects), "{lie}");
        assert!(matches!(with(|batch| batch.base = None), Err(EvidenceError::Batch { .. })), "{lie}");
        assert!(matches!(with(|batch| batch.subjects[0].proof = None), Err(EvidenceError::Index { .. })), "{lie}");
    }
    // An honest index head proves no lie.
    let forged = state(unfinished(&world), honest.index.clone(), honest.links.clone(), Hash::ZERO);
    let mut proof = accusation(&world, &forged);
    let place = honest.entries.len() as u64 - 1;
    proof.checkpoint = honest.note.clone().into_bytes();
    proof.index_head = honest.included(place);
    if let ShownBy::Batch(batch) = &mut proof.shown_by {
        batch.base = batch.base.as_ref().map(|base| honest.included(base.log_index));
        batch.entries = batch.entries.iter().map(|entry| honest.included(entry.log_index)).collect();
    }
    assert_eq!(proof.verify(&world.policy), Err(EvidenceError::NothingOmitted));
}

#[test]
fn an_audit_goes_on_from_what_was_audited() {
    let world = world();
    let entries = world.entries();
    let tree = tree_of(&entries);
    let is_head = |(place, entry): &(LeafIndex, &Vec<u8>)| {
        matches!(Recorded::parse(*place, entry).unwrap().content, headwater_trace::recorded::EntryContent::IndexHead(_))
    };
    let heads = LeafIndex::FIRST.onward().zip(&entries).filter(is_head);
    let size = tree.size();
    for known in heads.map(|(place, _)| place.size_through()) {
        let mut audit = Audit::resuming(world.ledger.ledger_id(), known, tree.root(known).unwrap());
        audit.run(&mut InMemory(entries.clone()), size, tree.root(size).unwrap(), |_| {}).unwrap();
        assert_eq!(audit.replay().index().root(), world.ledger.newest().index().root());
        // Audited entries cannot be replaced by other entries that also add up to the newest root.
        let mut rewritten = Audit::resuming(world.ledger.ledger_id(), known, Hash::ZERO);
        let met = rewritten.run(&mut InMemory(entries.clone()), size, tree.root(size).unwrap(), |_| {});
        assert!(matches!(met, Err(AuditError::Rewritten { .. })));
    }
}

#[test]
fn an_old_signed_event_recorded_again_is_found() {
    let world = world();
    let mut entries = unfinished(&world);
    let place = log_index(entries.len() as u64 - 1);
    let again = entries.last().unwrap().clone();
    let first = Recorded::parse(place, &again).unwrap();
    assert!(first.claims().is_some());
    entries.push(again);
    let forged = forge(entries, |_| {});
    let replayed = ReplayError::Replayed { log_index: place.saturating_add(1), first: place };
    assert!(matches!(audited(&world, &forged), Err(AuditError::Replay(error)) if error == replayed));
}

#[test]
fn a_fork_is_portable_evidence() {
    let world = world();
    let entries = world.entries();
    let mut one = Tree::new();
    let mut two = Tree::new();
    for (place, entry) in entries.iter().enumerate() {
        one.push(Hash::leaf(entry)).unwrap();
        two.push(if place == 3 { Hash::leaf(b"another") } else { Hash::leaf(entry) }).unwrap();
    }
    let note = |tree: &Tree, size| checkpoint(tree, size).sign(&log_signer()).unwrap().to_string().into_bytes();
    let (small, large) = (tree_size(5), one.size());
    let same_size =
        ForkProof { older: note(&one, large), newer: note(&two, large), root: None, consistency: Vec::new() };
    assert_eq!(same_size.verify(&world.policy).unwrap().roots(), [one.root(large).unwrap(), two.root(large).unwrap()]);
    let consistency = two.consistency(small, large).unwrap().hashes().to_vec();
    let grown = ForkProof { older: note(&one, small), newer: note(&two, large), root: two.root(small), consistency };
    assert_eq!(grown.verify(&world.policy).unwrap().size(), small);
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
    let (entries, snapshot) = (world.entries(), world.ledger.newest());
    let (size, root, ledger_id) =
        (snapshot.checkpoint().size(), snapshot.checkpoint().root(), world.ledger.ledger_id());
    let places: Vec<(usize, usize)> =
        entries.iter().enumerate().flat_map(|(entry, bytes)| (0..bytes.len()).map(move |at| (entry, at))).collect();
    let cores = std::thread::available_parallelism().unwrap().get();
    let passed: usize = std::thread::scope(|scope| {
        let part = |core: usize| {
            let (entries, places) = (&entries, &places);
            scope.spawn(move || {
                let mine = places.iter().skip(core).step_by(cores);
                mine.filter(|(entry, at)| {
                    // An audit compares this root last, so a change that keeps the other checks intact still fails here.
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
