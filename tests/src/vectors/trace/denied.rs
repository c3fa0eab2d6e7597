//! Who may not sign what: each cause of a denial, and beside each limit what lies just within it.

use super::log::Log;
use super::said::{drafted, event_of};
use super::*;
use crate::vectors::event::sample;
use crate::world::{actor, delegation};
use headwater_event::document::AttachmentRole;
use headwater_event::kind::Kind;
use headwater_event::signature::KeyUse;
use headwater_tlog::key::SecretKey;

/// A lot of the rival's.
const FOREIGN: &str = "01/09521234000013/10/R1";

/// A world in which nothing was traded yet, and what is built on its log.
struct Rights {
    world: Memory,
}

type Steps<'a> = &'a dyn Fn(&mut Log<'_>);

impl Rights {
    fn shown(&self, key: &str, steps: Steps<'_>) -> Value {
        let mut log = Log::of(&self.world);
        steps(&mut log);
        log.shown(key)
    }

    fn denied(&self, name: &str, about: &str, cause: &str, key: &str, steps: Steps<'_>) -> Case {
        no(name, about, self.shown(key, steps), "Denied").cause(cause)
    }

    fn allowed(&self, name: &str, about: &str, key: &str, steps: Steps<'_>) -> Case {
        ok(name, about, self.shown(key, steps))
    }

    /// The name of a model's product.
    fn named(&self, by: &Actor, model: &str) -> Event {
        let body = json!({"origin_content": {"product_name": [{"lang": "en", "text": "milk powder"}]}});
        drafted(&self.world, by, &[model], body)
    }

    /// What the carrier does with a lot for the dairy.
    fn carried(&self, lot: &str) -> Event {
        let carrier = &self.world.carrier;
        let from = carrier.party.to_string();
        drafted(&self.world, carrier, &[lot], json!({"distribution": {"action": "receive", "from_party": from}}))
    }
}

fn key_of(actor: &Actor) -> String {
    actor.party.to_string()
}

fn between(grantor: &Actor, grantee: &Actor) -> String {
    delegation(&grantor.party, &grantee.party).to_string()
}

/// A key for a party, in an interval where there is one.
fn bound(world: &Memory, to: &Actor, secret: &SecretKey, key_use: KeyUse, interval: Option<(u64, u64)>) -> Value {
    let mut act = serde_json::to_value(world.add_key(to, secret, key_use)).expect("a document");
    if let Some((from_ms, until_ms)) = interval {
        act["add_key"]["interval"] = json!({"from_ms": from_ms, "until_ms": until_ms});
    }
    act
}

fn revoked(secret: &SecretKey, reason: &str, at_ms: u64) -> Value {
    json!({"revoke_key": {"key_id": secret.public().id(), "reason": reason, "at_ms": at_ms}})
}

fn delegated(grantor: &Actor, grantee: &Actor, more: Value) -> Value {
    let mut act = json!({"grantor": key_of(grantor), "grantee": key_of(grantee), "kinds": ["distribution"]});
    act.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"delegate": act})
}

