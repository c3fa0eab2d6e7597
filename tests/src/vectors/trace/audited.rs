//! The newest trace beside an older, audited one: traces that continue the older one, and traces that do not.

use headwater_trace::verify::sets::REGISTER_ENTRIES_MAX;

use super::log::Log;
use super::said::drafted;
use super::*;

pub(in crate::vectors) fn cases() -> Vec<Case> {
    [growing(), parting(), registers()].into_iter().flatten().collect()
}

fn both(asks: &Asks<'_>, newest: &[u8], audited: &[u8]) -> Value {
    let mut input = asks.input(newest);
    input["audited"] = hex::encode(audited).into();
    input
}

fn says(name: &str, about: &str, verdict: &str, input: Value) -> Case {
    Case::ok("audited", name, about, input).saying("verdict", verdict)
}

fn parts(name: &str, about: &str, input: Value) -> Case {
    Case::refused("audited", name, about, input, "Discontinued")
}

/// A log that grows between the two traces.
fn growing() -> Vec<Case> {
    let world = in_trade();
    let asks = Asks::of(&world, ITEM);
    let trace = || world.trace(&asks.query());
    let before = trace();
    let recalled = world.recall(&world.dairy, &[LOT]).unwrap();
    let during = trace();
    let entry = Entry::parse(&recalled.entry.entry).unwrap();
    let EntryBody::SignedEvent(signed) = entry.body else { panic!("an event") };
    let mut lift = recall(1);
    (lift.action, lift.lifts, lift.scope) = (RecallType::Lift, Some(Hash::plain(&signed.event)), Vec::new());
    let lift = world.event(&world.dairy, vec![subject(LOT)], KindBody::Recall(lift));
    world.say(&world.dairy, &lift).unwrap();
    let after = trace();
    vec![
        says("one-and-the-same", "auditors have seen all", "VALID", both(&asks, &before, &before)),
        says("recalled-since", "a recall after the audit", "RECALLED", both(&asks, &during, &before)),
        says(
            "recalled-then",
            "a recall that was audited, and is lifted since",
            "RECALLED",
            both(&asks, &after, &during),
        ),
        says("lifted-and-recalled", "a recall between the two is over", "VALID", both(&asks, &after, &before)),
        parts("shrinks", "the newest is the older one", both(&asks, &before, &during)),
    ]
}

/// Logs that differ after the entries that both traces contain.
fn parting() -> Vec<Case> {
    let world = in_trade();
    let asks = Asks::of(&world, ITEM);
    let sold = |action: &str| {
        let body = json!({"distribution": {"action": action, "from_party": world.carrier.party}});
        drafted(&world, &world.dairy, &[ITEM], body)
    };
    let elsewhere = || {
        drafted(&world, &world.dairy, &["01/09526543000013/21/ELSE"], {
            json!({"distribution": {"action": "store", "from_party": world.carrier.party}})
        })
    };
    let log = |events: &[Event]| {
        let mut log = Log::of(&world);
        for event in events {
            log.says(&world.dairy, event);
        }
        log.trace(&asks).encode()
    };
    let [one, other] = [sold("store"), sold("dispatch")];
    let told = log(std::slice::from_ref(&one));
    let mut cases = vec![
        says("goes-on", "a record more", "VALID", both(&asks, &log(&[one.clone(), other.clone()]), &told)),
        parts("another-record", "another record in the same place", both(&asks, &log(&[other, one.clone()]), &told)),
        parts(
            "a-record-less",
            "a chain without its newest record",
            both(&asks, &log(&[elsewhere(), elsewhere()]), &told),
        ),
    ];
    // The same bytes, one entry later.
    let mut first = Log::of(&world);
    let entry = first.says(&world.dairy, &one);
    let mut moved = Log::of(&world);
    moved.says(&world.dairy, &elsewhere());
    moved.entries.push(entry);
    let moved = moved.trace(&asks).encode();
    cases.push(parts("the-same-record-elsewhere", "a record at another log index", both(&asks, &moved, &told)));
    cases
}

/// A world whose lot commits to sets, followed by events about another item.
fn with_sets(sets: u64, others: u64) -> Memory {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    for at in 0..sets {
        set_more(&world, at);
    }
    for _ in 0..others {
        distribute(&world, DistributionAction::Store, "01/09526543000013/21/ELSE");
    }
    world
}

fn set_more(world: &Memory, at: u64) {
    let set = set_of(MODEL, &[(&format!("S{at}"), None)]);
    world.commit(LOT, &set).unwrap();
    world.ledger.add_manifest(&set).unwrap();
}

/// Registers that are open, and registers that are closed.
fn registers() -> Vec<Case> {
    const S7: &str = "01/09526543000013/21/S7";
    let most = REGISTER_ENTRIES_MAX;
    let world = with_sets(8, 0);
    let asks = Asks::of(&world, S7);
    let trace = |world: &Memory| world.trace(&asks.query());
    let few = trace(&world);
    let up_to = |from, to| (from..to).for_each(|at| set_more(&world, at));
    up_to(8, most);
    let full = trace(&world);
    up_to(most, most + 1);
    let closed = trace(&world);
    up_to(most + 1, most + 2);
    let longer = trace(&world);
    let sets_less = trace(&with_sets(8, most));
    let grows = |name: &str, about: &str, newest: &[u8], audited: &[u8]| {
        says(name, about, "NOT_YET_SOLD", both(&asks, newest, audited))
    };
    let shrinks =
        |name: &str, about: &str, newest: &[u8], audited: &[u8]| parts(name, about, both(&asks, newest, audited));
    vec![
        grows("register-grows", "sets more on an open register", &full, &few),
        grows("register-closes", "more sets than a trace opens, since the audit", &closed, &full),
        grows("closed-register-grows", "a set more on a closed register", &longer, &closed),
        shrinks("register-shrinks", "an open register without its newest sets", &sets_less, &full),
        shrinks("register-opens", "a register that was closed is open again", &sets_less, &closed),
        shrinks(
            "closed-register-shrinks",
            "a closed register with a set less",
            &trace(&with_sets(most + 1, 2)),
            &longer,
        ),
    ]
}
