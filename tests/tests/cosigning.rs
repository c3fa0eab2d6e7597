//! Incoming cosignatures: after any posts, a note has one line for each cosigner, and the note parser accepts the note.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::entry::{Entry, EntryBody};
use headwater_event::event::Event;
use headwater_ledger::faulty::FaultyStore;
use headwater_ledger::ledger::Cosigner;
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::open::{Options, open};
use headwater_ledger::reader::ReadError;
use headwater_ledger::snapshot::Snapshot;
use headwater_testing::brand::{Brand, options};
use headwater_testing::world::{World, auditor, query};
use headwater_tlog::checkpoint::{Checkpoint, CosignTime};
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, Note, NoteSigner};
use headwater_trace::trace::{At, Trace};
use proptest::prelude::*;

const LOT: &str = "01/09526543000013/10/L26-0417";

/// The note of a checkpoint with one cosignature of the auditor for each time.
fn cosigned(checkpoint: &Checkpoint, note: &str, times: &[u64]) -> String {
    let line = |time: &u64| checkpoint.cosign(&auditor(), CosignTime::new(*time).unwrap()).unwrap().to_string();
    times.iter().map(line).fold(note.to_owned(), |note, line| note + &line + "\n")
}

/// The times of the auditor's lines in a note, in seconds.
fn times(checkpoint: &Checkpoint, note: &str) -> Vec<u64> {
    let note = Note::parse(note.as_bytes()).unwrap();
    let by_auditor = note.signatures().iter().filter(|line| line.names(auditor().key()));
    by_auditor.map(|line| checkpoint.verify_cosignature(auditor().key(), line).unwrap().seconds()).collect()
}

/// The note of the audited checkpoint, as traces contain it.
fn audited(world: &World<MemoryStore>) -> String {
    let trace = world.runtime.block_on(world.ledger.trace(&query(LOT), At::Audited)).unwrap();
    String::from_utf8(Trace::parse(&trace).unwrap().checkpoint).unwrap()
}

#[test]
fn sixty_four_cosignatures_of_one_auditor_are_one_line() {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let (first, now) = (world.ledger.newest(), world.now_s().seconds());
    let cosign = |times: &[u64]| {
        let note = cosigned(first.checkpoint(), first.note(), times);
        world.runtime.block_on(world.ledger.cosign(note.as_bytes()))
    };
    for at in 0..70 {
        assert_eq!(cosign(&[now + at]).unwrap().lines, 1);
    }
    assert_eq!(times(first.checkpoint(), world.ledger.newest().note()), [now + 69], "the newest on the newest");
    // Lines that the note already contains come before new ones.
    assert_eq!(cosign(&[now + 69, now + 70]).unwrap().lines, 1);
    assert_eq!(times(first.checkpoint(), world.ledger.newest().note()), [now + 70]);
    world.recall(&world.dairy, &[LOT]).unwrap();
    cosign(&[now + 99]).unwrap();
    cosign(&[now + 5]).unwrap();
    cosign(&[now + 6]).unwrap();
    assert_eq!(times(first.checkpoint(), &audited(&world)), [now + 5], "the earliest on an older one");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_stored_is_read(is_older: bool, posts in prop::collection::vec(prop::collection::vec(0_u64..1_000, 1..4), 1..24)) {
        let world = World::new();
        world.produce(&world.dairy, LOT).unwrap();
        let (first, now) = (world.ledger.newest(), world.now_s().seconds());
        if is_older {
            world.recall(&world.dairy, &[LOT]).unwrap();
        }
        for ahead in &posts {
            let all: Vec<u64> = ahead.iter().map(|ahead| now + ahead).collect();
            let note = cosigned(first.checkpoint(), first.note(), &all);
            prop_assert_eq!(world.runtime.block_on(world.ledger.cosign(note.as_bytes())).unwrap().lines, 1);
        }
        let all = posts.iter().flatten();
        let kept = now + if is_older { all.min() } else { all.max() }.unwrap();
        prop_assert_eq!(times(first.checkpoint(), &audited(&world)), [kept]);
    }
}

