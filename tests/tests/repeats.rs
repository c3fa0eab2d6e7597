//! Repeats of one event: their cost for the ledger, and the appends beside them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::entry::SignedEventBytes;
use headwater_event::kind::distribution::DistributionAction;
use headwater_ledger::admission::{AppendError, Limits};
use headwater_ledger::faulty::{Fault, FaultyStore, Read};
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::wait::{Held, Hold, Wait};
use headwater_testing::brand::{Brand, reopen};
use headwater_testing::world::{World, distribution, subject};
use headwater_trace::evidence::Extent;
use tokio::runtime::Builder;

const LOT: &str = "01/09526543000013/10/L26-0417";
/// Number of subjects of the repeated event.
const SUBJECTS: usize = 40;

type Faulty = FaultyStore<MemoryStore>;

/// A ledger with an event on many subjects, and the signed event.
fn recorded() -> (World<Faulty>, Faulty, SignedEventBytes) {
    let store = FaultyStore::over(MemoryStore::new());
    let world = World::on(store.clone(), Limits::default());
    world.produce(&world.dairy, LOT).unwrap();
    let items: Vec<String> = (0..SUBJECTS).map(|at| format!("01/09526543000013/21/S{at}")).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    world.commission(&world.dairy, LOT, &items).unwrap();
    let subjects = items.iter().map(|item| subject(item)).collect();
    let event = world.event(&world.dairy, subjects, distribution(DistributionAction::Store, &world.dairy));
    let signed = event.sign(&world.dairy.events()).unwrap();
    world.append(signed.clone()).unwrap();
    (world, store, signed)
}

/// Hands the event in again `times` times, in one group. Returns the log indexes of the answers.
async fn again(world: &World<Faulty>, signed: &SignedEventBytes, times: usize, extent: Extent) -> Vec<u64> {
    let all: Vec<_> = (0..times).map(|_| Ok(signed.clone())).collect();
    let admitted = world.ledger.admit(all.into_iter()).await;
    let answers = world.ledger.submit(admitted, extent).await.answers().await;
    answers.into_iter().map(|answer| answer.unwrap().entry.log_index).collect()
}

#[test]
fn repeats_of_a_caller_that_is_gone_cost_no_proof() {
    let (world, store, signed) = recorded();
    let before = store.chains_read();
    world.runtime.block_on(async {
        for _ in 0..20 {
            let all: Vec<_> = (0..100).map(|_| Ok(signed.clone())).collect();
            let admitted = world.ledger.admit(all.into_iter()).await;
            drop(world.ledger.submit(admitted, Extent::Complete).await);
        }
    });
    // An honest append after all repeats is answered, and the ledger builds a proof for that append alone.
    world.produce(&world.dairy, "01/09526543000013/10/L2").unwrap();
    assert_eq!(store.chains_read() - before, 0);
}

#[test]
fn what_a_caller_that_is_gone_handed_in_is_not_taken() {
    // On one thread, the sequencer sees the waiting events only while this test waits.
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let (brand, store) = (Brand::new(), MemoryStore::new());
    brand.found(&runtime, &store);
    let (ledger, _) = reopen(&runtime, store);
    brand.register(&runtime, &ledger);
    let size = ledger.newest().size().get();
    runtime.block_on(async {
        let (gone, listens) = (brand.event([1; 10]), brand.event([2; 10]));
        let admitted = ledger.admit([Ok(gone.clone())].into_iter()).await;
        drop(ledger.submit(admitted, Extent::Complete).await);
        assert_eq!(ledger.append(listens).await.unwrap().entry.log_index, size);
        assert_eq!(ledger.append(gone).await.unwrap().entry.log_index, size + 2, "it can be sent again");
    });
}

#[test]
fn a_repeat_is_proven_as_far_as_was_asked_and_once() {
    let (world, store, signed) = recorded();
    let before = store.chains_read();
    let places = world.runtime.block_on(again(&world, &signed, 100, Extent::Inclusion));
    assert_eq!(places.len(), 100);
    assert_eq!(store.chains_read() - before, 0, "an inclusion needs no chain");
    let places = world.runtime.block_on(again(&world, &signed, 100, Extent::Complete));
    assert_eq!(places.len(), 100);
    assert_eq!(store.chains_read() - before, SUBJECTS, "each chain once, for all hundred");
}

#[test]
fn a_repeat_waits_for_no_room_on_the_disk() {
    let (world, store, signed) = recorded();
    store.set_next(Some(Fault::Full));
    let size = world.ledger.newest().size().get();
    let receipt = world.append(signed).unwrap();
    assert_eq!(receipt.entry.log_index + 2, size);
    let other = world.produce(&world.dairy, "01/09526543000013/10/L2");
    assert!(matches!(other, Err(AppendError::Waits(Wait::NoSpace))));
}

#[test]
fn an_event_and_its_repeat_in_a_batch_that_the_node_holds_back_are_both_sent_away() {
    let (world, store, _) = recorded();
    let stored = distribution(DistributionAction::Store, &world.dairy);
    let event = world.event(&world.dairy, vec![subject(LOT)], stored).sign(&world.dairy.events()).unwrap();
    let hold = Held { reason: Hold::Unanchored, words: "a test", why: String::new(), lets_heads: false };
    world.runtime.block_on(async {
        let admitted = world.ledger.admit([Ok(event.clone()), Ok(event.clone())].into_iter()).await;
        let before = store.ids_looked_up();
        store.hold(Some(Read::Ids));
        let pending = world.ledger.submit(admitted, Extent::Complete).await;
        // The sequencer has asked whether writes wait, and looks the ids up now.
        while store.ids_looked_up() == before {
            tokio::task::yield_now().await;
        }
        world.ledger.hold("test", Some(hold));
        store.hold(None);
        let answers = pending.answers().await;
        assert_eq!(answers.len(), 2);
        let waits = |answer: &Result<_, _>| matches!(answer, Err(AppendError::Waits(Wait::Held(_))));
        assert!(answers.iter().all(waits), "{answers:?}");
        world.ledger.hold("test", None);
    });
    let size = world.ledger.newest().size().get();
    assert_eq!(world.append(event).unwrap().entry.log_index, size);
}
