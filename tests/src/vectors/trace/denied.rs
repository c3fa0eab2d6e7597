//! Events that a party may not sign: each cause of a denial, and beside each limit an event just within the limit.

use super::log::Log;
use super::roles::{ROWS, of_every_role};
use super::said::{drafted, event_of};
use super::*;
use headwater_event::document::AttachmentRole;
use headwater_event::signature::KeyUse;
use headwater_testing::document;
use headwater_testing::world::{actor, delegation};
use headwater_tlog::key::SecretKey;

/// A lot of the rival brand.
const FOREIGN: &str = "01/09521234000013/10/R1";

/// A world before any trade, on whose log the cases build.
pub(super) struct Rights {
    pub world: Memory,
}

pub(super) type Steps<'a> = &'a dyn Fn(&mut Log<'_>);

impl Rights {
    pub(super) fn shown(&self, key: &str, steps: Steps<'_>) -> Value {
        let mut log = Log::of(&self.world);
        steps(&mut log);
        log.shown(key)
    }

    pub(super) fn denied(&self, name: &str, about: &str, cause: &str, key: &str, steps: Steps<'_>) -> Case {
        no(name, about, self.shown(key, steps), "Denied").cause(cause)
    }

    pub(super) fn allowed(&self, name: &str, about: &str, key: &str, steps: Steps<'_>) -> Case {
        ok(name, about, self.shown(key, steps))
    }

    /// The origin content of a model, which names the product.
    pub(super) fn named(&self, by: &Actor, model: &str) -> Event {
        let body = json!({"origin_content": {"product_name": [{"lang": "en", "text": "milk powder"}]}});
        drafted(&self.world, by, &[model], body)
    }

    /// A distribution step with the dairy as principal: the carrier receives a lot.
    pub(super) fn carried(&self, lot: &str) -> Event {
        let carrier = &self.world.carrier;
        let from = carrier.party.to_string();
        drafted(&self.world, carrier, &[lot], json!({"distribution": {"action": "receive", "from_party": from}}))
    }
}

pub(super) fn key_of(actor: &Actor) -> String {
    actor.party.to_string()
}

pub(super) fn between(grantor: &Actor, grantee: &Actor) -> String {
    delegation(&grantor.party, &grantee.party).to_string()
}

/// The act that adds a key to a party, in an interval if there is one.
pub(super) fn bound(
    world: &Memory,
    to: &Actor,
    secret: &SecretKey,
    key_use: KeyUse,
    interval: Option<(u64, u64)>,
) -> Value {
    let mut act = serde_json::to_value(world.add_key(to, secret, key_use)).expect("a document");
    if let Some((from_ms, until_ms)) = interval {
        act["add_key"]["interval"] = json!({"from_ms": from_ms, "until_ms": until_ms});
    }
    act
}

pub(super) fn revoked(secret: &SecretKey, reason: &str, at_ms: u64) -> Value {
    json!({"revoke_key": {"key_id": secret.public().id(), "reason": reason, "at_ms": at_ms}})
}

/// A re-affirmation of the events that a key signed below a log index, except some events.
pub(super) fn reaffirmed(secret: &SecretKey, below: u64, except: &[Hash]) -> Value {
    json!({"reaffirm": {"key_id": secret.public().id(), "below": below, "except": except}})
}

pub(super) fn delegated(grantor: &Actor, grantee: &Actor, more: Value) -> Value {
    let mut act = json!({"grantor": key_of(grantor), "grantee": key_of(grantee), "kinds": ["distribution"]});
    act.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"delegate": act})
}

/// A correction of the event in an entry.
pub(super) fn corrects(entry: &[u8], reason: &str) -> Value {
    let (id, hash) = (event_of(entry).event_id, Hash::leaf(entry));
    json!({"correction": {"original_event_id": id, "original_entry_hash": hash, "reason": reason}})
}

pub(super) fn cases() -> Vec<Case> {
    let rights = Rights { world: World::new() };
    let all = [parties(&rights), keys(&rights), roles(&rights), goods(&rights), delegations(&rights)];
    all.into_iter().chain([beside_goods(&rights), accreditations(&rights)]).flatten().collect()
}

