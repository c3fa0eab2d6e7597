//! Bad input gets an error of its own name, with field and value, and the ledger keeps its size.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use headwater_event::authority::Denied;
use headwater_event::codec::{Message as _, Set};
use headwater_event::document::{Ref, RefType};
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::{Event, Pin, Role};
use headwater_event::gs1::CompanyPrefix;
use headwater_event::kind::aggregation::AggregationAction;
use headwater_event::kind::correction::{Correction, CorrectionReason};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::party::{GrantPrefix, PartyAction, Reaffirm, RevocationReason, RevokeKey};
use headwater_event::kind::recall::RecallType;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::signature::{KeyUse, PayloadType, Signature};
use headwater_event::subject::{PartyKey, Subject};
use headwater_ledger::admission::{AppendError, Limits};
use headwater_ledger::memory::MemoryStore;
use headwater_testing::world::{
    Actor, HOUR_MS, World, code, date, distribution, english, log_index, production, quantity, query, recall, subject,
};
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_trace::label::Label;
use headwater_trace::story::Story;
use headwater_trace::verdict::{Judgement, Verdict};

const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";
const CASE: &str = "00/195265430000000010";

fn made(world: &World<MemoryStore>) -> Event {
    let mut event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event
}

/// Expects a refusal after which the log has its old size.
fn refused(world: &World<MemoryStore>, actor: &Actor, event: &Event) -> AppendError {
    let before = world.ledger.newest().size();
    let error = world.refused(actor, event);
    assert_eq!(world.ledger.newest().size(), before, "{error}");
    error
}

fn denied(error: AppendError) -> Denied {
    match error {
        AppendError::Denied(denied) => denied,
        other => panic!("{other:?}"),
    }
}

/// Field of the first finding in a refusal by the rules.
fn broken(error: AppendError) -> String {
    match error {
        AppendError::Rules(findings) => findings[0].field.clone(),
        other => panic!("{other:?}"),
    }
}

/// Signs any bytes in place of an event, with the party's events key.
fn sign(actor: &Actor, event: Vec<u8>) -> SignedEventBytes {
    let signature = actor.events().sign(&PayloadType::Event.encode(&event)).unwrap();
    SignedEventBytes { event, signature: Signature::new(signature) }
}

