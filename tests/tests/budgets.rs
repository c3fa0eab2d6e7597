//! Budgets for life: the events of one party never make the products of another party unverifiable, and never keep other parties from
//! signing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use headwater_event::codec::Set;
use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
use headwater_event::event::Event;
use headwater_event::kind::correction::{Correction, CorrectionReason};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::party::{PartyAction, Reaffirm, RevocationReason, RevokeKey};
use headwater_event::kind::recall::RecallType;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::signature::KeyUse;
use headwater_event::subject::Subject;
use headwater_ledger::UsedUp;
use headwater_ledger::admission::{AppendError, AppendReply, Limits};
use headwater_ledger::budget::{CORRECTIONS_MAX, RECALLS_MAX, TRANSFORMATIONS_MAX};
use headwater_ledger::memory::MemoryStore;
use headwater_testing::world::{Actor, World, english, quantity, query, recall, subject};
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_trace::evidence::Receipt;

const LOT: &str = "01/09526543000013/10/L26-0417";
const OTHER: &str = "01/09526543000013/10/L2";

/// A world without daily quotas, because years pass in a test.
fn world() -> World<MemoryStore> {
    World::on(MemoryStore::new(), Limits { party_day: u64::MAX, party_subject_day: u64::MAX, ..Limits::default() })
}

fn used_up(reply: AppendReply) -> UsedUp {
    match reply {
        Err(AppendError::UsedUp(used_up)) => used_up,
        other => panic!("{other:?}"),
    }
}

/// Asserts that the counted use of budgets equals the use that the chains show.
fn folds(world: &World<MemoryStore>, keys: &[&str]) {
    for key in keys {
        assert!(world.runtime.block_on(world.ledger.is_kept_as_folded(&subject(key))).unwrap(), "{key}");
    }
}

/// Adds a long note to an event, so that few events use up a budget.
fn wordy(mut event: Event) -> Event {
    event.notes = english("all is well, ".repeat(150).trim_end());
    event
}

/// The signed event of a receipt.
fn signed(receipt: &Receipt) -> SignedEventBytes {
    match Entry::parse(&receipt.entry.entry).unwrap().body {
        EntryBody::SignedEvent(signed) => signed,
        other => panic!("{other:?}"),
    }
}

fn correct(world: &World<MemoryStore>, by: &Actor, receipt: &Receipt) -> AppendReply {
    let leaf = Hash::leaf(&receipt.entry.entry);
    let original = Event::parse(&signed(receipt).event).unwrap();
    let body = KindBody::Correction(Correction {
        refs: Vec::new(),
        commitments: Vec::new(),
        original_event_id: original.event_id,
        original_entry_hash: leaf,
        reason: CorrectionReason::IncorrectData,
        corrective_event_ids: Vec::new(),
    });
    world.say(by, &world.event(by, original.keys().cloned().collect(), body))
}

/// A report of the laboratory about these subjects.
fn tested(world: &World<MemoryStore>, keys: &[&str]) -> Event {
    let named: Vec<_> = keys.iter().map(|key| (*key, None)).collect();
    wordy(headwater_tests::vectors::tested(world, &world.lab, &named))
}

#[test]
fn corrections_of_one_entry_and_of_its_corrections_end() {
    let world = world();
    let made = world.produce(&world.dairy, LOT).unwrap();
    // Corrections of the entry, and corrections of those corrections.
    let mut last = made.clone();
    for at in 0..CORRECTIONS_MAX {
        let receipt = correct(&world, &world.dairy, &last).unwrap();
        last = if at % 2 == 0 { made.clone() } else { receipt };
    }
    for receipt in [&made, &last] {
        let refused = used_up(correct(&world, &world.dairy, receipt));
        assert!(refused.to_string().contains("how often one party may correct one entry"), "{refused}");
    }
    assert!(correct(&world, &world.regulator, &made).is_ok());
    folds(&world, &[LOT]);
    assert!(world.verified(LOT).is_complete());
}

#[test]
fn a_laboratory_uses_up_its_share_and_no_other() {
    let world = world();
    world.produce(&world.dairy, LOT).unwrap();
    let mut reports = 0;
    let refused = loop {
        match world.say(&world.lab, &tested(&world, &[LOT])) {
            Ok(_) => reports += 1,
            refused => break used_up(refused),
        }
    };
    assert!((50..500).contains(&reports), "{reports} reports");
    assert!(refused.to_string().contains("laboratories"), "{refused}");
    // When the budget of one subject is used up, the event is refused and the other subjects are not charged.
    let size = world.ledger.newest().size();
    used_up(world.say(&world.lab, &tested(&world, &[LOT, OTHER])));
    assert_eq!(world.ledger.newest().size(), size);
    assert!(world.say(&world.lab, &tested(&world, &[OTHER])).is_ok());
    folds(&world, &[LOT, OTHER]);
    // Other parties have shares of their own.
    let cleared = |by: &Actor| {
        let body = headwater_tests::vectors::sample(Kind::CustomsClearance).body;
        world.say(by, &world.event(by, vec![subject(LOT)], body))
    };
    assert!(cleared(&world.customs).is_ok());
    assert!(world.recall(&world.dairy, &[LOT]).is_ok());
    assert!(world.recall(&world.regulator, &[LOT]).is_ok());
    assert!(world.verified(LOT).is_complete());
}