fn parties(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let stranger = actor(20, Role::Brand, 40);
    let (dairy, operator) = (&world.dairy, &world.operator);
    vec![
        rights.denied("unknown-party", "a party that nobody registered", "UnknownParty", MODEL, &|log| {
            log.says(&stranger, &rights.named(&stranger, MODEL));
        }),
        rights.denied("unknown-principal", "for a party that nobody registered", "UnknownParty", LOT, &|log| {
            let principal = Some(stranger.party.clone());
            log.says(&world.carrier, &Event { principal, ..rights.carried(LOT) });
        }),
        rights.denied(
            "unknown-party-concerned",
            "a role for a party that nobody registered",
            "UnknownParty",
            &key_of(&stranger),
            &|log| {
                log.acts(operator, &[&key_of(&stranger)], &json!({"grant_role": {"role": "brand"}}));
            },
        ),
        rights.denied(
            "unknown-grantee",
            "a delegation to a party that nobody registered",
            "UnknownParty",
            &between(dairy, &stranger),
            &|log| {
                let act = delegated(dairy, &stranger, json!({"prefixes": ["9526543"]}));
                log.acts(dairy, &[&between(dairy, &stranger)], &act);
            },
        ),
    ]
}

fn keys(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let dairy = &world.dairy;
    let party = key_of(dairy);
    let second = SecretKey::from_seed(&[77; 32]);
    let signs = |log: &mut Log<'_>, interval: (u64, u64)| {
        log.acts(&world.operator, &[&party], &bound(world, dairy, &second, KeyUse::Events, Some(interval)));
        let mut event = rights.named(dairy, MODEL);
        event.key_id = second.public().id();
        log.append(&event, &second, &|_| {});
    };
    let now = Log::of(world).now();
    let later = now + HOUR_MS;
    let mut cases = vec![
        rights.denied("key-before-its-interval", "a key of tomorrow", "KeyInterval", MODEL, &|log| {
            signs(log, (later, 0));
        }),
        rights.denied("key-after-its-interval", "a key of yesterday", "KeyInterval", MODEL, &|log| {
            signs(log, (0, now));
        }),
        rights.denied(
            "key-at-the-end-of-its-interval",
            "an interval ends before its end",
            "KeyInterval",
            MODEL,
            &|log| {
                signs(log, (0, now + 2));
            },
        ),
        rights.allowed("key-at-the-start-of-its-interval", "an interval holds its start", MODEL, &|log| {
            signs(log, (now + 2, now + 3));
        }),
        rights.allowed("key-of-a-started-interval", "an end of 0 is for ever", MODEL, &|log| {
            signs(log, (now, 0));
        }),
        rights.denied("events-key-for-an-act", "a key for events signs an act of a party", "KeyUse", &party, &|log| {
            let mut event = drafted(
                world,
                dairy,
                &[&party],
                json!({"party_event": {"action": reaffirmed(&dairy.events(), 1, &[])}}),
            );
            event.key_id = dairy.events().public().id();
            log.append(&event, &dairy.events(), &|_| {});
        }),
        rights.denied("key-of-another-party", "a key that is bound to another party", "UnknownKey", MODEL, &|log| {
            let mut event = rights.named(dairy, MODEL);
            event.key_id = world.rival.events().public().id();
            log.append(&event, &world.rival.events(), &|_| {});
        }),
    ];
    for (name, about, by) in [
        ("key-bound-to-itself", "a key that this party has", dairy),
        ("key-bound-to-another", "a key that another party has", &world.carrier),
    ] {
        cases.push(rights.denied(name, about, "KeyBound", LOT, &|log| {
            log.acts(&world.operator, &[&party], &bound(world, dairy, &by.events(), KeyUse::Events, None));
            // The event of the carrier for the dairy brings both parties into the trace.
            log.says(&world.carrier, &rights.carried(LOT));
        }));
    }
    cases
}

fn roles(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let dairy = &world.dairy;
    let party = key_of(dairy);
    let now = Log::of(world).now();
    let signs = |log: &mut Log<'_>, acts: &[Value]| {
        for act in acts {
            log.acts(&world.operator, &[&party], act);
        }
        let mut event = rights.named(dairy, MODEL);
        event.role = Role::Producer;
        log.says(dairy, &event);
    };
    let grant = |from_ms: u64, until_ms: u64| json!({"grant_role": {"role": "producer", "interval": {"from_ms": from_ms, "until_ms": until_ms}}});
    let end = json!({"end_role": {"role": "producer"}});
    vec![
        rights.denied("role-ended", "a role that was ended", "Role", MODEL, &|log| {
            signs(log, &[json!({"grant_role": {"role": "producer"}}), end.clone()]);
        }),
        rights.denied("role-not-yet", "a role of tomorrow", "Role", MODEL, &|log| {
            signs(log, &[grant(now + HOUR_MS, 0)]);
        }),
        rights.denied("role-over", "a role of yesterday", "Role", MODEL, &|log| signs(log, &[grant(0, now)])),
        rights.allowed("role-granted-again", "a role that was ended, and granted again", MODEL, &|log| {
            signs(log, &[grant(1, 0), end.clone(), grant(now, now + HOUR_MS)]);
        }),
    ]
}

