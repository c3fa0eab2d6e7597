//! The verdict, row by row: what makes it, what just does not, and which of two that match comes first.

use super::inputs::transform;
use super::log::Log;
use super::said::{cleared, corrected, does, drafted, drafted_of, event_of, issued, says, strike, stuck, stuck_as};
use super::*;
use crate::wire::{Field, Wire};
use headwater_event::event::SubjectRef;

const S2: &str = "01/09526543000013/21/S2";
const MADE: &str = "01/09526543000013/10/MADE";
/// Another model of the dairy's, and a lot of it.
const OTHER_MODEL: &str = "01/09526543000020";
const OF_OTHER_MODEL: &str = "01/09526543000020/10/X1";

pub(super) fn cases() -> Vec<Case> {
    let all = [targets(), ranges(), ranges_of_inputs(), kinds_of_recall(), never(), taken_back(), voided()];
    all.into_iter().chain([dates(), copies(), imports(), parts(), too_long(), in_order()]).flatten().collect()
}

fn case(name: &str, about: &str, verdict: &str, world: &Memory, key: &str) -> Case {
    judged(&format!("verdict-{name}"), about, verdict, Asks::of(world, key).served())
}

/// An item that was handed on.
fn handed() -> Memory {
    let world = issued();
    does(&world, ITEM, "store");
    world
}

fn recalls(world: &Memory, keys: &[&str], scope: Value) -> Vec<u8> {
    let mut body = serde_json::to_value(KindBody::Recall(recall(1))).unwrap();
    body["recall"]["scope"] = scope;
    let event = drafted(world, &world.dairy, keys, body);
    world.say(&world.dairy, &event).unwrap().entry.entry
}

/// What a recall reaches.
fn targets() -> Vec<Case> {
    let whole = || json!([{"subjects": [0]}]);
    let mut cases = Vec::new();
    for (name, about, key) in [
        ("recalled-item", "the item itself", ITEM),
        ("recalled-lot", "the lot that it is bound to", LOT),
        ("recalled-model", "its model", MODEL),
    ] {
        let world = handed();
        recalls(&world, &[key], whole());
        cases.push(case(name, about, "RECALLED", &world, ITEM));
    }
    let world = handed();
    recalls(&world, &[OTHER_LOT], whole());
    cases.push(case("recalled-other-lot", "a lot that nothing leads to", "VALID", &world, ITEM));
    let world = handed();
    recalls(&world, &[ITEM], whole());
    cases.push(case("recalled-item-of-a-lot", "a recall of an item is none of its lot", "VALID", &world, LOT));

    let told = |lot: &str| {
        let world = World::new();
        world.produce(&world.dairy, LOT).unwrap();
        let named = json!([{"key": ITEM, "lot": OTHER_LOT}, {"key": OF_OTHER_MODEL}]);
        let body = json!({"transformation": {"inputs": [1], "outputs": [0]}});
        let mut event = drafted_of(&world, &world.dairy, named, body);
        let place = |key: &str| event.subjects.iter().position(|named| named.key == subject(key)).unwrap() as u64;
        let (from, to) = (place(OF_OTHER_MODEL), place(ITEM));
        if let KindBody::Transformation(made) = &mut event.body {
            (made.inputs, made.outputs) = (Set::new([from]), Set::new([to]));
        }
        world.say(&world.dairy, &event).unwrap();
        world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
        does(&world, ITEM, "store");
        recalls(&world, &[lot], whole());
        world
    };
    for (name, about, lot) in [
        ("recalled-lot-told-beside-an-output", "the lot that its making tells beside it", OTHER_LOT),
        ("recalled-lot-of-an-output", "the lot that it is bound to, and not the one told beside it", LOT),
        ("recalled-lot-as-an-input", "the lot that it was made of", OF_OTHER_MODEL),
        ("recalled-model-of-an-input", "the model of what it was made of", OTHER_MODEL),
    ] {
        cases.push(case(name, about, "RECALLED", &told(lot), ITEM));
    }
    let of_set = |recalled: &str| {
        let world = World::new();
        for lot in [LOT, OTHER_LOT] {
            world.produce(&world.dairy, lot).unwrap();
        }
        let set = set_of(MODEL, &[("S2", None)]);
        world.commit(LOT, &set).unwrap();
        world.ledger.add_manifest(&set).unwrap();
        transform(&world, &[(S2, None)], MADE);
        does(&world, MADE, "store");
        recalls(&world, &[recalled], whole());
        world
    };
    let about = "the lot whose set holds what it was made of";
    cases.push(case("recalled-proven-lot-of-an-input", about, "RECALLED", &of_set(LOT), MADE));
    cases.push(case("recalled-other-lot-than-an-inputs", "another lot", "VALID", &of_set(OTHER_LOT), MADE));
    let world = handed();
    recalls(
        &world,
        &[LOT, OTHER_LOT],
        json!([{"subjects": [1]}, {"subjects": [0], "ranges": [{"property": "serial", "first": "A", "last": "B"}]}]),
    );
    cases.push(case(
        "recalled-by-no-scope",
        "one scope names another lot, the other one other serials",
        "VALID",
        &world,
        ITEM,
    ));
    cases
}

