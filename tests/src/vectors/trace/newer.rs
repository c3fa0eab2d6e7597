//! Events that are newer than the reader: a kind, an act or a code that the reader does not know.

use super::log::Log;
use super::*;
use crate::vectors::newer::story_arm;
use headwater_testing::wire::{Field, Wire};
use headwater_tlog::key::SecretKey;

/// A log to which a later version appends events.
struct Later {
    world: Memory,
    entries: Vec<Vec<u8>>,
}

impl Later {
    fn of(world: Memory) -> Self {
        Self { entries: unfinished(&world), world }
    }

    /// Changes the bytes of an event, signs them with a key of its party, and appends them.
    fn append(&mut self, event: &Event, secret: &SecretKey, change: &dyn Fn(&mut Wire)) -> &mut Self {
        let mut log = Log { entries: std::mem::take(&mut self.entries), ..Log::of(&self.world) };
        log.append(event, secret, change);
        self.entries = log.entries;
        self
    }

    fn shown(&self, key: &str) -> Value {
        let asks = Asks::of(&self.world, key);
        asks.input(&forge(self.entries.clone(), |_| {}).trace(&asks.query()).encode())
    }
}

/// Replaces the body of an event by another arm.
pub(super) fn arm(number: u32) -> impl Fn(&mut Wire) {
    move |wire| {
        wire.0.pop();
        wire.0.push(Field::bytes(number, vec![8, 1]));
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let sold = |later: &Later| {
        let carrier = &later.world.carrier;
        later.world.for_dairy(carrier, vec![subject(ITEM)], distribution(DistributionAction::Sell, carrier))
    };
    let mut twice = Later::of(in_trade());
    let event = sold(&twice);
    let secret = twice.world.carrier.events();
    twice.append(&event, &secret, &arm(40)).append(&event, &secret, &arm(40));
    cases.push(no("newer-event-twice", "one newer event in two entries", twice.shown(ITEM), "Replay"));
    for (name, number, verdict) in [
        ("newer-story", story_arm(), "NEWER_FORMAT"),
        ("newer-story-last", 39, "NEWER_FORMAT"),
        ("newer-informative", 40, "VALID"),
        ("newer-informative-last", 43, "VALID"),
        ("newer-alarm", 44, "RECALLED"),
        ("newer-alarm-last", 47, "RECALLED"),
    ] {
        let mut later = Later::of(in_trade());
        let event = sold(&later);
        let secret = later.world.carrier.events();
        later.append(&event, &secret, &arm(number));
        cases.push(judged(name, "an event of a kind that the reader does not know", verdict, later.shown(ITEM)));
    }
    let carrier_code = |wire: &mut Wire| {
        let last = wire.0.last_mut().unwrap();
        let mut body = Wire::read(last.payload().unwrap_err());
        body.find_mut(3).set_number(99);
        last.set_bytes(body.write());
    };
    let mut later = Later::of(in_trade());
    let (event, secret) = (sold(&later), later.world.carrier.events());
    later.append(&event, &secret, &carrier_code);
    cases.push(judged("newer-code", "an action that the reader does not know", "NEWER_FORMAT", later.shown(ITEM)));
    let mut later = Later::of(in_trade());
    later.append(&event_of_role(&later), &secret, &|wire| wire.find_mut(5).set_number(99));
    cases.push(judged("newer-role", "a role that the reader does not know", "NEWER_FORMAT", later.shown(ITEM)));

    // A reader always shows a recall that the reader cannot judge.
    let mut later = Later::of(in_trade());
    let recall = later.world.event(&later.world.dairy, vec![subject(LOT)], KindBody::Recall(recall(1)));
    let secret = later.world.dairy.events();
    later.append(&recall, &secret, &|wire| {
        let last = wire.0.last_mut().unwrap();
        let mut body = Wire::read(last.payload().unwrap_err());
        let action = body.0.iter_mut().find(|field| field.payload().is_ok()).unwrap();
        action.set_number(99);
        last.set_bytes(body.write());
    });
    cases.push(judged(
        "newer-recall",
        "a recall with a code that the reader does not know",
        "RECALLED",
        later.shown(ITEM),
    ));
    let hash = match Entry::parse(later.entries.last().unwrap()).unwrap().body {
        EntryBody::SignedEvent(signed) => Hash::plain(&signed.event),
        _ => panic!("an event"),
    };
    let mut lift = headwater_testing::world::recall(1);
    (lift.action, lift.lifts, lift.scope) = (RecallType::Lift, Some(hash), Vec::new());
    let lift = later.world.event(&later.world.dairy, vec![subject(LOT)], KindBody::Recall(lift));
    later.append(&lift, &secret, &|_| {});
    cases.push(judged("lift-of-a-newer-recall", "its lift is passed over", "RECALLED", later.shown(ITEM)));

    // An act on a party, and a key of a party.
    let mut later = Later::of(in_trade());
    let dairy = Subject::Party(later.world.dairy.party.clone());
    let act = later.world.add_key(
        &later.world.dairy,
        &SecretKey::from_seed(&[77; 32]),
        headwater_event::signature::KeyUse::Events,
    );
    let body = KindBody::Party(headwater_event::kind::party::PartyEvent {
        refs: Vec::new(),
        commitments: Vec::new(),
        action: act,
    });
    let event = later.world.event(&later.world.dairy, vec![dairy], body);
    let secret = later.world.dairy.admin();
    later.append(&event, &secret, &|wire| {
        let last = wire.0.last_mut().unwrap();
        let mut body = Wire::read(last.payload().unwrap_err());
        body.0.pop();
        body.0.push(Field::bytes(47, vec![8, 1]));
        last.set_bytes(body.write());
    });
    let granted = SecretKey::from_seed(&[78; 32]);
    let mut unknown = later.world.event(
        &later.world.dairy,
        vec![subject(ITEM)],
        distribution(DistributionAction::Sell, &later.world.dairy),
    );
    unknown.key_id = granted.public().id();
    later.append(&unknown, &granted, &|_| {});
    cases.push(judged(
        "newer-act",
        "an act that the reader does not know may have granted the key of a later event, which is passed over",
        "NEWER_FORMAT",
        later.shown(ITEM),
    ));
    let mut later = Later::of(in_trade());
    later.append(&unknown, &granted, &|_| {});
    cases.push(no("unknown-key", "a key that nothing granted", later.shown(ITEM), "Denied").cause("UnknownKey"));
    let mut later = Later::of(in_trade());
    later.append(&unknown, &granted, &arm(40));
    cases.push(
        no(
            "newer-with-an-unknown-key",
            "an informative event by a key that nothing granted",
            later.shown(ITEM),
            "Denied",
        )
        .cause("UnknownKey"),
    );
    let mut later = Later::of(in_trade());
    let event = sold(&later);
    let secret = later.world.carrier.events();
    later.append(&event, &secret, &arm(story_arm())).append(&unknown, &granted, &arm(40));
    cases.push(judged(
        "newer-with-an-unknown-key-beside-a-newer-story",
        "a record of the story that the reader does not know may have granted the key of an informative event",
        "NEWER_FORMAT",
        later.shown(ITEM),
    ));
    let mut later = Later::of(in_trade());
    let event = sold(&later);
    later.append(&event, &secret, &arm(40));
    let correction = KindBody::Correction(Correction {
        refs: Vec::new(),
        commitments: Vec::new(),
        original_event_id: event.event_id,
        original_entry_hash: Hash::leaf(later.entries.last().unwrap()),
        reason: CorrectionReason::DidNotOccur,
        corrective_event_ids: Vec::new(),
    });
    let correction = later.world.for_dairy(&later.world.carrier, vec![subject(ITEM)], correction);
    later.append(&correction, &secret, &|_| {});
    cases.push(judged(
        "correction-of-a-newer-event",
        "a correction of an informative event is passed over",
        "VALID",
        later.shown(ITEM),
    ));
    let again = KindBody::Correction(Correction {
        refs: Vec::new(),
        commitments: Vec::new(),
        original_event_id: correction.event_id,
        original_entry_hash: Hash::leaf(later.entries.last().unwrap()),
        reason: CorrectionReason::DidNotOccur,
        corrective_event_ids: Vec::new(),
    });
    let again = later.world.for_dairy(&later.world.carrier, vec![subject(ITEM)], again);
    later.append(&again, &secret, &|_| {});
    cases.push(judged(
        "correction-of-a-correction-of-a-newer-event",
        "a correction of a correction that is passed over is a correction",
        "VALID",
        later.shown(ITEM),
    ));
    let mut later = Later::of(in_trade());
    let event = sold(&later);
    let other = later.world.dairy.events();
    later.append(&event, &other, &arm(40));
    cases.push(
        no("newer-not-signed", "an informative event that its party did not sign", later.shown(ITEM), "NotAuthentic")
            .cause("Signature"),
    );
    let mut later = Later::of(in_trade());
    let mut pinned = sold(&later);
    pinned.after = vec![Pin { subject: 0, count: 0, head: Hash::ZERO }];
    let secret = later.world.carrier.events();
    later.append(&pinned, &secret, &arm(40));
    cases.push(no("newer-stale-pin", "a pin of a newer event that was not current", later.shown(ITEM), "Pin"));

    // A newer version of the walk may visit more subjects.
    let mut later = Later::of(in_trade());
    let event = sold(&later);
    later.append(&event, &secret, &arm(40));
    let asks = Asks::of(&later.world, ITEM);
    let mut more = forge(later.entries.clone(), |_| {}).trace(&asks.query());
    let others = forge(later.entries.clone(), |_| {}).trace(&query("01/09526543000013/21/ELSE"));
    more.subjects
        .extend(others.subjects.into_iter().filter(|history| history.subject == subject("01/09526543000013/21/ELSE")));
    more.subjects.sort_by_key(|history| history.subject.to_string());
    more.openings.push(Opening {
        leaf: Hash::leaf(later.entries.last().unwrap()),
        path: Code::parse("secret").unwrap(),
        salt: [5; 16],
        value: b"X".to_vec(),
    });
    cases.push(judged(
        "newer-walk",
        "a subject more, and an opening, beside a newer event",
        "VALID",
        asks.input(&more.encode()),
    ));
    cases
}

fn event_of_role(later: &Later) -> Event {
    let carrier = &later.world.carrier;
    later.world.for_dairy(carrier, vec![subject(ITEM)], distribution(DistributionAction::Sell, carrier))
}
