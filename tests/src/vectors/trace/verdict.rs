//! The verdict, row by row: facts that give a verdict, facts that just do not, and which of two matching rows comes first.

use super::inputs::transform;
use super::log::Log;
use super::newer::arm;
use super::recalls::recalls;
use super::said::{cleared, corrected, does, drafted, drafted_of, issued, says, strike, stuck, stuck_as};
use super::*;
use crate::vectors::newer::story_arm;
use headwater_event::event::SubjectRef;

const S2: &str = "01/09526543000013/21/S2";

pub(super) fn cases() -> Vec<Case> {
    let all = [never(), taken_back(), voided(), dates(), copies(), imports(), parts(), too_long(), in_order()];
    all.into_iter().flatten().collect()
}

pub(super) fn case(name: &str, about: &str, verdict: &str, world: &Memory, key: &str) -> Case {
    judged(&format!("verdict-{name}"), about, verdict, Asks::of(world, key).served())
}

/// A world with an item that was handed on.
pub(super) fn handed() -> Memory {
    let world = issued();
    does(&world, ITEM, "store");
    world
}

/// Entries that may stop a reader from proving that nothing issued an item.
fn never() -> Vec<Case> {
    const NEVER: &str = "01/09526543000013/21/NEVER";
    let world = issued();
    let shown = |name: &str, about: &str, verdict: &str, number: u32, named: &[&str], passed: Option<&str>| {
        let mut log = Log::of(&world);
        let body = json!({"origin_content": {"product_name": [{"lang": "en", "text": "x"}]}});
        let mut event = drafted(&world, &world.dairy, &[MODEL], body);
        event.subjects = named.iter().map(|key| SubjectRef { key: subject(key), quantity: None, lot: None }).collect();
        log.append(&event, &world.dairy.events(), &arm(number));
        if let Some(key) = passed {
            // The rival has no right to this subject.
            let body = json!({"distribution": {"action": "store", "from_party": world.rival.party}});
            log.says(&world.rival, &drafted(&world, &world.rival, &[key], body));
        }
        let asks = Asks { lot: Some(LOT), ..Asks::of(&world, NEVER) };
        judged(&format!("verdict-never-issued-{name}"), about, verdict, log.shown_for(&asks))
    };
    let story = story_arm();
    let mut cases = vec![
        shown("newer-on-its-model", "what is newer on the model issues nothing", "NEVER_ISSUED", story, &[MODEL], None),
        shown("newer-on-its-chain", "what is newer may have issued it", "UNPROVEN", 40, &[NEVER], None),
        shown("newer-on-the-lot", "what is newer may have issued items of the lot", "UNPROVEN", 40, &[LOT], None),
        shown("newer-on-the-register", "what is newer may be a set", "UNPROVEN", 40, &["sets/09526543000013"], None),
        shown(
            "passed-over-on-its-chain",
            "what is passed over may have issued it",
            "NEWER_FORMAT",
            story,
            &[MODEL],
            Some(NEVER),
        ),
        shown(
            "passed-over-on-the-lot",
            "what is passed over may have issued items of the lot",
            "NEWER_FORMAT",
            story,
            &[MODEL],
            Some(LOT),
        ),
    ];
    // The rival has no right to the lot, so its set issues nothing, and takes nothing back.
    let mut log = Log::of(&world);
    let body = json!({"origin_content": {"product_name": [{"lang": "en", "text": "x"}]}});
    log.append(&drafted(&world, &world.dairy, &[MODEL], body), &world.dairy.events(), &arm(story_arm()));
    log.commits_by(&world.rival, LOT, set_of(MODEL, &[("NEVER", None)]).index());
    let by_set = Asks { lot: Some(LOT), ..Asks::of(&world, NEVER) };
    let about = "a set that is passed over is no issue that was taken back";
    cases.push(judged(
        "verdict-never-issued-passed-over-on-the-register",
        about,
        "NEWER_FORMAT",
        log.shown_for(&by_set),
    ));
    cases
}

