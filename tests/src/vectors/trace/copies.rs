//! Signed claims that cannot both be true of one item.

use super::*;

/// A world with a delivered item of a set, which has a code.
fn with_code() -> Memory {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let set = set_of(MODEL, &[("7KQ2M9XW4T", Some("0123456789ABCDEF"))]);
    world.commit(LOT, &set).unwrap();
    world.ledger.add_manifest(&set).unwrap();
    world.deliver(&[ITEM]).unwrap();
    world
}

fn claim(world: &Memory, by: &Actor) {
    let mut event = sticker(world, StickerAction::Claimed, Some("0123456789ABCDEF"));
    (event.party, event.role, event.key_id) = (by.party.clone(), by.role, by.events().public().id());
    world.say(by, &event).unwrap();
}

fn sell(world: &Memory, by: &Actor, to: Option<&Actor>) {
    let mut event = world.for_dairy(by, vec![subject(ITEM)], distribution(DistributionAction::Sell, by));
    if by.party == world.dairy.party {
        event.principal = None;
    }
    if let KindBody::Distribution(body) = &mut event.body {
        body.to_party = to.map(|to| to.party.clone());
    }
    world.say(by, &event).unwrap();
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let judge = |name: &str, about: &str, verdict: &str, world: &Memory| {
        judged(name, about, verdict, Asks::of(world, ITEM).served())
    };
    let world = with_code();
    claim(&world, &world.operator);
    cases.push(judge("claimed-by-one", "one claim of the code", "VALID", &world));
    claim(&world, &world.operator);
    cases.push(judge("claimed-again-by-one", "the same party claims the code again", "VALID", &world));
    claim(&world, &world.dairy);
    cases.push(judge("claimed-by-two", "two parties claim the code", "SUSPECT_CLONE", &world));

    let world = in_trade();
    sell(&world, &world.dairy, None);
    sell(&world, &world.dairy, None);
    cases.push(judge("sold-twice-by-one", "one party records its sale twice", "VALID", &world));
    sell(&world, &world.carrier, None);
    cases.push(judge(
        "sold-by-two",
        "two parties sell the item, and nothing leads from one to the other",
        "SUSPECT_CLONE",
        &world,
    ));
    let world = in_trade();
    sell(&world, &world.dairy, Some(&world.carrier));
    sell(&world, &world.carrier, None);
    cases.push(judge("sold-on", "the first sale names the second seller", "VALID", &world));
    let world = in_trade();
    sell(&world, &world.dairy, None);
    distribute(&world, DistributionAction::Receive, ITEM);
    sell(&world, &world.carrier, None);
    cases.push(judge("received-and-sold-on", "the second seller received it", "VALID", &world));
    let world = in_trade();
    sell(&world, &world.carrier, None);
    let back = world.event(&world.dairy, vec![subject(ITEM)], distribution(DistributionAction::Return, &world.dairy));
    world.say(&world.dairy, &back).unwrap();
    sell(&world, &world.dairy, None);
    cases.push(judge("returned-and-sold-again", "it came back between the two sales", "VALID", &world));
    cases
}
