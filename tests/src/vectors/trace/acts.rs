//! Corrections, lifts, and acts on parties: who may sign them, and when.

use super::denied::{Rights, between, bound, corrects, delegated, key_of, reaffirmed, revoked};
use super::log::Log;
use super::said::{drafted, event_of};
use super::*;
use headwater_event::signature::KeyUse;
use headwater_tlog::key::SecretKey;

pub(super) fn cases() -> Vec<Case> {
    let rights = Rights { world: World::new() };
    let all = [taking_back(&rights), acts(&rights), prefixes(&rights), revocations(&rights), affirmations(&rights)];
    all.into_iter().flatten().collect()
}

fn taking_back(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let (dairy, rival, regulator) = (&world.dairy, &world.rival, &world.regulator);
    let made = || {
        drafted(
            world,
            dairy,
            &[LOT, OTHER_LOT],
            json!({"origin_content": {"product_name": [{"lang": "en", "text": "tea"}]}}),
        )
    };
    let recalled = |by: &Actor| {
        let body = serde_json::to_value(KindBody::Recall(recall(2))).unwrap();
        drafted(world, by, &[LOT, OTHER_LOT], body)
    };
    let lifts = |event: Hash| {
        let mut body = serde_json::to_value(KindBody::Recall(recall(1))).unwrap();
        body["recall"]["action"] = json!("lift");
        body["recall"]["lifts"] = json!(event);
        body["recall"]["scope"] = json!([]);
        body
    };
    let hash = |entry: &[u8]| Hash::plain(&event_of(entry).encode());
    let both: &[&str] = &[LOT, OTHER_LOT];
    // Arguments: the first event, the signer of the answer, the body of the answer, its subjects, and the author of the first event.
    let after = |first: &Event, by: &Actor, answers: &dyn Fn(&[u8]) -> Value, named: &[&str], author: &Actor| {
        rights.shown(LOT, &|log| {
            let said = log.says(author, first);
            let answer = drafted(world, by, named, answers(&said));
            log.says(by, &answer);
        })
    };
    let strikes = |said: &[u8]| corrects(said, "wrong_subject");
    let otherwise = |said: &[u8]| {
        let mut body = strikes(said);
        body["correction"]["original_event_id"] = json!("01960000-0000-7000-8000-000000000000");
        body
    };
    let nothing = |said: &[u8]| {
        let mut body = strikes(said);
        body["correction"]["original_entry_hash"] = json!(Hash::ZERO);
        body
    };
    let denied = |name: &str, about: &str, cause: &str, shown: Value| no(name, about, shown, "Denied").cause(cause);
    let lift = |said: &[u8]| lifts(hash(said));
    let mut cases = vec![
        denied(
            "correction-of-nothing",
            "an entry that is not there",
            "NoOriginal",
            after(&made(), dairy, &nothing, both, dairy),
        ),
        denied(
            "lift-of-nothing",
            "an event that is not there",
            "NoOriginal",
            after(&recalled(dairy), dairy, &|_| lifts(Hash::ZERO), both, dairy),
        ),
        denied(
            "correction-of-another-id",
            "another event id",
            "NotTakenBack",
            after(&made(), dairy, &otherwise, both, dairy),
        ),
        denied(
            "correction-of-a-recall",
            "a recall is lifted, never corrected",
            "NotTakenBack",
            after(&recalled(dairy), dairy, &strikes, both, dairy),
        ),
        denied(
            "lift-of-no-recall",
            "what it lifts is no recall",
            "NotTakenBack",
            after(&made(), dairy, &lift, both, dairy),
        ),
        denied(
            "correction-of-fewer-subjects",
            "one of two subjects",
            "OtherSubjects",
            after(&made(), dairy, &strikes, &[LOT], dairy),
        ),
        denied(
            "lift-of-fewer-subjects",
            "one of two subjects",
            "OtherSubjects",
            after(&recalled(dairy), dairy, &lift, &[LOT], dairy),
        ),
        denied(
            "correction-by-another",
            "another party than the author",
            "NotAuthor",
            after(&made(), rival, &strikes, both, dairy),
        ),
        denied(
            "lift-by-another",
            "another party than the author",
            "NotAuthor",
            after(&recalled(dairy), rival, &lift, both, dairy),
        ),
        denied(
            "lift-by-the-brand",
            "a regulator's recall",
            "NotAuthor",
            after(&recalled(regulator), dairy, &lift, both, regulator),
        ),
        ok(
            "correction-by-a-regulator",
            "a regulator corrects anybody",
            after(&made(), regulator, &strikes, both, dairy),
        ),
        ok(
            "lift-by-a-regulator",
            "a regulator lifts a brand's recall",
            after(&recalled(dairy), regulator, &lift, both, dairy),
        ),
        ok(
            "lift-by-another-regulator",
            "a regulator lifts a regulator's recall",
            after(&recalled(regulator), regulator, &lift, both, regulator),
        ),
    ];
    cases.push(rights.denied("lift-of-a-lift", "a lift is not lifted", "NotTakenBack", LOT, &|log| {
        let said = log.says(dairy, &recalled(dairy));
        let lifted = log.says(dairy, &drafted(world, dairy, both, lift(&said)));
        log.says(dairy, &drafted(world, dairy, both, lift(&lifted)));
    }));
    cases.push(rights.denied(
        "correction-of-an-act",
        "an act of a party is not corrected",
        "NotTakenBack",
        LOT,
        &|log| {
            log.says(dairy, &made());
            let add = bound(world, dairy, &SecretKey::from_seed(&[77; 32]), KeyUse::Events, None);
            let act = log.acts(dairy, &[&key_of(dairy)], &add);
            log.says(dairy, &drafted(world, dairy, both, strikes(&act)));
        },
    ));
    cases
}