fn taken_back() -> Vec<Case> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let body = json!({"transformation": {"inputs": [0], "outputs": [1]}});
    let said = world.say(&world.dairy, &drafted(&world, &world.dairy, &[LOT, ITEM], body)).unwrap().entry.entry;
    strike(&world, &world.dairy, &said);
    let mut cases = vec![case("taken-back-output", "its making is struck", "TAKEN_BACK", &world, ITEM)];
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    does(&world, ITEM, "store");
    cases.push(case("taken-back-and-issued-again", "another event issued it", "VALID", &world, ITEM));
    cases
}

fn voided() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = handed();
    stuck(&world, "voided");
    cases.push(case("voided", "its sticker was voided", "VOIDED_STICKER", &world, ITEM));
    stuck(&world, "applied");
    cases.push(case("voided-and-applied", "a new sticker was applied since", "VALID", &world, ITEM));
    let world = handed();
    does(&world, LOT, "destroy");
    cases.push(case("destroyed-lot-of-an-item", "its whole lot was destroyed", "VOIDED_STICKER", &world, ITEM));
    cases.push(case("destroyed-lot", "the lot was destroyed", "VOIDED_STICKER", &world, LOT));
    let world = handed();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    does(&world, CASE, "destroy");
    cases.push(case("destroyed-unit-of-an-item", "its unit was destroyed", "VOIDED_STICKER", &world, ITEM));
    cases.push(case("destroyed-unit", "the unit was destroyed", "VOIDED_STICKER", &world, CASE));
    let world = issued();
    does(&world, LOT, "store");
    world.aggregate(AggregationAction::Add, CASE, &[LOT]).unwrap();
    does(&world, CASE, "destroy");
    cases.push(case(
        "destroyed-unit-of-a-lot",
        "a unit in which the lot lay in part was destroyed",
        "VALID",
        &world,
        LOT,
    ));
    let world = handed();
    does(&world, OTHER_LOT, "destroy");
    cases.push(case("destroyed-other-lot", "another lot was destroyed", "VALID", &world, ITEM));
    let world = handed();
    let gone = does(&world, ITEM, "destroy");
    strike(&world, &world.carrier, &gone);
    cases.push(case("destroyed-and-corrected", "its destruction is struck", "VALID", &world, ITEM));
    cases
}

fn dates() -> Vec<Case> {
    let world = handed();
    let on = |name: &str, about: &str, verdict: &str, today: &'static str| {
        judged(&format!("verdict-{name}"), about, verdict, Asks { today, ..Asks::of(&world, ITEM) }.served())
    };
    let mut cases = vec![
        on("last-day", "its expiry is today", "VALID", "2027-12-31"),
        on("day-after", "its expiry was yesterday", "EXPIRED", "2028-01-01"),
    ];
    let world = World::new();
    let mut body = json!({"production": production()});
    body["production"]["best_before"] = body["production"]["expiry_date"].take();
    let named = json!([{"key": LOT, "quantity": {"value": "1", "uom": "KGM"}}]);
    world.say(&world.dairy, &drafted_of(&world, &world.dairy, named, body)).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    does(&world, ITEM, "store");
    let best = Asks { today: "2028-01-01", ..Asks::of(&world, ITEM) };
    let about = "a best-before that has passed forbids nothing";
    cases.push(judged("verdict-best-before-passed", about, "VALID", best.served()));
    cases
}

