//! Many readers of one product: their cost, and the appends beside them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::kind::distribution::DistributionAction;
use headwater_ledger::admission::Limits;
use headwater_ledger::faulty::{FaultyStore, Read};
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::reader::ReadError;
use headwater_testing::brand::{Brand, reopen};
use headwater_testing::world::{World, distribution, query, set_of, subject};
use headwater_trace::trace::{At, Trace};
use tokio::runtime::Builder;

const LOT: &str = "01/09526543000013/10/L26-0417";
const MODEL: &str = "01/09526543000013";

fn crowded() -> (World<FaultyStore<MemoryStore>>, FaultyStore<MemoryStore>) {
    let store = FaultyStore::over(MemoryStore::new());
    let world = World::on(store.clone(), Limits::default());
    world.produce(&world.dairy, LOT).unwrap();
    for _ in 0..20 {
        let body = distribution(DistributionAction::Store, &world.dairy);
        world.say(&world.dairy, &world.event(&world.dairy, vec![subject(LOT)], body)).unwrap();
    }
    (world, store)
}

#[test]
fn a_crowd_has_its_trace_made_once_for_each_state() {
    let (world, store) = crowded();
    let cost = |readers: usize| {
        let before = store.chains_read();
        let query = query(LOT);
        let traces = world.runtime.block_on(async {
            let mut reading = tokio::task::JoinSet::new();
            for _ in 0..readers {
                let (ledger, query) = (world.ledger.clone(), query.clone());
                reading.spawn(async move { ledger.trace(&query, At::Newest).await.unwrap() });
            }
            reading.join_all().await
        });
        assert!(traces.iter().all(|trace| *trace == traces[0]));
        let trace = world.verify(&traces[0], &query).unwrap();
        assert_eq!(trace.checkpoint().checkpoint().size(), world.ledger.newest().size());
        store.chains_read() - before
    };
    let once = cost(16);
    assert_eq!(cost(16), 0, "nothing was added since");
    world.produce(&world.dairy, "01/09526543000013/10/L2").unwrap();
    assert_eq!(cost(1), once, "another state");
}

#[test]
fn what_a_trace_depends_on_beside_its_state_makes_it_anew() {
    let (world, _) = crowded();
    let set = set_of(MODEL, &[("S1", None)]);
    world.commit(LOT, &set).unwrap();
    let of_item = query("01/09526543000013/21/S1");
    let proofs = |trace: &[u8]| Trace::parse(trace).unwrap().sets.iter().filter(|set| set.proof.is_some()).count();
    assert_eq!(proofs(&world.trace(&of_item)), 0, "the list is not here");
    world.ledger.add_manifest(&set).unwrap();
    assert_eq!(proofs(&world.trace(&of_item)), 1);
    // A late cosignature of an older checkpoint makes that checkpoint an anchor.
    let older = world.ledger.newest();
    world.produce(&world.dairy, "01/09526543000013/10/L2").unwrap();
    let anchors = |trace: &[u8]| Trace::parse(trace).unwrap().anchors.len();
    assert_eq!(anchors(&world.trace(&of_item)), 0);
    let line = older.checkpoint().cosign(&headwater_testing::world::auditor(), world.now_s()).unwrap();
    let note = format!("{}{line}\n", older.note());
    assert_eq!(world.runtime.block_on(world.ledger.cosign(note.as_bytes())).unwrap().lines, 1);
    assert_eq!(anchors(&world.trace(&of_item)), 1);
}

#[test]
fn an_append_waits_for_no_reader() {
    // One thread serves all calls. If a slow disk blocked a reader on that thread, all calls would stop.
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let (brand, store) = (Brand::new(), FaultyStore::over(MemoryStore::new()));
    brand.found(&runtime, &store);
    let (ledger, _) = reopen(&runtime, store.clone());
    brand.register(&runtime, &ledger);
    let signed = brand.event([1; 10]);
    runtime.block_on(ledger.append(signed.clone())).unwrap();
    store.hold(Some(Read::Chain));
    runtime.block_on(async {
        let reading = {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.trace(&query(MODEL), At::Newest).await })
        };
        let again = tokio::spawn({
            let ledger = ledger.clone();
            async move { ledger.append(signed).await }
        });
        tokio::task::yield_now().await;
        ledger.append(brand.event([2; 10])).await.unwrap();
        assert!(!reading.is_finished() && !again.is_finished(), "they read on");
        store.hold(None);
        assert!(reading.await.unwrap().is_ok() && again.await.unwrap().is_ok());
    });
}

#[test]
fn readers_that_are_too_many_are_turned_away_and_come_again() {
    use headwater_ledger::aside::{RUNNING_MAX, WAITING_MAX};

    let (world, store) = crowded();
    world.produce(&world.dairy, "01/09526543000013/10/L2").unwrap();
    store.hold(Some(Read::Chain));
    let of = |at: usize| query(&format!("01/09526543000013/21/S{at}"));
    let turned_away = world.runtime.block_on(async {
        let mut reading = tokio::task::JoinSet::new();
        for at in 0..RUNNING_MAX + WAITING_MAX + 3 {
            let ledger = world.ledger.clone();
            reading.spawn(async move { ledger.trace(&of(at), At::Newest).await });
        }
        let mut turned_away = 0;
        while turned_away < 3 {
            let read = reading.join_next().await.unwrap().unwrap();
            assert!(matches!(read, Err(ReadError::Busy)), "only those end while the disk is held");
            turned_away += 1;
        }
        store.hold(None);
        reading.join_all().await.into_iter().filter(Result::is_err).count()
    });
    assert_eq!(turned_away, 0);
    assert!(world.runtime.block_on(world.ledger.trace(&of(0), At::Newest)).is_ok());
}