/// Step A7: every act by a party that may not sign it, and by each party that may.
fn acts(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let (operator, dairy, rival, carrier) = (&world.operator, &world.dairy, &world.rival, &world.carrier);
    let (party, pair) = (key_of(dairy), between(dairy, carrier));
    let second = SecretKey::from_seed(&[77; 32]);
    let points =
        |number: u64| json!({"points": {"number": number, "rule": "A1", "reason": [{"lang": "en", "text": "late"}]}});
    let reaffirm = reaffirmed(&second, 1, &[]);
    let delegate = delegated(dairy, carrier, json!({"prefixes": ["9526543"]}));
    let end_delegation = json!({"end_delegation": {"grantor": party, "grantee": key_of(carrier)}});
    let accreditation = json!(headwater_testing::world::accreditation());
    let add = bound(world, dairy, &second, KeyUse::Events, None);
    let own: &[&str] = &[&party];
    let prefix: &[&str] = &[&party, "gcp/9526543"];
    let tie: &[&str] = &[&pair];
    let register = json!({"register": {"names": [{"lang": "en", "text": "x"}], "country": "NL"}});
    let revoke = revoked(&dairy.events(), "compromised", 0);
    let table: Vec<(&str, &Actor, &[&str], Value)> = vec![
        ("register", rival, own, register.clone()),
        ("register-itself", dairy, own, register.clone()),
        ("grant-role", rival, own, json!({"grant_role": {"role": "brand"}})),
        ("grant-role-itself", dairy, own, json!({"grant_role": {"role": "regulator"}})),
        ("end-role", rival, own, json!({"end_role": {"role": "brand"}})),
        ("grant-prefix", rival, prefix, json!({"grant_prefix": {"prefix": "9526543"}})),
        ("end-prefix", dairy, prefix, json!({"end_prefix": {"prefix": "9526543"}})),
        ("accredit", dairy, own, json!({"accredit": {"accreditation": accreditation}})),
        ("add-key", rival, own, add.clone()),
        ("revoke-key", rival, own, revoke.clone()),
        ("reaffirm", rival, own, reaffirm.clone()),
        ("reaffirm-by-the-operator", operator, own, reaffirm.clone()),
        ("points", dairy, own, points(3)),
        ("delegate", rival, tie, delegate.clone()),
        ("delegate-by-the-operator", operator, tie, delegate.clone()),
        ("delegate-by-the-grantee", carrier, tie, delegate.clone()),
        ("end-delegation", rival, tie, end_delegation.clone()),
        ("end-delegation-by-the-grantee", carrier, tie, end_delegation.clone()),
    ];
    let mut cases: Vec<Case> = table
        .iter()
        .map(|(name, by, on, act)| {
            rights.denied(
                &format!("not-its-act-{name}"),
                "an act of a party that may not do it",
                "PartyAct",
                on[0],
                &|log| {
                    log.acts(by, on, act);
                },
            )
        })
        .collect();
    cases.push(rights.allowed("acts-of-each", "each act by a party that may do it", &party, &|log| {
        log.acts(operator, own, &json!({"grant_role": {"role": "producer"}}));
        log.acts(operator, own, &json!({"end_role": {"role": "producer"}}));
        log.acts(operator, &[&party, "gcp/9526544"], &json!({"grant_prefix": {"prefix": "9526544"}}));
        log.acts(operator, &[&party, "gcp/9526544"], &json!({"end_prefix": {"prefix": "9526544"}}));
        log.acts(operator, own, &json!({"accredit": {"accreditation": accreditation}}));
        log.acts(operator, own, &bound(world, dairy, &SecretKey::from_seed(&[78; 32]), KeyUse::Events, None));
        log.acts(dairy, own, &add);
        log.acts(dairy, own, &revoked(&second, "compromised", 0));
        log.acts(operator, own, &revoked(&SecretKey::from_seed(&[78; 32]), "retired", 0));
        log.acts(dairy, own, &reaffirm);
        log.acts(operator, own, &points(3));
    }));
    cases.push(rights.allowed("delegations-of-each", "given and ended by those who may", &pair, &|log| {
        log.acts(dairy, tie, &delegate);
        log.acts(dairy, tie, &end_delegation);
        log.acts(operator, tie, &end_delegation);
    }));
    let first = between(dairy, rival);
    cases.push(rights.denied(
        "first-delegation-by-the-operator",
        "a chain that no event of the grantor begins",
        "PartyAct",
        &first,
        &|log| {
            log.acts(operator, &[&first], &delegated(dairy, rival, json!({"prefixes": ["9526543"]})));
        },
    ));
    let granted = "gcp/9526544";
    cases.push(rights.allowed("chain-of-a-prefix", "a prefix, given and ended", granted, &|log| {
        log.acts(operator, &[&party, granted], &json!({"grant_prefix": {"prefix": "9526544"}}));
        log.acts(operator, &[&party, granted], &json!({"end_prefix": {"prefix": "9526544"}}));
    }));
    cases.push(rights.denied(
        "points-for-no-brand",
        "points for what was never a brand",
        "Role",
        &key_of(carrier),
        &|log| {
            log.acts(operator, &[&key_of(carrier)], &points(3));
        },
    ));
    cases.push(rights.allowed("points-for-a-brand-no-more", "points for what was a brand once", &party, &|log| {
        log.acts(operator, own, &json!({"end_role": {"role": "brand"}}));
        log.acts(operator, own, &points(3));
    }));
    cases.push(rights.denied("registered-again", "a party that is registered", "Registered", &party, &|log| {
        log.acts(operator, own, &register);
    }));
    let itself = key_of(operator);
    cases.push(rights.allowed("operator-registered", "the genesis registers no operator", &itself, &|log| {
        log.acts(operator, &[&itself], &register);
    }));
    cases.push(rights.denied(
        "operator-registered-again",
        "the operator is registered once",
        "Registered",
        &itself,
        &|log| {
            log.acts(operator, &[&itself], &register);
            log.acts(operator, &[&itself], &register);
        },
    ));
    cases
}