#[test]
fn recalls_that_hold_are_few_and_none_is_kept_from_being_lifted() {
    let world = world();
    let mut made = Vec::new();
    let refused = loop {
        match world.recall(&world.dairy, &[LOT]) {
            Ok(receipt) => made.push(receipt),
            refused => break used_up(refused),
        }
    };
    assert!(made.len() <= RECALLS_MAX && made.len() > RECALLS_MAX / 2, "{} recalls: {refused}", made.len());
    assert!(world.recall(&world.regulator, &[LOT]).is_ok(), "another party's are counted apart");
    for receipt in made {
        let mut body = recall(1);
        (body.action, body.lifts, body.severity, body.reason_code) =
            (RecallType::Lift, Some(Hash::plain(&signed(&receipt).event)), None, None);
        body.scope.clear();
        let lift = world.event(&world.dairy, vec![subject(LOT)], KindBody::Recall(body));
        world.say(&world.dairy, &lift).unwrap();
    }
    folds(&world, &[LOT]);
}

#[test]
fn a_principal_beside_ones_own_goods_is_refused() {
    let world = world();
    let theirs = format!("01/{}/10/R1", headwater_testing::world::with_check("0952123400001"));
    world.produce(&world.rival, &theirs).unwrap();
    let mut stored = world.event(
        &world.rival,
        vec![subject(&theirs)],
        headwater_testing::world::distribution(DistributionAction::Store, &world.rival),
    );
    stored.principal = Some(world.dairy.party.clone());
    let refused = world.refused(&world.rival, &stored);
    assert!(matches!(refused, AppendError::Principal { .. }), "its own goods need no other: {refused}");
    assert!(world.recall(&world.rival, &[&theirs]).is_ok());
}

#[test]
fn what_was_given_can_be_taken_back_however_much_was_given() {
    let world = world();
    let own = || vec![Subject::Party(world.dairy.party.clone())];
    let mut keys = Vec::new();
    for seed in 120..250 {
        let secret = SecretKey::from_seed(&[seed; 32]);
        match world.act(&world.dairy, own(), world.add_key(&world.dairy, &secret, KeyUse::Events)) {
            Ok(_) => keys.push(secret),
            Err(error) => {
                let refused = used_up(Err(error));
                assert!(refused.to_string().contains("of itself"), "{refused}");
                break;
            }
        }
    }
    assert!((12..100).contains(&keys.len()), "{} keys", keys.len());
    for (by, reason) in [(&world.dairy, RevocationReason::Retired), (&world.operator, RevocationReason::Compromised)] {
        for secret in &keys {
            let act = PartyAction::RevokeKey(RevokeKey { key_id: secret.public().id(), reason, at_ms: world.now() });
            world.act(by, own(), act).unwrap();
        }
    }
    folds(&world, &[&own()[0].to_string()]);
}

#[test]
fn a_lot_is_made_so_often_and_no_more() {
    let world = world();
    let make = |number: u32| {
        let from = format!("01/09526543000013/10/A{number}");
        let body = headwater_event::kind::transformation::Transformation {
            refs: Vec::new(),
            commitments: Vec::new(),
            inputs: Set::new([0]),
            outputs: Set::new([1]),
            yield_ratio: None,
            process: None,
            by_products: None,
            losses: None,
        };
        let event = world.event(&world.dairy, vec![subject(&from), subject(LOT)], KindBody::Transformation(body));
        world.say(&world.dairy, &event)
    };
    for number in 0..TRANSFORMATIONS_MAX {
        make(number).unwrap();
    }
    assert_eq!(used_up(make(99)).limit, TRANSFORMATIONS_MAX.to_string());
}

#[test]
fn a_party_that_reaffirms_for_ever_is_stopped_and_its_products_verify() {
    let world = world();
    world.produce(&world.dairy, LOT).unwrap();
    world.say(&world.lab, &tested(&world, &[LOT])).unwrap();
    let key_id = world.lab.events().public().id();
    let lost = PartyAction::RevokeKey(RevokeKey { key_id, reason: RevocationReason::Compromised, at_ms: 0 });
    world.act(&world.lab, vec![Subject::Party(world.lab.party.clone())], lost).unwrap();
    let mut acts = 0;
    let refused = loop {
        let hashes: BTreeSet<Hash> = (0..512_u64).map(|at| Hash::plain(&(acts * 512 + at).to_be_bytes())).collect();
        let act = PartyAction::Reaffirm(Reaffirm { key_id, below: 1, except: hashes.into_iter().collect() });
        match world.act(&world.lab, vec![Subject::Party(world.lab.party.clone())], act) {
            Ok(_) => acts += 1,
            refused => break used_up(refused),
        }
    };
    assert!((1..20_u64).contains(&acts), "{acts}");
    assert!(refused.to_string().contains("of itself"), "{refused}");
    assert!(world.trace(&query(LOT)).len() < 1 << 20);
    assert!(world.verified(LOT).is_complete());
}

#[test]
fn a_principal_that_no_right_is_needed_of_is_refused() {
    let world = world();
    let mut report = tested(&world, &[LOT]);
    report.principal = Some(world.rival.party.clone());
    let refused = world.refused(&world.lab, &report);
    assert!(matches!(refused, AppendError::Principal { .. }), "{refused}");
    let stored = headwater_testing::world::distribution(DistributionAction::Store, &world.dairy);
    let mut stored = world.event(&world.dairy, vec![subject(LOT)], stored);
    stored.subjects[0].quantity = Some(quantity("1", "KGM"));
    world.say(&world.dairy, &stored).unwrap();
}
