//! The lot that an item is bound to, and the proof that nothing issued an item. Only a commissioning binds; only a register proves
//! an absence.

use super::inputs::transform;
use super::said::strike;
use super::*;
use crate::vectors::event::sample;
use headwater_event::kind::Kind;
use headwater_testing::world::{accreditation, delegation};
use headwater_trace::verify::sets::REGISTER_ENTRIES_MAX;

const NEVER: &str = "01/09526543000013/21/NEVER";

/// A laboratory report about these subjects, each with the lot that the report names beside it, if any.
pub fn tested(world: &Memory, by: &Actor, named: &[(&str, Option<&str>)]) -> Event {
    let KindBody::LabInspection(mut body) = sample(Kind::LabInspection).body else { panic!("a report") };
    let day = date("2026-05-01");
    (body.laboratory, body.accreditation) = (by.party.clone(), accreditation());
    (body.issue_date, body.performed_from, body.performed_to) = (day, day, day);
    body.sample.subjects = Set::new(0..named.len() as u64);
    let keys = named.iter().map(|(key, _)| subject(key)).collect();
    let mut event = world.event(by, keys, KindBody::LabInspection(body));
    event.role = Role::Lab;
    event.attachments = sample(Kind::LabInspection).attachments;
    for (key, lot) in named {
        event.subjects.iter_mut().find(|named| named.key == subject(key)).unwrap().lot = lot.map(subject);
    }
    event
}

pub(super) fn cases() -> Vec<Case> {
    [claims(), register(), closed(), taken_back(), testers(), lots()].into_iter().flatten().collect()
}

/// Lots that other parties name beside an item, which do not bind the item.
fn claims() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = in_trade();
    world.produce(&world.dairy, OTHER_LOT).unwrap();
    world.recall(&world.dairy, &[OTHER_LOT]).unwrap();
    world.say(&world.lab, &tested(&world, &world.lab, &[(ITEM, Some(OTHER_LOT))])).unwrap();
    cases.push(judged(
        "another-lot-beside-an-item",
        "a laboratory names a recalled lot beside an item of another lot: a claim, and a finding on it",
        "VALID",
        Asks::of(&world, ITEM).served(),
    ));
    let label = Asks { lot: Some(OTHER_LOT), ..Asks::of(&world, ITEM) };
    cases.push(judged("label-of-a-recalled-lot", "the label names a recalled lot", "RECALLED", label.served()));

    let world = World::new();
    world.say(&world.lab, &tested(&world, &world.lab, &[(ITEM, None)])).unwrap();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world.deliver(&[ITEM]).unwrap();
    cases.push(judged(
        "tested-before-it-was-issued",
        "a laboratory's report on a guessed serial voids no commissioning",
        "VALID",
        Asks::of(&world, ITEM).served(),
    ));

    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.deliver(&[ITEM]).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    cases.push(ok(
        "delivered-before-it-was-issued",
        "an event under authority over the goods comes before the commissioning, which has no effect and binds",
        Asks::of(&world, ITEM).served(),
    ));

    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    transform(&world, &[(LOT, None)], ITEM);
    world.deliver(&[ITEM]).unwrap();
    cases.push(judged(
        "made-and-not-issued",
        "an output of a transformation is of no lot",
        "UNPROVEN",
        Asks::of(&world, ITEM).served(),
    ));
    world.commission(&world.dairy, OTHER_LOT, &[ITEM]).unwrap();
    cases.push(judged(
        "made-and-then-issued",
        "an item is made and then commissioned",
        "VALID",
        Asks::of(&world, ITEM).served(),
    ));
    cases
}