fn malformed(world: &World<MemoryStore>, bytes: Vec<u8>) -> (String, String) {
    match world.append(sign(&world.dairy, bytes)) {
        Err(AppendError::Malformed(error)) => (error.field, error.fault.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bytes_that_are_no_event() {
    let world = World::new();
    let good = made(&world).encode();
    let replace = |from: &str, to: &str| {
        let at = good.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    assert_eq!(malformed(&world, vec![0xff; 9]).0, "");
    assert_eq!(malformed(&world, good[..good.len() - 1].to_vec()).1, "the bytes end inside a field");
    assert_eq!(malformed(&world, [good.clone(), vec![0xf8, 0x01, 0x01]].concat()).1, "field 31 is not known");
    let (field, fault) = malformed(&world, replace("09526543000013", "09526543000017"));
    assert_eq!(field, "subjects.0.key");
    assert!(fault.contains("check digit"), "{fault}");
    assert_eq!(malformed(&world, replace("2026-04-17", "2026-02-30")).0, "body.production.production_date");
    assert_eq!(malformed(&world, replace("900", "9e2")).0, "subjects.0.quantity.value");
    assert_eq!(malformed(&world, vec![0x0a; 40_000]).1, "\"40000 bytes\": an event has at most 32768 bytes");
    // After all these refusals the ledger takes a good event.
    world.append(sign(&world.dairy, good)).unwrap();
}

#[test]
fn rules_of_an_event() {
    let world = World::new();
    let with = |change: &dyn Fn(&mut Event)| {
        let mut event = made(&world);
        change(&mut event);
        broken(refused(&world, &world.dairy, &event))
    };
    assert_eq!(with(&|event| event.subjects[0].quantity = Some(quantity("0", "KGM"))), "subjects.0.quantity.value");
    assert_eq!(with(&|event| event.subjects[0].quantity = Some(quantity("1", "XX9"))), "subjects.0.quantity.uom");
    assert_eq!(with(&|event| event.subjects[0].quantity = None), "subjects.0.quantity");
    assert_eq!(with(&|event| event.place = None), "place");
    let dated = |event: &mut Event, expiry| match &mut event.body {
        KindBody::Production(made) => made.expiry_date = Some(date(expiry)),
        _ => panic!("a production"),
    };
    assert_eq!(with(&|event| dated(event, "2026-04-16")), "body.production.expiry_date");
    let alone = world.aggregate(AggregationAction::Add, CASE, &[]).unwrap_err();
    assert_eq!(broken(alone), "subjects");
    let delete = world.aggregate(AggregationAction::Delete, CASE, &[]).unwrap_err();
    assert_eq!(broken(delete), "subjects");
    let no_unit = world.aggregate(AggregationAction::Add, LOT, &[ITEM]).unwrap_err();
    assert!(matches!(no_unit, AppendError::Malformed(error) if error.field == "body.aggregation.parent"));
    let itself = world.aggregate(AggregationAction::Add, CASE, &[CASE]).unwrap_err();
    assert!(matches!(itself, AppendError::Malformed(error) if error.field == "subjects.1"));
    let mut waybill =
        world.for_dairy(&world.carrier, vec![subject(CASE)], distribution(DistributionAction::Store, &world.carrier));
    let KindBody::Distribution(body) = &mut waybill.body else { panic!("a distribution") };
    body.refs.push(Ref { kind: RefType::Awb, id: code("176-12345674") });
    assert_eq!(broken(refused(&world, &world.carrier, &waybill)), "body.distribution.refs.0.id");
}

#[test]
fn a_transformation_has_inputs_and_outputs() {
    use headwater_event::kind::transformation::Transformation;

    let world = World::new();
    for (field, inputs, outputs) in [("outputs", vec![0], vec![]), ("inputs", vec![], vec![0])] {
        let body = KindBody::Transformation(Transformation {
            refs: Vec::new(),
            commitments: Vec::new(),
            inputs: Set::new(inputs),
            outputs: Set::new(outputs),
            yield_ratio: None,
            process: None,
            by_products: None,
            losses: None,
        });
        let event = world.event(&world.dairy, vec![subject(LOT)], body);
        let refused = malformed(&world, event.encode());
        assert_eq!(refused.0, format!("body.transformation.{field}"));
    }
}

#[test]
fn who_may_not_sign() {
    let world = World::new();
    let event = made(&world);
    let as_ = |change: &dyn Fn(&mut Event)| {
        let mut event = Event { event_id: made(&world).event_id, ..event.clone() };
        change(&mut event);
        denied(refused(&world, &world.dairy, &event))
    };
    assert!(matches!(as_(&|event| event.ledger_id = Hash::ZERO), Denied::OtherLedger { .. }));
    assert!(matches!(
        as_(&|event| event.party = PartyKey::parse("lei/9999000HEADWATERX122").unwrap()),
        Denied::UnknownParty { .. }
    ));
    assert!(matches!(as_(&|event| event.party = world.rival.party.clone()), Denied::UnknownKey { .. }));
    assert!(matches!(as_(&|event| event.role = Role::Lab), Denied::Role { role: Role::Lab, .. }));
    assert!(matches!(as_(&|event| event.occurred_at_ms += 10 * 60 * 1000), Denied::Future { .. }));
    // 1 January 2199, 00:00 UTC.
    assert!(matches!(as_(&|event| event.occurred_at_ms = 7_226_582_400_000), Denied::Future { .. }));
    assert!(matches!(as_(&|event| event.principal = Some(world.dairy.party.clone())), Denied::OwnPrincipal { .. }));
    let mut other = made(&world);
    other.subjects[0].key = subject(&format!("01/{}/10/X", headwater_testing::world::with_check("0952123400001")));
    assert!(matches!(denied(refused(&world, &world.dairy, &other)), Denied::Goods { .. }));
    // An admin key signs only party events, and an events key signs every other kind.
    let admin = Event { key_id: world.dairy.admin().public().id(), ..made(&world) };
    let signed = admin.sign(&world.dairy.admin()).unwrap();
    assert!(matches!(world.append(signed), Err(AppendError::Denied(Denied::KeyUse { key_use: KeyUse::Admin, .. }))));
    // The carrier may ship and deliver for the dairy, but may not produce.
    let lot = world.for_dairy(&world.carrier, vec![subject(LOT)], KindBody::Production(production()));
    assert!(matches!(
        denied(refused(&world, &world.carrier, &Event { subjects: made(&world).subjects, ..lot })),
        Denied::RoleForKind { role: Role::Carrier, .. }
    ));
    let store =
        world.event(&world.carrier, vec![subject(ITEM)], distribution(DistributionAction::Store, &world.carrier));
    assert!(matches!(denied(refused(&world, &world.carrier, &store)), Denied::Goods { .. }));
    let for_rival = Event { principal: Some(world.rival.party.clone()), ..store };
    assert!(matches!(denied(refused(&world, &world.carrier, &for_rival)), Denied::Goods { .. }));
    // The signature of another key in place of the signature over these bytes.
    let forged = SignedEventBytes { signature: sign(&world.rival, Vec::new()).signature, event: made(&world).encode() };
    assert!(matches!(world.append(forged), Err(AppendError::NotAuthentic(_))));
}

#[test]
fn revoked_keys() {
    for (reason, at_ms) in [(RevocationReason::Retired, 10 * HOUR_MS), (RevocationReason::Compromised, 0)] {
        let world = World::new();
        world.produce(&world.dairy, LOT).unwrap();
        let key_id = world.dairy.events().public().id();
        let party = vec![Subject::Party(world.dairy.party.clone())];
        let at_ms = world.now() + at_ms;
        let act = |at_ms| PartyAction::RevokeKey(RevokeKey { key_id, reason, at_ms });
        world.act(&world.dairy, party.clone(), act(at_ms)).unwrap();
        let later = world.act(&world.dairy, party, act(at_ms + 1)).unwrap_err();
        assert!(matches!(denied(later), Denied::RevokedBefore { .. }));
        world.pass(11 * HOUR_MS);
        assert!(matches!(denied(refused(&world, &world.dairy, &made(&world))), Denied::KeyRevoked { .. }));
        // Earlier entries stay. Those of a compromised key are suspect until the party re-affirms them.
        let trace = world.verified(LOT);
        let suspect = |trace: &_| {
            let story = Story::compose(trace);
            story.entries().iter().any(|told| told.standing() != headwater_event::authority::Standing::Valid)
        };
        assert_eq!(suspect(&trace), reason == RevocationReason::Compromised);
        let hash = trace.chain(&subject(LOT)).next().unwrap().event().unwrap().hash();
        let reaffirm = |below: u64, except: &[Hash]| {
            let act = Reaffirm { key_id, below, except: except.to_vec() };
            world.act(&world.dairy, vec![Subject::Party(world.dairy.party.clone())], PartyAction::Reaffirm(act))
        };
        let size = world.ledger.newest().size().get();
        if reason == RevocationReason::Retired {
            assert_eq!(denied(reaffirm(size, &[]).unwrap_err()), Denied::NotCompromised { key_id });
            continue;
        }
        let ahead = Denied::AffirmedAhead { below: size + 1, log_index: log_index(size) };
        assert_eq!(denied(reaffirm(size + 1, &[]).unwrap_err()), ahead);
        reaffirm(size, &[hash]).unwrap();
        assert!(suspect(&world.verified(LOT)));
        reaffirm(size, &[]).unwrap();
        assert!(!suspect(&world.verified(LOT)));
    }
}

#[test]
fn the_same_event_again_and_the_same_id_for_another() {
    let world = World::new();
    let event = made(&world);
    let first = world.say(&world.dairy, &event).unwrap();
    let size = world.ledger.newest().size();
    let again = world.say(&world.dairy, &event).unwrap();
    assert_eq!((again.entry.log_index, &again.entry.entry), (first.entry.log_index, &first.entry.entry));
    assert_eq!(world.ledger.newest().size(), size);
    let other = Event { notes: english("said again, otherwise"), ..event };
    match refused(&world, &world.dairy, &other) {
        AppendError::DuplicateId { log_index, entry, .. } => {
            assert_eq!((log_index.get(), entry), (first.entry.log_index, first.entry.entry))
        }
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_pin_that_is_not_current() {
    let world = World::new();
    let mut event = made(&world);
    event.after = vec![Pin { subject: 0, count: 0, head: Hash::ZERO }];
    world.say(&world.dairy, &event).unwrap();
    let mut stale = made(&world);
    stale.after = vec![Pin { subject: 0, count: 0, head: Hash::ZERO }];
    let AppendError::StalePin { count: 1, head, .. } = refused(&world, &world.dairy, &stale) else {
        panic!("a stale pin")
    };
    let mut current = made(&world);
    current.after = vec![Pin { subject: 0, count: 1, head }];
    world.say(&world.dairy, &current).unwrap();
    world.verified(LOT);
}

#[test]
fn rights_are_judged_before_any_chain_is_looked_up() {
    let world = World::new();
    let mut other = made(&world);
    other.subjects[0].key = subject(&format!("01/{}/10/X", headwater_testing::world::with_check("0952123400001")));
    other.after = vec![Pin { subject: 0, count: 1, head: Hash::plain(b"another chain") }];
    assert!(matches!(denied(refused(&world, &world.dairy, &other)), Denied::Goods { .. }));
}

#[test]
fn corrections_and_lifts() {
    let world = World::new();
    let receipt = world.produce(&world.dairy, LOT).unwrap();
    let original = Hash::leaf(&receipt.entry.entry);
    let event_id = world.verified(LOT).chain(&subject(LOT)).next().unwrap().event().unwrap().event().event_id;
    let correction = |reason, corrective_event_ids| {
        let (refs, commitments) = (Vec::new(), Vec::new());
        KindBody::Correction(Correction {
            refs,
            commitments,
            original_event_id: event_id,
            original_entry_hash: original,
            reason,
            corrective_event_ids,
        })
    };
    let dangling = world.event(
        &world.dairy,
        vec![subject(LOT)],
        correction(CorrectionReason::IncorrectData, vec![made(&world).event_id]),
    );
    assert!(matches!(refused(&world, &world.dairy, &dangling), AppendError::NoCorrective { .. }));
    let both = world.event(&world.dairy, vec![subject(LOT)], correction(CorrectionReason::DidNotOccur, vec![event_id]));
    assert!(matches!(refused(&world, &world.dairy, &both), AppendError::Malformed(_)));
    let by_rival = world.event(&world.rival, vec![subject(LOT)], correction(CorrectionReason::DidNotOccur, Vec::new()));
    assert!(matches!(denied(refused(&world, &world.rival, &by_rival)), Denied::NotAuthor { .. }));
    let elsewhere = world.event(
        &world.dairy,
        vec![subject(LOT), subject(ITEM)],
        correction(CorrectionReason::DidNotOccur, Vec::new()),
    );
    assert!(matches!(denied(refused(&world, &world.dairy, &elsewhere)), Denied::NoOriginal | Denied::OtherSubjects));

    // Only a regulator lifts the recall of a regulator.
    world.recall(&world.regulator, &[LOT]).unwrap();
    let recalled = world.verified(LOT);
    let hash = recalled.chain(&subject(LOT)).last().unwrap().event().unwrap().hash();
    let lift = |actor: &Actor| {
        let mut lift = recall(1);
        (lift.action, lift.lifts, lift.scope) = (RecallType::Lift, Some(hash), Vec::new());
        world.event(actor, vec![subject(LOT)], KindBody::Recall(lift))
    };
    assert!(matches!(denied(refused(&world, &world.dairy, &lift(&world.dairy))), Denied::NotAuthor { .. }));
    let verdict = |world: &World<MemoryStore>| {
        Judgement::of(&Story::compose(&world.verified(LOT)), &Label::default(), date("2026-06-01")).verdict
    };
    assert_eq!(verdict(&world), Verdict::Recalled);
    world.say(&world.regulator, &lift(&world.regulator)).unwrap();
    assert_eq!(verdict(&world), Verdict::NotYetSold);
}

#[test]
fn party_events() {
    let world = World::new();
    let prefix = CompanyPrefix::parse("95265").unwrap();
    let grant = PartyAction::GrantPrefix(GrantPrefix { prefix: prefix.clone(), interval: None });
    let rival = Subject::Party(world.rival.party.clone());
    let overlap =
        world.act(&world.operator, vec![rival.clone(), Subject::Prefix(prefix.clone())], grant.clone()).unwrap_err();
    assert!(matches!(denied(overlap), Denied::PrefixOverlap { .. }));
    let itself = world.act(&world.rival, vec![rival.clone(), Subject::Prefix(prefix)], grant).unwrap_err();
    assert!(matches!(denied(itself), Denied::PartyAct { .. }));
    let bound = world.add_key(&world.rival, &world.dairy.events(), KeyUse::Events);
    let bound = world.act(&world.operator, vec![rival.clone()], bound).unwrap_err();
    assert!(matches!(denied(bound), Denied::KeyBound { .. }));
    // A proof of possession that was made for another party's registration.
    let unproven = world.add_key(&world.dairy, &SecretKey::from_seed(&[99; 32]), KeyUse::Events);
    let unproven = world.act(&world.operator, vec![rival], unproven).unwrap_err();
    assert!(matches!(unproven, AppendError::Malformed(error) if error.field == "body.party_event.add_key.possession"));
    let key = |actor: &Actor| Subject::Party(actor.party.clone()).index_key();
    let between = Subject::Delegation { grantor: key(&world.dairy), grantee: key(&world.rival) };
    let delegate = PartyAction::Delegate(headwater_event::kind::party::Delegate {
        grantor: world.dairy.party.clone(),
        grantee: world.rival.party.clone(),
        kinds: Set::new([Kind::Distribution]),
        subjects: vec![subject("01/09526543000013")],
        prefixes: Vec::new(),
        interval: None,
    });
    let stolen = world.act(&world.rival, vec![between], delegate).unwrap_err();
    assert!(matches!(denied(stolen), Denied::PartyAct { .. }));
    let (key_id, unknown) = (world.rival.events().public().id(), PartyKey::parse("lei/9999000HEADWATERX122").unwrap());
    let revoke = PartyAction::RevokeKey(RevokeKey { key_id, reason: RevocationReason::Retired, at_ms: 0 });
    let unknown = world.act(&world.operator, vec![Subject::Party(unknown)], revoke).unwrap_err();
    assert!(matches!(denied(unknown), Denied::UnknownParty { .. }));
}

#[test]
fn every_subject_of_the_ledger_has_a_trace_that_verifies() {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    let mut subjects = std::collections::BTreeSet::new();
    for (place, entry) in headwater_tlog::tree::LeafIndex::FIRST.onward().zip(world.entries()) {
        subjects.extend(headwater_trace::recorded::Recorded::parse(place, &entry).unwrap().subjects());
    }
    assert!(subjects.len() > 12);
    for key in subjects {
        let query = query(&key.to_string());
        world.verify(&world.trace(&query), &query).unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
}

#[test]
fn events_of_a_revoked_key_use_up_no_quota() {
    let limits = Limits { party_subject_day: 3, ..Limits::default() };
    let world = World::on(MemoryStore::new(), limits);
    let second = SecretKey::from_seed(&[91; 32]);
    let own = || vec![Subject::Party(world.dairy.party.clone())];
    world.act(&world.dairy, own(), world.add_key(&world.dairy, &second, KeyUse::Events)).unwrap();
    let (key_id, at_ms) = (world.dairy.events().public().id(), world.now());
    let revoke = PartyAction::RevokeKey(RevokeKey { key_id, reason: RevocationReason::Compromised, at_ms });
    world.act(&world.dairy, own(), revoke).unwrap();
    let stored =
        || world.event(&world.dairy, vec![subject(LOT)], distribution(DistributionAction::Store, &world.dairy));
    for _ in 0..3 {
        let refused = world.append(stored().sign(&world.dairy.events()).unwrap()).unwrap_err();
        assert!(matches!(denied(refused), Denied::KeyRevoked { .. }));
    }
    let signed = || {
        let mut event = stored();
        event.key_id = second.public().id();
        event.sign(&second).unwrap()
    };
    for _ in 0..3 {
        world.append(signed()).unwrap();
    }
    assert!(matches!(world.append(signed()), Err(AppendError::Quota { limit: 3, .. })), "its own use it up");
}
