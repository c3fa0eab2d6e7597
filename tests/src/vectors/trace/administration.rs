//! Acts that would leave the operator unable to administer the ledger, and revocations that take effect with their entry.

use headwater_event::entry::SignedEventBytes;
use headwater_event::event::Role;
use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::party::{EndRole, GrantRole, PartyAction, PartyEvent, RevocationReason, RevokeKey};
use headwater_event::signature::KeyUse;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use serde_json::Value;

use super::log::Log;
use super::{Asks, Memory, in_trade, no, ok};
use crate::vectors::Case;
use headwater_testing::lies::ITEM;
use headwater_testing::world::{Actor, HOUR_MS, distribution, subject};

/// The trace of an item on a log that continues with this event. A ledger might refuse the event.
fn going_on(world: &Memory, event: SignedEventBytes) -> Value {
    let mut log = Log::of(world);
    log.record(event);
    log.shown(ITEM)
}

fn act(world: &Memory, action: PartyAction) -> SignedEventBytes {
    let body = KindBody::Party(PartyEvent { refs: Vec::new(), commitments: Vec::new(), action });
    let operator = &world.operator;
    world.event(operator, vec![Subject::Party(operator.party.clone())], body).sign(&operator.admin()).unwrap()
}

fn revoke(key_id: Hash, reason: RevocationReason, at_ms: u64) -> PartyAction {
    PartyAction::RevokeKey(RevokeKey { key_id, reason, at_ms })
}

fn says(world: &Memory, actor: &Actor, action: PartyAction) {
    world.act(&world.operator, vec![Subject::Party(actor.party.clone())], action).unwrap();
}

pub(super) fn administration() -> Vec<Case> {
    let world = in_trade();
    let key_id = world.operator.admin().public().id();
    let last = |name: &str, about: &str, action: PartyAction| {
        no(name, about, going_on(&world, act(&world, action)), "Denied").cause("LastAdmin")
    };
    let mut cases = vec![
        last(
            "last-admin-key-retired",
            "the operator retires its only admin key",
            revoke(key_id, RevocationReason::Retired, 0),
        ),
        last(
            "last-admin-key-retired-later",
            "the operator retires its only admin key from tomorrow on",
            revoke(key_id, RevocationReason::Retired, world.now() + 24 * HOUR_MS),
        ),
        last(
            "last-admin-key-compromised",
            "the operator's only admin key is in other hands: another one comes first",
            revoke(key_id, RevocationReason::Compromised, 0),
        ),
        last(
            "last-role-ended",
            "the operator ends its only role",
            PartyAction::EndRole(EndRole { role: Role::Platform }),
        ),
    ];

    let world = in_trade();
    let second = SecretKey::from_seed(&[77; 32]);
    let operator = world.operator.clone();
    says(&world, &operator, world.add_key(&operator, &second, KeyUse::Admin));
    says(&world, &operator, PartyAction::GrantRole(GrantRole { role: Role::Auditor, interval: None }));
    says(&world, &operator, PartyAction::EndRole(EndRole { role: Role::Auditor }));
    says(&world, &operator, revoke(second.public().id(), RevocationReason::Retired, 0));
    cases.push(ok(
        "admin-key-beside-another-revoked",
        "the operator has an admin key and a role left",
        Asks::of(&world, ITEM).served(),
    ));
    cases.push(
        no(
            "last-admin-key-beside-a-retired-one",
            "a retired admin key administers nothing",
            going_on(&world, act(&world, revoke(key_id, RevocationReason::Retired, 0))),
            "Denied",
        )
        .cause("LastAdmin"),
    );

    for reason in [RevocationReason::Retired, RevocationReason::Compromised] {
        let world = in_trade();
        let carrier = world.carrier.clone();
        says(&world, &carrier, revoke(carrier.events().public().id(), reason, 0));
        let body = distribution(DistributionAction::Sell, &carrier);
        let thief = world.for_dairy(&carrier, vec![subject(ITEM)], body).sign(&carrier.events()).unwrap();
        let name = format!("key-{reason}-from-its-entry-on");
        let about = "a revocation without a time takes effect with its entry: the next event of the key is refused";
        cases.push(no(&name, about, going_on(&world, thief), "Denied").cause("KeyRevoked"));
    }
    cases
}