fn goods(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let dairy = &world.dairy;
    let of_dairy = key_of(dairy);
    let grant = |from_ms: u64, until_ms: u64| json!({"grant_prefix": {"prefix": "9521234", "interval": {"from_ms": from_ms, "until_ms": until_ms}}});
    let now = Log::of(world).now();
    let made = |by: &Actor| {
        let body = json!({"origin_content": {"product_name": [{"lang": "en", "text": "tea"}]}});
        drafted(world, by, &[FOREIGN], body)
    };
    let granted = |log: &mut Log<'_>, acts: &[Value]| {
        for act in acts {
            log.acts(&world.operator, &[&of_dairy, "gcp/9521234"], act);
        }
        log.says(dairy, &made(dairy));
    };
    let end = json!({"end_prefix": {"prefix": "9521234"}});
    let mut cases = vec![
        rights.denied("goods-of-another", "a brand speaks of another brand's lot", "Goods", FOREIGN, &|log| {
            log.says(dairy, &made(dairy));
        }),
        rights.denied("goods-of-neither", "for a principal that holds no such prefix", "Goods", FOREIGN, &|log| {
            log.says(&world.carrier, &rights.carried(FOREIGN));
        }),
        rights.denied("prefix-not-yet", "a prefix of tomorrow", "Goods", FOREIGN, &|log| {
            granted(log, &[grant(now + HOUR_MS, 0)]);
        }),
        rights.denied("prefix-over", "a prefix of yesterday", "Goods", FOREIGN, &|log| granted(log, &[grant(0, now)])),
        rights.denied("prefix-ended", "a prefix that was ended", "Goods", FOREIGN, &|log| {
            granted(log, &[grant(1, 0), end.clone()]);
        }),
        rights.allowed("prefix-in-its-interval", "a prefix of today", FOREIGN, &|log| {
            granted(log, &[grant(now, now + HOUR_MS)]);
        }),
        rights.denied("own-principal", "for itself", "OwnPrincipal", MODEL, &|log| {
            log.says(dairy, &Event { principal: Some(dairy.party.clone()), ..rights.named(dairy, MODEL) });
        }),
        rights.allowed(
            "register-is-no-goods",
            "the prefix of a list is not asked for beside its items'",
            ITEM,
            &|log| {
                let body = json!({"commissioning": {"sticker_batch": "B1", "form": {"listed": {"lot": LOT}}}});
                log.says(dairy, &drafted(world, dairy, &[ITEM], body));
            },
        ),
    ];
    // A role whose goods are not checked may sign events about the goods of every party.
    let rights = of_every_role();
    let (world, dairy) = (&rights.world, &rights.world.dairy);
    for (row, role) in [
        ("customs_clearance", Role::Customs),
        ("lab_inspection", Role::Lab),
        ("certification", Role::Certifier),
        ("recall", Role::Regulator),
        ("issued", Role::Platform),
    ] {
        let row = ROWS.iter().find(|known| known.0 == row).unwrap();
        let mut event = row.event(world, role);
        let key = if row.0 == "issued" { "01/09521234000013/21/S1" } else { FOREIGN };
        event.subjects[0].key = subject(key);
        let mut log = Log::of(world);
        log.says(dairy, &event);
        // For such a role the principal is not checked either: here the party names itself.
        let again = world.event(dairy, Vec::new(), event.body.clone());
        event.event_id = again.event_id;
        event.principal = Some(dairy.party.clone());
        log.says(dairy, &event);
        let name = format!("foreign-goods-by-{}", role.as_str());
        cases.push(ok(&name, "a role that speaks of goods of others", log.shown(key)));
    }
    cases
}

