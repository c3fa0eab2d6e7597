//! Reads for the budgets of an event's subjects, before the sequencer handles the event.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::entry::SignedBytes;
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::subject::Subject;
use headwater_ledger::admission::{AppendError, Limits};
use headwater_ledger::faulty::FaultyStore;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::open::{Options, open};
use headwater_tests::brand::options;
use headwater_tests::world::{Actor, World, distribution, subject};
use headwater_trace::evidence::Extent;

const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEMS: usize = 40;

type Faulty = FaultyStore<MemoryStore>;

/// A ledger with items of two events each, and its store.
fn recorded() -> (World<Faulty>, Faulty) {
    let store = FaultyStore::over(MemoryStore::new());
    let world = World::on(store.clone(), Limits::default());
    let keys: Vec<String> = items().iter().map(ToString::to_string).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    world.commission(&world.dairy, LOT, &keys).unwrap();
    world.append(stored(&world, &world.dairy)).unwrap();
    (world, store)
}

fn items() -> Vec<Subject> {
    (0..ITEMS).map(|at| subject(&format!("01/09526543000013/21/S{at}"))).collect()
}

fn stored(world: &World<Faulty>, by: &Actor) -> SignedBytes {
    let event = world.event(by, items(), distribution(DistributionAction::Store, by));
    event.sign(&by.events()).unwrap()
}

/// The ledger, opened again with empty caches.
fn cold(world: &World<Faulty>, store: &Faulty) -> Ledger<Faulty> {
    let options = Options { limits: Limits::default(), ..options() };
    let (ledger, sequencer) = world.runtime.block_on(open(store.clone(), options)).unwrap();
    world.runtime.spawn(sequencer.run());
    ledger
}

#[test]
fn for_goods_without_a_right_nothing_is_read() {
    let (world, store) = recorded();
    let ledger = cold(&world, &store);
    let (before, signed) = (store.chains_read(), stored(&world, &world.rival));
    world.runtime.block_on(async {
        let admitted = ledger.admit([Ok(signed)].into_iter()).await;
        assert_eq!(admitted.read(), 0);
        let refused = ledger.submit(admitted, Extent::Inclusion).await.answers().await.pop().unwrap().unwrap_err();
        assert!(matches!(refused, AppendError::Denied(_)), "{refused}");
    });
    assert_eq!(store.chains_read() - before, 0);
}

#[test]
fn an_entry_that_many_subjects_share_is_read_once_and_never_by_the_sequencer() {
    let (world, store) = recorded();
    let ledger = cold(&world, &store);
    let signed = stored(&world, &world.dairy);
    world.runtime.block_on(async {
        let admitted = ledger.admit([Ok(signed)].into_iter()).await;
        assert_eq!(admitted.read(), 2, "the entry that commissions the items, and the one that stores them");
        // This check also empties the cache of budgets, as may happen before the sequencer handles the event.
        assert!(ledger.is_kept_as_folded(&subject(LOT)).await.unwrap());
        let before = store.chains_read();
        ledger.submit(admitted, Extent::Inclusion).await.answers().await.pop().unwrap().unwrap();
        assert_eq!(store.chains_read() - before, 0);
    });
}