/// A recall of the model by a range.
fn by_range(property: &str, first: &str, last: &str, any_length: bool) -> Value {
    json!([{"subjects": [0], "ranges": [{"property": property, "first": first, "last": last, "any_length": any_length}]}])
}

fn ranges() -> Vec<Case> {
    let mut cases = Vec::new();
    let table: &[(&str, &str, &str, &str, bool, bool)] = &[
        ("lot-within", "lot", "L26-0410", "L26-0420", false, true),
        ("lot-first", "lot", "L26-0417", "L26-0420", false, true),
        ("lot-last", "lot", "L26-0410", "L26-0417", false, true),
        ("lot-before", "lot", "L26-0418", "L26-0420", false, false),
        ("lot-behind", "lot", "L26-0410", "L26-0416", false, false),
        ("lot-of-another-length", "lot", "L26-041", "L26-043", false, false),
        ("lot-of-any-length", "lot", "L26-041", "L26-043", true, true),
        ("serial-within", "serial", "7KQ2M9XW40", "7KQ2M9XW4Z", false, true),
        ("serial-behind", "serial", "0000000000", "7KQ2M9XW40", false, false),
        ("production-date-within", "production_date", "2026-04-17", "2026-04-17", false, true),
        ("production-date-before", "production_date", "2026-04-18", "2026-05-17", false, false),
        ("expiry-date-within", "expiry_date", "2027-01-01", "2028-01-01", false, true),
        ("expiry-date-behind", "expiry_date", "2026-01-01", "2027-12-30", false, false),
    ];
    for (name, property, first, last, any_length, is_in) in table {
        let world = handed();
        recalls(&world, &[MODEL], by_range(property, first, last, *any_length));
        let verdict = if *is_in { "RECALLED" } else { "VALID" };
        cases.push(case(&format!("range-{name}"), "a recall of the model by a range", verdict, &world, ITEM));
    }
    let world = handed();
    let two = json!([{"subjects": [0], "ranges": [
        {"property": "serial", "first": "A", "last": "B"}, {"property": "lot", "first": "L26-0417", "last": "L26-0417"},
    ]}]);
    recalls(&world, &[MODEL], two);
    cases.push(case("range-either-of-two", "one of two ranges matches", "RECALLED", &world, ITEM));

    let world = World::new();
    let mut body = json!({"production": production()});
    body["production"]["best_before"] = body["production"]["expiry_date"].take();
    let named = json!([{"key": LOT, "quantity": {"value": "1", "uom": "KGM"}}]);
    world.say(&world.dairy, &drafted_of(&world, &world.dairy, named, body)).unwrap();
    does(&world, LOT, "store");
    recalls(&world, &[MODEL], by_range("expiry_date", "2027-12-31", "2027-12-31", false));
    cases.push(case("range-best-before", "a best-before is a date of use", "RECALLED", &world, LOT));
    let world = issued();
    does(&world, LOT, "store");
    recalls(&world, &[MODEL], by_range("serial", "A", "B", false));
    cases.push(case(
        "range-serial-of-a-lot",
        "a lot has no serial: what is not proven matches",
        "RECALLED",
        &world,
        LOT,
    ));
    for (name, property, first, last) in [
        ("range-production-date-not-proven", "production_date", "2020-01-01", "2020-01-02"),
        ("range-expiry-date-not-proven", "expiry_date", "2020-01-01", "2020-01-02"),
    ] {
        let world = World::new();
        world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
        does(&world, ITEM, "store");
        recalls(&world, &[MODEL], by_range(property, first, last, false));
        cases.push(case(name, "its lot has no production: what is not proven matches", "RECALLED", &world, ITEM));
    }
    let world = World::new();
    transform(&world, &[(OTHER_LOT, None)], ITEM);
    recalls(&world, &[MODEL], by_range("lot", "A", "B", false));
    cases.push(case(
        "range-lot-not-proven",
        "no record proves its lot: what is not proven matches",
        "RECALLED",
        &world,
        ITEM,
    ));
    cases
}

/// Each input has properties of its own.
fn ranges_of_inputs() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, property, first, last, verdict) in [
        ("serial-within", "serial", "S1", "S3", "RECALLED"),
        ("serial-behind", "serial", "S3", "S4", "VALID"),
        ("lot-within", "lot", "L26-0418", "L26-0418", "RECALLED"),
        ("lot-behind", "lot", "L26-0419", "L26-0420", "VALID"),
        ("production-date-within", "production_date", "2026-04-17", "2026-04-17", "RECALLED"),
        ("expiry-date-before", "expiry_date", "2020-01-01", "2020-12-31", "VALID"),
    ] {
        let world = World::new();
        world.produce(&world.dairy, OTHER_LOT).unwrap();
        world.commission(&world.dairy, OTHER_LOT, &[S2]).unwrap();
        let made = OF_OTHER_MODEL;
        transform(&world, &[(S2, None)], made);
        does(&world, made, "store");
        recalls(&world, &[MODEL], by_range(property, first, last, false));
        let about = "a recall of the model of an input by a range";
        cases.push(case(&format!("range-of-an-input-{name}"), about, verdict, &world, made));
    }
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    transform(&world, &[(LOT, None)], ITEM);
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    does(&world, ITEM, "store");
    recalls(&world, &[MODEL], by_range("serial", "A", "B", false));
    let about = "its lot is an input as well, of which no serial is proven";
    cases.push(case("range-of-an-input-that-is-its-lot", about, "RECALLED", &world, ITEM));
    cases
}

