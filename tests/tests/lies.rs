//! A reader of a trace detects a node that lies about a product: one test for each lie.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::codec::Message as _;
use headwater_event::subject::Subject;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::lies::{ITEM, LOT, OTHER_LOT, hide, history, leave_out, recalled_world, trace};
use headwater_testing::world::{World, log_index, query, subject};
use headwater_tlog::chain::ChainError;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::trace::{At, Included, IndexProof, Trace};
use headwater_trace::verify::{TraceError, verify};

fn refused(world: &World<MemoryStore>, key: &str, trace: &Trace) -> TraceError {
    world.verify(&trace.encode(), &query(key)).unwrap_err()
}

#[test]
fn the_honest_trace_verifies() {
    let world = recalled_world();
    for key in [ITEM, LOT, OTHER_LOT, "01/09526543000013", "01/09526543000013/21/NEVER"] {
        world.verify(&trace(&world, key).encode(), &query(key)).unwrap();
    }
}

#[test]
fn it_hides_an_event_at_any_place() {
    let world = recalled_world();
    for (key, count) in [(ITEM, 2), (LOT, 2)] {
        for at in 0..count {
            let mut lie = trace(&world, key);
            hide(&mut lie, key, at);
            let error = refused(&world, key, &lie);
            assert!(
                matches!(
                    error,
                    TraceError::Chain { source: ChainError::Count { expected: 2, found: 1 }, .. }
                        | TraceError::Absent { .. }
                ),
                "{key} {at}: {error:?}"
            );
        }
    }
}

#[test]
fn it_hides_a_recall() {
    let world = recalled_world();
    let mut lie = trace(&world, ITEM);
    // The recall is the newest entry of the lot's chain, and is not on another chain.
    hide(&mut lie, LOT, 1);
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Chain { .. }));
}

#[test]
fn it_invents_an_absence() {
    let world = recalled_world();
    let mut lie = trace(&world, ITEM);
    // The proof of an absent subject, shown for a subject that is present.
    let absent = trace(&world, "01/09526543000013/21/NEVER").subjects;
    let elsewhere =
        absent.into_iter().find(|history| history.subject == subject("01/09526543000013/21/NEVER")).unwrap();
    let chain = history(&mut lie, &subject(ITEM));
    (chain.proof, chain.log_indexes) = (elsewhere.proof, None);
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Index { .. } | TraceError::Foreign { .. }));
    let mut lie = trace(&world, ITEM);
    history(&mut lie, &subject(ITEM)).proof = None;
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Index { .. }));
}

#[test]
fn it_serves_an_old_index_head() {
    let world = recalled_world();
    let old = trace(&world, ITEM);
    world.produce(&world.dairy, "01/09526543000013/10/LATER").unwrap();
    // The index head of an earlier checkpoint, included in the newer log, but not as its last leaf.
    let mut lie = trace(&world, ITEM);
    let place = log_index(old.index_head.log_index);
    let size = world.ledger.newest().checkpoint().size();
    let entry = world.runtime.block_on(world.ledger.entries(place, 1)).unwrap().remove(0);
    let all = world.runtime.block_on(world.ledger.entries(LeafIndex::FIRST, usize::MAX)).unwrap();
    let mut tree = headwater_tlog::tree::Tree::new();
    all.iter().for_each(|entry| {
        tree.push(headwater_tlog::hash::Hash::leaf(entry)).unwrap();
    });
    let proof = tree.inclusion(place, size).unwrap();
    lie.index_head = Included::new(place, entry, &proof);
    lie.subjects = old.subjects.clone();
    assert_eq!(refused(&world, ITEM, &lie), TraceError::NoIndexHead { log_index: place });
    // Proofs from the old index under the new index head.
    let mut lie = trace(&world, ITEM);
    lie.subjects = old.subjects;
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Index { .. }));
}

#[test]
fn it_serves_an_older_checkpoint_as_a_newer_one() {
    let world = recalled_world();
    let old = trace(&world, ITEM);
    world.recall(&world.regulator, &[ITEM]).unwrap();
    let mut lie = trace(&world, ITEM);
    lie.checkpoint = old.checkpoint;
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Inclusion { .. }));
}

#[test]
fn it_swaps_two_histories() {
    let world = recalled_world();
    let mut lie = trace(&world, LOT);
    let other = trace(&world, OTHER_LOT);
    let places = other.subjects.iter().find(|history| history.subject == subject(OTHER_LOT)).unwrap().clone();
    let chain = history(&mut lie, &subject(LOT));
    (chain.proof, chain.log_indexes) = (places.proof.clone(), places.log_indexes.clone());
    for entry in other.entries {
        if !lie.entries.iter().any(|known| known.log_index == entry.log_index) {
            lie.entries.push(entry);
        }
    }
    lie.entries.sort_by_key(|entry| entry.log_index);
    assert!(matches!(refused(&world, LOT, &lie), TraceError::Chain { .. } | TraceError::Index { .. }));
    // Query for one lot, the node answers with the other.
    let error = world.verify(&trace(&world, OTHER_LOT).encode(), &query(LOT)).unwrap_err();
    assert_eq!(error, TraceError::Missing { subject: subject(LOT) });
}

#[test]
fn it_answers_for_another_ledger() {
    let world = recalled_world();
    let bytes = world.trace(&query(ITEM));
    let key = headwater_testing::world::log_signer().key().to_string();
    let other = format!("log {key}\nquorum none\n#headwater ledger {}\n", "00".repeat(32));
    let error = verify(&bytes, &query(ITEM), &TrustPolicy::parse(&other).unwrap()).unwrap_err();
    assert!(matches!(error, TraceError::OtherLedger { .. }));
}

