//! The reach of recalls: their targets, their ranges, and the recalls in force.

use super::inputs::transform;
use super::log::Log;
use super::newer::arm;
use super::said::{does, drafted, drafted_of, event_of, issued, says};
use super::verdict::{case, handed};
use super::*;
use headwater_event::event::SubjectRef;

const S2: &str = "01/09526543000013/21/S2";
const MADE: &str = "01/09526543000013/10/MADE";
/// Another model of the dairy.
const OTHER_MODEL: &str = "01/09526543000020";
const OF_OTHER_MODEL: &str = "01/09526543000020/10/X1";

pub(super) fn cases() -> Vec<Case> {
    [targets(), ranges(), ranges_of_inputs(), kinds_of_recall()].into_iter().flatten().collect()
}

pub(super) fn recalls(world: &Memory, keys: &[&str], scope: Value) -> Vec<u8> {
    let mut body = serde_json::to_value(KindBody::Recall(recall(1))).unwrap();
    body["recall"]["scope"] = scope;
    let event = drafted(world, &world.dairy, keys, body);
    world.say(&world.dairy, &event).unwrap().entry.entry
}

/// Subjects that a recall names, and the products that the recall reaches.
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

/// The scope of a recall of a model, limited to a range of a property.
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

/// Ranges about inputs: each input has properties of its own.
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
    for (name, first, verdict) in [("within", "L26-0417", "RECALLED"), ("behind", "L26-0418", "VALID")] {
        let world = World::new();
        world.produce(&world.dairy, LOT).unwrap();
        transform(&world, &[(LOT, None)], OF_OTHER_MODEL);
        does(&world, OF_OTHER_MODEL, "store");
        recalls(&world, &[MODEL], by_range("lot", first, "L26-0500", false));
        let about = "a recall of lots of the model of a lot that it was made of";
        cases.push(case(&format!("range-of-a-lot-that-is-an-input-{name}"), about, verdict, &world, OF_OTHER_MODEL));
    }
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

    // A warning of a newer kind, on chains that belong to the story and on chains that do not.
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
