//! Delegations from owners to testers, for each kind of event that makes an owner and each that makes a tester.

use super::inputs::transform;
use super::said::{drafted, drafted_of, says};
use super::*;
use headwater_testing::world::{actor, delegation};

/// A world in which one event makes the dairy an owner, and the subject of that event.
fn owned(by: &str) -> (Memory, &'static str) {
    let world = World::new();
    match by {
        "production" => drop(world.produce(&world.dairy, LOT).unwrap()),
        "commissioning" => {
            world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
            return (world, ITEM);
        }
        "transformation" => transform(&world, &[(OTHER_LOT, None)], LOT),
        _ => {
            let body = json!({"origin_content": {"product_name": [{"lang": "en", "text": "milk powder"}]}});
            says(&world, &world.dairy, MODEL, body);
        }
    }
    (world, LOT)
}

pub(super) fn cases() -> Vec<Case> {
    let certifier = actor(20, Role::Certifier, 40);
    let mut cases = Vec::new();
    for owns in ["production", "commissioning", "transformation", "origin_content"] {
        for tests in ["lab_inspection", "certification"] {
            let (world, asked) = owned(owns);
            world.register(&certifier);
            let tester = if tests == "lab_inspection" {
                world.say(&world.lab, &super::binding::tested(&world, &world.lab, &[(asked, None)])).unwrap();
                &world.lab
            } else {
                // A certification names only models and lots.
                let body = json!({"certification": {"certificate_no": "C1", "agency": certifier.party, "standard": "S",
                    "statements": [{"lang": "en", "text": "good"}], "start": "2026-04-01", "end": "2027-04-01", "status": "active",
                    "attestation_type": "inspection", "assurance": "second_party"}});
                let of = if asked == ITEM { MODEL } else { asked };
                world.say(&certifier, &drafted(&world, &certifier, &[of], body)).unwrap();
                &certifier
            };
            let name = format!("tie-by-{}-and-{}", owns.replace('_', "-"), tests.replace('_', "-"));
            let asks = Asks::of(&world, asked);
            cases.push(ok(&name, "the proof that the owner lets the tester do nothing", asks.served()));
            let mut lie = Trace::parse(&world.trace(&asks.query())).unwrap();
            lie.subjects.retain(|history| history.subject != delegation(&world.dairy.party, &tester.party));
            let about = "without the proof about a delegation";
            cases.push(no(&format!("{name}-left-out"), about, asks.input(&lie.encode()), "Missing"));
        }
    }
    // For a serial that is in no set, only the sets of its model show an owner.
    let world = World::new();
    let set = set_of(MODEL, &[("S2", None)]);
    world.commit(LOT, &set).unwrap();
    world.ledger.add_manifest(&set).unwrap();
    world.say(&world.lab, &super::binding::tested(&world, &world.lab, &[(ITEM, None)])).unwrap();
    cases.push(ok(
        "tie-by-a-set-of-the-model",
        "who commits to sets of the model owns",
        Asks::of(&world, ITEM).served(),
    ));
    // The principal is the owner, and not the party that signs for the principal.
    let world = World::new();
    let named = json!([{"key": OTHER_LOT}, {"key": LOT}]);
    let body = json!({"transformation": {"inputs": [1], "outputs": [0]}});
    world.delegate(&world.dairy, &world.rival, &[headwater_event::kind::Kind::Transformation], "9526543").unwrap();
    let mut event = drafted_of(&world, &world.rival, named, body);
    event.principal = Some(world.dairy.party.clone());
    world.say(&world.rival, &event).unwrap();
    world.say(&world.lab, &super::binding::tested(&world, &world.lab, &[(LOT, None)])).unwrap();
    cases.push(ok("tie-of-a-principal", "who signs for an owner is none", Asks::of(&world, LOT).served()));
    cases
}
