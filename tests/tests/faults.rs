//! A store that fails before a commit lands, or after the commit landed, at every step of a script. The ledger loses no acknowledged
//! event and contains no event twice, and an ordinary open recovers the ledger.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use headwater_audit::Audit;
use headwater_ledger::admission::AppendError;
use headwater_ledger::faulty::{Fault, FaultyStore};
use headwater_ledger::ledger::Ledger;
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::sequencer::Fatal;
use headwater_ledger::store::Store;
use headwater_ledger::wait::Wait;
use headwater_sled::{Founding, SledStore};
use headwater_testing::brand::{Brand, reopen};
use headwater_testing::forged::InMemory;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;
use tokio::runtime::Runtime;

/// Number of steps of the script.
const STEPS: u8 = 200;

fn fault(step: u8) -> Option<Fault> {
    [None, Some(Fault::BeforeItLands), Some(Fault::AfterItLanded), Some(Fault::Fenced), Some(Fault::Full)]
        [usize::from(step) % 5]
}

fn play<S: Store>(runtime: &Runtime, store: S) {
    let brand = Brand::new();
    brand.found(runtime, &store);
    let store = FaultyStore::over(store);
    let (mut ledger, mut sequencing) = reopen(runtime, store.clone());
    brand.register(runtime, &ledger);
    let mut acknowledged: BTreeMap<u8, (u64, Hash)> = BTreeMap::new();
    for step in 0..STEPS {
        let event = brand.event([step; 10]);
        let size = ledger.newest().size();
        store.set_next(fault(step));
        let met = runtime.block_on(ledger.append(event.clone()));
        store.set_next(None);
        match (fault(step), met) {
            (None, Ok(receipt)) => {
                acknowledged.insert(step, (receipt.entry.log_index, Hash::leaf(&receipt.entry.entry)));
                continue;
            }
            (Some(Fault::Full), Err(AppendError::Waits(Wait::NoSpace))) => {
                // Reads continue, and the ledger takes events again when there is room.
                assert_eq!(runtime.block_on(ledger.entries(LeafIndex::FIRST, 1)).unwrap().len(), 1);
            }
            (Some(fault), Err(AppendError::Stopping)) => {
                // No part of the event was published, and the sequencer reports why it stopped.
                assert_eq!(ledger.newest().size(), size, "step {step}");
                let stopped = runtime.block_on(sequencing).unwrap();
                assert!(
                    matches!((&stopped, fault), (Err(Fatal::Fenced { .. }), Fault::Fenced) | (Err(Fatal::Store(_)), _)),
                    "{stopped:?}"
                );
                (ledger, sequencing) = reopen(runtime, store.clone());
                let landed = ledger.newest().size() > size;
                assert_eq!(landed, fault == Fault::AfterItLanded, "step {step}");
            }
            (fault, met) => panic!("step {step}: {fault:?} {met:?}"),
        }
        // The author sends the same bytes again, and once more after that.
        let receipt = runtime.block_on(ledger.append(event.clone())).unwrap();
        let again = runtime.block_on(ledger.append(event)).unwrap();
        assert_eq!(receipt.entry.log_index, again.entry.log_index, "step {step}");
        acknowledged.insert(step, (receipt.entry.log_index, Hash::leaf(&receipt.entry.entry)));
    }
    check(runtime, &ledger, &acknowledged);
}

/// Asserts that every acknowledged event is in the log once, and that an audit accepts the log.
fn check<S: Store>(runtime: &Runtime, ledger: &Ledger<S>, acknowledged: &BTreeMap<u8, (u64, Hash)>) {
    let entries = runtime.block_on(ledger.entries(LeafIndex::FIRST, usize::MAX)).unwrap();
    for (place, leaf) in acknowledged.values() {
        assert_eq!(Hash::leaf(&entries[usize::try_from(*place).unwrap()]), *leaf);
    }
    assert_eq!(acknowledged.len(), usize::from(STEPS));
    let (newest, mut audit) = (ledger.newest(), Audit::new(ledger.ledger_id()));
    let (size, root) = (newest.checkpoint().size(), newest.checkpoint().root());
    audit.run(&mut InMemory(entries), size, root, |_| {}).unwrap();
    let said: u64 = audit.replay().kinds().filter(|(kind, _)| kind.as_str() == "origin_content").map(|(_, n)| n).sum();
    assert_eq!(said, u64::from(STEPS), "no event is there twice");
}

#[test]
fn in_memory() {
    play(&Runtime::new().unwrap(), MemoryStore::new());
}

#[test]
fn on_sled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    Founding::begin(&path).unwrap().finish().unwrap();
    play(&Runtime::new().unwrap(), SledStore::open(&path).unwrap());
}

#[test]
fn a_faulty_store_that_is_left_alone_conforms() {
    Runtime::new().unwrap().block_on(headwater_ledger::testing::conformance(&FaultyStore::over(MemoryStore::new())));
}