#[test]
fn it_leaves_a_needed_subject_out() {
    let world = recalled_world();
    let honest = trace(&world, ITEM);
    let needed: Vec<Subject> = honest.subjects.iter().map(|history| history.subject.clone()).collect();
    for left_out in needed {
        let mut lie = honest.clone();
        leave_out(&mut lie, &left_out);
        assert_eq!(refused(&world, ITEM, &lie), TraceError::Missing { subject: left_out });
    }
}

#[test]
fn it_adds_what_nobody_needs() {
    let world = recalled_world();
    let mut lie = trace(&world, ITEM);
    let other = trace(&world, OTHER_LOT);
    let history = other.subjects.iter().find(|history| history.subject == subject(OTHER_LOT)).unwrap().clone();
    let place = history.log_indexes.as_ref().unwrap().as_slice()[0];
    lie.subjects.push(history);
    lie.subjects.sort_by_key(|history| history.subject.to_string());
    lie.entries.push(other.entries.into_iter().find(|entry| entry.log_index == place).unwrap());
    lie.entries.sort_by_key(|entry| entry.log_index);
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::LeftOver { .. }));
}

#[test]
fn it_claims_a_cap_that_was_not_reached() {
    // A story of a few entries cannot omit the second level by a claim that a total was reached.
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    let (case, pallet) =
        ("00/195265430000000010", format!("00/{}", headwater_testing::world::with_check("19526543000000002")));
    let add = headwater_event::kind::aggregation::AggregationAction::Add;
    world.aggregate(add, case, &[ITEM]).unwrap();
    world.aggregate(add, &pallet, &[case]).unwrap();
    let mut lie = trace(&world, ITEM);
    lie.subjects.retain(|history| history.subject != subject(&pallet));
    assert_eq!(refused(&world, ITEM, &lie), TraceError::Missing { subject: subject(&pallet) });
}

#[test]
fn it_reorders_or_repeats_entries() {
    let world = recalled_world();
    let mut lie = trace(&world, ITEM);
    lie.entries.swap(0, 1);
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Order { .. }));
    let mut lie = trace(&world, ITEM);
    let again = lie.entries[0].clone();
    lie.entries.insert(1, again);
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Order { .. }));
}

#[test]
fn it_shows_a_proof_with_a_hash_too_many_or_too_few() {
    let world = recalled_world();
    let mut lie = trace(&world, ITEM);
    lie.entries[0].inclusion.pop();
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Inclusion { .. }));
    let mut lie = trace(&world, ITEM);
    let hash = lie.entries[0].inclusion[0];
    lie.entries[0].inclusion.push(hash);
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::Inclusion { .. }));
    let mut lie = trace(&world, ITEM);
    let siblings = lie.subjects[0].proof.as_mut().unwrap();
    siblings.siblings.pop();
    assert!(matches!(refused(&world, ITEM, &lie), TraceError::IndexForm { .. }));
}

#[test]
fn no_changed_byte_goes_unseen() {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let bytes = world.trace(&query(LOT));
    let cores = std::thread::available_parallelism().unwrap().get();
    let policy = world.policy.clone();
    let unseen: Vec<usize> = std::thread::scope(|scope| {
        let part = |core: usize| {
            let (bytes, policy) = (&bytes, &policy);
            scope.spawn(move || {
                let changed = (core..bytes.len()).step_by(cores).filter(|at| {
                    let mut changed = bytes.clone();
                    changed[*at] ^= 1 << (at % 8);
                    verify(&changed, &query(LOT), policy).is_ok()
                });
                changed.collect::<Vec<usize>>()
            })
        };
        let parts: Vec<_> = (0..cores).map(part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert_eq!(unseen, Vec::<usize>::new());
}

#[test]
fn an_audited_trace_says_so_and_a_newer_recall_is_not_in_it() {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    assert!(world.runtime.block_on(world.ledger.trace(&query(LOT), At::Audited)).is_err());
    let snapshot = world.ledger.newest();
    let line = snapshot.checkpoint().cosign(&headwater_testing::world::auditor(), world.now_s()).unwrap();
    let note = format!("{}{line}\n", snapshot.note());
    assert_eq!(world.runtime.block_on(world.ledger.cosign(note.as_bytes())).unwrap().lines, 1);
    world.recall(&world.dairy, &[LOT]).unwrap();
    let audited = world.runtime.block_on(world.ledger.trace(&query(LOT), At::Audited)).unwrap();
    let audited = world.verify(&audited, &query(LOT)).unwrap();
    assert!(audited.checkpoint().audit_time().is_some());
    assert_eq!(audited.chain(&subject(LOT)).count(), 1);
    let newest = world.verified(LOT);
    assert!(newest.checkpoint().audit_time().is_none());
    assert_eq!(newest.chain(&subject(LOT)).count(), 2);
}

#[test]
fn an_index_proof_travels_and_comes_back() {
    let world = recalled_world();
    let proof = world.ledger.newest().index().prove(&subject(ITEM).index_key());
    assert_eq!(IndexProof::open(IndexProof::of(&proof).as_ref()), Some(proof));
    let empty = headwater_tlog::index::Index::new().prove(&subject(ITEM).index_key());
    assert_eq!(IndexProof::open(IndexProof::of(&empty).as_ref()), Some(empty));
}