/// Proofs from the register of a model while the register is open.
fn register() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    cases.push(judged(
        "never-issued",
        "no set and no commissioning of the model holds the serial",
        "NEVER_ISSUED",
        Asks::of(&world, NEVER).served(),
    ));
    world.say(&world.lab, &tested(&world, &world.lab, &[(NEVER, Some(LOT))])).unwrap();
    cases.push(judged(
        "tested-and-never-issued",
        "a report on an invented serial does not make it issued",
        "NEVER_ISSUED",
        Asks::of(&world, NEVER).served(),
    ));
    world.recall(&world.dairy, &[MODEL]).unwrap();
    cases.push(judged(
        "recalled-and-never-issued",
        "the model of an invented serial is recalled",
        "RECALLED",
        Asks::of(&world, NEVER).served(),
    ));

    let set = |names: &[&str]| set_of(MODEL, &names.iter().map(|name| (*name, None)).collect::<Vec<_>>());
    let world = World::new();
    for lot in [LOT, OTHER_LOT] {
        world.produce(&world.dairy, lot).unwrap();
    }
    let (first, second) = (set(&["S1", "S2"]), set(&["S3"]));
    world.commit(LOT, &first).unwrap();
    let of_other = world.commit(OTHER_LOT, &second).unwrap();
    let s3 = "01/09526543000013/21/S3";
    cases.push(judged(
        "list-missing",
        "the ledger holds no list, so that it cannot say",
        "UNPROVEN",
        Asks::of(&world, s3).served(),
    ));
    world.ledger.add_manifest(&first).unwrap();
    world.ledger.add_manifest(&second).unwrap();
    world.deliver(&[s3]).unwrap();
    cases.push(judged(
        "serial-alone",
        "the set of a serial is found without its lot",
        "VALID",
        Asks::of(&world, s3).served(),
    ));
    let of_lot = Asks { lot: Some(LOT), ..Asks::of(&world, s3) };
    cases.push(judged(
        "serial-of-another-lot",
        "the lot that is asked for is not that of the set",
        "MISMATCH",
        of_lot.served(),
    ));
    let linked = Asks {
        lot: Some(LOT),
        link: Some("https://id.trace.example/01/09526543000013/10/L26-0417/21/S3"),
        ..Asks::of(&world, s3)
    };
    cases.push(judged(
        "mismatch-lot-of-a-set",
        "the label names another lot than the set",
        "MISMATCH",
        linked.served(),
    ));
    let honest = Trace::parse(&world.trace(&query(s3))).unwrap();
    let changed = |name: &str, about: &str, error: &str, change: &dyn Fn(&mut Trace)| {
        let mut lie = honest.clone();
        change(&mut lie);
        no(name, about, Asks::of(&world, s3).input(&lie.encode()), error)
    };
    cases.push(changed("set-left-out", "no proof about a set on the register", "Set", &|lie| {
        lie.sets.remove(0);
    }));
    let register = subject("sets/09526543000013");
    cases.push(changed("register-left-out", "no register", "Set", &|lie| leave_out(lie, &register)));
    cases.push(changed("set-of-no-commitment", "a proof about an entry that commits to no set", "Set", &|lie| {
        lie.sets[0].log_index = lie.entries[0].log_index;
    }));
    // The second set again, now for the other lot: two sets contain the serial.
    world.commit(LOT, &second).unwrap();
    cases.push(judged(
        "in-two-sets",
        "two sets hold the serial, for two lots",
        "MISMATCH",
        Asks::of(&world, s3).served(),
    ));
    strike(&world, &world.dairy, &of_other.entry.entry);
    cases.push(judged(
        "set-taken-back",
        "the set was committed to for the wrong lot, and again for the right one",
        "VALID",
        Asks::of(&world, s3).served(),
    ));
    cases
}