/// Two claims of one code, and two sales of one item.
fn copies() -> Vec<Case> {
    let code = "0123456789ABCDEF";
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let claimed = |name: &str, about: &str, verdict: &str, second: &str, strikes: bool| {
        let mut log = Log::of(&world);
        log.commits(LOT, &set_of(MODEL, &[("S2", Some(code))]));
        let from = json!({"distribution": {"action": "store", "from_party": world.dairy.party}});
        log.says(&world.dairy, &drafted(&world, &world.dairy, &[S2], from));
        let claim = |by: &Actor, code: &str| {
            drafted(&world, by, &[S2], json!({"sticker": {"action": "claimed", "code": code}}))
        };
        log.says(&world.operator, &claim(&world.operator, code));
        let said = log.says(&world.dairy, &claim(&world.dairy, second));
        if strikes {
            let event = corrected(&world, &world.dairy, &said, json!({"reason": "wrong_subject"}));
            log.says(&world.dairy, &event);
        }
        judged(&format!("verdict-{name}"), about, verdict, log.shown(S2))
    };
    let mut cases = vec![
        claimed("claimed-by-two", "two parties claim its code", "SUSPECT_CLONE", code, false),
        claimed("claimed-by-another-code", "the other party claims another code", "VALID", "0000000000000000", false),
        claimed("claimed-and-struck", "the second claim is struck", "VALID", code, true),
    ];
    let sells = |world: &Memory, by: &Actor, key: &str, action: &str, to: Option<&Actor>| {
        let to = to.map(|to| to.party.clone());
        let body = json!({"distribution": {"action": action, "from_party": by.party, "to_party": to}});
        says(world, by, key, body)
    };
    let sold = |name: &str, about: &str, verdict: &str, steps: &dyn Fn(&Memory)| {
        let world = handed();
        steps(&world);
        case(name, about, verdict, &world, ITEM)
    };
    cases.extend([
        sold("sale-struck", "the second of two sales is struck", "VALID", &|world| {
            sells(world, &world.dairy, ITEM, "sell", None);
            let said = sells(world, &world.carrier, ITEM, "sell", None);
            strike(world, &world.carrier, &said);
        }),
        sold("sold-to-another", "the first sale names a third party", "SUSPECT_CLONE", &|world| {
            sells(world, &world.dairy, ITEM, "sell", Some(&world.rival));
            sells(world, &world.carrier, ITEM, "sell", None);
        }),
        sold("sold-and-stored-by-the-first", "what the first party does leads nowhere", "SUSPECT_CLONE", &|world| {
            sells(world, &world.dairy, ITEM, "sell", None);
            sells(world, &world.dairy, ITEM, "store", None);
            sells(world, &world.carrier, ITEM, "sell", None);
        }),
        sold("sold-and-stored-by-the-second", "the second party stored it", "VALID", &|world| {
            sells(world, &world.dairy, ITEM, "sell", None);
            sells(world, &world.carrier, ITEM, "store", None);
            sells(world, &world.carrier, ITEM, "sell", None);
        }),
        sold(
            "sold-before-and-returned-before",
            "what happened before the first sale leads nowhere",
            "SUSPECT_CLONE",
            &|world| {
                sells(world, &world.carrier, ITEM, "return", None);
                sells(world, &world.dairy, ITEM, "sell", None);
                sells(world, &world.carrier, ITEM, "sell", None);
            },
        ),
        sold("sold-in-its-lot", "a sale of its lot is none on its own chain", "VALID", &|world| {
            sells(world, &world.dairy, LOT, "sell", None);
            sells(world, &world.carrier, ITEM, "sell", None);
        }),
    ]);
    let world = issued();
    sells(&world, &world.dairy, LOT, "sell", None);
    sells(&world, &world.carrier, LOT, "sell", None);
    cases.push(case("lot-sold-by-two", "a lot is sold by many", "VALID", &world, LOT));
    cases
}

/// Import declarations, with releases by customs and by other parties.
fn imports() -> Vec<Case> {
    let told = |name: &str, about: &str, verdict: &str, key: &str, steps: &[(bool, &str, &str)]| {
        let world = handed();
        does(&world, LOT, "store");
        for (by_customs, number, status) in steps {
            let by = if *by_customs { &world.customs } else { &world.carrier };
            says(&world, by, key, cleared(number, status, "10"));
        }
        case(&format!("import-{name}"), about, verdict, &world, key)
    };
    let all: &[(bool, &str, &str)] = &[(true, "1", "lodged"), (true, "1", "accepted"), (true, "1", "released")];
    let and = |more: &[(bool, &'static str, &'static str)]| [all, more].concat();
    let mut cases = vec![
        told("lodged", "a declaration, and no release", "NOT_YET_SOLD", ITEM, &all[..1]),
        told("lodged-by-others", "a declaration by others", "NOT_YET_SOLD", ITEM, &[(false, "1", "lodged")]),
        told("released", "customs released it", "VALID", ITEM, all),
        told(
            "released-by-others",
            "others say that it was released",
            "NOT_YET_SOLD",
            ITEM,
            &[(false, "1", "lodged"), (false, "1", "accepted"), (false, "1", "released")],
        ),
        told("released-and-re-exported", "it left again", "NOT_YET_SOLD", ITEM, &and(&[(true, "1", "re_exported")])),
        told(
            "one-of-two-released",
            "another declaration is open",
            "NOT_YET_SOLD",
            ITEM,
            &and(&[(true, "2", "lodged")]),
        ),
        told(
            "released-and-declared-again-by-others",
            "what others say later moves nothing",
            "VALID",
            ITEM,
            &and(&[(false, "1", "lodged")]),
        ),
        told(
            "seized",
            "customs seized it",
            "NOT_YET_SOLD",
            ITEM,
            &[(true, "1", "lodged"), (true, "1", "accepted"), (true, "1", "seized")],
        ),
        told("of-a-lot", "a lot with an open declaration", "NOT_YET_SOLD", LOT, &all[..1]),
        told("of-a-lot-released", "a lot that customs released", "VALID", LOT, all),
    ];
    for direction in ["export", "transit"] {
        let world = handed();
        let mut body = cleared("1", "lodged", "10");
        body["customs_clearance"]["direction"] = json!(direction);
        says(&world, &world.customs, ITEM, body);
        let name = format!("import-none-but-{direction}");
        cases.push(case(&name, "another direction than import", "VALID", &world, ITEM));
    }
    cases
}