/// A prefix may not overlap another party's prefix until the other prefix is ended. The trace contains both
/// parties when one party signs for the other.
fn prefixes(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let (operator, dairy, carrier) = (&world.operator, &world.dairy, &world.carrier);
    let (party, to) = (key_of(dairy), key_of(carrier));
    let now = Log::of(world).now();
    let grants = |log: &mut Log<'_>, on: &str, prefix: &str, until_ms: u64| {
        let act = json!({"grant_prefix": {"prefix": prefix, "interval": {"from_ms": 1, "until_ms": until_ms}}});
        log.acts(operator, &[on, &format!("gcp/{prefix}")], &act);
    };
    let then = |log: &mut Log<'_>| {
        log.says(carrier, &rights.carried(LOT));
    };
    vec![
        rights.denied("prefix-of-another", "the prefix of another party", "PrefixOverlap", LOT, &|log| {
            grants(log, &to, "9526543", 0);
            then(log);
        }),
        rights.denied("prefix-within-another", "a longer prefix", "PrefixOverlap", LOT, &|log| {
            grants(log, &to, "952654300", 0);
            then(log);
        }),
        rights.denied("prefix-around-another", "a shorter prefix", "PrefixOverlap", LOT, &|log| {
            grants(log, &to, "9526", 0);
            then(log);
        }),
        rights.denied("prefix-that-is-over", "over, and not ended", "PrefixOverlap", LOT, &|log| {
            grants(log, &party, "95277", now);
            grants(log, &to, "95277", 0);
            then(log);
        }),
        rights.allowed("prefix-that-was-ended", "ended, and granted to another", LOT, &|log| {
            grants(log, &party, "95277", 0);
            log.acts(operator, &[&party, "gcp/95277"], &json!({"end_prefix": {"prefix": "95277"}}));
            grants(log, &to, "95277", 0);
            then(log);
        }),
        rights.allowed("prefix-beside-another", "the neighbour's number", LOT, &|log| {
            grants(log, &to, "9526544", 0);
            then(log);
        }),
    ]
}

