//! Findings that only raise a question, and suspect events: a reader reports both, and the entries keep their effect.

use super::course::{Found, found};
use super::denied::{bound, reaffirmed, revoked};
use super::said::{arrives, corrected, departs, does, drafted, event_of, issued, says};
use super::*;
use headwater_event::signature::KeyUse;
use headwater_testing::document;
use headwater_tlog::key::SecretKey;

pub(super) fn cases() -> Vec<Case> {
    [moved_on(), reports(), corrections(), dated_back(), suspects()].into_iter().flatten().collect()
}

/// Events that move goods on while the goods are recalled.
fn moved_on() -> Vec<Case> {
    let mut cases = Vec::new();
    let asks: Found<'_> = ("subjects", true);
    for (action, moves) in [
        ("receive", false),
        ("store", false),
        ("dispatch", true),
        ("deliver", true),
        ("sell", true),
        ("return", false),
        ("destroy", false),
    ] {
        let world = issued();
        world.recall(&world.dairy, &[ITEM]).unwrap();
        does(&world, ITEM, action);
        let findings: &[Found<'_>] = if moves { &[asks] } else { &[] };
        cases.push(found(
            &format!("recalled-and-then-{action}"),
            "a recall on this chain is in force",
            &Asks::of(&world, ITEM),
            findings,
        ));
    }
    let world = issued();
    departs(&world, "A", "NLRTM", "DEHAM");
    let recalled = world.recall(&world.dairy, &[ITEM]).unwrap();
    arrives(&world, "A", "NLRTM", "DEHAM");
    cases.push(found("recalled-and-then-arrived", "what was on its way arrives", &Asks::of(&world, ITEM), &[]));
    departs(&world, "B", "DEHAM", "BEANR");
    cases.push(found("recalled-and-then-departed", "it departs again", &Asks::of(&world, ITEM), &[asks]));
    let mut lift = serde_json::to_value(KindBody::Recall(recall(1))).unwrap();
    let hash = Hash::plain(&event_of(&recalled.entry.entry).encode());
    (lift["recall"]["action"], lift["recall"]["lifts"], lift["recall"]["scope"]) =
        (json!("lift"), json!(hash), json!([]));
    says(&world, &world.dairy, ITEM, lift);
    does(&world, ITEM, "sell");
    cases.push(found("recall-lifted-and-then-sold", "no recall is in force", &Asks::of(&world, ITEM), &[asks]));
    let world = issued();
    world.recall(&world.dairy, &[LOT]).unwrap();
    does(&world, ITEM, "sell");
    cases.push(found("lot-recalled-and-its-item-sold", "the recall is on another chain", &Asks::of(&world, ITEM), &[]));
    cases
}

/// A test by a method that the accreditation does not list.
fn reports() -> Vec<Case> {
    let case = |name: &str, about: &str, methods: &[&[&str]], findings: &[Found<'_>]| {
        let world = issued();
        let mut accreditation = headwater_testing::world::accreditation();
        accreditation.number = code("L9");
        for methods in methods {
            let act = json!({"accredit": {"accreditation": accreditation, "methods": methods}});
            let party = vec![Subject::Party(world.lab.party.clone())];
            world.act(&world.operator, party, document::message(&act).unwrap()).unwrap();
        }
        let mut event = super::binding::tested(&world, &world.lab, &[(LOT, None)]);
        if let KindBody::LabInspection(body) = &mut event.body {
            body.accreditation = accreditation;
            body.results.push(body.results[0].clone());
            body.results[1].method = code("ISO 4833");
        }
        world.say(&world.lab, &event).unwrap();
        found(name, about, &Asks::of(&world, LOT), findings)
    };
    let at = |result: usize| format!("body.lab_inspection.results.{result}.method");
    let (first, second) = (at(0), at(1));
    vec![
        case("tested-by-its-methods", "both methods are listed", &[&["ISO 14501", "ISO 4833"]], &[]),
        case("tested-by-another-method", "one method is not listed", &[&["ISO 14501"]], &[(&second, true)]),
        case("tested-by-other-methods", "no method is listed", &[&["X"]], &[(&first, true), (&second, true)]),
        case("tested-by-methods-of-two", "each registration lists one of them", &[&["ISO 14501"], &["ISO 4833"]], &[]),
        case("tested-by-any-method", "one registration lists no methods", &[&["X"], &[]], &[]),
    ]
}

fn corrections() -> Vec<Case> {
    let case = |name: &str, about: &str, mut more: Value, findings: &[Found<'_>]| {
        let world = issued();
        let right = event_of(&does(&world, ITEM, "receive")).event_id;
        let said = does(&world, ITEM, "store");
        if more["corrective_event_ids"] == true {
            more["corrective_event_ids"] = json!([right]);
        }
        world.say(&world.carrier, &corrected(&world, &world.carrier, &said, more)).unwrap();
        found(name, about, &Asks::of(&world, ITEM), findings)
    };
    let asks: &[Found<'_>] = &[("body.correction.corrective_event_ids", true)];
    vec![
        case(
            "corrected-without-what-is-right",
            "incorrect data, and no event that is right",
            json!({"reason": "incorrect_data"}),
            asks,
        ),
        case(
            "corrected-with-what-is-right",
            "incorrect data, and the event that is right",
            json!({"reason": "incorrect_data", "corrective_event_ids": true}),
            &[],
        ),
        case("corrected-for-another-reason", "it did not occur", json!({"reason": "did_not_occur"}), &[]),
    ]
}

/// Events whose claimed time is long before the newest entry that the signer had seen.
fn dated_back() -> Vec<Case> {
    let case = |name: &str, about: &str, before_ms: u64, quorum: &str, findings: &[Found<'_>]| {
        let world = issued();
        let leaf = world.ledger.newest().index().find(&subject(ITEM).index_key()).unwrap();
        let seen_s = world.now_s().seconds();
        world.cosign();
        let from = world.carrier.party.to_string();
        let body = json!({"distribution": {"action": "store", "from_party": from}});
        let mut event = drafted(&world, &world.carrier, &[ITEM], body);
        event.after = vec![Pin { subject: 0, count: leaf.count, head: leaf.head }];
        event.occurred_at_ms = seen_s * 1000 - before_ms;
        world.say(&world.carrier, &event).unwrap();
        world.cosign();
        let asks = Asks { policy: Some(policy(&world, quorum)), ..Asks::of(&world, ITEM) };
        found(name, about, &asks, findings)
    };
    let limit = 72 * HOUR_MS;
    vec![
        case(
            "dated-back",
            "more than 72 hours before the anchor of what it pins",
            limit + 1,
            "quorum auditors",
            &[("occurred_at_ms", true)],
        ),
        case("dated-back-a-little", "72 hours before the anchor of what it pins", limit, "quorum auditors", &[]),
        case("dated-back-without-anchor", "no quorum says when what it pins was there", limit + 1, "quorum none", &[]),
    ]
}

/// Events that a key signed before its compromise was recorded.
fn suspects() -> Vec<Case> {
    let case = |name: &str, about: &str, quorum: &str, steps: &dyn Fn(&Memory, u64, Hash)| {
        let world = issued();
        let sold = does(&world, ITEM, "sell");
        let at_ms = world.now();
        world.pass(HOUR_MS);
        steps(&world, at_ms, Hash::plain(&event_of(&sold).encode()));
        let asks = Asks { policy: Some(policy(&world, quorum)), ..Asks::of(&world, ITEM) };
        ok(name, about, asks.served())
    };
    let act = |world: &Memory, action: Value| {
        let party = vec![Subject::Party(world.carrier.party.clone())];
        world.act(&world.carrier, party, document::message(&action).unwrap()).unwrap();
    };
    let lost = |world: &Memory, at_ms: u64| act(world, revoked(&world.carrier.events(), "compromised", at_ms));
    // Log index of the sale: the size of the log before the sale.
    let sold = issued().ledger.newest().size().get();
    let affirm = |world: &Memory, below: u64, except: &[Hash]| {
        act(world, reaffirmed(&world.carrier.events(), below, except));
    };
    vec![
        case("suspect", "the key was in other hands by then", "quorum none", &|world, at_ms, _| {
            lost(world, at_ms - HOUR_MS)
        }),
        case("suspect-anchored-before", "an anchor shows that it is older", "quorum auditors", &|world, at_ms, _| {
            world.cosign();
            world.pass(2 * HOUR_MS);
            lost(world, at_ms + 2 * HOUR_MS);
            world.cosign();
        }),
        case("suspect-anchored-after", "the anchor is younger than the loss", "quorum auditors", &|world, at_ms, _| {
            world.cosign();
            lost(world, at_ms);
            world.cosign();
        }),
        case("suspect-reaffirmed", "the party affirms it", "quorum none", &|world, at_ms, _| {
            lost(world, at_ms - HOUR_MS);
            affirm(world, sold + 1, &[]);
        }),
        case(
            "suspect-another-reaffirmed",
            "the party affirms the entries below it",
            "quorum none",
            &|world, at_ms, _| {
                lost(world, at_ms - HOUR_MS);
                affirm(world, sold, &[]);
            },
        ),
        case("suspect-excepted", "the party affirms all but this event", "quorum none", &|world, at_ms, hash| {
            lost(world, at_ms - HOUR_MS);
            affirm(world, sold + 1, &[hash]);
        }),
        case(
            "suspect-another-excepted",
            "the party affirms all but another event",
            "quorum none",
            &|world, at_ms, _| {
                lost(world, at_ms - HOUR_MS);
                affirm(world, sold + 1, &[Hash::ZERO]);
            },
        ),
        case("suspect-excepted-once", "a second affirmation has no exception", "quorum none", &|world, at_ms, hash| {
            lost(world, at_ms - HOUR_MS);
            affirm(world, sold + 1, &[hash]);
            affirm(world, sold + 1, &[]);
        }),
        case(
            "suspect-excepted-later",
            "the first affirmation had no exception",
            "quorum none",
            &|world, at_ms, hash| {
                lost(world, at_ms - HOUR_MS);
                affirm(world, sold + 1, &[]);
                affirm(world, sold + 1, &[hash]);
            },
        ),
        case("suspect-affirmed-key-beside", "the party affirms another key", "quorum none", &|world, at_ms, _| {
            lost(world, at_ms - HOUR_MS);
            let second = SecretKey::from_seed(&[77; 32]);
            act(world, bound(world, &world.carrier, &second, KeyUse::Events, None));
            act(world, revoked(&second, "compromised", at_ms));
            act(world, reaffirmed(&second, sold + 1, &[]));
        }),
        case(
            "suspect-affirmed-by-a-lost-key",
            "the key that affirms is lost, too",
            "quorum none",
            &|world, at_ms, _| {
                lost(world, at_ms - HOUR_MS);
                affirm(world, sold + 1, &[]);
                act(world, revoked(&world.carrier.admin(), "compromised", 0));
            },
        ),
    ]
}
