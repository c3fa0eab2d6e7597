//! Reads for the budgets of an event's subjects, before the sequencer handles the event.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::authority::Denied;
use headwater_event::codec::Set;
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::{Event, EventId, Role};
use headwater_event::gs1::CompanyPrefix;
use headwater_event::kind::correction::{Correction, CorrectionReason};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::party::{Delegate, PartyAction, PartyEvent, RevocationReason, RevokeKey};
use headwater_event::kind::{Kind, KindBody};
use headwater_event::subject::Subject;
use headwater_ledger::admission::{AppendError, Limits};
use headwater_ledger::faulty::FaultyStore;
use headwater_ledger::ledger::{GROUP_MAX, Ledger};
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::open::{Options, open};
use headwater_testing::brand::options;
use headwater_testing::world::{Actor, World, delegation, distribution, subject};
use headwater_tlog::hash::Hash;
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

fn stored(world: &World<Faulty>, by: &Actor) -> SignedEventBytes {
    let event = world.event(by, items(), distribution(DistributionAction::Store, by));
    event.sign(&by.events()).unwrap()
}

/// The dairy's correction of an event about the items.
fn correction(world: &World<Faulty>, original_event_id: EventId) -> Event {
    let body = KindBody::Correction(Correction {
        refs: Vec::new(),
        commitments: Vec::new(),
        original_event_id,
        original_entry_hash: Hash::ZERO,
        reason: CorrectionReason::IncorrectData,
        corrective_event_ids: Vec::new(),
    });
    world.event(&world.dairy, items(), body)
}

/// The ledger as it opens again, with nothing at hand. Its clock shows the time of today.
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
fn for_a_correction_with_a_revoked_key_nothing_is_read() {
    let (world, store) = recorded();
    let (key_id, at_ms) = (world.dairy.events().public().id(), 0);
    let revoke = PartyAction::RevokeKey(RevokeKey { key_id, reason: RevocationReason::Retired, at_ms });
    world.act(&world.dairy, vec![Subject::Party(world.dairy.party.clone())], revoke).unwrap();
    let event = world.event(&world.dairy, items(), distribution(DistributionAction::Store, &world.dairy));
    let signed = correction(&world, event.event_id).sign(&world.dairy.events()).unwrap();
    let before = store.chains_read();
    let refused = world.append(signed).unwrap_err();
    assert!(matches!(refused, AppendError::Denied(Denied::KeyRevoked { .. })), "{refused}");
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

#[test]
fn after_an_idle_month_and_for_a_correction_chains_are_read_ahead() {
    let (world, store) = recorded();
    let today = ledger_node::clock::now_ms();
    let event = world.event(&world.dairy, items(), distribution(DistributionAction::Store, &world.dairy));
    let stored = Event { occurred_at_ms: today, ..event };
    let corrected = correction(&world, stored.event_id);
    for event in [stored, corrected] {
        let ledger = cold(&world, &store);
        let signed = event.sign(&world.dairy.events()).unwrap();
        let admitted = world.runtime.block_on(ledger.admit([Ok(signed)].into_iter()));
        assert_eq!(admitted.read(), 2, "{}", event.kind());
    }
}

#[test]
fn many_entries_that_subjects_share_are_read_once_each() {
    let (world, store) = recorded();
    for _ in 0..33 {
        world.append(stored(&world, &world.dairy)).unwrap();
    }
    let ledger = cold(&world, &store);
    let admitted = world.runtime.block_on(ledger.admit([Ok(stored(&world, &world.dairy))].into_iter()));
    assert_eq!(admitted.read(), 35);
}

#[test]
fn the_sequencer_reads_little_and_sends_the_rest_back_to_be_read_ahead() {
    let (world, store) = recorded();
    // Forty chains of fourteen entries.
    for _ in 0..12 {
        world.append(stored(&world, &world.dairy)).unwrap();
    }
    let ledger = cold(&world, &store);
    // A right that comes in the same batch as its use: nothing was read for the use.
    let act = PartyAction::Delegate(Delegate {
        grantor: world.dairy.party.clone(),
        grantee: world.rival.party.clone(),
        kinds: Set::new([Kind::Distribution]),
        subjects: Vec::new(),
        prefixes: vec![CompanyPrefix::parse("9526543").unwrap()],
        interval: None,
    });
    let between = vec![delegation(&world.dairy.party, &world.rival.party)];
    let act = KindBody::Party(PartyEvent { refs: Vec::new(), commitments: Vec::new(), action: act });
    let act = world.event(&world.dairy, between, act).sign(&world.dairy.admin()).unwrap();
    let mut used = world.event(&world.rival, items(), distribution(DistributionAction::Store, &world.rival));
    used.principal = Some(world.dairy.party.clone());
    used.role = Role::Brand;
    let used = used.sign(&world.rival.events()).unwrap();
    world.runtime.block_on(async {
        let admitted = ledger.admit([Ok(act), Ok(used.clone())].into_iter()).await;
        assert_eq!(admitted.read(), 0);
        let answers = ledger.submit(admitted, Extent::Inclusion).await.answers().await;
        assert!(answers[0].is_ok(), "{:?}", answers[0]);
        assert!(matches!(answers[1], Err(AppendError::Overloaded)), "{:?}", answers[1]);
        ledger.append(used).await.unwrap();
    });
}

#[test]
fn a_place_in_the_queue_counts_subjects() {
    let (world, store) = recorded();
    let limits = Limits { queue: 1, ..Limits::default() };
    // Nothing takes from the queue.
    let (ledger, _sequencer) = world.runtime.block_on(open(store, Options { limits, ..options() })).unwrap();
    world.runtime.block_on(async {
        let mut waiting = Vec::new();
        let refused = loop {
            let admitted = ledger.admit([Ok(stored(&world, &world.dairy))].into_iter()).await;
            match ledger.try_submit(admitted, Extent::Inclusion).await {
                Ok(pending) => waiting.push(pending),
                Err(refused) => break refused,
            }
        };
        assert!(matches!(refused, AppendError::Overloaded), "{refused}");
        // An event on forty items takes six places of as many as a group has events.
        assert_eq!(waiting.len(), GROUP_MAX / 6);
    });
}