pub(super) fn cases() -> Vec<Case> {
    let rights = Rights { world: World::new() };
    let all = [
        parties(&rights),
        keys(&rights),
        roles(&rights),
        kinds(),
        goods(&rights),
        delegations(&rights),
        beside_goods(&rights),
    ];
    let rest = [accreditations(&rights), taking_back(&rights), acts(&rights), prefixes(&rights), revocations(&rights)];
    all.into_iter().chain(rest).flatten().collect()
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
                json!({"party_event": {"action": {"reaffirm": {"event_hashes": [Hash::ZERO]}}}}),
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
            // What one says for the other brings both into the trace.
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

/// A brand that holds every role and an accreditation.
fn of_every_role() -> Rights {
    let rights = Rights { world: World::new() };
    let world = &rights.world;
    let party = vec![Subject::Party(world.dairy.party.clone())];
    for role in Role::ALL.iter().filter(|role| **role != Role::Brand) {
        let act = serde_json::from_value(json!({"grant_role": {"role": role}})).unwrap();
        world.act(&world.operator, party.clone(), act).unwrap();
    }
    let act = json!({"accredit": {"accreditation": crate::world::accreditation()}});
    world.act(&world.operator, party, serde_json::from_value(act).unwrap()).unwrap();
    rights
}

/// A row of rule 4: the kind, what makes the row, its roles, and some that are not.
struct Row(&'static str, Kind, &'static [Role], &'static [Role]);

const ROWS: [Row; 16] = {
    use Role::*;
    const MOVE: &[Role] = &[Distributor, Carrier, Producer, Brand];
    [
        Row("production", Kind::Production, &[Brand, Producer], &[Distributor]),
        Row("commissioning", Kind::Commissioning, &[Brand, Producer], &[Platform]),
        Row("origin_content", Kind::OriginContent, &[Brand, Producer], &[Certifier]),
        Row("applied", Kind::Sticker, &[Brand, Producer], &[Platform]),
        Row("issued", Kind::Sticker, &[Brand, Platform], &[Producer]),
        Row("voided", Kind::Sticker, &[Brand, Platform], &[Distributor]),
        Row("claimed", Kind::Sticker, &[Brand, Platform], &[Carrier]),
        Row("shipment_leg", Kind::ShipmentLeg, MOVE, &[Customs]),
        Row("distribution", Kind::Distribution, MOVE, &[Customs]),
        Row("aggregation", Kind::Aggregation, MOVE, &[Auditor]),
        Row("customs_clearance", Kind::CustomsClearance, &[Customs, Distributor, Carrier, Brand], &[Producer]),
        Row("lab_inspection", Kind::LabInspection, &[Lab], &[Certifier]),
        Row("certification", Kind::Certification, &[Certifier], &[Brand]),
        Row("first_party", Kind::Certification, &[Brand, Producer], &[Certifier]),
        Row("transformation", Kind::Transformation, &[Producer, Distributor, Brand], &[Carrier]),
        Row("recall", Kind::Recall, &[Brand, Regulator], &[Producer]),
    ]
};

impl Row {
    /// A good event of this row by the dairy, about the lot or its item.
    fn event(&self, world: &Memory, role: Role) -> Event {
        let dairy = &world.dairy;
        let mut document = serde_json::to_value(sample(self.1)).unwrap();
        let body = &mut document["body"][self.1.as_str()];
        match self.0 {
            "applied" => {}
            "issued" => *body = json!({"action": "issued"}),
            "voided" => *body = json!({"action": "voided", "reason": "torn"}),
            "claimed" => *body = json!({"action": "claimed", "code": "0123456789ABCDEF"}),
            "lab_inspection" => {
                body["laboratory"] = json!(dairy.party);
                body["accreditation"] = json!(crate::world::accreditation());
            }
            "certification" => body["agency"] = json!(dairy.party),
            "first_party" => {
                body["agency"] = json!(dairy.party);
                body["assurance"] = json!("first_party");
            }
            _ => {}
        }
        if ["shipment_leg", "customs_clearance", "recall"].contains(&self.0) {
            document["subjects"] = json!([{"key": LOT}]);
        }
        let written: Event = serde_json::from_value(document).unwrap();
        let now = world.event(dairy, Vec::new(), written.body.clone());
        Event {
            ledger_id: now.ledger_id,
            event_id: now.event_id,
            party: now.party,
            key_id: now.key_id,
            occurred_at_ms: now.occurred_at_ms,
            utc_offset_minutes: now.utc_offset_minutes,
            principal: None,
            role,
            ..written
        }
    }
}

/// Rule 4, row by row: one trace for all that a role signs, and one for what a row does not have.
fn kinds() -> Vec<Case> {
    let rights = of_every_role();
    let world = &rights.world;
    let dairy = &world.dairy;
    let of_item = Asks { lot: Some(LOT), ..Asks::of(world, ITEM) };
    let mut cases = Vec::new();
    for role in Role::ALL {
        let mut log = Log::of(world);
        for row in ROWS.iter().filter(|row| row.2.contains(role)) {
            log.says(dairy, &row.event(world, *role));
        }
        // Any role corrects what is its own, and looks after its own keys.
        let named = rights.named(dairy, MODEL);
        let said = log.says(dairy, &named);
        let mut correction = drafted(world, dairy, &[MODEL], corrects(&said, "wrong_subject"));
        correction.role = *role;
        log.says(dairy, &correction);
        let act = bound(world, dairy, &SecretKey::from_seed(&[77; 32]), KeyUse::Events, None);
        let mut act = drafted(world, dairy, &[&key_of(dairy)], json!({"party_event": {"action": act}}));
        act.role = *role;
        log.says(dairy, &act);
        let name = format!("signed-by-role-{}", role.as_str());
        cases.push(ok(&name, "an event of each kind that this role signs", log.shown_for(&of_item)));
    }
    for row in &ROWS {
        for role in row.3 {
            let mut log = Log::of(world);
            log.says(dairy, &row.event(world, *role));
            let name = format!("not-signed-{}-by-{}", row.0.replace('_', "-"), role.as_str());
            let about = "a role that does not sign this";
            cases.push(no(&name, about, log.shown_for(&of_item), "Denied").cause("RoleForKind"));
        }
    }
    cases
}

/// A correction of what an entry holds.
fn corrects(entry: &[u8], reason: &str) -> Value {
    let (id, hash) = (event_of(entry).event_id, Hash::leaf(entry));
    json!({"correction": {"original_event_id": id, "original_entry_hash": hash, "reason": reason}})
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
    // Whoever is asked for no goods speaks of anybody's.
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
        // Nor is a principal of theirs looked at.
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

/// Nobody lets anybody speak of a register or a list.
fn beside_goods(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let (dairy, rival) = (&world.dairy, &world.rival);
    let issues = |log: &mut Log<'_>, of: &str, form: Value| {
        let pair = between(dairy, rival);
        log.acts(dairy, &[&pair], &delegated(dairy, rival, json!({"kinds": ["commissioning"], "subjects": [of]})));
        let mut event = drafted(world, rival, &[of], json!({"commissioning": {"sticker_batch": "B1", "form": form}}));
        event.principal = Some(dairy.party.clone());
        event.attachments.push(crate::world::attachment(b"the list", "text/csv", AttachmentRole::Other));
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
        serde_json::from_value::<Event>(document).unwrap()
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
    // What was said, who answers it, about which subjects, and how the answer is changed.
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
            let act = log.acts(dairy, &[&key_of(dairy)], &json!({"reaffirm": {"event_hashes": [Hash::ZERO]}}));
            log.says(dairy, &drafted(world, dairy, both, strikes(&act)));
        },
    ));
    cases
}

/// Rule 7: every act by a party that may not, and by each that may.
fn acts(rights: &Rights) -> Vec<Case> {
    let world = &rights.world;
    let (operator, dairy, rival, carrier) = (&world.operator, &world.dairy, &world.rival, &world.carrier);
    let (party, pair) = (key_of(dairy), between(dairy, carrier));
    let second = SecretKey::from_seed(&[77; 32]);
    let points =
        |number: u64| json!({"points": {"number": number, "rule": "A1", "reason": [{"lang": "en", "text": "late"}]}});
    let reaffirm = json!({"reaffirm": {"event_hashes": [Hash::ZERO]}});
    let delegate = delegated(dairy, carrier, json!({"prefixes": ["9526543"]}));
    let end_delegation = json!({"end_delegation": {"grantor": party, "grantee": key_of(carrier)}});
    let accreditation = json!(crate::world::accreditation());
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

/// No prefix overlaps another party's until that is ended. The trace holds both when one signs for the other.
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