fn delegations(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let (dairy, lab) = (&world.dairy, &world.rival);
    let pair = between(dairy, lab);
    let now = Log::of(world).now();
    let signs = |log: &mut Log<'_>, acts: &[(&Actor, Value)]| {
        for (by, act) in acts {
            log.acts(by, &[&pair], act);
        }
        let body = json!({"distribution": {"action": "receive", "from_party": key_of(dairy)}});
        let event = drafted(world, lab, &[LOT], body);
        log.says(lab, &Event { principal: Some(dairy.party.clone()), ..event });
    };
    let lets = |more: Value| (dairy, delegated(dairy, lab, more));
    let end = |by| (by, json!({"end_delegation": {"grantor": key_of(dairy), "grantee": key_of(lab)}}));
    let all = || lets(json!({"prefixes": ["9526543"]}));
    let within = |from_ms: u64, until_ms: u64| {
        lets(json!({"prefixes": ["9526543"], "interval": {"from_ms": from_ms, "until_ms": until_ms}}))
    };
    let no = |name: &str, about: &str, acts: &[(&Actor, Value)]| {
        rights.denied(name, about, "Delegation", LOT, &|log| signs(log, acts))
    };
    let yes =
        |name: &str, about: &str, acts: &[(&Actor, Value)]| rights.allowed(name, about, LOT, &|log| signs(log, acts));
    let other = "01/09526543000020";
    vec![
        no("delegation-of-nothing", "the principal lets it do nothing", &[]),
        no(
            "delegation-of-another-kind",
            "the delegation is of shipments",
            &[(dairy, delegated(dairy, lab, json!({"kinds": ["shipment_leg"], "prefixes": ["9526543"]})))],
        ),
        no("delegation-of-another-model", "the delegation is of another model", &[lets(json!({"subjects": [other]}))]),
        no(
            "delegation-of-another-prefix",
            "the delegation is of another prefix",
            &[lets(json!({"prefixes": ["95265430002"]}))],
        ),
        no("delegation-ended-by-its-grantor", "the grantor ended it", &[all(), end(dairy)]),
        no("delegation-ended-by-the-operator", "the operator ended it", &[all(), end(&world.operator)]),
        no("delegation-not-yet", "a delegation of tomorrow", &[within(now + HOUR_MS, 0)]),
        no("delegation-over", "a delegation of yesterday", &[within(0, now)]),
        yes("delegation-of-the-lot", "the delegation names the lot", &[lets(json!({"subjects": [LOT]}))]),
        yes("delegation-of-the-model", "the delegation names its model", &[lets(json!({"subjects": [MODEL]}))]),
        yes(
            "delegation-of-the-gtin",
            "the delegation names its GTIN as a prefix",
            &[lets(json!({"prefixes": ["09526543000013"]}))],
        ),
        yes("delegation-in-its-interval", "a delegation of today", &[within(now, now + HOUR_MS)]),
        yes("delegation-given-again", "a delegation that was ended, and given again", &[all(), end(dairy), all()]),
    ]
}

/// Delegations need to cover the goods alone, and not the register or the list beside the goods.
fn beside_goods(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let (dairy, rival) = (&world.dairy, &world.rival);
    let issues = |log: &mut Log<'_>, of: &str, form: Value| {
        let pair = between(dairy, rival);
        log.acts(dairy, &[&pair], &delegated(dairy, rival, json!({"kinds": ["commissioning"], "subjects": [of]})));
        let mut event = drafted(world, rival, &[of], json!({"commissioning": {"sticker_batch": "B1", "form": form}}));
        event.principal = Some(dairy.party.clone());
        event.attachments.push(headwater_testing::world::attachment(b"the list", "text/csv", AttachmentRole::Other));
        log.says(rival, &event);
    };
    vec![
        rights.allowed("delegation-of-an-item-and-its-list", "the list is not asked for", ITEM, &|log| {
            issues(log, ITEM, json!({"listed": {"lot": LOT}}));
        }),
        rights.allowed("delegation-of-a-lot-and-its-register", "the register is not asked for", LOT, &|log| {
            issues(log, LOT, json!({"committed": {"count": 1, "items_root": Hash::plain(b"a set"), "manifest": 0}}));
        }),
    ]
}

fn accreditations(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let lab = &world.lab;
    let report = |change: &dyn Fn(&mut Value)| {
        let event = super::binding::tested(world, lab, &[(LOT, None)]);
        let mut document = serde_json::to_value(event).unwrap();
        change(&mut document["body"]["lab_inspection"]);
        document::message::<Event>(&document).unwrap()
    };
    let days = |from: &'static str, to: &'static str| {
        move |body: &mut Value| (body["performed_from"], body["performed_to"]) = (json!(from), json!(to))
    };
    let no = |name: &str, about: &str, change: &dyn Fn(&mut Value)| {
        rights.denied(name, about, "Accreditation", LOT, &|log| {
            log.says(lab, &report(change));
        })
    };
    vec![
        no("accredited-by-another-number", "a number that is not registered", &|body| {
            body["accreditation"]["number"] = json!("L999");
        }),
        no("accredited-by-another-body", "a body that is not registered", &|body| {
            body["accreditation"]["body"] = json!("CNAS");
        }),
        no("accredited-later", "a test that began before", &days("2024-12-31", "2025-01-01")),
        no("accredited-no-more", "a test that ended behind", &days("2028-12-31", "2029-01-01")),
        rights.allowed("accredited-from-its-first-to-its-last-day", "both days are covered", LOT, &|log| {
            log.says(lab, &report(&days("2025-01-01", "2028-12-31")));
        }),
    ]
}