/// Events that may be about another part of the lot.
fn parts() -> Vec<Case> {
    let of_lot = |action: &str, kilograms: Option<&str>| {
        let world = issued();
        let quantity = kilograms.map(|value| json!({"value": value, "uom": "KGM"}));
        let body = json!({"distribution": {"action": action, "from_party": world.carrier.party}});
        let event = drafted_of(&world, &world.carrier, json!([{"key": LOT, "quantity": quantity}]), body);
        world.say(&world.carrier, &event).unwrap();
        world
    };
    let mut cases = vec![
        case(
            "sold-part-of-its-lot",
            "10 kg of its lot were sold: perhaps not this item",
            "NOT_YET_SOLD",
            &of_lot("sell", Some("10")),
            ITEM,
        ),
        case("sold-its-lot", "its whole lot was sold", "VALID", &of_lot("sell", None), ITEM),
        case("sold-part-of-the-lot", "10 kg of the lot were sold", "VALID", &of_lot("sell", Some("10")), LOT),
        case(
            "destroyed-part-of-its-lot",
            "10 kg of its lot were destroyed: perhaps not this item",
            "NOT_YET_SOLD",
            &of_lot("destroy", Some("10")),
            ITEM,
        ),
        case("received", "it was received, and no more", "NOT_YET_SOLD", &of_lot("receive", None), ITEM),
        case("dispatched", "it was dispatched, and no more", "NOT_YET_SOLD", &of_lot("dispatch", None), ITEM),
        case("returned", "it was returned, and no more", "NOT_YET_SOLD", &of_lot("return", None), ITEM),
        case("stored", "it was stored", "VALID", &of_lot("store", None), ITEM),
        case("delivered", "it was delivered", "VALID", &of_lot("deliver", None), ITEM),
    ];
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.aggregate(AggregationAction::Add, CASE, &[LOT]).unwrap();
    does(&world, CASE, "sell");
    cases.push(case("sold-with-a-unit", "a unit in which the lot lay in part was sold", "VALID", &world, LOT));
    let world = issued();
    world.aggregate(AggregationAction::Add, CASE, &[LOT]).unwrap();
    does(&world, CASE, "sell");
    cases.push(case(
        "sold-with-a-unit-of-its-lot",
        "the unit of its lot is none of its own",
        "NOT_YET_SOLD",
        &world,
        ITEM,
    ));
    let world = issued();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    does(&world, CASE, "sell");
    cases.push(case("sold-with-its-unit", "the unit in which it lay was sold", "VALID", &world, ITEM));
    let world = issued();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    world.aggregate(AggregationAction::Delete, CASE, &[ITEM]).unwrap();
    does(&world, CASE, "sell");
    cases.push(case("sold-without-it", "the unit was sold after the item left it", "NOT_YET_SOLD", &world, ITEM));
    cases
}

/// Makes a line of lots, each from the lot before, and the first from these inputs. Stores the last lot, and returns its key.
fn line_of(world: &Memory, lots: usize, first: &[(&str, Option<&str>)]) -> String {
    let lot = |at: usize| format!("01/09526543000013/10/M{at}");
    transform(world, first, &lot(1));
    for at in 2..=lots {
        transform(world, &[(&lot(at - 1), None)], &lot(at));
    }
    does(world, &lot(lots), "store");
    lot(lots)
}