fn lift_of(entry: &[u8]) -> Value {
    let mut lift = serde_json::to_value(KindBody::Recall(recall(1))).unwrap();
    let hash = Hash::plain(&event_of(entry).encode());
    (lift["recall"]["action"], lift["recall"]["lifts"], lift["recall"]["scope"]) =
        (json!("lift"), json!(hash), json!([]));
    lift
}

fn kinds_of_recall() -> Vec<Case> {
    let mut cases = Vec::new();
    for action in ["recall", "withdrawal", "stop_sale"] {
        let world = handed();
        let mut body = serde_json::to_value(KindBody::Recall(recall(1))).unwrap();
        body["recall"]["action"] = json!(action);
        let said = says(&world, &world.dairy, LOT, body);
        let name = action.replace('_', "-");
        cases.push(case(&format!("by-{name}"), "in force", "RECALLED", &world, ITEM));
        if action == "stop_sale" {
            says(&world, &world.dairy, LOT, lift_of(&said));
            cases.push(case("by-stop-sale-lifted", "lifted", "VALID", &world, ITEM));
        }
    }
    let world = handed();
    let said = recalls(&world, &[LOT], json!([{"subjects": [0]}]));
    recalls(&world, &[LOT], json!([{"subjects": [0]}]));
    says(&world, &world.dairy, LOT, lift_of(&said));
    cases.push(case("one-of-two-recalls-lifted", "another one is in force", "RECALLED", &world, ITEM));

    // A newer kind of warning, on chains that are told and on those that are not.
    let world = handed();
    let alarm = |name: &str, about: &str, verdict: &str, named: &[&str], change: &dyn Fn(&mut Event)| {
        let mut log = Log::of(&world);
        let body = json!({"origin_content": {"product_name": [{"lang": "en", "text": "x"}]}});
        let mut event = drafted(&world, &world.dairy, &[MODEL], body);
        event.subjects = named.iter().map(|key| SubjectRef { key: subject(key), quantity: None, lot: None }).collect();
        change(&mut event);
        log.append(&event, &world.dairy.events(), &arm(44));
        judged(&format!("verdict-{name}"), about, verdict, log.shown(ITEM))
    };
    let party = world.dairy.party.to_string();
    cases.extend([
        alarm("alarm-on-the-model", "a newer warning about its model", "RECALLED", &[MODEL], &|_| {}),
        alarm("alarm-on-a-party", "a newer warning about a party", "VALID", &[&party], &|_| {}),
        alarm(
            "alarm-on-its-list",
            "a newer warning on a chain that tells nothing",
            "VALID",
            &[&party, "sets/09526543000013"],
            &|_| {},
        ),
    ]);
    cases
}

/// Puts another arm in place of the body.
fn arm(number: u32) -> impl Fn(&mut Wire) {
    move |wire| {
        wire.0.pop();
        wire.0.push(Field::bytes(number, vec![8, 1]));
    }
}

/// What stands against a proof that nothing issued an item.
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
            // Nobody lets the rival speak of it.
            let body = json!({"distribution": {"action": "store", "from_party": world.rival.party}});
            log.says(&world.rival, &drafted(&world, &world.rival, &[key], body));
        }
        let asks = Asks { lot: Some(LOT), ..Asks::of(&world, NEVER) };
        judged(&format!("verdict-never-issued-{name}"), about, verdict, log.shown_for(&asks))
    };
    vec![
        shown("newer-on-its-model", "what is newer on the model issues nothing", "NEVER_ISSUED", 30, &[MODEL], None),
        shown("newer-on-its-chain", "what is newer may have issued it", "UNPROVEN", 40, &[NEVER], None),
        shown("newer-on-the-lot", "what is newer may have issued items of the lot", "UNPROVEN", 40, &[LOT], None),
        shown("newer-on-the-register", "what is newer may be a set", "UNPROVEN", 40, &["sets/09526543000013"], None),
        shown(
            "passed-over-on-its-chain",
            "what is passed over may have issued it",
            "NEWER_FORMAT",
            30,
            &[MODEL],
            Some(NEVER),
        ),
        shown(
            "passed-over-on-the-lot",
            "what is passed over may have issued items of the lot",
            "NEWER_FORMAT",
            30,
            &[MODEL],
            Some(LOT),
        ),
    ]
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

/// Declarations of import, and who releases them.
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

/// What may be about another part of the lot.
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
    cases.push(case("sold-without-it", "the unit was sold when it lay there no more", "NOT_YET_SOLD", &world, ITEM));
    cases
}

/// Lots of lots of lots: the first of so many was made of none.
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

/// Of two rows that match the upper one.
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
        log.append(&event, &world.dairy.events(), &arm(30));
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