#[test]
fn a_cosignature_that_comes_late_makes_its_checkpoint_the_audited_one() {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let old = world.ledger.newest();
    // More batches than the ledger keeps in memory, on the lot and on others.
    for number in 0..300 {
        let lot = if number % 9 == 0 { LOT.to_owned() } else { format!("01/09526543000013/10/L{}", number % 17) };
        world.recall(&world.dairy, &[&lot]).unwrap();
    }
    let newest = world.ledger.newest();
    let cosign = |state: &Snapshot| {
        let note = cosigned(state.checkpoint(), state.note(), &[world.now_s().seconds()]);
        world.runtime.block_on(world.ledger.cosign(note.as_bytes())).unwrap()
    };
    assert!(world.ledger.audited().is_none());
    cosign(&old);
    // The ledger rebuilds an old state in the background, after the answer.
    let began = std::time::Instant::now();
    let audited = loop {
        if let Some(audited) = world.ledger.audited() {
            break audited;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "it is never rebuilt");
        std::thread::yield_now();
    };
    assert_eq!((audited.size(), audited.index().root()), (old.size(), old.index().root()));
    let trace = world.runtime.block_on(world.ledger.trace(&query(LOT), At::Audited)).unwrap();
    let verified = world.verify(&trace, &query(LOT)).unwrap();
    assert_eq!(verified.checkpoint().checkpoint(), old.checkpoint());
    assert!(verified.checkpoint().audit_time().is_some());
    // An entry of the old state has a receipt; a later entry has none yet.
    let entries = |place: u64| world.entries().swap_remove(usize::try_from(place).unwrap());
    let receipt = |entry: Vec<u8>| {
        let EntryBody::SignedEvent(signed) = Entry::parse(&entry).unwrap().body else { panic!("an event") };
        let event = Event::parse(&signed.event).unwrap();
        world.runtime.block_on(world.ledger.receipt(&event.party, &event.event_id, At::Audited))
    };
    let held = receipt(entries(old.size().get() - 2)).unwrap();
    assert_eq!(held.verify(&world.policy).unwrap().checkpoint().checkpoint(), old.checkpoint());
    assert!(matches!(receipt(entries(old.size().get())), Err(ReadError::NotYetAudited { .. })));
    // A newer audited checkpoint replaces the old one, and the old one does not come back.
    cosign(&newest);
    cosign(&old);
    assert_eq!(world.ledger.audited().unwrap().size(), newest.size());
    assert!(receipt(entries(old.size().get())).is_ok());
}

#[test]
fn two_cosigners_at_once_lose_no_line_and_an_opened_ledger_knows_the_audited_state() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (brand, store) = (Brand::new(), FaultyStore::over(MemoryStore::new()));
    brand.found(&runtime, &store);
    let witness = NoteSigner::new("witness.example", KeyKind::Cosigner, SecretKey::from_seed(&[9; 32])).unwrap();
    let signers = [auditor(), witness];
    let cosigner = |at: usize| Cosigner { key: signers[at].key().clone(), is_auditor: at == 0 };
    let opened = || {
        let options = Options { cosigners: vec![cosigner(0), cosigner(1)], ..options() };
        let (ledger, sequencer) = runtime.block_on(open(store.clone(), options)).unwrap();
        (ledger, runtime.spawn(sequencer.run()))
    };
    let (ledger, sequencing) = opened();
    brand.register(&runtime, &ledger);
    for round in 0..100 {
        runtime.block_on(ledger.append(brand.event([round; 10]))).unwrap();
        let state = ledger.newest();
        let time = CosignTime::new(state.recorded_at_ms() / 1_000).unwrap();
        let both: Vec<_> = signers
            .iter()
            .map(|signer| {
                let line = state.checkpoint().cosign(signer, time).unwrap();
                let (ledger, note) = (ledger.clone(), format!("{}{line}\n", state.note()));
                runtime.spawn(async move { ledger.cosign(note.as_bytes()).await })
            })
            .collect();
        for taken in both {
            assert_eq!(runtime.block_on(taken).unwrap().unwrap().lines, 1);
        }
        let note = Note::parse(ledger.newest().note().as_bytes()).unwrap();
        let kept = |signer: &NoteSigner| note.signatures().iter().filter(|line| line.names(signer.key())).count();
        assert_eq!(signers.each_ref().map(kept), [1, 1], "round {round}");
        assert_eq!(ledger.audited().unwrap().size(), state.size());
    }
    let size = ledger.newest().size();
    ledger.close();
    drop(ledger);
    runtime.block_on(sequencing).unwrap().unwrap();
    let (ledger, _) = opened();
    assert_eq!(ledger.audited().unwrap().size(), size);
}