/// A closed register, which has more sets than a trace opens.
fn closed() -> Vec<Case> {
    let world = World::new();
    for lot in [LOT, OTHER_LOT] {
        world.produce(&world.dairy, lot).unwrap();
    }
    for at in 0..=REGISTER_ENTRIES_MAX {
        let serial = format!("S{at}");
        let set = set_of(MODEL, &[(&serial, None)]);
        world.commit(if at == 7 { OTHER_LOT } else { LOT }, &set).unwrap();
        world.ledger.add_manifest(&set).unwrap();
    }
    let (s7, never) = ("01/09526543000013/21/S7", "01/09526543000013/21/S70");
    world.deliver(&[s7]).unwrap();
    let of = |key, lot| Asks { lot, ..Asks::of(&world, key) };
    let mut cases = vec![
        judged(
            "closed-register",
            "one set of 65 holds the serial, and the trace shows that one",
            "VALID",
            of(s7, None).served(),
        ),
        judged(
            "closed-register-add-the-lot",
            "of a serial alone nothing is proven",
            "UNPROVEN",
            of(never, None).served(),
        ),
        judged(
            "closed-register-not-in-the-lot",
            "no set of the lot holds the serial",
            "NEVER_ISSUED",
            of(never, Some(OTHER_LOT)).served(),
        ),
        judged(
            "closed-register-and-a-lot",
            "a set of the label's lot holds the serial",
            "VALID",
            of(s7, Some(OTHER_LOT)).served(),
        ),
    ];
    let honest = Trace::parse(&world.trace(&query(s7))).unwrap();
    world.commit(LOT, &set_of(MODEL, &[("S7", None)])).unwrap();
    cases.extend([
        judged(
            "closed-register-two-lots",
            "sets of two lots hold the serial, and the trace shows the first",
            "VALID",
            of(s7, None).served(),
        ),
        judged(
            "closed-register-two-lots-one-asked",
            "sets of two lots hold the serial: the first, and one of the label's lot",
            "MISMATCH",
            of(s7, Some(LOT)).served(),
        ),
        judged(
            "closed-register-two-lots-the-first-asked",
            "sets of two lots hold the serial, and the trace shows the one of the label's lot",
            "VALID",
            of(s7, Some(OTHER_LOT)).served(),
        ),
    ]);
    let mut lie = honest.clone();
    lie.sets.clear();
    cases.push(no(
        "closed-register-hides-the-set",
        "the set that holds the serial is not shown: its lot is not needed then",
        of(s7, None).input(&lie.encode()),
        "LeftOver",
    ));
    let mut lie = honest;
    let place = lie.sets[0].log_index;
    history(&mut lie, &subject("sets/09526543000013")).log_indexes = Some(Set::new([place]));
    cases.push(no(
        "closed-register-opened",
        "entries of a closed register",
        of(s7, None).input(&lie.encode()),
        "Closed",
    ));
    cases
}

fn taken_back() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let issued = world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    strike(&world, &world.dairy, &issued.entry.entry);
    cases.push(judged(
        "taken-back",
        "the commissioning that issued it is struck",
        "TAKEN_BACK",
        Asks::of(&world, ITEM).served(),
    ));
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let set = set_of(MODEL, &[("S1", None)]);
    let committed = world.commit(LOT, &set).unwrap();
    world.ledger.add_manifest(&set).unwrap();
    strike(&world, &world.dairy, &committed.entry.entry);
    cases.push(judged(
        "set-struck",
        "the set that holds it is struck",
        "TAKEN_BACK",
        Asks::of(&world, "01/09526543000013/21/S1").served(),
    ));
    cases
}

/// Reports by a laboratory without a delegation of the brand, and with one: the trace proves the delegation or its absence.
fn testers() -> Vec<Case> {
    let world = in_trade();
    world.say(&world.lab, &tested(&world, &world.lab, &[(LOT, None)])).unwrap();
    let mut cases = vec![ok(
        "tested-by-another",
        "the trace proves that the laboratory holds no delegation",
        Asks::of(&world, ITEM).served(),
    )];
    let between = delegation(&world.dairy.party, &world.lab.party);
    let mut lie = trace(&world, ITEM);
    lie.subjects.retain(|history| history.subject != between);
    cases.push(no(
        "tester-without-delegation-left-out",
        "the proof about the delegation is left out",
        Asks::of(&world, ITEM).input(&lie.encode()),
        "Missing",
    ));
    world.delegate(&world.dairy, &world.lab, &[Kind::Distribution], "9526543").unwrap();
    cases.push(ok(
        "tested-by-a-delegate",
        "the laboratory holds a delegation of the brand",
        Asks::of(&world, ITEM).served(),
    ));
    cases
}

/// The state of lots, models and units, which follows from their own entries.
fn lots() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    cases.push(judged(
        "lot-not-sold",
        "a lot without items that never moved",
        "NOT_YET_SOLD",
        Asks::of(&world, LOT).served(),
    ));
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    cases.push(judged(
        "lot-with-items",
        "the items of a lot have histories of their own",
        "VALID",
        Asks::of(&world, LOT).served(),
    ));
    let set = set_of(MODEL, &[("S1", None)]);
    world.produce(&world.dairy, OTHER_LOT).unwrap();
    world.commit(OTHER_LOT, &set).unwrap();
    cases.push(judged("lot-with-a-set", "so have the items of a set", "VALID", Asks::of(&world, OTHER_LOT).served()));
    cases.push(judged(
        "no-record-of-a-lot",
        "nothing is recorded of the lot itself",
        "UNPROVEN",
        Asks::of(&world, "01/09526543000013/10/NONE").served(),
    ));
    cases.push(judged(
        "no-record-of-a-unit",
        "nothing is recorded of the unit",
        "UNPROVEN",
        Asks::of(&world, CASE).served(),
    ));
    cases
}