fn too_long() -> Vec<Case> {
    let about = "a walk of 64 levels";
    let world = World::new();
    let last = line_of(&world, 63, &[("01/09526543000013/10/M0", None)]);
    let mut cases = vec![case("line-of-63", "a walk of 63 levels", "VALID", &world, &last)];
    let world = World::new();
    let last = line_of(&world, 64, &[("01/09526543000013/10/M0", None)]);
    cases.push(case("line-of-64", about, "INCOMPLETE", &world, &last));
    cases
}

/// Two rows of the verdict that match: the upper row gives the verdict.
fn in_order() -> Vec<Case> {
    let mut cases = Vec::new();
    let label = Some("https://id.trace.example/01/09526543000013/10/OTHER/21/7KQ2M9XW4T?17=281231");
    let late = |world: &Memory, today: &'static str| Asks { link: label, today, ..Asks::of(world, ITEM) }.served();
    let order = |name: &str, about: &str, verdict: &str, input: Value| {
        judged(&format!("verdict-order-{name}"), about, verdict, input)
    };
    let world = handed();
    stuck(&world, "voided");
    let today = "2030-01-01";
    cases.push(order(
        "voided-and-mismatch",
        "voided, of another lot than the label's, and expired",
        "VOIDED_STICKER",
        late(&world, today),
    ));
    recalls(&world, &[ITEM], json!([{"subjects": [0]}]));
    cases.push(order("recalled-and-voided", "recalled, and voided", "RECALLED", late(&world, today)));
    let world = handed();
    cases.push(order(
        "mismatch-and-expired",
        "of another lot than the label's, and expired",
        "MISMATCH",
        late(&world, today),
    ));
    let two = |world: &Memory| {
        for by in [&world.dairy, &world.carrier] {
            says(world, by, ITEM, json!({"distribution": {"action": "sell", "from_party": by.party}}));
        }
    };
    two(&world);
    let expired = Asks { today, ..Asks::of(&world, ITEM) };
    cases.push(order("expired-and-suspect", "expired, and sold by two parties", "EXPIRED", expired.served()));
    let newer = |world: &Memory, key: &str, asked: &str| {
        let mut log = Log::of(world);
        let body = json!({"distribution": {"action": "store", "from_party": world.dairy.party}});
        let event = drafted(world, &world.dairy, &[key], body);
        log.append(&event, &world.dairy.events(), &arm(story_arm()));
        log.shown(asked)
    };
    cases.push(order(
        "suspect-and-newer",
        "sold by two parties, and something newer",
        "SUSPECT_CLONE",
        newer(&world, ITEM, ITEM),
    ));
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let said = world.commission(&world.dairy, LOT, &[ITEM]).unwrap().entry.entry;
    strike(&world, &world.dairy, &said);
    says(&world, &world.dairy, ITEM, stuck_as("voided"));
    cases.push(order(
        "taken-back-and-voided",
        "taken back, voided, and of another lot",
        "TAKEN_BACK",
        late(&world, today),
    ));
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    says(&world, &world.dairy, ITEM, stuck_as("voided"));
    cases.push(order("never-issued-and-voided", "never issued, and voided", "NEVER_ISSUED", late(&world, today)));
    let world = World::new();
    transform(&world, &[(OTHER_LOT, None)], ITEM);
    cases.push(order(
        "unproven-and-not-yet-sold",
        "of no proven lot, and never handed on",
        "UNPROVEN",
        Asks::of(&world, ITEM).served(),
    ));
    cases.push(order(
        "newer-and-unproven",
        "something newer, and no proven lot",
        "NEWER_FORMAT",
        newer(&world, ITEM, ITEM),
    ));
    let world = World::new();
    let last = line_of(&world, 64, &[("01/09526543000013/21/LOOSE", None), ("01/09526543000013/10/M0", None)]);
    cases.push(order(
        "newer-and-incomplete",
        "something newer, and a walk of 64 levels",
        "NEWER_FORMAT",
        newer(&world, &last, &last),
    ));
    cases
}