fn revocations(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let dairy = &world.dairy;
    let party = key_of(dairy);
    let key = dairy.events();
    let now = Log::of(world).now();
    let no = |name: &str, about: &str, cause: &str, acts: &[Value]| {
        rights.denied(name, about, cause, &party, &|log| {
            for act in acts {
                log.acts(dairy, &[&party], act);
            }
        })
    };
    let of = |reason: &str, at_ms: u64| revoked(&key, reason, at_ms);
    vec![
        no(
            "revoked-of-another",
            "a key of another party",
            "UnknownKey",
            &[revoked(&world.rival.events(), "retired", 0)],
        ),
        no("retired-before-its-entry", "retired since yesterday", "Retroactive", &[of("retired", now - HOUR_MS)]),
        no(
            "retired-again",
            "retired twice, the second time not earlier",
            "RevokedBefore",
            &[of("retired", now + HOUR_MS), of("retired", now + HOUR_MS)],
        ),
        no(
            "compromised-again",
            "compromised twice, the second time later",
            "RevokedBefore",
            &[of("compromised", now - HOUR_MS), of("compromised", now)],
        ),
        rights.allowed(
            "revoked-from-earlier",
            "each reason again from earlier, and one beside the other",
            &party,
            &|log| {
                for act in [
                    of("retired", now + 2 * HOUR_MS),
                    of("retired", now + HOUR_MS),
                    of("compromised", now),
                    of("compromised", now - HOUR_MS),
                ] {
                    log.acts(dairy, &[&party], &act);
                }
            },
        ),
        rights.allowed("key-not-yet-retired", "a key that is retired from tomorrow on", MODEL, &|log| {
            log.acts(dairy, &[&party], &of("retired", now + HOUR_MS));
            log.says(dairy, &rights.named(dairy, MODEL));
        }),
    ]
}

/// Re-affirmations: a party affirms what its own compromised key signed, but no entry at or above the log index of the act.
fn affirmations(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let dairy = &world.dairy;
    let party = key_of(dairy);
    let key = dairy.events();
    let acts = |log: &mut Log<'_>, act: &Value| {
        log.acts(dairy, &[&party], act);
    };
    let lost = revoked(&key, "compromised", 0);
    vec![
        rights.denied("affirmed-of-another", "a key of another party", "UnknownKey", &party, &|log| {
            acts(log, &reaffirmed(&world.rival.events(), 1, &[]));
        }),
        rights.denied("affirmed-in-force", "a key that is in force", "NotCompromised", &party, &|log| {
            acts(log, &reaffirmed(&key, 1, &[]));
        }),
        rights.denied("affirmed-retired", "a key that is retired", "NotCompromised", &party, &|log| {
            acts(log, &revoked(&key, "retired", 0));
            acts(log, &reaffirmed(&key, 1, &[]));
        }),
        rights.denied("affirmed-before-its-loss", "the loss is recorded later", "NotCompromised", &party, &|log| {
            acts(log, &reaffirmed(&key, 1, &[]));
            acts(log, &lost);
        }),
        rights.denied("affirmed-ahead", "an entry that is still to come", "AffirmedAhead", &party, &|log| {
            acts(log, &lost);
            let next = log.entries.len() as u64;
            acts(log, &reaffirmed(&key, next + 1, &[]));
        }),
        rights.allowed("affirmed-up-to-itself", "every entry below the act", &party, &|log| {
            acts(log, &lost);
            let next = log.entries.len() as u64;
            acts(log, &reaffirmed(&key, next, &[]));
        }),
        rights.allowed("affirmed-admin-key", "a key for acts, with another", &party, &|log| {
            let second = SecretKey::from_seed(&[77; 32]);
            acts(log, &bound(world, dairy, &second, KeyUse::Admin, None));
            acts(log, &revoked(&second, "compromised", 0));
            acts(log, &reaffirmed(&second, 1, &[]));
        }),
    ]
}
